/*
 * A job whose earlier command lines sent no document. Other settings can spoil
 * nothing in a store and nothing that was paid for, so it may begin anew.
 *
 * Threads     Before the run begins.
 */
#ifndef BATCHTOP_ENGINE_JOB_UNSENT_H
#define BATCHTOP_ENGINE_JOB_UNSENT_H

#include "engine/engine.h"

enum unsent {
    UNSENT_NOT,      /* something was sent, or we cannot tell */
    UNSENT_NOTHING,  /* nothing was sent, and nothing was read */
    UNSENT_REJECTED, /* everything that was read was rejected */
};

/* By the ledger at that path, as of its last commit. */
enum unsent unsent_of(const char *ledger);

/*
 * The user typed the job's line again and its ledger is live: recall what it
 * remembers, under what the caller gave. If all was rejected, the options of
 * reading are those of the line or the defaults, its ledger begins anew, and
 * *anew is set.
 *
 * fails    as job_recall().
 */
bool unsent_recall(struct options *opt, const char *job, const char *path,
                   bool *anew, struct error *err);

/* The user resumes the job by its name and its options are recalled. If all was
 * rejected, its ledger begins anew; not if a pipe would have to send everything
 * once more. */
bool unsent_resume(const struct options *opt, const char *job,
                   const char *path);

/* The live ledger at `path` sent nothing and is of another command line than
 * the run's, and there is a finished one of the run's own: remove the live one
 * and set `path` to the other. */
bool unsent_gives_way(struct run *r, char *path, size_t size);

#endif
