/*
 * The time left as the screen shows it: in steps (seconds below two minutes,
 * minutes below two days, then hours), with at most one step a second, so that
 * a mean that jumps does not make the figure flicker. A figure that is wrong by
 * more than a quarter (a first guess, a knob that was turned) is corrected at
 * once: in steps it would never catch up with a short run.
 *
 * Pure.
 */
#ifndef BATCHTOP_CORE_ETA_H
#define BATCHTOP_CORE_ETA_H

#include "api/snapshot.h"

struct eta {
    int64_t shown_ms; /* 0: nothing is shown */
    int64_t at_ms;    /* when it took its last step */
};

/* What to show for a measured time left; -1: unknown, then it forgets the last
 * figure. */
int64_t eta_settle(struct eta *x, int64_t left_ms, int64_t now_ms);

/* Does the mean so far tell when the run ends? Not early in a run, or in a
 * hold. */
bool eta_means_something(const struct snapshot *s);

#endif
