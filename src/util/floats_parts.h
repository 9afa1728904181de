/* What the files of the float writer share: the digits of a block of floats,
 * found one by one (floats.c) or four at a time (floats_avx2.c). */
#ifndef BATCHTOP_UTIL_FLOATS_PARTS_H
#define BATCHTOP_UTIL_FLOATS_PARTS_H

#include <stdint.h>

enum { FLOAT_BLOCK = 16 };

enum {
    FRACTION_BITS = 23,
    EXPONENT_BIAS = 150 /* of c * 2^q with an integer c */
};

/* Per float (10 * ten + last) * 10^exponent; `ten` has at most eight digits,
 * which are bytes of 0..9, the first in the lowest. */
struct float_digits {
    uint64_t ten[FLOAT_BLOCK], last[FLOAT_BLOCK];
    int32_t exponent[FLOAT_BLOCK];
};

/* In units of 2^-64; a difference below it is a tie, see floats.c. */
#define FLOAT_SLACK ((uint64_t)1 << 29)

#if defined(__x86_64__) && defined(__GNUC__)
#define FLOATS_AVX2 1
/* The digits of a whole block on a processor with AVX2. Returns the floats, a
 * bit each, that it leaves to the caller: zeros, subnormals, powers of two,
 * infinities and NaN. */
unsigned floats_digits_avx2(const float v[FLOAT_BLOCK],
                            struct float_digits *out);
#endif

#endif
