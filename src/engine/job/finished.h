/*
 * A job that was finished before: its ledger is in the archive, and the same
 * line was typed again.
 */
#ifndef BATCHTOP_ENGINE_JOB_FINISHED_H
#define BATCHTOP_ENGINE_JOB_FINISHED_H

#include "engine/engine.h"

enum finished {
    FINISHED_ERROR,
    FINISHED_SAME,  /* nothing is left to do */
    FINISHED_GROWN, /* another corpus, for the same goal */
    FINISHED_NEVER, /* put aside by --new-job, which then went no further */
    FINISHED_OTHER  /* another store, embedder, model, dimension or field; or
                       what comes out of a pipe: it begins anew */
};

/* What the archived ledger of that path is to the run, whose corpus is open.
 * Asks no network. */
enum finished finished_compare(struct run *r, const char *path,
                               struct error *err);

#endif
