/*
 * What embedders and upserters share: waiting for a batch, and the two ways in
 * which a document leaves it.
 *
 * Threads     The worker's own.
 */
#ifndef BATCHTOP_ENGINE_WORKER_H
#define BATCHTOP_ENGINE_WORKER_H

#include "engine/engine.h"
#include "flow/dispatch.h"

/* The next batch for this worker; waits while it is a spare, the stage holds or
 * its endpoint is closed. NULL once stopping. */
struct batch *worker_next(struct worker *w, struct queue *q);

/* Tell the meter what the worker does from now on; wait_ms until it goes on, if
 * known. */
void worker_set_state(struct worker *w, enum worker_state state,
                      int64_t wait_ms, const char *reason);

/* The worker has not sent since that instant because of this: it teaches
 * nothing about the service. */
void worker_waited(struct worker *w, enum seek_unfair why, int64_t began_us);
/* A request came back: where the endpoint wants more in flight than workers are
 * on duty, call one. */
void worker_call_spare(struct worker *w);

/* Set aside the estimated price of a request of so many tokens. If the budget
 * does not allow it, the stage holds; false: ask again. */
bool worker_reserve_cost(struct worker *w, double tokens);
/* The request is back, or is not sent: give back what it did not use. */
void worker_settle_cost(struct worker *w);

/* Make w->item the open documents of these batches, in order, with so many
 * bytes for each in w->scratch. False without memory. */
bool worker_take(struct worker *w, struct batch *const *batch, size_t batches,
                 size_t each);
/* Wait for memory before another try. False once stopping. */
bool worker_wait_for_memory(struct worker *w);

/* The first n items are sent: the request is a retry if one of them was in an
 * earlier request of this stage. */
void worker_note_sent(struct worker *w, const struct item *item, size_t n);

/* The document for the store, without its vector; leaves `why` alone. */
void worker_item(const struct item *item, struct upsert_item *to);

/* The document failed for good: tell the recorder. `stage` is that of the
 * reason. */
void worker_fail(struct worker *w, const char *stage, const struct item *item,
                 const struct error *err);
/* The document waits: put a copy (an upserter's with its vector) into the redo
 * heap, and a row into the failure log unless it is due at once. flags are enum
 * defer_flags. False when there is no room. */
bool worker_defer(void *worker, const struct item *item,
                  const struct error *err, int64_t delay_ms, unsigned flags);

#endif
