/*
 * Where the checkpoints are, so that a job is found again from any directory
 * and any terminal.
 *
 *     --checkpoint-dir DIR, by whatever way that option is given
 *     else the user's state folder: $XDG_STATE_HOME/batchtop, or
 *          ~/.local/state/batchtop
 *     and beside that ./checkpoints, if jobs are there: older versions kept
 *          them so
 *
 * A new job goes into the state folder; where none can be made or written, into
 * ./checkpoints, and `why` says so.
 *
 * Threads     Any, while nobody changes the environment.
 * Source      XDG Base Directory Specification 0.8.
 */
#ifndef BATCHTOP_HOST_STATE_FOLDER_H
#define BATCHTOP_HOST_STATE_FOLDER_H

#include "options/options.h"

enum { STATE_PATH = 1024 };

struct state_folders {
    char dir[2][STATE_PATH];
    size_t count; /* 1 or 2; a new job goes into the last */
    bool chosen;  /* by the option */
    char why[240]; /* why new jobs are not kept in the state folder; "" */
};

void state_folders_find(const struct options *opt, struct state_folders *to);

/* Is it the user's own folder, which holds jobs of any directory? */
bool state_folder_is_own(const struct state_folders *f, const char *dir);

#endif
