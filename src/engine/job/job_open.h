/*
 * Open a job for a run: what an earlier run left, its corpus, its ledger.
 *
 * Threads     Before the run begins.
 */
#ifndef BATCHTOP_ENGINE_JOB_JOB_OPEN_H
#define BATCHTOP_ENGINE_JOB_JOB_OPEN_H

#include "engine/engine.h"

/* Open the ledger and the corpus, compare both, set the frontiers. */
enum run_opened job_open(struct run *r, char *said, size_t said_size,
                         struct error *err);

#endif
