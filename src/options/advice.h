/*
 * The command lines that the program tells a user to type. Each works as it
 * stands, in any directory of the same machine: it names the folder of the
 * checkpoints where that is not the state folder, and a job's command that only
 * runs if it is typed.
 *
 * Threads     Any, while nobody changes the directory.
 */
#ifndef BATCHTOP_OPTIONS_ADVICE_H
#define BATCHTOP_OPTIONS_ADVICE_H

#include "options/options.h"

enum { ADVICE_MAX = 640 };

/*
 * "batchtop VERB JOB" and what it needs; `more`: further words as they are
 * typed, or "". opt->checkpoint_dir is the folder of the job. What would not
 * fit is "..." in its place. Returns `to`.
 */
const char *advice_line(char to[ADVICE_MAX], const struct options *opt,
                        const char *verb, const char *job, const char *more);

#endif
