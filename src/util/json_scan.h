/* The functions of json_text.c that json.c and json_extent.c call. */
#ifndef BATCHTOP_UTIL_JSON_SCAN_H
#define BATCHTOP_UTIL_JSON_SCAN_H

#include "util/buf.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct json_string {
    bool escaped, bad_utf8;
    const char *at, *why; /* when there is no end */
};

/* Find and validate the string whose contents begin at p: returns its closing
 * quote, or NULL with why and where. With `lax`, bad UTF-8 and lone surrogates
 * pass and are marked. */
const char *json_scan_string(const char *p, const char *end, bool lax,
                             struct json_string *s);

static inline bool json_is_plain(char c)
{
    return c != '"' && c != '\\' && (unsigned char)c >= 0x20 &&
           (unsigned char)c < 0x80;
}

#ifdef __SSE2__
/* Sixteen bytes at p: a bit for each that is not plain. As signed numbers,
 * control characters and bytes above ASCII alike are below a blank. */
static inline unsigned json_not_plain(const char *p)
{
    __m128i w = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i quote = _mm_cmpeq_epi8(w, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(w, _mm_set1_epi8('\\'));
    __m128i low = _mm_cmplt_epi8(w, _mm_set1_epi8(' '));

    return (unsigned)_mm_movemask_epi8(
        _mm_or_si128(_mm_or_si128(quote, slash), low));
}
#endif

/*
 * Find the first byte that is a quote, a backslash, a control character or
 * above 0x7f. Without wide registers eight bytes at a time: a byte that is zero
 * after the XOR, or below 0x20, borrows in the subtraction and so gets its high
 * bit. The borrow may also mark bytes above it, never below: the lowest mark is
 * right.
 */
static inline const char *json_skip_plain(const char *p, const char *end)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        unsigned found = json_not_plain(p);

        if (found)
            return p + __builtin_ctz(found);
    }
#endif
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t ones = UINT64_C(0x0101010101010101);

    while (end - p >= 8) {
        uint64_t w, quote, slash, found;

        memcpy(&w, p, 8);
        quote = w ^ ones * '"';
        slash = w ^ ones * '\\';
        found = ((quote - ones) | (slash - ones) | (w - ones * 0x20) | w) &
                ones * 0x80;
        if (found)
            return p + __builtin_ctzll(found) / 8;
        p += 8;
    }
#endif
    while (p < end && json_is_plain(*p))
        p++;
    return p;
}

#endif
