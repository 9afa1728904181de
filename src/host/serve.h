/*
 * A run from its first look at the corpus to its last words, with its doors
 * open to signals and to other processes. The same whether lines tell of it on
 * standard output or a console does from another process, the owner.
 *
 * With an owner nothing is said here: the summary, or why there was no run, is
 * the farewell to whoever is connected. When the owner leaves the run behind,
 * or was lost and --on-hangup=continue, lines go to CHECKPOINT_DIR/JOB.log.
 *
 * Threads     The main one, with the signals blocked (watch_block()).
 */
#ifndef BATCHTOP_HOST_SERVE_H
#define BATCHTOP_HOST_SERVE_H

#include "options/options.h"

#include <stdio.h>

/* retry_kind: NULL, or which failures to retry first ("": all). owner: -1, or
 * a connection to it, which is closed at the end. Returns the exit status. */
int serve_run(const struct options *opt, const char *retry_kind, int owner);

/* Where the lines of a run without a screen go: not where its data goes. */
FILE *serve_stream(const struct options *opt);
/* The log of a run that was left behind, to append to; its name comes into
 * `path`, also when it cannot be opened (-1). */
int serve_open_log(const struct options *opt, char *path, size_t size,
                   struct error *err);

#endif
