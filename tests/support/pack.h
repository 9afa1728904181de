/* Packing, for tests of what unpacks. */
#ifndef BATCHTOP_TESTS_SUPPORT_PACK_H
#define BATCHTOP_TESTS_SUPPORT_PACK_H

#include <stddef.h>

/* Into `to`, which has room enough; returns how many bytes. */
size_t pack_gzip(const void *from, size_t n, unsigned char *to);
size_t pack_zstd(const void *from, size_t n, unsigned char *to);

/* A bomb: n times the same byte, by gzip. */
size_t pack_bomb(unsigned char byte, size_t n, void *to, size_t room);

#endif
