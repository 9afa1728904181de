/* This file keeps a stack of idle blocks for each size. The one that was used
 * last is used next; the fewest that lay there at any time since the last
 * call of blocks_age() were not needed, and go. */
#include "config.h"
#include "util/heap/blocks.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define BLOCKS_ARE_WATCHED 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define BLOCKS_ARE_WATCHED 1
#endif
#ifndef BLOCKS_ARE_WATCHED
#define BLOCKS_ARE_WATCHED 0
#endif

/* Four sizes from each power of two to the next: BLOCK_LEAST times 1, 1.25,
 * 1.5, 1.75, 2, 2.5 ... */
enum { STEPS = 4, SIZES = 6 * STEPS + 1, PAGE = 4096 };

_Static_assert((size_t)BLOCK_LEAST << (SIZES / STEPS) == BLOCK_KEPT,
               "a stack for each size");

struct block {
    struct block *next;
};

static struct {
    pthread_mutex_t mutex;
    struct {
        struct block *top;
        size_t count, least;
    } size[SIZES]; /* [mutex] */
    size_t idle;   /* [mutex] bytes */
} blocks = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static bool block_is_small(size_t bytes)
{
    return BLOCKS_ARE_WATCHED || bytes < BLOCK_LEAST;
}

static size_t block_size(size_t which)
{
    return ((size_t)BLOCK_LEAST / STEPS * (STEPS + which % STEPS))
           << (which / STEPS);
}

/* The size of a block for so many bytes, and which stack is its; SIZES: none.
 * Larger ones are whole pages, of any number. */
static size_t block_round(size_t bytes, size_t *which)
{
    for (*which = 0; *which < SIZES; ++*which)
        if (block_size(*which) >= bytes)
            return block_size(*which);
    return (bytes + PAGE - 1) & ~(size_t)(PAGE - 1);
}

static void *block_map(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

static void *block_pop(size_t which)
{
    struct block *b = blocks.size[which].top;

    if (!b)
        return NULL;
    blocks.size[which].top = b->next;
    blocks.idle -= block_size(which);
    if (--blocks.size[which].count < blocks.size[which].least)
        blocks.size[which].least = blocks.size[which].count;
    return b;
}

static void *block_take(size_t which)
{
    void *p;

    if (which >= SIZES)
        return NULL;
    pthread_mutex_lock(&blocks.mutex);
    p = block_pop(which);
    pthread_mutex_unlock(&blocks.mutex);
    return p;
}

static bool block_keep(struct block *b, size_t size, size_t which)
{
    bool keep;

    if (which >= SIZES)
        return false;
    pthread_mutex_lock(&blocks.mutex);
    keep = blocks.idle + size <= BLOCKS_IDLE;
    if (keep) {
        b->next = blocks.size[which].top;
        blocks.size[which].top = b;
        blocks.size[which].count++;
        blocks.idle += size;
    }
    pthread_mutex_unlock(&blocks.mutex);
    return keep;
}

void *block_new(size_t bytes, size_t *cap)
{
    size_t which, size;
    void *p;

    if (bytes > SIZE_MAX / 2)
        return NULL;
    size = block_is_small(bytes) ? bytes : block_round(bytes, &which);
    if (block_is_small(bytes))
        p = malloc(bytes ? bytes : 1);
    else if (!(p = block_take(which)))
        p = block_map(size);
    if (p)
        *cap = size;
    return p;
}

void block_free(void *p, size_t cap)
{
    size_t which, size;

    if (!p)
        return;
    if (block_is_small(cap)) {
        free(p);
        return;
    }
    size = block_round(cap, &which);
    if (!block_keep(p, size, which))
        munmap(p, size);
}

static void *block_remap(void *p, size_t cap, size_t size)
{
#ifdef __SANITIZE_THREAD__ /* it does not see that mremap() gives an address to
                              another thread */
    (void)p, (void)cap, (void)size;
    return MAP_FAILED;
#else
    return mremap(p, cap, size, MREMAP_MAYMOVE);
#endif
}

/* The same pages with more behind them. NULL: it has to be copied. */
static void *block_grow(void *p, size_t *cap, size_t size)
{
    void *to = size < *cap    ? MAP_FAILED
               : size == *cap ? p
                              : block_remap(p, *cap, size);

    if (to == MAP_FAILED)
        return NULL;
    *cap = size;
    return to;
}

/* Into one that is warm, if there is one: new pages cost more than a copy. */
static void *block_move(void *p, size_t *cap, size_t used, size_t bytes)
{
    size_t which, size = block_round(bytes, &which);
    void *to;

    if (block_is_small(*cap) || block_is_small(bytes))
        return NULL;
    to = size > *cap ? block_take(which) : NULL;
    if (!to)
        return block_grow(p, cap, size);
    memcpy(to, p, used);
    block_free(p, *cap);
    *cap = size;
    return to;
}

void *block_resize(void *p, size_t *cap, size_t used, size_t bytes)
{
    size_t size;
    void *to;

    if (!p)
        return block_new(bytes, cap);
    if (bytes > SIZE_MAX / 2)
        return NULL;
    if (block_is_small(*cap) && block_is_small(bytes)) {
        to = realloc(p, bytes ? bytes : 1);
        if (to)
            *cap = bytes;
        return to;
    }
    if ((to = block_move(p, cap, used, bytes)))
        return to;
    to = block_new(bytes, &size);
    if (!to)
        return NULL;
    memcpy(to, p, used < bytes ? used : bytes);
    block_free(p, *cap);
    *cap = size;
    return to;
}

void blocks_age(void)
{
    struct block *old[SIZES] = { NULL }, *b;

    pthread_mutex_lock(&blocks.mutex);
    for (size_t i = 0; i < SIZES; i++) {
        for (size_t n = blocks.size[i].least; n > 0; n--) {
            b = block_pop(i);
            b->next = old[i];
            old[i] = b;
        }
        blocks.size[i].least = blocks.size[i].count;
    }
    pthread_mutex_unlock(&blocks.mutex);
    for (size_t i = 0; i < SIZES; i++)
        while ((b = old[i])) {
            old[i] = b->next;
            munmap(b, block_size(i));
        }
}

size_t blocks_idle(void)
{
    size_t idle;

    pthread_mutex_lock(&blocks.mutex);
    idle = blocks.idle;
    pthread_mutex_unlock(&blocks.mutex);
    return idle;
}
