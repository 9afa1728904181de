/*
 * Which state a run shows: a transient one stays visible for at least one
 * second. A rate limit that holds it for a fifth of a second, or one that lets
 * it go on for as long, would change the word faster than it can be read, and a
 * log would be full of such lines. So what comes and goes by itself (running,
 * throttled, held, retrying) stays for STATE_VISIBLE_MS; what a hand does and
 * what ends the run shows at once.
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

/* The state, reason and remedy of now become those to show, as of s->now_ms;
 * fills state_ms. */
void state_hysteresis_apply(struct state_hysteresis *x, struct snapshot *s);

#endif
