/*
 * When to ring for an operator who looks elsewhere (--bell): at the first
 * failure of a kind, when the run is throttled, held or retrying, and at its
 * end; but not for what was so already when the console started.
 *
 * Threads     The screen's own.
 */
#ifndef BATCHTOP_UI_TERMINAL_BELL_H
#define BATCHTOP_UI_TERMINAL_BELL_H

#include "api/snapshot.h"

struct bell {
    bool listening;       /* it has seen the run at work */
    enum run_state state; /* as of the last look */
    int64_t rung_ms;      /* for a state; 0: never */
    char known[SNAPSHOT_KINDS][sizeof((struct failure_kind *)0)->key];
    size_t next;          /* the place to overwrite next */
};

/* Call it with every snapshot; guest: others began the run. True: ring once. */
bool bell_rings(struct bell *b, const struct snapshot *s, bool guest);

#endif
