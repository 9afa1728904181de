/*
 * Serve a run from the first read of the corpus to its last words, with doors
 * open to signals and to other processes. It makes no difference whether we
 * print lines or a console in another process, the owner, shows the run.
 *
 * With an owner it prints nothing: the summary, or why there was no run, goes
 * as the farewell to all who are connected. When the owner detaches, or is lost
 * and --on-hangup=continue, lines go to CHECKPOINT_DIR/JOB.log.
 *
 * Threads     The main one, with the signals blocked (watch_block()).
 */
#ifndef BATCHTOP_HOST_SERVE_H
#define BATCHTOP_HOST_SERVE_H

#include "options/options.h"

/* retry_kind: NULL, or which failures to retry first ("": all). owner: -1, or a
 * connection to it, closed at the end. Returns the exit status. */
int serve_run(const struct options *opt, const char *retry_kind, int owner);

/* Open the log of a detached run to append to it. Sets `path` to its name, also
 * when it cannot open it (-1). */
int serve_open_log(const struct options *opt, char *path, size_t size,
                   struct error *err);

#endif
