/*
 * What a job's ledger remembers for the next run of it: the options, the words
 * before a text, dimension and model, the ceilings that were learned.
 *
 * Threads     Before the run begins; job_endpoint(): any.
 */
#ifndef BATCHTOP_ENGINE_JOB_JOB_RECALL_H
#define BATCHTOP_ENGINE_JOB_JOB_RECALL_H

#include "engine/engine.h"

/* Options that the job remembers, under what the caller gave. */
bool job_recall(struct options *opt, const char *path, struct error *err);
/* The phrases that nobody gives now. fails    LOCAL, MEMORY. */
bool job_recall_phrasing(struct run *r, struct error *err);
/* Dimension, model and ceilings, where the ledger has them. */
void job_recall_learned(struct run *r);

/* What a learned ceiling is about: the first address of the stage, or its
 * provider. No secret is in it. */
const char *job_endpoint(const struct run *r, const struct stage *stage);

#endif
