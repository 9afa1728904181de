/*
 * A console for a run in another process: the run has a session of its own, so
 * it survives a lost terminal, a suspended screen or a crash of the screen. A
 * mirror (remote/mirror.h) brings what the console shows.
 *
 * Threads     The main one, with the signals blocked (watch_block()).
 */
#ifndef BATCHTOP_HOST_VIEWER_H
#define BATCHTOP_HOST_VIEWER_H

#include "options/options.h"

/* Do the terminal and the options ask for a console? */
bool viewer_is_wanted(const struct options *opt);

/*
 * Begin a run in a process of its own: under a console until it ends or the
 * user detaches, or (--detach) only until we know that it has begun.
 *
 * Returns twice: in this process with the exit status, that of the run unless
 * the user detached; and in the run's process with its exit status.
 */
int viewer_run(const struct options *opt, const char *retry_kind);

/* Attach a console, or lines, to a run that another process began. `fd` is the
 * connection; returns the exit status. */
int viewer_attach(const struct options *opt, const char *job, int fd);

#endif
