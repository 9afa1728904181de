/*
 * The recorder: one thread that writes the ledger and then lets go.
 *
 * It takes events in order: a finished batch, a failed document, a superseded
 * one. Each is written to the open transaction and settled: the frontier moves,
 * the id is free for a later version, the counters rise. Batches are held until
 * the commit, so that a failed one can be said again; then they go back to the
 * pool. Commits come every `checkpoint_every` batches or each second.
 *
 * A ledger that cannot be written holds the whole run (HOLD_LEDGER) and is
 * tried again every 5 seconds: nothing is acknowledged meanwhile.
 */
#ifndef BATCHTOP_ENGINE_RECORDER_H
#define BATCHTOP_ENGINE_RECORDER_H

#include "engine/engine.h"

struct recorder;

struct recorder *recorder_new(struct run *r);
bool recorder_start(struct recorder *rec, struct error *err);
/* Write what came in, commit, end the thread. False (err) when something could
 * not be written: *lost says how many documents the store has that the ledger
 * does not know of. */
bool recorder_end(struct recorder *rec, uint64_t *lost, struct error *err);
void recorder_free(struct recorder *rec);

/* A batch whose documents are all final or gone: takes it. */
void recorder_batch(struct recorder *rec, struct batch *b);

/* A document that failed for good; the texts are copied. */
void recorder_failure(struct recorder *rec, const struct doc *d,
                      const struct failure *f);
/* A parked document that a later one replaced: takes the item. */
void recorder_superseded(struct recorder *rec, struct redo_item *item);
/* A failed document given up by hand; the row is the ledger's. */
void recorder_skip(struct recorder *rec, const struct doc *d,
                   const struct failure *f);

/* How long to wait until the ledger has what just happened. */
enum { RECORDER_FLUSH_MS = 10000 };
/* Commit now and wait until it is done, at most timeout_ms. A stop of the run
 * ends the wait. */
bool recorder_flush(struct recorder *rec, int64_t timeout_ms);
/* How many events wait: the reader looks before it adds to them. */
size_t recorder_backlog(struct recorder *rec);

/* What a resume knows of: the records that are final by the last commit, and
 * when that was. */
void recorder_fill(struct recorder *rec, struct snapshot *s);

#endif
