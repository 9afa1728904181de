/*
 * A parser for JSON of RFC 8259 and nothing more, the hot path of the reader
 * and of every reply. It is a pull cursor over one complete text in memory; it
 * builds no tree and allocates nothing.
 *
 * The caller gets a value as the bytes of the text. Each step validates what it
 * passes over: grammar, depth, UTF-8, escapes (a lone surrogate is bad UTF-8).
 * After a failed step `why` says what is wrong and `p` points there.
 *
 * The caller sees each of several equal keys; everywhere in this program the
 * last one wins. Keys are compared decoded and with case.
 */
#ifndef BATCHTOP_UTIL_JSON_H
#define BATCHTOP_UTIL_JSON_H

#include "util/buf.h"

enum { JSON_DEPTH_DEFAULT = 128 };

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json_value {
    enum json_type type;
    struct text raw;  /* as in the source; a string without its quotes */
    bool escaped;     /* string: has a backslash, so raw is not decoded */
    bool bad_utf8;    /* string: only with `lax_utf8`: needs json_repair() */
};

struct json_cursor {
    const char *start, *p, *end;
    const char *why; /* NULL while all is well; a static sentence */
    int depth, max_depth;
    bool lax_utf8; /* let bad UTF-8 and lone surrogates pass, marked */
    bool lax_nan;  /* let NaN, Infinity and -Infinity pass: null by type */
    bool nan;      /* it met one (`why` speaks of it, unless they may pass) */
    bool first;    /* internal: no member or element was read yet */
};

/* The cursor and its values borrow the text. NULL with no length is empty. */
void json_begin(struct json_cursor *c, const char *text, size_t len);

/* Validate and step over one whole value; v may be NULL. */
bool json_value(struct json_cursor *c, struct json_value *v);

/* The type of the value at the cursor, by its first byte; false at the end or
 * at what begins no value (why is then set). */
bool json_peek(struct json_cursor *c, enum json_type *type);

/* Step into the object or array at the cursor. */
bool json_enter_object(struct json_cursor *c);
bool json_enter_array(struct json_cursor *c);

/* The next member: true with its key. The cursor then stands at the value: step
 * over or enter it before the next call. False at the closing bracket (stepped
 * over, why stays NULL) or at an error. */
bool json_member(struct json_cursor *c, struct json_value *key);
bool json_element(struct json_cursor *c);

/* Check that only white space is left; otherwise set why. */
bool json_end(struct json_cursor *c);

/* Is the JSON string value equal to name, once decoded? */
bool json_is(const struct json_value *string, const char *name);

/* Append the decoded bytes of a string value to `to`. */
void json_decode(const struct json_value *string, struct buf *to);
/* The same for the contents of a string without quotes, kept elsewhere. */
void json_decode_raw(struct text raw, struct buf *to);

/* Append the raw contents with U+FFFD for every bad sequence or surrogate. */
void json_repair(const struct json_value *string, struct buf *to);

/* Append a value that `lax_nan` let pass, with null for each such word. */
void json_put_finite(const struct json_value *v, struct buf *to);

/* Append `"..."`, escaped where JSON demands it. The text is UTF-8. */
void json_put_string(struct buf *to, struct text decoded);
/* The same for eyes, too: escape what str_treacherous() warns of, so that it
 * does nothing on a terminal and reads the same for everybody. */
void json_put_shown(struct buf *to, struct text decoded);
/* Append the escaped contents without quotes. */
void json_put_escaped(struct buf *to, struct text decoded);

/* An integer literal that fits; false for fractions, exponents, overflow. */
bool json_integer(const struct json_value *v, int64_t *out);

/*
 * The end of the value that starts at p, found block by block, for elements of
 * arrays that are too large to hold. Feed blocks until one contains the end. It
 * only finds the extent; json_value() judges.
 */
struct json_extent {
    size_t depth;
    bool in_string, escape, started, scalar;
};
enum json_extent_status { JSON_EXTENT_MORE, JSON_EXTENT_DONE };
/* *used: bytes of this block that belong to the value. A scalar at top level
 * ends before the first byte that cannot belong to it. */
enum json_extent_status json_extent_feed(struct json_extent *x,
                                         const char *block, size_t n,
                                         size_t *used);

#endif
