/*
 * The powers of ten that float32 text needs, to 64 bits:
 *
 *     power_of_ten(e) = floor(10^e * 2^(63 - power_log2(e)))
 *
 * with the top bit set; exact for 0 <= e <= POWER_EXACT_MAX.
 */
#ifndef BATCHTOP_UTIL_POWERS_H
#define BATCHTOP_UTIL_POWERS_H

#include <stdint.h>

enum { POWER_MIN = -64, POWER_MAX = 45, POWER_EXACT_MAX = 27 };

extern const uint64_t powers_of_ten[POWER_MAX - POWER_MIN + 1];

static inline uint64_t power_of_ten(int e)
{
    return powers_of_ten[e - POWER_MIN];
}

/* floor(log2(10^e)); the constant is log2(10) * 2^19, enough for |e| < 1000. */
static inline int power_log2(int e)
{
    return (e * 1741647) >> 19;
}

#endif
