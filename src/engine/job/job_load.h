/*
 * The open ledger of a job and this run of it: they are compared, and what
 * earlier runs did is where the run goes on from.
 *
 * Threads     Before the run begins.
 */
#ifndef BATCHTOP_ENGINE_JOB_JOB_LOAD_H
#define BATCHTOP_ENGINE_JOB_JOB_LOAD_H

#include "engine/engine.h"

/*
 * Compare settings, corpus and store with those of the ledger, then set counts,
 * failure log and frontiers. *state is LEDGER_NEW, too, where nothing came of
 * the job's earlier settings and it begins anew.
 *
 * fails    FOREIGN: the ledger is of another job, or ahead of its store;
 *          CONFIG, LOCAL, MEMORY.
 */
bool job_load(struct run *r, enum ledger_state *state, struct error *err);

#endif
