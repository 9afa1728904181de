/*
 * A job's name, and where its ledger is.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_ENGINE_JOB_JOB_NAME_H
#define BATCHTOP_ENGINE_JOB_JOB_NAME_H

#include "options/options.h"

/* The job's name: --job, or made from the corpus file's name. */
void job_name(const struct options *opt, char *to, size_t size);

/* Path of the job's ledger, live or else the newest archived one; false when
 * there is neither. */
bool job_find(const char *dir, const char *job, char *path, size_t size,
              bool *archived);

/* A job that is to run: make its live ledger whole if it is damaged, so that
 * it can be asked. LOCKED, LOCAL. */
bool job_repair_ledger(const char *dir, const char *job, struct error *err);

#endif
