/*
 * What a job's ledger remembers for its next run: options, words before a text,
 * dimension, model, learned ceilings, and the requests in flight that were
 * found best. For those it asks the last finished jobs of the folder, too, if
 * they used the same endpoint.
 *
 * Threads     Before the run begins; job_endpoint(): any.
 */
#ifndef BATCHTOP_ENGINE_JOB_JOB_RECALL_H
#define BATCHTOP_ENGINE_JOB_JOB_RECALL_H

#include "engine/engine.h"

/* The options that the job remembers, under what the caller gave. */
bool job_recall(struct options *opt, const char *path, struct error *err);
/* CONFIG: the run that made the ledger has committed nothing to it yet. */
bool job_check_begun(const char *path, struct error *err);
/* The phrases that nobody gives now. fails    LOCAL, MEMORY. */
bool job_recall_phrasing(struct run *r, struct error *err);
/* Dimension, model, ceilings and knees, if the ledger has them. */
void job_recall_learned(struct run *r);

/* The endpoint of a learned ceiling: the first address of the stage, or its
 * provider. It has no secret. */
const char *job_endpoint(const struct run *r, const struct stage *stage);

#endif
