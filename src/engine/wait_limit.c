/*
 * This file ends a run that waits in vain: for a person who is not there, for a
 * service that stays away. The run finishes what it has read as far as it can,
 * then ends, and the same command resumes it.
 *
 * The operator's pause does not count: the operator knows of it.
 */
#include "config.h"
#include "engine/engine.h"

#include <stdio.h>

#include "sys/clock.h"
#include "util/str.h"

enum {
    GRACE_MS = 10000,
    /* An error, with room for how long it lasted. */
    WHY_MAX = sizeof((struct error *)0)->text - 80
};

/* The longest wait of its kind. */
struct wait {
    int64_t ms; /* -1: there is none */
    char why[WHY_MAX];
};

static void wait_limit_keep_longest(struct wait *w, int64_t ms, const char *why)
{
    if (ms <= w->ms)
        return;
    w->ms = ms;
    snprintf(w->why, sizeof w->why, "%s", why);
}

static void wait_limit_add_hold(struct run *r, enum hold_cause cause,
                                struct wait *w)
{
    char why[WHY_MAX];
    int64_t ms = control_held_ms(r->control, cause, why, sizeof why);

    wait_limit_keep_longest(w, ms, why);
}

/* A service that serves nobody, for as long as there was something to send.
 * While its stage holds, nobody asks it. */
static void wait_limit_add_service(struct stage *stage, const char *name,
                                   struct wait *w)
{
    struct gate_stats gate;
    int64_t now = clock_ms(), busy_ms = now - stage->run->quiet_ms;
    char why[WHY_MAX];

    endpoints_stats(&stage->endpoints, now, &gate);
    if (gate.trouble_ms < 0 || control_held(stage->run->control, stage->id))
        return;
    snprintf(why, sizeof why, "%s: %.*s", name, WHY_MAX - 16,
             gate.last.text);
    wait_limit_keep_longest(
        w, gate.trouble_ms < busy_ms ? gate.trouble_ms : busy_ms, why);
}

static bool wait_limit_is_over(struct run *r, const struct wait *w,
                               int64_t limit_ms, const char *what,
                               const char *option)
{
    struct error err;
    char time[32];

    if (limit_ms < 0 || w->ms < limit_ms)
        return false;
    error_set(&err, ERROR_STOPPED, 0, "%s (%s for %s: %s)", w->why, what,
              str_duration(time, sizeof time, w->ms), option);
    notices_add(r->notices, "ends: %s for %s, as long as %s allows", what, time,
                option);
    run_give_up(r, &err);
    return true;
}

static bool wait_limit_has_ended_run(struct run *r)
{
    struct wait hand = { .ms = -1 }, itself = { .ms = -1 };

    wait_limit_add_hold(r, HOLD_EMBED, &hand);
    wait_limit_add_hold(r, HOLD_STORE, &hand);
    wait_limit_add_hold(r, HOLD_CORPUS, &hand);
    wait_limit_add_hold(r, HOLD_LEDGER, &itself);
    wait_limit_add_hold(r, HOLD_MEMORY, &itself);
    wait_limit_add_service(&r->embed, "embedder", &itself);
    wait_limit_add_service(&r->upsert, "store", &itself);
    return wait_limit_is_over(r, &hand, r->patience.hold_ms, "held",
                              "--hold-limit") ||
           wait_limit_is_over(r, &itself, r->patience.outage_ms, "waited",
                              "--outage-limit");
}

void wait_limit_check(struct run *r)
{
    int64_t now = clock_ms();

    if (record_counts_balance(r->counts).at[COUNT_IN_FLIGHT] == 0)
        r->quiet_ms = now; /* a pipe may be silent for hours */
    if (r->give_up_ms == 0 && !control_holds(r->control, HOLD_OPERATOR) &&
        wait_limit_has_ended_run(r))
        r->give_up_ms = now;
    if (r->give_up_ms && now - r->give_up_ms >= GRACE_MS)
        control_stop(r->control);
}
