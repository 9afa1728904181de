/* The 128-bit product of two 64-bit words, with or without the compiler's. */
#ifndef BATCHTOP_UTIL_WIDE_H
#define BATCHTOP_UTIL_WIDE_H

#include <stdint.h>

struct wide {
    uint64_t hi, lo;
};

static inline struct wide wide_mul(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 u128;
    u128 p = (u128)a * b;

    return (struct wide){ (uint64_t)(p >> 64), (uint64_t)p };
#else
    uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
    uint64_t low = al * bl, one = ah * bl, two = al * bh;
    uint64_t mid = (low >> 32) + (uint32_t)one + (uint32_t)two;

    return (struct wide){ ah * bh + (one >> 32) + (two >> 32) + (mid >> 32),
                          mid << 32 | (uint32_t)low };
#endif
}

#endif
