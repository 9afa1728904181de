/* Settings that must not change between runs of a job. */
#ifndef BATCHTOP_ENGINE_JOB_JOB_IDENTITY_H
#define BATCHTOP_ENGINE_JOB_JOB_IDENTITY_H

#include "engine/engine.h"

enum { IDENTITY_PLAIN = 7, IDENTITY_FIELDS = IDENTITY_PLAIN + PHRASES };

/* What the ledger has of them in words of its own time. */
struct job_identity_was {
    const char *store; /* NULL: nothing */
    bool hash;         /* --embed hash as "local" (former.h) */
};

/*
 * The fields of the run. Of the store's URL only the place counts; where the
 * ledger's words mean the same as ours, they replace them. The fields borrow
 * from the run, from was->store and from `texts`, an empty buffer that the
 * caller releases after use.
 */
void job_identity(const struct run *r, const struct job_identity_was *was,
                  struct buf *texts,
                  struct ledger_field field[IDENTITY_FIELDS]);

#endif
