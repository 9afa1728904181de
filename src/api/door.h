/*
 * The two doors of a run, wherever it is: in this process, in another one, or
 * scripted by a test. The one way in is a command, the one way out a snapshot.
 *
 * Threads     Any, unless the maker says otherwise.
 */
#ifndef BATCHTOP_API_DOOR_H
#define BATCHTOP_API_DOOR_H

#include "api/command.h"
#include "api/snapshot.h"
#include "util/error.h"

struct door {
    void *to; /* borrowed: the maker keeps it open */
    /* Like run_command(). */
    bool (*command)(void *to, const struct command *c, char *said,
                    size_t said_size, struct error *err);
    /* Like run_snapshot(). False: the run is out of reach for good, and s is
     * unchanged. */
    bool (*snapshot)(void *to, struct snapshot *s);
    /* Like run_note_viewer(). NULL: nobody wants to know. */
    void (*viewer)(void *to, const char *who, bool comes);
};

#endif
