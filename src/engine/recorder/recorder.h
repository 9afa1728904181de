/*
 * The recorder: one thread that writes the ledger and then settles.
 *
 * It takes events in order: a finished batch, a failed document, a superseded
 * one. It writes each to the open transaction and settles it: the frontier
 * moves, the id is free for a later version, the counters rise. It keeps
 * batches until the commit, to repeat a failed one; then they go to the pool.
 * Commits come every `checkpoint_every` batches or each second.
 *
 * If it cannot write the ledger, it holds the whole run (HOLD_LEDGER) and tries
 * again every 5 seconds; until then it acknowledges nothing.
 */
#ifndef BATCHTOP_ENGINE_RECORDER_RECORDER_H
#define BATCHTOP_ENGINE_RECORDER_RECORDER_H

#include "engine/engine.h"

struct recorder;

struct recorder *recorder_new(struct run *r);
bool recorder_start(struct recorder *rec, struct error *err);
/* Write all events, commit, end the thread. False (err) when it could not write
 * something: *lost is how many documents the store has and the ledger does
 * not. */
bool recorder_end(struct recorder *rec, uint64_t *lost, struct error *err);
void recorder_free(struct recorder *rec);

/* A batch whose documents are all final or gone; takes it. */
void recorder_batch(struct recorder *rec, struct batch *b);

/* A document that failed for good; copies the texts. */
void recorder_failure(struct recorder *rec, const struct doc *d,
                      const struct failure *f);
/* A parked document that a later one replaced; takes the item. */
void recorder_superseded(struct recorder *rec, struct redo_item *item);
/* A failed document that a person gave up; the row is the ledger's. */
void recorder_skip(struct recorder *rec, const struct doc *d,
                   const struct failure *f);

/* How long to wait for the ledger to have what just happened. */
enum { RECORDER_FLUSH_MS = 10000 };
/* Commit now and wait for it, at most timeout_ms. A stop of the run ends the
 * wait. */
bool recorder_flush(struct recorder *rec, int64_t timeout_ms);
/* How many events wait; the reader checks it before it adds more. */
size_t recorder_backlog(struct recorder *rec);

/* What a resume knows of: the records that are final by the last commit, and
 * when that was. */
void recorder_fill(struct recorder *rec, struct snapshot *s);

#endif
