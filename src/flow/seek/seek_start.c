/* This file is the start: levels of more and more requests in flight, while
 * those that a rise lets go come back as fast as those of before; and the way
 * back, where another stage is the bottleneck. */
#include "config.h"
#include "flow/seek/seek_parts.h"

#include <math.h>

enum { FIRST_LEVEL = 2, SECOND_LEVEL = 8, POOL_ANSWERS = 32,
       CONFIRM_ANSWERS = 12 };

/* As slow as that beside an unloaded request is a doubt. A window confirms it
 * if it brings less than that of what it should, and its fastest answers took
 * longer than an unloaded one: all were queued. */
static const double doubt = 1.6, enough = 0.65, queued = 1.1, roomy = 1.25;
static const double unsure = 0.8;

void seek_start(struct seek *s, size_t from, size_t width, int64_t now_ms)
{
    s->phase = SEEK_STARTING;
    s->level = (struct seek_level){ .from = from,
                                    .wanted = from ? width - from : 1 };
    seek_set(s, width, s->batch, now_ms);
    seek_spread(s, from, s->latency_us / 2000, now_ms);
}

void seek_start_above(struct seek *s, size_t width, int64_t now_ms)
{
    size_t most = seek_most(s, now_ms);

    seek_start(s, width, 2 * width < most ? 2 * width : most, now_ms);
}

static void start_next_level(struct seek *s, int64_t now_ms)
{
    size_t most = seek_most(s, now_ms), width = s->width;
    size_t next = width < SECOND_LEVEL ? SECOND_LEVEL : 2 * width;

    if (next > most)
        next = most;
    if (next > width)
        seek_start(s, width, next, now_ms);
    else
        seek_cruise(s, width, now_ms);
}

void seek_start_sent(struct seek *s, struct seek_ticket *t)
{
    struct seek_level *l = &s->level;

    t->leads = s->phase == SEEK_STARTING && l->sent < l->wanted &&
               t->beside > l->from;
    l->sent += t->leads;
}

/* The level was as good as unloaded, so its latency is one more witness. */
static void start_pool_unloaded(struct seek *s, double us, double answers)
{
    double known = fmin(s->unloaded_answers, POOL_ANSWERS);

    s->unloaded_us = (s->unloaded_us * known + us * answers) /
                     (known + answers);
    s->unloaded_answers = known + answers;
}

static void start_judge(struct seek *s, double us, int64_t now_ms)
{
    if (s->unloaded_us > 0 && us > doubt * s->unloaded_us) {
        s->level.doubted = true;
        s->now = (struct seek_window){ .open = false };
        s->settles_ms = now_ms;
        return;
    }
    start_pool_unloaded(s, us, (double)s->level.wanted);
    if (seek_ebb_idles(s))
        seek_start(s, s->level.from, s->width, now_ms);
    else
        start_next_level(s, now_ms);
}

/* Slower than that even the fastest was queued, as far as a few answers tell
 * what an unloaded one takes. */
static double start_queued_us(const struct seek *s)
{
    double answers = fmax(s->unloaded_answers, 1);

    return s->unloaded_us * queued * exp(unsure / sqrt(answers));
}

/* A whole window at this level: did it bring what it should? */
static void start_confirm(struct seek *s, int64_t now_ms)
{
    struct seek_rate r = seek_window_rate(&s->now);
    double per_s = r.answers * 1000 / (double)s->now.ms;
    double served = per_s * s->unloaded_us / 1e6; /* at once, if unloaded */
    size_t width = (size_t)ceil(served * roomy);

    if (!seek_window_is_fair(s)) {
        seek_settle(s, now_ms);
    } else if (served >= enough * (double)s->width ||
               seek_window_low_us(&s->now) < start_queued_us(s)) {
        start_next_level(s, now_ms);
    } else {
        s->best_per_s = r.docs_per_s;
        seek_cruise(s, width < s->width ? width : s->width, now_ms);
    }
}

void seek_start_answer(struct seek *s, const struct seek_ticket *t,
                       int64_t took_us, int64_t now_ms)
{
    struct seek_level *l = &s->level;

    if (t->beside <= FIRST_LEVEL && s->unloaded_us > 0 &&
        s->unloaded_answers < POOL_ANSWERS)
        start_pool_unloaded(s, (double)took_us, 1);
    if (l->doubted) {
        if (s->now.rounds > 0 && s->now.counted >= CONFIRM_ANSWERS)
            start_confirm(s, now_ms);
        return;
    }
    if (!t->leads || t->mark != s->mark)
        return;
    l->back++;
    if (l->sent == l->wanted && 2 * l->back >= l->wanted)
        start_judge(s, (double)took_us, now_ms);
}

/* ---- ebb ---- */

/* Where documents come too slowly, or the next stage is full, no number of
 * requests in flight shows anything, but those that were in flight show how
 * many are needed: the others are threads, connections and memory for
 * nothing. */

enum { EBB_MS = 1000, EBB_MOST_MS = 5000, EBB_IN_A_ROW = 2 };

/* Workers that wait, beside each request that is in flight. */
static const double ebb_idle = 0.5;
/* Documents come unevenly. */
static const double ebb_roomy = 1.5;

bool seek_ebb_idles(const struct seek *s)
{
    return s->ebb.idle_us >= ebb_idle * s->ebb.took_us && s->ebb.idle_us > 0;
}

static void ebb_narrow(struct seek *s, double in_flight, int64_t now_ms)
{
    size_t width = (size_t)ceil(ebb_roomy * in_flight) + 1;

    if (s->phase == SEEK_STARTING) {
        seek_start(s, width / 2, width, now_ms);
        return;
    }
    seek_cruise(s, width, now_ms);
    s->ebb.narrowed = true;
}

/* Of what there was in flight, less than half was needed, twice in a row. */
static bool ebb_is_due(struct seek *s, double in_flight, double idle)
{
    bool rests = s->phase == SEEK_STARTING || s->phase == SEEK_CRUISING;
    bool slack = idle >= ebb_idle * in_flight &&
                 (double)s->width > 2 * ebb_roomy * in_flight + 2;

    s->ebb.low = rests && slack ? s->ebb.low + 1 : 0;
    return s->ebb.low >= EBB_IN_A_ROW;
}

void seek_ebb_unfair(struct seek *s, enum seek_unfair why, int64_t us)
{
    if (why == SEEK_STARVED || why == SEEK_BLOCKED)
        s->ebb.idle_us += (double)us;
}

void seek_ebb_answer(struct seek *s, int64_t took_us, int64_t now_ms)
{
    struct seek_ebb *e = &s->ebb;
    int64_t ms = now_ms - e->from_ms;
    double us = (double)ms * 1000, in_flight, idle;

    e->took_us += (double)took_us;
    if (ms < EBB_MS)
        return;
    in_flight = e->took_us / us;
    idle = e->idle_us / us;
    e->from_ms = now_ms;
    e->took_us = e->idle_us = 0;
    if (ms <= EBB_MOST_MS && ebb_is_due(s, in_flight, idle)) {
        e->low = 0;
        ebb_narrow(s, in_flight, now_ms);
    }
}

bool seek_ebb_ends(struct seek *s, int64_t now_ms)
{
    if (!s->ebb.narrowed || s->base_width >= seek_most(s, now_ms))
        return false;
    s->ebb.narrowed = false;
    seek_start_above(s, s->base_width, now_ms);
    return true;
}
