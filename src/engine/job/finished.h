/* A job that was finished before: its ledger is in the archive, and the user
 * typed the same command line again. */
#ifndef BATCHTOP_ENGINE_JOB_FINISHED_H
#define BATCHTOP_ENGINE_JOB_FINISHED_H

#include "engine/engine.h"

enum finished {
    FINISHED_ERROR,
    FINISHED_SAME,  /* nothing is left to do */
    FINISHED_GROWN, /* another corpus, with the same settings */
    FINISHED_NEVER, /* put aside by --new-job, which then stopped */
    FINISHED_OTHER  /* another store, embedder, model, dimension or field, or a
                       pipe's contents: begin anew */
};

/* Compare the archived ledger at that path with the run, whose corpus is open.
 * Uses no network. */
enum finished finished_compare(struct run *r, const char *path,
                               struct error *err);

#endif
