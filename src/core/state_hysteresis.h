/*
 * Hysteresis for the state that a run shows: a transient state stays visible
 * for at least one second. A rate limit that holds a run for a fifth of a
 * second would change the word faster than one can read it, and fill a log. So
 * a state that comes and goes by itself (running, throttled, held, retrying)
 * stays for STATE_VISIBLE_MS; what a person does and what ends the run shows at
 * once.
 *
 * Pure.
 */
#ifndef BATCHTOP_CORE_STATE_HYSTERESIS_H
#define BATCHTOP_CORE_STATE_HYSTERESIS_H

#include "api/snapshot.h"

enum { STATE_VISIBLE_MS = 1000 };

struct state_hysteresis {
    enum run_state state;
    int64_t since_ms;
    char reason[sizeof((struct snapshot *)0)->reason];
};

/* Replace the present state, reason and remedy by those to show, as of
 * s->now_ms; set state_ms. */
void state_hysteresis_apply(struct state_hysteresis *x, struct snapshot *s);

#endif
