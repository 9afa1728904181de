/*
 * This file is the cursor: grammar, depth and the shape of values. json_text.c
 * handles strings and their bytes.
 *
 * One pass. A nested value is walked with an explicit bit stack of at most
 * JSON_STACK levels, so that the depth costs no C stack.
 */
#include "config.h"
#include "util/json.h"

#include "util/json_scan.h"

enum { JSON_STACK = 1024 };

void json_begin(struct json_cursor *c, const char *text, size_t len)
{
    const char *end = text_end((struct text){ text, len });

    *c = (struct json_cursor){ .start = text, .p = text, .end = end,
                               .max_depth = JSON_DEPTH_DEFAULT };
}

static bool json_stop(struct json_cursor *c, const char *at, const char *why)
{
    c->p = at;
    c->why = why;
    return false;
}

static const char *json_skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static bool json_is_digit(const char *p, const char *end)
{
    return p < end && *p >= '0' && *p <= '9';
}

static const char *skip_digits(const char *p, const char *end)
{
    while (json_is_digit(p, end))
        p++;
    return p;
}

/* What Python and others write for numbers that JSON does not have. */
static bool scan_nan(struct json_cursor *c)
{
    static const struct {
        const char *word, *why;
    } words[] = { { "NaN", "NaN is no JSON" },
                  { "Infinity", "Infinity is no JSON" },
                  { "-Infinity", "Infinity is no JSON" } };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t len = strlen(words[i].word);

        if ((size_t)(c->end - c->p) < len ||
            memcmp(c->p, words[i].word, len) != 0)
            continue;
        c->nan = true;
        if (!c->lax_nan)
            return json_stop(c, c->p, words[i].why);
        c->p += len;
        return true;
    }
    return *c->p == '-' ? json_stop(c, c->p + 1, "a number without digits")
                        : json_stop(c, c->p, "not a JSON value");
}

static bool scan_number(struct json_cursor *c)
{
    const char *p = c->p + (*c->p == '-'), *end = c->end;

    if (!json_is_digit(p, end))
        return scan_nan(c);
    if (*p == '0' && json_is_digit(p + 1, end))
        return json_stop(c, p, "a number with a leading zero");
    p = skip_digits(p, end);
    if (p < end && *p == '.') {
        if (!json_is_digit(++p, end))
            return json_stop(c, p, "a decimal point without digits behind it");
        p = skip_digits(p, end);
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        if (!json_is_digit(p, end))
            return json_stop(c, p, "an exponent without digits");
        p = skip_digits(p, end);
    }
    c->p = p;
    return true;
}

static bool scan_word(struct json_cursor *c, const char *word, size_t len)
{
    if ((size_t)(c->end - c->p) < len || memcmp(c->p, word, len) != 0)
        return json_stop(c, c->p, "not a JSON value");
    c->p += len;
    return true;
}

/* The string at the cursor's quote; its contents go into *raw. */
static bool scan_string(struct json_cursor *c, struct json_value *v)
{
    const char *open = c->p + 1, *close;
    struct json_string s;

    close = json_scan_string(open, c->end, c->lax_utf8, &s);
    if (!close)
        return json_stop(c, s.at, s.why);
    if (v) {
        v->type = JSON_STRING;
        v->raw = (struct text){ open, (size_t)(close - open) };
        v->escaped = s.escaped;
        v->bad_utf8 = s.bad_utf8;
    }
    c->p = close + 1;
    return true;
}

static bool scan_scalar(struct json_cursor *c)
{
    switch (*c->p) {
    case '"':
        return scan_string(c, NULL);
    case 't':
        return scan_word(c, "true", 4);
    case 'f':
        return scan_word(c, "false", 5);
    case 'n':
        return scan_word(c, "null", 4);
    default:
        if (*c->p == '-' || (*c->p >= '0' && *c->p <= '9'))
            return scan_number(c);
        return scan_nan(c);
    }
}

/* A key, its colon, and the white space around it. */
static bool scan_key(struct json_cursor *c, struct json_value *key)
{
    if (c->p == c->end || *c->p != '"')
        return json_stop(c, c->p,
                         c->p == c->end ? "the text ends inside an object"
                                        : "a key must be a string");
    if (!scan_string(c, key))
        return false;
    c->p = json_skip_space(c->p, c->end);
    if (c->p == c->end || *c->p != ':')
        return json_stop(c, c->p, "a key without a colon behind it");
    c->p = json_skip_space(c->p + 1, c->end);
    return true;
}

struct nesting {
    uint64_t object[JSON_STACK / 64]; /* bit: an object, else an array */
    int depth;
};

static bool in_object(const struct nesting *n)
{
    int top = n->depth - 1;

    return n->object[top / 64] >> (top % 64) & 1;
}

/* Step into the bracket at the cursor; also true when it closes at once, then
 * *closed is set. */
static bool json_push(struct json_cursor *c, struct nesting *n, bool *closed)
{
    bool object = *c->p == '{';
    uint64_t bit;

    if (c->depth + n->depth >= c->max_depth || n->depth >= JSON_STACK)
        return json_stop(c, c->p, "too deep");
    bit = UINT64_C(1) << (n->depth % 64);
    n->object[n->depth / 64] &= ~bit;
    if (object)
        n->object[n->depth / 64] |= bit;
    n->depth++;
    c->p = json_skip_space(c->p + 1, c->end);
    *closed = c->p < c->end && *c->p == (object ? '}' : ']');
    if (*closed) {
        c->p++;
        n->depth--;
        return true;
    }
    return !object || scan_key(c, NULL);
}

/* Behind a value: a comma leads on, a bracket closes; *more says which. */
static bool after_value(struct json_cursor *c, struct nesting *n, bool *more)
{
    for (;;) {
        bool object;

        *more = false;
        if (n->depth == 0)
            return true;
        object = in_object(n);
        c->p = json_skip_space(c->p, c->end);
        if (c->p == c->end)
            return json_stop(c, c->p, object ? "the text ends inside an object"
                                             : "the text ends inside an array");
        if (*c->p == ',') {
            c->p = json_skip_space(c->p + 1, c->end);
            *more = true;
            return !object || scan_key(c, NULL);
        }
        if (*c->p != (object ? '}' : ']'))
            return json_stop(c, c->p,
                             "a comma or a closing bracket is missing");
        c->p++;
        n->depth--;
    }
}

static bool scan_nested(struct json_cursor *c)
{
    struct nesting n;
    bool more = true;

    n.depth = 0;
    while (more) {
        bool closed = false;

        if (c->p == c->end)
            return json_stop(c, c->p, "the text ends where a value should be");
        if (*c->p == '{' || *c->p == '[') {
            if (!json_push(c, &n, &closed))
                return false;
            if (!closed)
                continue;
        } else if (!scan_scalar(c)) {
            return false;
        }
        if (!after_value(c, &n, &more))
            return false;
    }
    return true;
}

static enum json_type json_type_of(char first)
{
    switch (first) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

bool json_value(struct json_cursor *c, struct json_value *v)
{
    const char *from;

    c->p = from = json_skip_space(c->p, c->end);
    if (from == c->end)
        return json_stop(c, from, "the text ends where a value should be");
    if (*from == '"')
        return scan_string(c, v);
    if (!(*from == '{' || *from == '[' ? scan_nested(c) : scan_scalar(c)))
        return false;
    if (v) {
        *v = (struct json_value){ .type = json_type_of(*from),
                                  .raw = { from, (size_t)(c->p - from) } };
        if (v->type == JSON_NUMBER && c->nan &&
            !json_is_digit(c->p - 1, c->end))
            v->type = JSON_NULL;
    }
    return true;
}

bool json_peek(struct json_cursor *c, enum json_type *type)
{
    c->p = json_skip_space(c->p, c->end);
    if (c->p == c->end)
        return json_stop(c, c->p, "the text ends where a value should be");
    if (!strchr("{[\"tfn-0123456789", *c->p) || !*c->p)
        return json_stop(c, c->p, "not a JSON value");
    *type = json_type_of(*c->p);
    return true;
}

static bool json_enter(struct json_cursor *c, char bracket, const char *why)
{
    c->p = json_skip_space(c->p, c->end);
    if (c->p == c->end || *c->p != bracket)
        return json_stop(c, c->p, why);
    if (c->depth >= c->max_depth)
        return json_stop(c, c->p, "too deep");
    c->p++;
    c->depth++;
    c->first = true;
    return true;
}

bool json_enter_object(struct json_cursor *c)
{
    return json_enter(c, '{', "not an object");
}

bool json_enter_array(struct json_cursor *c)
{
    return json_enter(c, '[', "not an array");
}

/* The comma before the next item, or the closing bracket. */
static bool next_item(struct json_cursor *c, char bracket)
{
    if (c->why)
        return false;
    c->p = json_skip_space(c->p, c->end);
    if (c->p == c->end)
        return json_stop(c, c->p,
                         bracket == '}' ? "the text ends inside an object"
                                        : "the text ends inside an array");
    if (*c->p == bracket) {
        c->p++;
        c->depth--;
        c->first = false;
        return false;
    }
    if (!c->first) {
        if (*c->p != ',')
            return json_stop(c, c->p,
                             "a comma or a closing bracket is missing");
        c->p = json_skip_space(c->p + 1, c->end);
        if (c->p == c->end || *c->p == bracket)
            return json_stop(c, c->p, "a comma without a value behind it");
    }
    c->first = false;
    return true;
}

bool json_member(struct json_cursor *c, struct json_value *key)
{
    return next_item(c, '}') && scan_key(c, key);
}

bool json_element(struct json_cursor *c)
{
    return next_item(c, ']');
}

bool json_end(struct json_cursor *c)
{
    if (c->why)
        return false;
    c->p = json_skip_space(c->p, c->end);
    return c->p == c->end ||
           json_stop(c, c->p, "something stands behind the value");
}

bool json_integer(const struct json_value *v, int64_t *out)
{
    const char *p = v->raw.ptr, *end = text_end(v->raw);
    bool negative;
    uint64_t n = 0, most;

    if (v->type != JSON_NUMBER)
        return false;
    negative = *p == '-';
    most = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    for (p += negative; p < end; p++) {
        uint64_t digit = (uint64_t)(*p - '0');

        if (!json_is_digit(p, end) || n > (most - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}
