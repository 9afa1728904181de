/* This file classifies and normalises characters. It handles ASCII, which most
 * text is, without a table and leaves the rest to utf8proc. It puts marks into
 * their canonical order before it composes them. */
#include "config.h"
#include "embed/static/runes.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "util/str.h"

enum { LONGEST_DECOMPOSITION = 32 };

void runes_release(struct runes *r)
{
    free(r->at);
    *r = (struct runes){ 0 };
}

void runes_clear(struct runes *r)
{
    r->len = 0;
    r->failed = false;
}

/* Room for n more; false (and failed) without memory. */
static bool runes_reserve(struct runes *r, size_t n)
{
    size_t cap = r->cap ? r->cap : 256;
    int32_t *larger;

    if (r->failed)
        return false;
    if (n <= r->cap - r->len)
        return true;
    while (cap - r->len < n)
        cap *= 2;
    larger = realloc(r->at, cap * sizeof *larger);
    if (!larger) {
        r->failed = true;
        return false;
    }
    r->at = larger;
    r->cap = cap;
    return true;
}

void runes_put(struct runes *r, const int32_t *from, size_t n)
{
    if (n == 0 || !runes_reserve(r, n))
        return;
    memcpy(r->at + r->len, from, n * sizeof *from);
    r->len += n;
}

void runes_putc(struct runes *r, int32_t c)
{
    if (r->len < r->cap || runes_reserve(r, 1))
        r->at[r->len++] = c;
}

void runes_decode(struct runes *r, struct text from, size_t max)
{
    const char *p = from.ptr, *end = text_end(from);

    if (!runes_reserve(r, from.len < max ? from.len : max))
        return;
    for (; p < end && max > 0; max--) {
        uint32_t c = (unsigned char)*p;
        size_t n = 1;

        if (c >= 0x80 && (n = utf8_decode(p, end, &c)) == 0) {
            c = 0xfffd;
            n = 1;
        }
        r->at[r->len++] = (int32_t)c;
        p += n;
    }
}

void runes_encode(const int32_t *from, size_t n, struct buf *to)
{
    unsigned char *p = (unsigned char *)buf_reserve(to, n * 4);
    const unsigned char *start = p;

    if (!p)
        return;
    for (size_t i = 0; i < n; i++) {
        if (from[i] < 0x80)
            *p++ = (unsigned char)from[i];
        else
            p += utf8proc_encode_char(from[i], p);
    }
    to->len += (size_t)(p - start);
}

/* ---- classes ---- */

bool rune_is_space(int32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= '\t' && c <= '\r');
    return c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

bool rune_is_punctuation(int32_t c)
{
    utf8proc_category_t k;

    if (c < 0x80)
        return (c >= 0x21 && c <= 0x2f) || (c >= 0x3a && c <= 0x40) ||
               (c >= 0x5b && c <= 0x60) || (c >= 0x7b && c <= 0x7e);
    k = utf8proc_category(c);
    return k >= UTF8PROC_CATEGORY_PC && k <= UTF8PROC_CATEGORY_PO;
}

bool rune_is_control(int32_t c)
{
    utf8proc_category_t k;

    if (c < 0x80)
        return c < 0x20 || c == 0x7f;
    k = utf8proc_category(c);
    return k == UTF8PROC_CATEGORY_CC || k == UTF8PROC_CATEGORY_CF ||
           k == UTF8PROC_CATEGORY_CO;
}

bool rune_is_nonspacing(int32_t c)
{
    return c >= 0x300 && utf8proc_category(c) == UTF8PROC_CATEGORY_MN;
}

bool rune_is_mark(int32_t c)
{
    utf8proc_category_t k = c < 0x300 ? UTF8PROC_CATEGORY_CN
                                      : utf8proc_category(c);

    return k >= UTF8PROC_CATEGORY_MN && k <= UTF8PROC_CATEGORY_ME;
}

bool rune_is_ideograph(int32_t c)
{
    return (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x2a6df) ||
           (c >= 0x2a700 && c <= 0x2b73f) || (c >= 0x2b740 && c <= 0x2b81f) ||
           (c >= 0x2b920 && c <= 0x2ceaf) || (c >= 0x2f800 && c <= 0x2fa1f);
}

/* ---- forms ---- */

void runes_lower(struct runes *to, const int32_t *from, size_t n)
{
    if (!runes_reserve(to, n * 2))
        return;
    for (size_t i = 0; i < n; i++) {
        int32_t c = from[i];

        if (c < 0x80) {
            to->at[to->len++] = c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
        } else if (c == 0x130) { /* the only one that becomes two */
            to->at[to->len++] = 'i';
            to->at[to->len++] = 0x307;
        } else {
            to->at[to->len++] = utf8proc_tolower(c);
        }
    }
}

/* Sort marks by their combining classes, stable. */
static void order_marks(int32_t *at, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        int32_t c = at[i];
        utf8proc_propval_t k = utf8proc_get_property(c)->combining_class;
        size_t j = i;

        if (c < 0x300 || k == 0)
            continue;
        for (; j > 0 && utf8proc_get_property(at[j - 1])->combining_class > k;
             j--)
            at[j] = at[j - 1];
        at[j] = c;
    }
}

static void runes_decompose(struct runes *to, int32_t c, utf8proc_option_t how)
{
    utf8proc_ssize_t n;
    int boundary = 0;

    if (!runes_reserve(to, LONGEST_DECOMPOSITION))
        return;
    n = utf8proc_decompose_char(c, to->at + to->len, LONGEST_DECOMPOSITION,
                                how, &boundary);
    if (n > 0 && n <= LONGEST_DECOMPOSITION)
        to->len += (size_t)n;
    else
        runes_putc(to, c);
}

void runes_normal(struct runes *to, const int32_t *from, size_t n,
                  bool compose, bool compatible)
{
    utf8proc_option_t how = (compose ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) |
                            UTF8PROC_STABLE |
                            (compatible ? UTF8PROC_COMPAT : 0);
    size_t start = to->len;
    bool plain = true;
    utf8proc_ssize_t len;

    for (size_t i = 0; i < n; i++) {
        if (from[i] < 0x80) {
            runes_putc(to, from[i]);
        } else {
            runes_decompose(to, from[i], how);
            plain = false;
        }
    }
    if (plain || to->failed)
        return;
    order_marks(to->at + start, to->len - start);
    if (!compose)
        return;
    len = utf8proc_normalize_utf32(to->at + start,
                                   (utf8proc_ssize_t)(to->len - start), how);
    if (len >= 0)
        to->len = start + (size_t)len;
}
