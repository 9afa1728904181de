/*
 * A run in another process, as its console sees it: a door that answers at
 * once, whatever the run is doing.
 *
 * One thread owns the connection. door.snapshot asks it for a newer snapshot
 * and waits a moment at most; if that takes longer, the caller gets the last
 * one. A command waits for its answer, two seconds at most.
 *
 * Threads     door and mirror_detach(): any. The rest: the maker.
 */
#ifndef BATCHTOP_REMOTE_MIRROR_H
#define BATCHTOP_REMOTE_MIRROR_H

#include "api/door.h"
#include "util/error.h"

struct mirror;

/* What a run left behind when it ended. */
struct last_words {
    bool said;       /* false: it ended without a word */
    int status;      /* of its process */
    bool error;      /* the text belongs on standard error */
    char text[4096]; /* printable lines or ""; after an end without a word, how
                      * we noticed it */
};

/* The mirror owns `fd` from now on. It gives `first` as the snapshot until the
 * run has answered. Its thread calls `gone(arg)` once, when the run is gone or
 * the mirror is closed. NULL without memory or thread. */
struct mirror *mirror_open(int fd, const struct snapshot *first,
                           void (*gone)(void *arg), void *arg,
                           struct error *err);
struct door mirror_door(struct mirror *m);
/* Ask the run to go on without this connection, which made it; true when it
 * agrees. */
bool mirror_detach(struct mirror *m, struct error *err);
/* Wait until the run is gone, at most timeout_ms (-1: for ever); true when it
 * is gone, `words` then has its last words. */
bool mirror_wait(struct mirror *m, int64_t timeout_ms,
                 struct last_words *words);
/* NULL is fine. */
void mirror_close(struct mirror *m);

#endif
