/* What the files of SHA-1 share: how a block changes the hash. */
#ifndef BATCHTOP_UTIL_SHA1_SHA1_PARTS_H
#define BATCHTOP_UTIL_SHA1_SHA1_PARTS_H

#include <stdbool.h>
#include <stdint.h>

enum { SHA1_WORDS = 5, SHA1_BLOCK = 64 };

void sha1_block_any(uint32_t h[SHA1_WORDS],
                    const unsigned char block[SHA1_BLOCK]);

#if defined(__x86_64__) && defined(__GNUC__)
#define SHA1_X86 1
/* Does the processor have the instructions? Asked once. */
bool sha1_x86_has(void);
void sha1_block_x86(uint32_t h[SHA1_WORDS],
                    const unsigned char block[SHA1_BLOCK]);
#endif

#endif
