/*
 * A bounded queue of batches between two stages: the only road between
 * threads.
 *
 * Ownership   queue_push() that returns QUEUE_OK takes the batch; queue_pop()
 *             gives it to the caller. On any other status nothing moves.
 * Bounds      By batches and by bytes, whichever is reached first; one batch
 *             always fits into an empty queue. queue_push_front() ignores them:
 *             it returns what was counted already.
 * Threads     Any, except queue_free(), which wants all users joined.
 * Locks       Leaf monitor: the mutex never leaves queue.c, and no foreign
 *             code runs under it.
 */
#ifndef BATCHTOP_CORE_QUEUE_H
#define BATCHTOP_CORE_QUEUE_H

#include "data/batch.h"

struct queue;
enum queue_status { QUEUE_OK, QUEUE_CLOSED, QUEUE_TIMEOUT };
#define QUEUE_FOREVER INT64_C(-1)

struct queue *queue_new(size_t capacity, size_t limit_bytes);
void queue_free(struct queue *q); /* frees the batches still inside */

/* Wait for room, at most `timeout_ms` (or QUEUE_FOREVER), then append. */
enum queue_status queue_push(struct queue *q, struct batch *b,
                             int64_t timeout_ms);
enum queue_status queue_push_front(struct queue *q, struct batch *b);
enum queue_status queue_pop(struct queue *q, struct batch **out,
                            int64_t timeout_ms);

/* No more pushes; poppers drain the rest, then see QUEUE_CLOSED. */
void queue_close(struct queue *q);

struct queue_stats {
    size_t count, capacity, bytes, limit_bytes, docs;
    double full_ms; /* integral of fullness (0..1) over time so far */
};
void queue_stats(struct queue *q, struct queue_stats *out);

#endif
