/* This file is the entrance: it takes bounds, and gives each answer to the part
 * of the policy that is at work. */
#include "config.h"
#include "flow/seek/seek_parts.h"

enum {
    FIRST_WIDTH = 2,
    START_LEAST = 5, /* a knee below that is found anew, in two levels */
    SPREAD_MOST_MS = 200,
    PINNED_MOST = 64, /* so wide again, a pinned number is no longer narrowed */
    FAILURES = 3,     /* and a fourth of what was sent, end a try */
    ASK_AGAIN_MS = 50,
    USED_MS = 10000
};

static const double first_noise = 0.25;

static size_t seek_least(size_t a, size_t most)
{
    return most && (a == 0 || a > most) ? most : a;
}

void seek_init(struct seek *s, size_t concurrent)
{
    *s = (struct seek){ .bounds.width = { .most = concurrent,
                                          .pinned = concurrent },
                        .width = concurrent,
                        .noise = first_noise };
}

void seek_spread(struct seek *s, size_t from, double ms, int64_t now_ms)
{
    s->spread_from = from;
    s->spread_at_ms = now_ms;
    s->spread_ms = (int64_t)(ms < SPREAD_MOST_MS ? ms : SPREAD_MOST_MS);
}

/* From where the last run ended, or from nothing. */
static void seek_begin(struct seek *s, const struct seek_bounds *b,
                       int64_t now_ms)
{
    size_t most = b->width.most;

    s->window = 0;
    s->best_per_s = 0;
    s->refusals.served_ms = now_ms;
    if (b->start_ceiling && s->refusals.ceiling == 0)
        seek_ceiling_begin(s, b->start_ceiling, now_ms);
    if (b->width.start >= START_LEAST)
        seek_cruise(s, seek_least(b->width.start, most), now_ms);
    else
        seek_start(s, 0, seek_least(FIRST_WIDTH, most), now_ms);
    seek_spread(s, 0, SPREAD_MOST_MS, now_ms);
    if (b->start_per_s > 0)
        seek_pace_begin(s, b->start_per_s, now_ms);
    s->refusals.burst = false;
    s->refusals.burst_mark = s->mark; /* a pin was refused, not a try */
}

static void seek_bound_width(struct seek *s, const struct seek_bounds *b,
                             int64_t now_ms)
{
    const struct seek_range *r = &b->width;
    size_t most = r->most ? r->most : SIZE_MAX, was = s->bounds.width.most;
    bool anew = !s->seeks || r->start != s->bounds.width.start;

    s->bounds.width = *r;
    s->seeks = r->pinned == 0;
    if (!s->seeks) {
        s->phase = SEEK_PINNED;
        seek_set(s, seek_least(r->pinned, r->most), s->batch, now_ms);
    } else if (anew) {
        seek_begin(s, b, now_ms);
    } else if (s->phase == SEEK_PACED) {
        if (s->base_width > most)
            s->base_width = most; /* its width follows the pace */
    } else if (s->base_width > most || s->width > most) {
        seek_cruise(s, most, now_ms);
    } else if (s->phase == SEEK_CRUISING && was && s->base_width == was) {
        if (seek_most(s, now_ms) > was) /* nor above what is refused */
            seek_start_above(s, was, now_ms);
    }
}

static bool seek_range_is(const struct seek_range *a,
                          const struct seek_range *b)
{
    return a->most == b->most && a->start == b->start &&
           a->least == b->least && a->pinned == b->pinned;
}

bool seek_bounds_are(const struct seek_bounds *a, const struct seek_bounds *b)
{
    return seek_range_is(&a->width, &b->width) &&
           seek_range_is(&a->batch, &b->batch) &&
           a->start_per_s == b->start_per_s &&
           a->start_ceiling == b->start_ceiling;
}

static void seek_bound_batch(struct seek *s, const struct seek_range *r)
{
    if (seek_range_is(r, &s->bounds.batch))
        return; /* what is tried stays, too */
    if (r->pinned)
        s->batch = r->pinned;
    else if (s->batch == 0 || s->bounds.batch.pinned || r->start == 0 ||
             r->start != s->bounds.batch.start)
        s->batch = r->start;
    if (s->batch)
        s->batch = seek_least(s->batch, r->most);
    s->base_batch = s->batch;
    s->bounds.batch = *r;
}

/* Larger requests hold more memory, so to try them moves the bound on the
 * width: a try that it leaves room for goes on. */
static bool seek_try_fits(const struct seek *s, const struct seek_bounds *b)
{
    const struct seek_range *w = &b->width;

    return seek_range_is(&b->batch, &s->bounds.batch) && w->pinned == 0 &&
           w->start == s->bounds.width.start &&
           (w->most == 0 || (s->width <= w->most && s->base_width <= w->most));
}

void seek_bound(struct seek *s, const struct seek_bounds *bounds,
                int64_t now_ms)
{
    if (seek_is_trying(s) && !seek_try_fits(s, bounds))
        seek_drop_try(s, now_ms);
    seek_bound_batch(s, &bounds->batch);
    seek_bound_width(s, bounds, now_ms);
}

size_t seek_width(const struct seek *s)
{
    size_t window = (size_t)s->window;

    if (window && (!s->width || window < s->width))
        return window;
    return s->width;
}

/* How many may be in flight by now. */
static size_t seek_room(const struct seek *s, int64_t now_ms)
{
    int64_t ms = now_ms - s->spread_at_ms;
    size_t from = s->spread_from;

    if (!s->seeks || ms >= s->spread_ms || s->width <= from)
        return seek_width(s);
    return from + 1 + (s->width - from - 1) * (size_t)ms / (size_t)s->spread_ms;
}

int64_t seek_wait(struct seek *s, size_t in_flight, int64_t now_ms,
                  bool *full)
{
    size_t room;
    double ms = s->latency_us / 4000;

    if (s->seeks)
        seek_refusals_end_burst(s, now_ms);
    room = seek_room(s, now_ms);
    *full = room && in_flight >= room;
    if (!*full)
        return seek_pace_wait(s, now_ms);
    return ms > 0 && ms < ASK_AGAIN_MS ? (int64_t)ms + 1 : ASK_AGAIN_MS;
}

void seek_sent(struct seek *s, struct seek_ticket *t, size_t in_flight)
{
    t->mark = s->mark;
    s->marked_sent++;
    t->beside = (uint32_t)in_flight;
    seek_window_sent(s, in_flight);
    seek_start_sent(s, t);
    s->refusals.credit -= s->refusals.per_s > 0;
    s->refusals.strays.sent++;
}

/* One more a round, after a refusal at a pinned number. */
static void seek_widen_pinned(struct seek *s)
{
    size_t most = s->width;

    if (s->window <= 0)
        return;
    s->window += 1 / s->window;
    if (s->window >= PINNED_MOST || (most && s->window >= (double)most))
        s->window = 0;
}

static void seek_note_used(struct seek *s, const struct seek_ticket *t,
                           int64_t now_ms)
{
    struct seek_used *u = &s->used;

    if (now_ms - u->from_ms >= USED_MS)
        *u = (struct seek_used){ .before = u->now, .from_ms = now_ms };
    if (t->beside > u->now)
        u->now = t->beside;
}

void seek_served(struct seek *s, const struct seek_ticket *t,
                 size_t documents, int64_t took_us, int64_t now_ms)
{
    double us = (double)took_us;

    seek_note_used(s, t, now_ms);
    s->latency_us += s->latency_us > 0 ? (us - s->latency_us) / 16 : us;
    seek_window_answer(s, documents, took_us, now_ms);
    if (!s->seeks) {
        seek_widen_pinned(s);
        return;
    }
    seek_refusals_end_burst(s, now_ms);
    seek_refusals_answer(s, t, now_ms);
    seek_ebb_answer(s, took_us, now_ms);
    seek_scarce_answer(s, documents, now_ms);
    if (s->refusals.burst || s->phase == SEEK_PACED)
        return;
    if (s->phase == SEEK_STARTING)
        seek_start_answer(s, t, took_us, now_ms);
    else if (!s->followed)
        seek_batch_answer(s, documents, now_ms);
    else
        seek_cruise_answer(s, now_ms);
}

/* Another one leads in its place. */
void seek_cancelled(struct seek *s, const struct seek_ticket *t)
{
    if (t->leads && t->mark == s->mark)
        s->level.sent--;
}

void seek_failed(struct seek *s, const struct seek_ticket *t, int64_t now_ms)
{
    if (t->mark != s->mark || !s->seeks)
        return;
    seek_cancelled(s, t);
    s->marked_failed++;
    if (s->marked_failed < FAILURES || s->marked_failed * 4 < s->marked_sent)
        return;
    if (s->phase == SEEK_STARTING && s->level.from)
        seek_cruise(s, s->level.from, now_ms);
    else if (s->phase == SEEK_TRYING_MORE || s->phase == SEEK_TRYING_LARGER)
        seek_give_up_try(s, now_ms);
}

void seek_unfair(struct seek *s, enum seek_unfair why, int64_t us)
{
    s->now.unfair_us += (double)us;
    s->now.unfair_by_us[why] += (double)us;
    seek_ebb_unfair(s, why, us);
    s->now.limited |= why == SEEK_LIMITED;
}

/* What was never in flight is not known to be good. */
size_t seek_knee_width(const struct seek *s)
{
    const struct seek_used *u = &s->used;
    size_t used = u->now > u->before ? u->now : u->before;

    if (!s->seeks || s->phase == SEEK_STARTING)
        return 0;
    return used && used < s->base_width ? used : s->base_width;
}

void seek_knee(const struct seek *s, struct seek_knee *out)
{
    *out = (struct seek_knee){ .width = seek_knee_width(s),
                               .batch = s->batch,
                               .per_s = s->refusals.per_s,
                               .ceiling = s->refusals.ceiling };
}

void seek_reset(struct seek *s, int64_t now_ms)
{
    s->window = 0;
    s->refusals = (struct seek_refusals){ .burst_mark = s->mark };
    if (s->seeks && s->phase == SEEK_PACED)
        seek_cruise(s, s->base_width, now_ms);
    else
        seek_settle(s, now_ms);
}
