/*
 * Runs that are looked at from outside: the run has a process and a session of
 * its own, so that a lost terminal, a suspended screen or a crash of it costs
 * the run nothing. What is shown comes by a mirror (remote/mirror.h).
 *
 * Threads     The main one, with the signals blocked (watch_block()).
 */
#ifndef BATCHTOP_HOST_VIEWER_H
#define BATCHTOP_HOST_VIEWER_H

#include "options/options.h"

/* The terminal and the options ask for a console. */
bool viewer_is_wanted(const struct options *opt);

/*
 * Begin a run in a process of its own: under a console until it ends or is
 * left behind, or (--detach) only until it is known to have begun.
 *
 * Returns twice: in this process with the exit status, the run's own unless it
 * was left behind; and in the run's with what that ends with.
 */
int viewer_run(const struct options *opt, const char *retry_kind);

/* A console, or lines, before a run that another process began. `fd` is the
 * connection; returns the exit status. */
int viewer_attach(const struct options *opt, const char *job, int fd);

#endif
