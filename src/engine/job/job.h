/*
 * The job behind a run: its name, its ledger, its corpus as it was and is.
 */
#ifndef BATCHTOP_ENGINE_JOB_JOB_H
#define BATCHTOP_ENGINE_JOB_JOB_H

#include "engine/engine.h"

/* The job's name: --job, or made from the corpus file's name. */
void job_name(const struct options *opt, char *to, size_t size);

/* Path of the job's ledger, live or else the newest archived one; false when
 * there is neither. */
bool job_find(const char *dir, const char *job, char *path, size_t size,
              bool *archived);

/* A job that is to run: make its live ledger whole if it is damaged, so that
 * it can be asked. LOCKED, LOCAL. */
bool job_repair_ledger(const char *dir, const char *job, struct error *err);

/* Options that the job remembers, under what the caller gave. */
bool job_recall(struct options *opt, const char *path, struct error *err);

/* What a learned ceiling is about: the first address of the stage, or its
 * provider. No secret is in it. */
const char *job_endpoint(const struct run *r, const struct stage *stage);

/* Open the ledger and the corpus, compare both, set the frontiers. */
enum run_opened job_open(struct run *r, char *said, size_t said_size,
                         struct error *err);

#endif
