/* This file decides when a change of state is worth a line of a log, and counts
 * the time that the run was in each state. */
#include "config.h"
#include "host/plain_states.h"

#include <string.h>

static bool states_come_by_themselves(enum run_state s)
{
    return s == RUN_RUNNING || s == RUN_THROTTLED || s == RUN_HELD ||
           s == RUN_RETRYING;
}

/* Its reason has figures of now, which are no news by themselves. */
static bool states_reason_has_figures(enum run_state s)
{
    return s == RUN_HELD || s == RUN_THROTTLED;
}

/* The time since the last look belongs to the state that it saw. */
static void states_count(struct plain_states *x, const struct snapshot *s)
{
    int64_t ms = x->looked_ms ? s->now_ms - x->looked_ms : 0;

    x->spent_ms[x->state] += ms;
    x->all_ms += ms;
    x->looked_ms = s->now_ms;
    if (x->state != s->state)
        x->since_ms = s->now_ms;
    x->state = s->state;
}

bool plain_states_look(struct plain_states *x, const struct snapshot *s,
                       int64_t least_ms)
{
    states_count(x, s);
    if (s->state == x->told &&
        (states_reason_has_figures(s->state) ||
         strcmp(s->reason, x->reason) == 0))
        return false;
    if (!states_come_by_themselves(s->state) ||
        !states_come_by_themselves(x->told))
        return true;
    return s->now_ms - x->since_ms >= STATES_STEADY_MS &&
           (!x->any || s->now_ms - x->told_ms >= least_ms);
}

void plain_states_tell(struct plain_states *x, const struct snapshot *s)
{
    x->any |= states_come_by_themselves(s->state) &&
              states_come_by_themselves(x->told);
    x->told = s->state;
    x->told_ms = s->now_ms;
    memcpy(x->reason, s->reason, sizeof x->reason);
}

int plain_states_share(const struct plain_states *x, enum run_state state)
{
    return x->all_ms > 0 ? (int)(x->spent_ms[state] * 100 / x->all_ms) : 0;
}

void plain_states_begin_share(struct plain_states *x)
{
    x->all_ms = 0;
    memset(x->spent_ms, 0, sizeof x->spent_ms);
}
