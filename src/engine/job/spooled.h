/*
 * How a run uses the spool (ledger/spool.h): an answer that was paid for is
 * not lost by a kill.
 *
 * An embedder's worker writes each answer down before anything else is done
 * with it, and asks for what an earlier run left before it asks the service.
 * The document carries its slot through queues, upserts and retries; the
 * recorder gives it back with the commit that makes the document final. So
 * what a kill makes the next run embed again is what was in flight at the
 * embedder: a request a worker.
 *
 * A spool that cannot be opened or written never stops a run: it says so once
 * and goes on without.
 *
 * Threads     spooled_token() and spooled_close(): the owner, with no other
 *             about. spooled_open(): the ticker, before the workers are. The
 *             rest: any.
 */
#ifndef BATCHTOP_ENGINE_JOB_SPOOLED_H
#define BATCHTOP_ENGINE_JOB_SPOOLED_H

#include "engine/engine.h"

/* --spool; by itself not where embedding again costs next to nothing. */
bool spooled_wanted(const struct options *opt, const struct embedder_ops *ops);
/* Documents with a vector that can be under way in so many batches, and those
 * that wait for another try. */
size_t spooled_most(size_t batches, size_t embed_batch, size_t dim);

/* What ties the spool to this ledger and no other of its name: read, or made;
 * a commit makes it last. fails LOCAL, MEMORY, as ledger_set(). */
bool spooled_token(struct run *r, struct error *err);
void spooled_open(struct run *r);
/* Finished: every document is final, nothing is left to keep. */
void spooled_close(struct run *r, bool finished);

/* Documents first..first + n - 1 have their vectors now, but for those that
 * failed: keep them. */
void spooled_keep(struct run *r, struct batch *b, size_t first, size_t n);
/* Fill in the vectors that an earlier run paid for. Their documents, so many,
 * are the first of the batch then. */
size_t spooled_take(struct run *r, struct batch *b);
/* The ledger has committed what became of the document. */
void spooled_final(struct run *r, const struct doc *d);

#endif
