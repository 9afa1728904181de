/*
 * A growing byte buffer for request bodies, lines and small texts.
 *
 * Ownership   The caller's storage; buf_release() frees the bytes.
 * Failures    An append that finds no memory drops the bytes and sets `failed`;
 *             later appends do nothing. Check it once, before use.
 * Threads     One at a time.
 */
#ifndef BATCHTOP_UTIL_BUF_H
#define BATCHTOP_UTIL_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes that belong to somebody else; not NUL-terminated. */
struct text {
    const char *ptr;
    size_t len;
};

static inline struct text text_of(const char *s)
{
    return (struct text){ s, strlen(s) };
}

static inline bool text_is(struct text t, const char *s)
{
    size_t n = strlen(s);

    return t.len == n && (n == 0 || memcmp(t.ptr, s, n) == 0);
}

/* Are both the same bytes? memcmp() forbids the NULL of an empty text. */
static inline bool text_equal(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool text_begins(struct text t, const char *s)
{
    size_t n = strlen(s);

    return n == 0 || (t.len >= n && memcmp(t.ptr, s, n) == 0);
}

static inline bool text_ends(struct text t, const char *s)
{
    size_t n = strlen(s);

    return n == 0 || (t.len >= n && memcmp(t.ptr + t.len - n, s, n) == 0);
}

/* The first place of these words in t; NULL when they are not there. */
static inline const char *text_find(struct text t, const char *s)
{
    return t.len ? memmem(t.ptr, t.len, s, strlen(s)) : NULL;
}

/* The end of t (behind its last byte). An empty text may give NULL. */
static inline const char *text_end(struct text t)
{
    return t.len ? t.ptr + t.len : t.ptr;
}

struct buf {
    char *data;
    size_t len, cap;
    bool failed;
};

void buf_init(struct buf *b);
void buf_release(struct buf *b);
void buf_clear(struct buf *b); /* empty, keep the storage */

/* buf_reserve() where the storage is too small. */
char *buf_grow(struct buf *b, size_t n);

/* Make room for n more bytes; NULL (and failed) without memory. The caller
 * may write up to n bytes there and then add to b->len. */
static inline char *buf_reserve(struct buf *b, size_t n)
{
    if (b->data && n <= b->cap - b->len && !b->failed)
        return b->data + b->len;
    return buf_grow(b, n);
}

static inline void buf_put(struct buf *b, const void *data, size_t n)
{
    char *to = n ? buf_reserve(b, n) : NULL;

    if (!to)
        return;
    memcpy(to, data, n);
    b->len += n;
}

static inline void buf_putc(struct buf *b, char c)
{
    char *to = buf_reserve(b, 1);

    if (!to)
        return;
    *to = c;
    b->len++;
}

void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The bytes with a NUL behind them (not counted); "" when failed. */
const char *buf_cstr(struct buf *b);

/* Free storage above `keep` bytes if the buffer is empty. */
void buf_trim(struct buf *b, size_t keep);
/* Empty; what is large goes to whoever needs as much next
 * (util/heap/blocks.h). */
void buf_lend(struct buf *b);

#endif
