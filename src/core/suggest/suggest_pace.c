/* This file notices that a service has become slow: its answers, or the
 * requests that still wait for one, take three times as long as they did with
 * as many requests of the same size. */
#include "config.h"
#include "core/suggest/suggest_parts.h"

#include <math.h>

enum { KNOWN_S = 10, SLOW_TIMES = 3, SLOW_MORE_MS = 250, SLOW_S = 3,
       FAST_TIMES = 2, FOLLOW_S = 120 };

/* More requests, or larger ones, may take longer: that is no fault of the
 * service. One that is slow already is often asked for more at once. */
static bool pace_is_of_another_load(const struct suggest_pace *p,
                                    const struct stage_view *v)
{
    return v->batch > p->batch || (!p->slow && v->wanted > p->width);
}

static void pace_begin(struct suggest_pace *p, const struct stage_view *v)
{
    p->usual_ms = 0;
    p->seconds = p->odd_s = 0;
    p->slow = false;
    p->batch = v->batch;
    p->width = v->wanted;
}

/* What at least half of the busy workers have waited already: answers that do
 * not come are in no mean. */
static double pace_half_wait(const struct stage_view *v)
{
    int64_t wait[SNAPSHOT_WORKERS];
    uint32_t n = 0, beyond;
    int64_t best = 0;

    for (uint32_t i = 0; i < v->started && i < SNAPSHOT_WORKERS; i++)
        if (v->worker[i].state == WORKER_BUSY)
            wait[n++] = v->worker[i].state_ms;
    for (uint32_t i = 0; i < n; i++) {
        beyond = 0;
        for (uint32_t k = 0; k < n; k++)
            beyond += wait[k] >= wait[i];
        if (2 * beyond >= n && wait[i] > best)
            best = wait[i];
    }
    return (double)best;
}

/* Slow or no longer: only what lasts counts, and from when it began. */
static void pace_turn(struct suggest_pace *p, bool odd, int64_t wall_s)
{
    if (!odd) {
        p->odd_s = 0;
        return;
    }
    if (p->odd_s++ == 0)
        p->odd_wall_s = wall_s;
    if (p->odd_s < SLOW_S)
        return;
    p->slow = !p->slow;
    p->odd_s = 0;
    p->since_wall_s = p->odd_wall_s;
}

static void pace_follow(struct suggest_pace *p)
{
    double gain = 1.0 / (p->seconds < FOLLOW_S ? ++p->seconds : FOLLOW_S);

    p->usual_ms += (p->now_ms - p->usual_ms) * gain;
}

void suggest_pace_tick(struct suggest_pace *p, const struct stage_view *v,
                       int64_t wall_s)
{
    double waits_ms = pace_half_wait(v);
    bool far, near;

    if (pace_is_of_another_load(p, v))
        pace_begin(p, v);
    p->now_ms = fmax(v->answer_ms, waits_ms);
    if (v->answer_ms <= 0)
        return;
    far = p->now_ms > SLOW_TIMES * p->usual_ms &&
          p->now_ms > p->usual_ms + SLOW_MORE_MS;
    near = p->now_ms < FAST_TIMES * p->usual_ms ||
           p->now_ms < p->usual_ms + SLOW_MORE_MS;
    if (p->seconds >= KNOWN_S)
        pace_turn(p, p->slow ? near : far, wall_s);
    if (!p->slow && (p->seconds < KNOWN_S || !far))
        pace_follow(p);
}
