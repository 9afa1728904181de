/*
 * The one thread that takes signals; all others block them. So signals work
 * even if the screen is stuck at a dead terminal.
 *
 * INT, TERM and QUIT drain the run, a second one stops it, a third ends the
 * process at once. USR1 pauses and resumes. A drain that takes longer than ten
 * seconds becomes a stop. The caller handles HUP, WINCH, TSTP and CONT.
 */
#ifndef BATCHTOP_HOST_WATCH_H
#define BATCHTOP_HOST_WATCH_H

#include "api/door.h"
#include "util/error.h"

struct watch;

struct watch_config {
    struct door door;
    /* Called in the watch's thread; NULL: TSTP stops the process, the rest does
     * nothing. */
    void (*tell)(void *arg, int signo);
    /* The process was stopped for so long, and goes on; may be NULL. */
    void (*suspended)(void *arg, int64_t ms);
    bool tell_all; /* INT, TERM, QUIT and USR1, too: the run is not ours */
    void (*last)(void *arg); /* before the third one ends us; may be NULL */
    void *arg;
};

/* Block the signals: before any thread is started. */
void watch_block(void);
struct watch *watch_start(const struct watch_config *cfg, struct error *err);
/* Drain for another reason; `origin` is for the log. Any thread. */
void watch_drain(struct watch *w, const char *origin);
/* Give the same grace period to a drain that began elsewhere. Any thread. */
void watch_grace(struct watch *w);
/* NULL is fine. */
void watch_end(struct watch *w);

#endif
