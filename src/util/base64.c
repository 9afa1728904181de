/*
 * This file reads and writes base64. Four characters are 24 bits. For each of
 * the four places there is a table that gives a character's six bits where they
 * belong in the three bytes, as a word whose lowest byte comes first; or-ing
 * four words decodes a group. A character outside the alphabet gives the bit
 * BAD, which survives all or-ing, so the loop has no branch but its own and the
 * verdict comes at the end.
 *
 * The tables are written by the preprocessor, hence constants.
 */
#include "config.h"
#include "util/base64.h"

#include <stdint.h>
#include <string.h>

#include "util/base64_parts.h"
#include "util/floats.h"

#define BAD 0x80000000u

#define VALUE(c)                                                               \
    ((c) >= 'A' && (c) <= 'Z'   ? (uint32_t)(c) - 'A'                          \
     : (c) >= 'a' && (c) <= 'z' ? (uint32_t)(c) - 'a' + 26                     \
     : (c) >= '0' && (c) <= '9' ? (uint32_t)(c) - '0' + 52                     \
     : (c) == '+'               ? 62                                           \
     : (c) == '/'               ? 63                                           \
                                : BAD)

#define PLACE_0(v) ((v) << 2)
#define PLACE_1(v) ((v) >> 4 | ((v) & 15) << 12)
#define PLACE_2(v) ((v) >> 2 << 8 | ((v) & 3) << 22)
#define PLACE_3(v) ((v) << 16)

#define ONE(place, c) VALUE(c) == BAD ? BAD : place(VALUE(c))
#define FOUR(place, c)                                                         \
    ONE(place, c), ONE(place, c + 1), ONE(place, c + 2), ONE(place, c + 3)
#define SIXTEEN(place, c)                                                      \
    FOUR(place, c), FOUR(place, c + 4), FOUR(place, c + 8), FOUR(place, c + 12)
#define QUARTER(place, c)                                                      \
    SIXTEEN(place, c), SIXTEEN(place, c + 16), SIXTEEN(place, c + 32),         \
        SIXTEEN(place, c + 48)
#define ALL(place)                                                             \
    QUARTER(place, 0), QUARTER(place, 64), QUARTER(place, 128),                \
        QUARTER(place, 192)

static const uint32_t bits[4][256] = {
    { ALL(PLACE_0) }, { ALL(PLACE_1) }, { ALL(PLACE_2) }, { ALL(PLACE_3) }
};

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz0123456789+/";

enum { GROUP = 4, BYTES = 3 };

size_t base64_length(size_t n)
{
    return (n + BYTES - 1) / BYTES * GROUP;
}

/* --- text to bytes --- */

/* Three bytes, the first in the lowest eight bits, or BAD. */
static inline uint32_t take_group(const unsigned char *p)
{
    return bits[0][p[0]] | bits[1][p[1]] | bits[2][p[2]] | bits[3][p[3]];
}

static void base64_put_bytes(unsigned char *to, uint32_t group, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (unsigned char)(group >> 8 * i);
}

/*
 * Whole groups without padding. Two at a time are written by one store of eight
 * bytes, of which the next store overwrites two; the last groups are written
 * byte by byte, since such a store would go beyond the end.
 */
static bool take_groups(const unsigned char *p, size_t groups,
                        unsigned char *to)
{
    uint32_t seen = 0;

#ifdef BASE64_AVX2
    if (__builtin_cpu_supports("avx2")) {
        size_t taken = base64_groups_avx2(p, groups, to);

        p += taken * GROUP;
        to += taken * BYTES;
        groups -= taken;
    }
#endif
    for (; groups >= 3 && !FLOATS_TURNED; groups -= 2) {
        uint32_t a = take_group(p), b = take_group(p + GROUP);
        uint64_t both = a | (uint64_t)b << 24;

        seen |= a | b;
        memcpy(to, &both, sizeof both);
        p += 2 * GROUP;
        to += 2 * BYTES;
    }
    for (; groups > 0; groups--) {
        uint32_t a = take_group(p);

        seen |= a;
        base64_put_bytes(to, a, BYTES);
        p += GROUP;
        to += BYTES;
    }
    return (seen & BAD) == 0;
}

/* One or two bytes from a last group that ends in one or two '='. Bits that
 * belong to no byte must be zero: there is only one text for some bytes. */
static bool take_last(const unsigned char *p, size_t n, unsigned char *to)
{
    unsigned char full[GROUP] = { p[0], p[1], n == 2 ? p[2] : 'A', 'A' };
    uint32_t group = take_group(full);

    if ((group & BAD) || group >> 8 * n != 0)
        return false;
    base64_put_bytes(to, group, n);
    return true;
}

bool base64_decode(const char *text, size_t len, void *to, size_t room,
                   size_t *got)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t pad = 0, groups = len / GROUP;

    *got = 0;
    if (len == 0 || len % GROUP != 0)
        return len == 0;
    if (text[len - 1] == '=')
        pad = text[len - 2] == '=' ? 2 : 1;
    if (groups * BYTES - pad > room)
        return false;
    groups -= pad > 0;
    if (!take_groups(p, groups, to) ||
        (pad > 0 && !take_last(p + groups * GROUP, BYTES - pad,
                               (unsigned char *)to + groups * BYTES)))
        return false;
    *got = len / GROUP * BYTES - pad;
    return true;
}

/* --- bytes to text --- */

static void put_group(char *to, const unsigned char *p)
{
    uint32_t group = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

    to[0] = letters[group >> 18];
    to[1] = letters[group >> 12 & 63];
    to[2] = letters[group >> 6 & 63];
    to[3] = letters[group & 63];
}

char *base64_encode(char *to, const void *data, size_t n)
{
    const unsigned char *p = data;

    for (; n >= BYTES; n -= BYTES) {
        put_group(to, p);
        p += BYTES;
        to += GROUP;
    }
    if (n > 0) {
        unsigned char last[BYTES] = { p[0], n == 2 ? p[1] : 0, 0 };

        put_group(to, last);
        memset(to + n + 1, '=', BYTES - n);
        to += GROUP;
    }
    return to;
}

/* --- floats --- */

/* Vectors travel in little-endian order. */
bool base64_floats(const char *text, size_t len, float *to, size_t n)
{
    size_t got;

    if (!base64_decode(text, len, to, n * sizeof *to, &got) ||
        got != n * sizeof *to)
        return false;
    if (FLOATS_TURNED)
        float_turn(to, to, n);
    return true;
}

/* 15 floats are whole groups of three bytes. */
char *base64_encode_floats(char *to, const float *v, size_t n)
{
    enum { PART = 15 };

    if (!FLOATS_TURNED)
        return base64_encode(to, v, n * sizeof *v);
    while (n > 0) {
        size_t count = n < PART ? n : PART;
        float part[PART];

        float_turn(part, v, count);
        to = base64_encode(to, part, count * sizeof *v);
        v += count;
        n -= count;
    }
    return to;
}
