/* This file decides the state of a run; each question hides the later ones. */
#include "config.h"
#include "core/run_state.h"

#include <stdio.h>

#include "core/state_hysteresis.h"

const char *run_state_word(enum run_state s)
{
    static const char *const words[] = {
        "STARTING", "RUNNING",  "PAUSED",   "THROTTLED", "HELD",
        "RETRYING", "DRAINING", "STOPPING", "DONE",      "FAILED"
    };

    return words[s];
}

/* A service is out, or throttles for longer than a moment. */
static enum run_state run_state_by_service(const struct gate_stats gate[2],
                                           struct snapshot *s)
{
    for (int i = 0; i < 2; i++)
        if (gate[i].outage) {
            snprintf(s->reason, sizeof s->reason, "%s: %.600s",
                     i ? "store" : "embedder", gate[i].last.text);
            snprintf(s->remedy, sizeof s->remedy, "next try in %lld s",
                     (long long)(gate[i].probe_ms + 999) / 1000);
            return RUN_RETRYING;
        }
    for (int i = 0; i < 2; i++)
        if (gate[i].throttle_ms >= STATE_VISIBLE_MS) {
            snprintf(s->reason, sizeof s->reason, "%s", gate[i].last.text);
            snprintf(s->remedy, sizeof s->remedy, "goes on in %lld s",
                     (long long)(gate[i].throttled_ms + 999) / 1000);
            return RUN_THROTTLED;
        }
    return RUN_RUNNING;
}

enum run_state run_state_of(const struct run_facts *f, struct snapshot *s)
{
    enum run_state by_service;

    if (f->done) /* drained: all that was read is done, not the corpus */
        return s->reading_done ? RUN_DONE : RUN_STOPPING;
    if (f->stopping)
        return RUN_STOPPING;
    if (f->starting && !f->draining)
        return RUN_STARTING;
    if (f->held && f->cause != HOLD_MEMORY)
        return RUN_PAUSED;
    if (f->draining)
        return RUN_DRAINING;
    by_service = run_state_by_service(f->gate, s);
    if (by_service != RUN_RUNNING)
        return by_service;
    if (f->held)
        return RUN_HELD;
    return s->reading_done && s->waiting > 0 && s->waiting == s->in_flight
               ? RUN_RETRYING
               : RUN_RUNNING;
}

void run_state_say_memory(struct snapshot *s)
{
    snprintf(s->reason, sizeof s->reason,
             "memory %d %%, reading goes on below %d %%", (int)s->memory_pct,
             (int)s->memory_guard_pct - MEMORY_RELEASE_PCT);
}

/* The embedder's wait comes before the store's. */
void run_state_fill_wait(struct snapshot *s, const struct gate_stats gate[2])
{
    for (int i = 0; i < 2; i++) {
        const struct gate_stats *g = &gate[i];

        if (!g->outage && g->throttle_ms < STATE_VISIBLE_MS)
            continue;
        snprintf(s->wait_for, sizeof s->wait_for, "%s: %.120s",
                 i ? "store" : "embedder", g->last.text);
        s->wait_ms = g->trouble_ms >= 0 ? g->trouble_ms
                                        : g->throttle_ms - g->throttled_ms;
        s->wait_next_ms = g->outage ? g->probe_ms : g->throttled_ms;
        return;
    }
}
