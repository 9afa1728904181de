/*
 * How a run uses the spool (ledger/spool.h), so that a kill does not lose an
 * answer that was paid for.
 *
 * An embedder writes each answer to the spool before it does anything else with
 * it, and looks for what an earlier run left before it asks the service. The
 * document carries its slot through queues, upserts and retries; the recorder
 * frees it with the commit that makes the document final. So after a kill the
 * next run embeds again only what was in flight at the embedder: a request a
 * worker.
 *
 * A run that cannot open or write its spool says so once and goes on without
 * it.
 *
 * Threads     spooled_token() and spooled_close(): the owner, with no other
 *             thread. spooled_open(): the ticker, before the workers start. The
 *             rest: any.
 */
#ifndef BATCHTOP_ENGINE_JOB_SPOOLED_H
#define BATCHTOP_ENGINE_JOB_SPOOLED_H

#include "engine/engine.h"

/* --spool; by default not if embedding again costs next to nothing. */
bool spooled_wanted(const struct options *opt, const struct embedder_ops *ops);
/* Documents with a vector that can be in flight in so many batches, and those
 * that wait for another try. */
size_t spooled_most(size_t batches, size_t embed_batch, size_t dim);

/* What ties the spool to this ledger and no other of its name: read it, or make
 * it; a commit makes it durable. fails LOCAL, MEMORY, as ledger_set(). */
bool spooled_token(struct run *r, struct error *err);
void spooled_open(struct run *r);
/* finished: every document is final, nothing is left to keep. */
void spooled_close(struct run *r, bool finished);

/* Keep the vectors of documents first..first + n - 1, except of those that
 * failed. */
void spooled_keep(struct run *r, struct batch *b, size_t first, size_t n);
/* Are there any that an earlier run paid for? */
bool spooled_waits(struct run *r);
/* Fill in the vectors that an earlier run paid for. It moves their documents to
 * the front of the batch and returns how many. */
size_t spooled_take(struct run *r, struct batch *b);
/* The ledger has committed the outcome of the document. */
void spooled_final(struct run *r, const struct doc *d);

#endif
