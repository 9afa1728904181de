/*
 * What embedders and upserters have in common: waiting for a batch, and the
 * two ways a document leaves it.
 */
#ifndef BATCHTOP_ENGINE_WORKER_H
#define BATCHTOP_ENGINE_WORKER_H

#include "engine/engine.h"

/* The next batch for this worker; parks while there are more workers than
 * wanted, the stage holds or its endpoint is closed. NULL once stopping. */
struct batch *worker_next(struct worker *w, struct queue *q);

/* What the worker does from now on, for the meter; wait_ms until it goes on, if
 * known. */
void worker_set_state(struct worker *w, enum worker_state state,
                      int64_t wait_ms, const char *reason);

/* Set aside what a request of so many tokens is about to cost. Where the budget
 * does not leave that, the stage holds; false: ask again. */
bool worker_reserve_cost(struct worker *w, double tokens);
/* The request is back, or is not sent: what it did not use is there again. */
void worker_settle_cost(struct worker *w);

/* Document i is in a request that goes out: one more in *again if it has been
 * in an earlier one of this stage. */
void worker_note_sent(struct worker *w, struct batch *b, size_t i,
                      size_t *again);
/* So many of a request were sent again: it is a retry. */
void worker_count_retry(struct worker *w, size_t again);

/* Room for so many bytes in w->scratch. */
bool worker_scratch(struct worker *w, size_t bytes);

/* Document i as the store wants it, but for its vector; `why` is left alone. */
void worker_item(const struct batch *b, size_t i, struct upsert_item *item);

/* Document i failed for good: tell the recorder. */
void worker_fail(struct worker *w, struct batch *b, size_t i,
                 const struct error *err);
/* The same for a reason that is of another stage than the worker's. */
void worker_fail_for(struct worker *w, const char *stage, struct batch *b,
                     size_t i, const struct error *err);
/* Document i waits: a copy goes to the redo heap, with its vector if given,
 * and a row to the failure log unless it is due at once. flags are enum
 * defer_flags. False when there is no room. */
bool worker_defer(struct worker *w, struct batch *b, size_t i,
                  const float *vector, const struct error *err,
                  int64_t delay_ms, unsigned flags);

#endif
