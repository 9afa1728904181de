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

/* Path of the job's ledger: the live one, else the newest archived one; false
 * when there is neither. */
bool job_find(const char *dir, const char *job, char *path, size_t size,
              bool *archived);

/* Before a run: repair the job's live ledger if it is damaged, so that one can
 * read it. LOCKED, LOCAL. */
bool job_repair_ledger(const char *dir, const char *job, struct error *err);

#endif
