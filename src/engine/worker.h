/*
 * What embedders and upserters have in common: waiting for a batch, and the
 * two ways a document leaves it.
 */
#ifndef BATCHTOP_ENGINE_WORKER_H
#define BATCHTOP_ENGINE_WORKER_H

#include "engine/engine.h"
#include "flow/dispatch.h"

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

/* Make w->item the documents of these batches, in order, with so many bytes for
 * each in w->scratch. False without memory. */
bool worker_take(struct worker *w, struct batch *const *batch, size_t batches,
                 size_t each);
/* Before it is tried again. False once stopping. */
bool worker_wait_for_memory(struct worker *w);

/* The first n of these go out: the request is a retry if one of them has been
 * in an earlier one of this stage. */
void worker_note_sent(struct worker *w, const struct item *item, size_t n);

/* The document as the store wants it, but for its vector; `why` is left
 * alone. */
void worker_item(const struct item *item, struct upsert_item *to);

/* The document failed for good: tell the recorder. The stage is that of the
 * reason. */
void worker_fail(struct worker *w, const char *stage, const struct item *item,
                 const struct error *err);
/* The document waits: a copy goes to the redo heap, an upserter's with its
 * vector, and a row to the failure log unless it is due at once. flags are enum
 * defer_flags. False when there is no room. */
bool worker_defer(void *worker, const struct item *item,
                  const struct error *err, int64_t delay_ms, unsigned flags);

#endif
