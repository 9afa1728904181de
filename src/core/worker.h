/*
 * What embedders and upserters have in common: waiting for a batch, and the
 * two ways a document leaves it.
 */
#ifndef BATCHTOP_CORE_WORKER_H
#define BATCHTOP_CORE_WORKER_H

#include "core/engine.h"

/* The next batch for this worker; parks while there are more workers than
 * wanted or the stage holds. NULL once stopping. */
struct batch *worker_next(struct worker *w, struct queue *q);

/* Room for so many bytes in w->scratch. */
bool worker_scratch(struct worker *w, size_t bytes);

/* Document i failed for good: tell the recorder. */
void worker_fail(struct worker *w, struct batch *b, size_t i,
                 const struct error *err);
/* Document i waits: a copy goes to the redo heap, with its vector if given.
 * False when there is no room. */
bool worker_defer(struct worker *w, struct batch *b, size_t i,
                  const float *vector, const struct error *err,
                  int64_t delay_ms);

#endif
