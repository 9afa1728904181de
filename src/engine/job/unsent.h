/*
 * A job whose earlier lines came to nothing: no document was sent. Nothing is
 * in a store and nothing was paid that other settings could spoil, so that it
 * may begin anew.
 *
 * Threads     Before the run begins.
 */
#ifndef BATCHTOP_ENGINE_JOB_UNSENT_H
#define BATCHTOP_ENGINE_JOB_UNSENT_H

#include "engine/engine.h"

enum unsent {
    UNSENT_NOT,      /* something was sent, or it cannot be told */
    UNSENT_NOTHING,  /* nothing was, and nothing was read */
    UNSENT_REJECTED, /* all that was read was rejected */
};

/* What the ledger of that path says, as of its last commit. */
enum unsent unsent_of(const char *ledger);

/*
 * The job's line was typed again, its ledger is live: what it remembers goes
 * under what the caller gave. Where all was rejected, the options of reading
 * are those of the line or the defaults, its ledger begins anew, and *anew
 * says so.
 *
 * fails    as job_recall().
 */
bool unsent_recall(struct options *opt, const char *job, const char *path,
                   bool *anew, struct error *err);

/* The job is resumed by its name, its options are recalled. Where all was
 * rejected, its ledger begins anew; not if a pipe would have to give it all
 * once more. */
bool unsent_resume(const struct options *opt, const char *job,
                   const char *path);

/* Beside the live ledger at `path`, which sent nothing, by another line than
 * the run's, lies a finished one of the run's own: the live one goes, and
 * `path` names the other. */
bool unsent_gives_way(struct run *r, char *path, size_t size);

#endif
