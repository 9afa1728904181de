/*
 * When an operator who looks elsewhere is called (--bell): at the first failure
 * of a kind, when the run is throttled, held or retrying, and at its end. What
 * was so already when the console came is no news.
 *
 * Threads     The screen's own.
 */
#ifndef BATCHTOP_UI_TERMINAL_BELL_H
#define BATCHTOP_UI_TERMINAL_BELL_H

#include "api/snapshot.h"

struct bell {
    bool listening;       /* the run was seen under way */
    enum run_state state; /* as of the last look */
    int64_t rung_ms;      /* for a state; 0: never */
    char known[SNAPSHOT_KINDS][sizeof((struct failure_kind *)0)->key];
    size_t next;          /* the place that is overwritten */
};

/* With every look; guest: others began the run. True: ring once. */
bool bell_rings(struct bell *b, const struct snapshot *s, bool guest);

#endif
