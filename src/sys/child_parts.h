/* How a child process is started. For child.c and child_start.c alone. */
#ifndef BATCHTOP_SYS_CHILD_PARTS_H
#define BATCHTOP_SYS_CHILD_PARTS_H

#include "util/error.h"

#include <sys/types.h>

/* The words of a command (child.h), NULL behind the last; one free() for all.
 *
 * fails    CONFIG (no word, an open quote), MEMORY. */
char **child_words(const char *command, struct error *err);

/* Check that the program exists and may be run; CONFIG otherwise. */
bool child_program_check(const char *program, struct error *err);

struct child_ends {
    int in, out, log; /* ours: non-blocking, close-on-exec */
};

/* Start it, in a process group of its own. fails CONFIG, LOCAL, MEMORY. */
bool child_start(char *const argv[], const char *keep_env,
                 const char *hide_env, pid_t *pid, struct child_ends *ends,
                 struct error *err);

#endif
