/* This file changes the state on the screen only when the last change is old
 * enough, or for a change that a person made or that ends the run. */
#include "config.h"
#include "core/state_hysteresis.h"

#include <string.h>

static bool state_is_transient(enum run_state s)
{
    return s == RUN_RUNNING || s == RUN_THROTTLED || s == RUN_HELD ||
           s == RUN_RETRYING;
}

void state_hysteresis_apply(struct state_hysteresis *x, struct snapshot *s)
{
    bool stays = x->state != s->state && state_is_transient(x->state) &&
                 state_is_transient(s->state) &&
                 s->now_ms - x->since_ms < STATE_VISIBLE_MS;

    if (stays) {
        s->state = x->state;
        memcpy(s->reason, x->reason, sizeof s->reason);
        s->remedy[0] = '\0'; /* it is over, or there is none yet */
    } else if (x->state != s->state) {
        x->state = s->state;
        x->since_ms = s->now_ms;
    }
    memcpy(x->reason, s->reason, sizeof x->reason);
    s->state_ms = s->now_ms - x->since_ms;
}
