#include "config.h"
#include "util/json.h"

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
    for (; p < end; p++) {
        if (x->escape) {
            x->escape = false;
        } else if (*p == '\\') {
            x->escape = true;
        } else if (*p == '"') {
            x->in_string = false;
            return p + 1;
        }
    }
    return p;
}

enum json_extent_status json_extent_feed(struct json_extent *x,
                                         const char *block, size_t n,
                                         size_t *used)
{
    const char *p = block, *end = block + n;

    while (p < end) {
        if (x->in_string) {
            p = in_string(x, p, end);
            if (x->in_string)
                break;
            if (x->depth == 0)
                goto done;
            continue;
        }
        if (x->scalar && ends_scalar(*p))
            goto done;
        switch (*p) {
        case '"':
            x->in_string = x->started = true;
            break;
        case '{':
        case '[':
            x->depth++;
            x->started = true;
            break;
        case '}':
        case ']':
            if (x->depth > 0 && --x->depth == 0) {
                p++;
                goto done;
            }
            break;
        default:
            if (x->depth == 0 && !ends_scalar(*p))
                x->scalar = x->started = true;
        }
        p++;
    }
    *used = n;
    return JSON_EXTENT_MORE;
done:
    *used = (size_t)(p - block);
    return JSON_EXTENT_DONE;
}
