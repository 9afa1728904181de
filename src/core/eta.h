/*
 * When the run ends, as the screen shows it. What is kept is the end, not the
 * time left: while the speed stays the clock stands still and the time left
 * counts down by itself. The end moves when an estimate differs from it by more
 * than a few percent of the time left, at most once in five seconds; at once,
 * when it is wrong by an eighth (a first guess, a knob that was turned).
 *
 * Pure.
 */
#ifndef BATCHTOP_CORE_ETA_H
#define BATCHTOP_CORE_ETA_H

#include "api/snapshot.h"

struct eta {
    bool known;
    int64_t end_ms;      /* monotonic */
    int64_t moved_ms;    /* when it last changed */
    int64_t done_wall_s; /* the same end on the wall clock */
};

/* What to show for an estimate of the time left, in whole seconds as ms, at
 * least one; -1: unknown, then it forgets the last figure. An error of a
 * burst_ms, in which nothing may come back, is none yet. */
int64_t eta_settle(struct eta *x, int64_t left_ms, int64_t burst_ms,
                   int64_t now_ms, int64_t now_wall_s);

/* Does the run stand in a way that nobody knows the end of? */
bool eta_stands(const struct snapshot *s);
/* Does the speed so far tell when the run ends? Not early in a run, or while it
 * stands. */
bool eta_means_something(const struct snapshot *s);

#endif
