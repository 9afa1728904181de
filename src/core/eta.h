/*
 * The time left as it is shown: in steps (seconds below two minutes, minutes
 * below two days, then hours), and at most one step a second away from what was
 * shown before, so that a mean that jumps does not make the figure flicker.
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

/* What to show now of a time left that was measured; -1: it is not known, and
 * what was shown is forgotten. */
int64_t eta_settle(struct eta *x, int64_t left_ms, int64_t now_ms);

/* The mean so far says when the run ends: it goes on, and has for some time. */
bool eta_means_something(const struct snapshot *s);

#endif
