/* What the files of the base64 reader share: groups that base64.c takes one by
 * one, or base64_avx2.c eight at a time. */
#ifndef BATCHTOP_UTIL_BASE64_PARTS_H
#define BATCHTOP_UTIL_BASE64_PARTS_H

#include <stddef.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define BASE64_AVX2 1
/* Decode groups of four characters at p into three bytes each at `to`, on a
 * processor with AVX2. Writes nothing behind 3 * groups bytes. Returns how many
 * groups it took: it leaves the last ten or fewer to the caller, and all from
 * the first block on that holds a character outside the alphabet. */
size_t base64_groups_avx2(const unsigned char *p, size_t groups,
                          unsigned char *to);
#endif

#endif
