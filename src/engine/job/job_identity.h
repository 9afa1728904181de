/* Settings that must not change between runs of a job. */
#ifndef BATCHTOP_ENGINE_JOB_JOB_IDENTITY_H
#define BATCHTOP_ENGINE_JOB_JOB_IDENTITY_H

#include "engine/engine.h"

enum { IDENTITY_PLAIN = 7, IDENTITY_FIELDS = IDENTITY_PLAIN + PHRASES };

/*
 * The fields of the run. Of the store's URL only the place counts; if
 * `store_was`, the ledger's (NULL: none), means the same, it replaces ours.
 * They borrow from the run, from store_was and from `texts`, an empty buffer
 * that the caller releases after use.
 */
void job_identity(const struct run *r, const char *store_was, struct buf *texts,
                  struct ledger_field field[IDENTITY_FIELDS]);

#endif
