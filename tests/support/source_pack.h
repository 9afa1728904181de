/* Packing for the tests of the corpus readers. */
#ifndef BATCHTOP_TESTS_SUPPORT_SOURCE_PACK_H
#define BATCHTOP_TESTS_SUPPORT_SOURCE_PACK_H

#include <stddef.h>

/* Into `to`, which has room enough; returns how many bytes. */
size_t pack_gzip(const void *from, size_t n, unsigned char *to);
size_t pack_zstd(const void *from, size_t n, unsigned char *to);

#endif
