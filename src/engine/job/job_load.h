/*
 * Compare the open ledger of a job with this run, and go on from what earlier
 * runs did.
 *
 * Threads     Before the run begins.
 */
#ifndef BATCHTOP_ENGINE_JOB_JOB_LOAD_H
#define BATCHTOP_ENGINE_JOB_JOB_LOAD_H

#include "engine/engine.h"

/*
 * Compare settings, corpus and store with those of the ledger, then set counts,
 * failure log and frontiers. *state is also LEDGER_NEW if the job's earlier
 * settings led to nothing and it begins anew.
 *
 * fails    FOREIGN: the ledger is of another job, or ahead of its store;
 *          CONFIG, LOCAL, MEMORY.
 */
bool job_load(struct run *r, enum ledger_state *state, struct error *err);

#endif
