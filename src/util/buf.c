/* This file appends to a buffer. It doubles the storage, from 64 bytes on, so
 * that this costs constant time on average; buf_printf() measures a text before
 * it writes it. */
#include "config.h"
#include "util/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "util/heap/blocks.h"

void buf_init(struct buf *b)
{
    *b = (struct buf){ 0 };
}

void buf_release(struct buf *b)
{
    block_free(b->data, b->cap);
    *b = (struct buf){ 0 };
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

char *buf_grow(struct buf *b, size_t n)
{
    size_t cap = b->cap ? b->cap : 64;
    char *grown;

    if (b->failed)
        return NULL;
    while (cap - b->len < n) {
        if (cap > SIZE_MAX / 2) {
            b->failed = true;
            return NULL;
        }
        cap *= 2;
    }
    grown = block_resize(b->data, &b->cap, b->len, cap);
    if (!grown) {
        b->failed = true;
        return NULL;
    }
    b->data = grown;
    return b->data + b->len;
}

void buf_puts(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    int need;
    char *to;

    va_start(args, format);
    va_copy(again, args);
    need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    to = need < 0 ? NULL : buf_reserve(b, (size_t)need + 1);
    if (to) {
        vsnprintf(to, (size_t)need + 1, format, again);
        b->len += (size_t)need;
    } else {
        b->failed = true;
    }
    va_end(again);
}

const char *buf_cstr(struct buf *b)
{
    char *end = buf_reserve(b, 1);

    if (!end)
        return "";
    *end = '\0';
    return b->data;
}

void buf_trim(struct buf *b, size_t keep)
{
    char *smaller;

    if (b->len > 0 || b->cap <= keep)
        return;
    smaller = block_resize(b->data, &b->cap, 0, keep ? keep : 1);
    if (smaller)
        b->data = smaller;
}

void buf_lend(struct buf *b)
{
    buf_clear(b);
    if (b->cap >= BLOCK_LEAST)
        buf_release(b);
}
