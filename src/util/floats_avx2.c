/*
 * This file finds the digits of sixteen floats as float_shortest() in floats.c
 * does, whose comment explains the steps; here each step is taken for four
 * floats at a time, in lanes of 64 bits. Nothing here depends on a value, but
 * powers of two and what is no normal number, which are left to the caller.
 *
 * The processor multiplies 32 by 32 bits in a lane: g * c, of 64 and 24 bits,
 * is made of two such products, lo * 10 likewise.
 */
#include "config.h"
#include "util/floats_parts.h"

#ifdef FLOATS_AVX2

#include <immintrin.h>

#include "util/powers.h"

#define WIDE static inline __attribute__((target("avx2"), always_inline))

enum { LANES = 4 };

WIDE __m256i wide_value(uint64_t x)
{
    return _mm256_set1_epi64x((long long)x);
}

/* 1 where a < b, as unsigned numbers. */
WIDE __m256i wide_below(__m256i a, __m256i b)
{
    const __m256i top = wide_value((uint64_t)1 << 63);

    return _mm256_srli_epi64(_mm256_cmpgt_epi64(_mm256_xor_si256(b, top),
                                                _mm256_xor_si256(a, top)),
                             63);
}

/* 64 bits of each lane times less than 2^31: the product's two words. */
WIDE void wide_times(__m256i a, __m256i b, __m256i *hi, __m256i *lo)
{
    __m256i low = _mm256_mul_epu32(a, b);
    __m256i high = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), b);

    *lo = _mm256_add_epi64(low, _mm256_slli_epi64(high, 32));
    *hi = _mm256_srli_epi64(
        _mm256_add_epi64(high, _mm256_srli_epi64(low, 32)), 32);
}

/* eight_digits() of floats.c, for numbers below 10^8. */
WIDE __m256i wide_digits(__m256i x)
{
    const __m256i over_10000 = wide_value(3518437209u); /* 2^45 / 10^4 */
    const __m256i over_100 = _mm256_set1_epi16(5243);   /* 2^19 / 10^2 */
    const __m256i over_10 = _mm256_set1_epi16(6554);    /* 2^16 / 10 */
    __m256i t = _mm256_srli_epi64(_mm256_mul_epu32(x, over_10000), 45);

    x = _mm256_sub_epi64(x, _mm256_mul_epu32(t, wide_value(10000)));
    x = _mm256_or_si256(t, _mm256_slli_epi64(x, 32));
    t = _mm256_srli_epi16(_mm256_mulhi_epu16(x, over_100), 3);
    x = _mm256_sub_epi16(x, _mm256_mullo_epi16(t, _mm256_set1_epi16(100)));
    x = _mm256_or_si256(t, _mm256_slli_epi32(x, 16));
    t = _mm256_mulhi_epu16(x, over_10);
    x = _mm256_sub_epi16(x, _mm256_mullo_epi16(t, _mm256_set1_epi16(10)));
    return _mm256_or_si256(t, _mm256_slli_epi16(x, 8));
}

/* Four floats c * 2^q, where g = 2^q / 10^(k+1). */
WIDE void wide_shortest(__m256i c, __m256i g, uint64_t *ten, uint64_t *last)
{
    const __m256i one = wide_value(1), slack = wide_value(FLOAT_SLACK);
    const __m256i half = wide_value((uint64_t)1 << 63);
    __m256i twice_slack = _mm256_slli_epi64(_mm256_and_si256(c, one), 30);
    __m256i reach = _mm256_add_epi64(_mm256_srli_epi64(g, 1),
                                     _mm256_sub_epi64(slack, twice_slack));
    __m256i hi, lo, digit, rest, below, above;

    wide_times(g, c, &hi, &lo);
    wide_times(lo, wide_value(10), &digit, &rest);
    below = wide_below(lo, reach);
    /* Never both: only under a power of two is the interval wider than g. */
    above = wide_below(_mm256_sub_epi64(_mm256_setzero_si256(), lo), reach);
    rest = _mm256_add_epi64(
        rest, _mm256_slli_epi64(_mm256_and_si256(digit, one), 30));
    digit = _mm256_add_epi64(
        digit, wide_below(_mm256_add_epi64(half, slack), rest));
    /* No digit where a point of the wide grid is inside. */
    digit = _mm256_and_si256(
        digit, _mm256_sub_epi64(_mm256_or_si256(below, above), one));
    _mm256_storeu_si256((__m256i *)(void *)ten,
                        wide_digits(_mm256_add_epi64(hi, above)));
    _mm256_storeu_si256((__m256i *)(void *)last, digit);
}

/* Half of a block: what the exponents say in lanes of 32 bits, then the rest. */
WIDE unsigned wide_eight(const float *v, uint64_t *ten, uint64_t *last,
                         int32_t *exponent)
{
    const __m256i fractions = _mm256_set1_epi32((1 << FRACTION_BITS) - 1);
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)v);
    __m256i fraction = _mm256_and_si256(b, fractions);
    __m256i biased = _mm256_and_si256(_mm256_srli_epi32(b, FRACTION_BITS),
                                      _mm256_set1_epi32(255));
    __m256i c = _mm256_or_si256(fraction,
                                _mm256_set1_epi32(1 << FRACTION_BITS));
    __m256i q = _mm256_sub_epi32(biased, _mm256_set1_epi32(EXPONENT_BIAS));
    __m256i k = _mm256_srai_epi32(
        _mm256_mullo_epi32(q, _mm256_set1_epi32(1262611)), 22);
    /* e = -k - 1, power_log2(e) */
    __m256i e = _mm256_xor_si256(k, _mm256_set1_epi32(-1));
    __m256i log2 = _mm256_srai_epi32(
        _mm256_mullo_epi32(e, _mm256_set1_epi32(1741647)), 19);
    /* -(q + log2 + 1) */
    __m256i shift = _mm256_xor_si256(_mm256_add_epi32(q, log2),
                                     _mm256_set1_epi32(-1));
    __m256i at = _mm256_sub_epi32(e, _mm256_set1_epi32(POWER_MIN));
    __m256i plain = _mm256_and_si256(
        _mm256_cmpgt_epi32(biased, _mm256_setzero_si256()),
        _mm256_and_si256(_mm256_cmpgt_epi32(_mm256_set1_epi32(255), biased),
                         _mm256_cmpgt_epi32(fraction,
                                            _mm256_setzero_si256())));

    _mm256_storeu_si256((__m256i *)(void *)exponent, k);
    for (int i = 0; i < 2; i++) {
        __m128i index = i ? _mm256_extracti128_si256(at, 1)
                          : _mm256_castsi256_si128(at);
        __m128i by = i ? _mm256_extracti128_si256(shift, 1)
                       : _mm256_castsi256_si128(shift);
        __m128i of = i ? _mm256_extracti128_si256(c, 1)
                       : _mm256_castsi256_si128(c);
        __m256i g = _mm256_i32gather_epi64(
            (const long long *)(const void *)powers_of_ten, index, 8);

        g = _mm256_srlv_epi64(g, _mm256_cvtepu32_epi64(by));
        wide_shortest(_mm256_cvtepu32_epi64(of),
                      _mm256_add_epi64(g, wide_value(1)), ten + LANES * i,
                      last + LANES * i);
    }
    return ~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(plain)) & 0xff;
}

__attribute__((target("avx2"))) unsigned
floats_digits_avx2(const float v[FLOAT_BLOCK], struct float_digits *out)
{
    unsigned low = wide_eight(v, out->ten, out->last, out->exponent);
    unsigned high = wide_eight(v + 8, out->ten + 8, out->last + 8,
                               out->exponent + 8);

    return low | high << 8;
}

#endif
