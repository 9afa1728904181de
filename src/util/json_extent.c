/* This file finds where a JSON value ends when its bytes come in blocks. It
 * only counts brackets and steps over strings; the parser judges whether the
 * value is valid JSON. */
#include "config.h"
#include "util/json.h"

#include "util/json_scan.h"

/* What ends a number or a word at top level. */
static bool ends_scalar(char c)
{
    return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' ||
           c == '\r' || c == '\t';
}

/* Inside a string: where it ends, or the end of the block. */
static const char *in_string(struct json_extent *x, const char *p,
                             const char *end)
{
    while (p < end) {
        if (x->escape) {
            x->escape = false;
            p++;
            continue;
        }
        p = json_skip_plain(p, end);
        if (p == end)
            break;
        x->escape = *p == '\\';
        if (*p++ == '"') {
            x->in_string = false;
            break;
        }
    }
    return p;
}

/* One byte outside of strings; true when it ends the value. */
static bool json_extent_outside(struct json_extent *x, char c)
{
    switch (c) {
    case '"':
        x->in_string = true;
        break;
    case '{':
    case '[':
        x->depth++;
        break;
    case '}':
    case ']':
        return --x->depth == 0;
    default:
        x->scalar = x->depth == 0;
    }
    return false;
}

enum json_extent_status json_extent_feed(struct json_extent *x,
                                         const char *block, size_t n,
                                         size_t *used)
{
    const char *p = block, *end = block + n;

    while (p < end) {
        bool done;

        if (x->in_string) {
            p = in_string(x, p, end);
            done = !x->in_string && x->depth == 0;
        } else if (x->depth == 0 && (ends_scalar(*p) || *p == ':' ||
                                     (x->scalar && strchr("\"{[", *p)))) {
            done = true; /* also set for a byte that begins no value */
        } else {
            done = json_extent_outside(x, *p++);
        }
        x->started = true;
        if (done) {
            *used = (size_t)(p - block);
            return JSON_EXTENT_DONE;
        }
    }
    *used = n;
    return JSON_EXTENT_MORE;
}
