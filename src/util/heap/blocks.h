/*
 * Memory for buffers and vectors, which come and go by the hundred a second.
 *
 * malloc() keeps what is freed in the arena of the thread that asked first, so
 * that a run with 20 threads holds it 20 times; or it gives it to the kernel at
 * once, and each page is cleared anew: a fifth of the CPU of a document of
 * 1,536 dimensions. Here a block of BLOCK_LEAST bytes or more, rounded up by
 * less than a quarter, goes to whoever asks for that size next, while it is
 * warm, and to the kernel when nobody did for a while. Smaller ones are
 * malloc()'s, and so are all under the address sanitizer, which knows where
 * those end.
 *
 * Ownership   The caller's, who keeps `cap`, the size that it got.
 * Bounds      Idle blocks: as many as were in use at once since the last two
 *             blocks_age(), and BLOCKS_IDLE bytes.
 * Threads     Any. A leaf lock.
 */
#ifndef BATCHTOP_UTIL_BLOCKS_H
#define BATCHTOP_UTIL_BLOCKS_H

#include <stddef.h>

enum {
    BLOCK_LEAST = 128 << 10,
    BLOCK_KEPT = 8 << 20, /* larger ones go back at once */
    BLOCKS_IDLE = 32 << 20
};

/* At least so many bytes, of any content; *cap: how many they are. NULL without
 * memory. */
void *block_new(size_t bytes, size_t *cap);
/* The same for one that exists (p NULL: there is none), with its first `used`
 * bytes. NULL without memory: it stays as it was. */
void *block_resize(void *p, size_t *cap, size_t used, size_t bytes);
void block_free(void *p, size_t cap); /* NULL is fine */

/* Give back the idle ones that nobody needed since the last call. Every second
 * or so. */
void blocks_age(void);
/* Bytes that wait for the next who asks. */
size_t blocks_idle(void);

#endif
