/* The mixing steps of our hashes: words into words. */
#ifndef BATCHTOP_UTIL_MIX_H
#define BATCHTOP_UTIL_MIX_H

#include "util/wide.h"

/* Odd words without structure: the first digits of pi, e, sqrt 2, sqrt 3. */
static const uint64_t mix_pi = 0x243f6a8885a308d3u;
static const uint64_t mix_e = 0xb7e151628aed2a6bu;
static const uint64_t mix_two = 0x6a09e667f3bcc909u;
static const uint64_t mix_three = 0xbb67ae8584caa73bu;

static inline uint64_t mix_rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static inline uint64_t mix_fold(uint64_t a, uint64_t b)
{
    struct wide p = wide_mul(a, b);

    return p.hi ^ p.lo;
}

/* One to one, and every bit reaches every other. */
static inline uint64_t mix_scramble(uint64_t x)
{
    x = (x ^ (x >> 32)) * mix_e;
    x = (x ^ (x >> 29)) * mix_three;
    return x ^ (x >> 32);
}

/* One lane and 16 bytes, through a folded 128-bit product. The factors are
 * added to the product, so a factor of zero loses nothing. */
static inline uint64_t mix_lane(uint64_t lane, const uint64_t w[2])
{
    return mix_fold(lane ^ w[0], w[1] ^ mix_e) + mix_rotate(lane ^ w[1], 23);
}

/* Two lanes, each with the words in swapped roles, so that words that are
 * unlucky for one lane are not for the other. */
static inline void mix_step(uint64_t lane[2], const uint64_t w[2])
{
    uint64_t b = lane[1];

    lane[0] = mix_lane(lane[0], w);
    lane[1] = mix_fold(b ^ w[1], w[0] ^ mix_three) + mix_rotate(b ^ w[0], 41);
}

#endif
