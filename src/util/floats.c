/*
 * This file writes a float32 as the shortest text that reads back to it.
 *
 * Which digits. A float32 v = c * 2^q owns all reals up to half way to its
 * neighbours, the ends too when c is even, since ties go to even. Among the
 * decimals in that interval we want the fewest digits, and of those the one
 * nearest to v. Let 10^k be the largest power of ten with 10^k <= 2^q, which
 * is the width. Then the fine grid, all multiples of 10^k, has a point inside,
 * and the wide one, all multiples of 10^(k+1), has at most one; that one is
 * the shortest, else it is the point of the fine grid nearest to v. (Raffaele
 * Giulietti, "The Schubfach way to render doubles", 2020; Ulf Adams, "Ryu:
 * fast float-to-string conversion", 2018, uses the same interval.)
 *
 * Counted in 10^(k+1) half the width is g/2 with g = 2^q / 10^(k+1) < 1, and v
 * is c * g. With g as a 64-bit fraction, one product gives
 *
 *     hi . lo  =  c * g        hi: the wide grid's point below v
 *                              lo: how far v lies above it
 *     below    =  lo < g/2     that point is inside
 *     above    =  1 - lo < g/2 the next one is inside
 *     else     =  lo * 10      rounded, the digit behind hi
 *
 * g is rounded up by less than 2^-64, so these differences are off by up to
 * 2^24 units in the last place, ten times that for the digit. Over all floats
 * the true ones are either 0, a tie, or more than 2^31 units, so `slack` tells
 * the two apart for certain: it lets ties in when c is even, else out, and
 * rounds a digit's tie to even.
 *
 * Below a power of two the neighbour is only half as far. There v is taken as
 * 2c * 2^(q-1), and the upper half is as wide as the whole; both points of the
 * wide grid may be inside then, and the nearer one wins.
 *
 * Embedding values make none of these questions predictable, hence arithmetic
 * instead of branches; and an array's digits are found four at a time where the
 * processor can (floats_avx2.c).
 *
 * Which text. Digits d, without zeros at either end, times 10^x are written as
 * a plain decimal or as "dex", whichever is shorter, at a tie the plain one:
 * "0.0123", "100", "12345678e-12". A point among the digits together with an
 * exponent is never shorter than dex. So at most 14 characters are used; up to
 * FLOAT_TEXT_MAX may be scribbled on.
 *
 * The digits come from one 64-bit word, split by multiplications into halves,
 * pairs and single digits all at once; zero bytes at its ends are the zeros to
 * strip.
 */
#include "config.h"
#include "util/floats.h"
#include "util/floats_parts.h"

#include "util/powers.h"
#include "util/wide.h"

#include <string.h>

static const uint32_t hidden_bit = 1u << FRACTION_BITS;
static const uint32_t sign_bit = 1u << 31;
static const uint32_t infinity_bits = 0x7f800000u;
static const uint64_t half = (uint64_t)1 << 63;
static const uint64_t slack = FLOAT_SLACK;

/* (10 * ten + last) * 10^exponent; ten as the digits of struct float_digits. */
struct decimal {
    uint64_t ten, last;
    int exponent;
};

/* Eight digits as bytes 0..9, the first in the lowest. */
static inline uint64_t eight_digits(uint32_t x)
{
    uint32_t high = x / 10000;
    uint64_t v = high | (uint64_t)(x - high * 10000) << 32;
    uint64_t t = ((v * 10486) >> 20) & 0x0000007f0000007fu;

    v = t | (v - t * 100) << 16;
    t = ((v * 103) >> 10) & 0x000f000f000f000fu;
    return t | (v - t * 10) << 8;
}

/* bits: without the sign. Zero, infinity and NaN give nonsense, not harm. */
static inline struct decimal float_shortest(uint32_t bits)
{
    uint32_t fraction = bits & (hidden_bit - 1), normal = bits >= hidden_bit;
    uint32_t power = fraction == 0 && bits > hidden_bit;
    uint32_t c = (fraction | normal << FRACTION_BITS) << power;
    int q = (int)(bits >> FRACTION_BITS) + !normal - EXPONENT_BIAS - (int)power;
    /* floor(log10(2^q)); shifts of negative numbers are floors. */
    int k = (q * 1262611) >> 22;
    uint64_t g = (power_of_ten(-k - 1) >> -(q + power_log2(-k - 1) + 1)) + 1;
    struct wide v = wide_mul(g, c), ten = wide_mul(v.lo, 10);
    uint64_t margin = slack - (uint64_t)(c & 1) * 2 * slack;
    uint32_t below = v.lo < (g >> 1) + margin;
    uint32_t above = 0 - v.lo < (g >> 1 << power) + margin;
    uint32_t last = (uint32_t)ten.hi;

    above &= (below ^ 1) | (v.lo >= half);
    last += ten.lo + (last & 1) * 2 * slack > half + slack;
    last &= (below | above) - 1;
    if (v.hi + above == 0) /* the seven smallest subnormals */
        return (struct decimal){ eight_digits(last), 0, k - 1 };
    return (struct decimal){ eight_digits((uint32_t)v.hi + above), last, k };
}

static inline void put_digits(char *to, uint64_t digits, int lead,
                              uint64_t last)
{
    digits = digits >> 8 * lead | 0x3030303030303030u;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    digits = __builtin_bswap64(digits);
#endif
    memcpy(to, &digits, sizeof digits);
    to[8 - lead] = (char)('0' + last);
}

static char *put_exponent(char *to, int x)
{
    *to++ = 'e';
    if (x < 0) {
        *to++ = '-';
        x = -x;
    }
    if (x >= 10)
        *to++ = (char)('0' + x / 10);
    *to++ = (char)('0' + x % 10);
    return to;
}

/* 1 and above: `point` of the digits stand before the point, or zeros fill. */
static char *float_put_point(char *to, int count, int point)
{
    if (count <= point) {
        memset(to + count, '0', (size_t)(point - count));
        return to + point;
    }
    memmove(to + point + 1, to + point, (size_t)(count - point));
    to[point] = '.';
    return to + count + 1;
}

/*
 * Plain when that is no longer than the digits, 'e' and x = point - count: for
 * point <= 0 the "0." and zeros are 2 - point characters against 3 or 4, above
 * that two zeros can be filled up.
 */
static inline char *put_decimal(char *to, struct decimal d)
{
    int lead = __builtin_ctzll(d.ten) >> 3;
    int zeros = (1 + (__builtin_clzll(d.ten) >> 3)) & -(d.last == 0);
    int count = 9 - lead - zeros, point = 9 - lead + d.exponent;

    if (point <= 0 && point >= -1 - (count - point >= 10)) {
        memcpy(to, "0.00", 4);
        to += 2 - point;
        put_digits(to, d.ten, lead, d.last);
        return to + count;
    }
    put_digits(to, d.ten, lead, d.last);
    if (point > 0 && point - count <= 2)
        return float_put_point(to, count, point);
    return put_exponent(to + count, point - count);
}

static inline uint32_t float_bits(float f)
{
    uint32_t bits;

    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static inline char *float_put_sign(char *to, uint32_t bits)
{
    *to = '-';
    return to + (bits >> 31);
}

static inline char *float_put_bits(char *to, uint32_t bits, struct decimal d)
{
    uint32_t size = bits & ~sign_bit;

    if (size >= infinity_bits) {
        memcpy(to, "null", 4);
        return to + 4;
    }
    to = float_put_sign(to, bits);
    if (size == 0) {
        *to = '0';
        return to + 1;
    }
    return put_decimal(to, d);
}

char *float_put(char *to, float f)
{
    uint32_t bits = float_bits(f);

    return float_put_bits(to, bits, float_shortest(bits & ~sign_bit));
}

static inline void float_digits_one(struct float_digits *d, size_t i, float f)
{
    struct decimal one = float_shortest(float_bits(f) & ~sign_bit);

    d->ten[i] = one.ten;
    d->last[i] = one.last;
    d->exponent[i] = one.exponent;
}

/* Returns a bit for each float that may be zero, infinite or NaN. */
static unsigned float_digits_block(struct float_digits *d, const float *v)
{
    unsigned rest = (1u << FLOAT_BLOCK) - 1;

#ifdef FLOATS_AVX2
    if (__builtin_cpu_supports("avx2"))
        rest = floats_digits_avx2(v, d);
#endif
    for (unsigned left = rest; left; left &= left - 1) {
        size_t i = (size_t)__builtin_ctz(left);

        float_digits_one(d, i, v[i]);
    }
    return rest;
}

/* Work in blocks, first all digits, then all text: two short loops let the
 * processor overlap neighbours, one long loop does not. */
static char *float_put_block(char *to, const float *v, size_t count)
{
    struct float_digits d;
    unsigned rest = float_digits_block(&d, v);

    for (size_t i = 0; i < count; i++) {
        const struct decimal x = { d.ten[i], d.last[i], d.exponent[i] };
        uint32_t bits = float_bits(v[i]);

        if (rest)
            to = float_put_bits(to, bits, x);
        else
            to = put_decimal(float_put_sign(to, bits), x);
        *to++ = ',';
    }
    return to;
}

char *float_put_array(char *to, const float *v, size_t n)
{
    float tail[FLOAT_BLOCK] = { 0 };
    size_t left = n;

    *to++ = '[';
    for (; left >= FLOAT_BLOCK; left -= FLOAT_BLOCK, v += FLOAT_BLOCK)
        to = float_put_block(to, v, FLOAT_BLOCK);
    if (left > 0) {
        memcpy(tail, v, left * sizeof *v);
        to = float_put_block(to, tail, left);
    }
    to -= n > 0;
    *to++ = ']';
    return to;
}
