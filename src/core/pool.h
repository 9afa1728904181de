/*
 * The finite pool of batches, which bounds the memory of a run.
 *
 * Ownership   pool_take() lends an empty batch to the caller; pool_give() takes
 *             it back from its owner at that time.
 * Threads     Any, except pool_free(), which wants every batch at home.
 */
#ifndef BATCHTOP_CORE_POOL_H
#define BATCHTOP_CORE_POOL_H

#include "data/batch.h"

struct pool;

/* At most `size` batches; a returned one keeps at most keep_bytes each of
 * arena, documents and vectors. */
struct pool *pool_new(size_t size, size_t keep_bytes);
void pool_free(struct pool *p);

/* An empty batch, waiting at most timeout_ms (-1: for ever); NULL when the time
 * is up (all are out, or no memory) or the pool is closed. */
struct batch *pool_take(struct pool *p, int64_t timeout_ms);
void pool_give(struct pool *p, struct batch *b);
void pool_close(struct pool *p); /* takers get NULL from now on */
/* Change the size; surplus batches go as they return, idle ones at once. */
void pool_resize(struct pool *p, size_t size);
size_t pool_size(struct pool *p);
size_t pool_out(struct pool *p);  /* batches lent */
size_t pool_idle(struct pool *p); /* at home */

#endif
