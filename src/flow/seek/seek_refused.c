/* This file learns from refusals: is it a limit on requests at once, or on
 * their rate? Of the first kind are those that were refused with more in flight
 * than ever were served; all others are of the second. */
#include "config.h"
#include "flow/seek/seek_parts.h"

#include <math.h>

enum {
    UNKNOWN_MS = 100, BURST_LEAST_MS = 20, BURST_MOST_MS = 5000,
    CEILING_MS = 5000, CEILING_SLOW_MS = 20000, CEILING_MOST_MS = 600000,
    CEILING_ANSWERS = 40, GOOD_MS = 30000,
    FEW_OF = 3, MANY_OF = 4, VERY_FEW_OF = 9,
    LATE_WIDTH = 5, LATE_MOST = 3, LATE_ANSWERS = 400, LATE_ROUNDS = 2,
    LATE_PART = 16,
    RARE = 2, RARE_MOST = 4, RARE_SERVED = 100, RARE_ROUNDS = 2,
    HIT_MS = 10000, CAREFUL_PART = 2, CAREFUL_LEAST = 2
};

/* Of a refusal, each that is served makes up for so much. */
static const double rare_served = 1.0 / 200;

static int64_t refused_hold_ms(const struct seek *s)
{
    double ms = s->latency_us > 0 ? s->latency_us / 1000 : UNKNOWN_MS;

    return (int64_t)fmax(BURST_LEAST_MS, fmin(ms, BURST_MOST_MS));
}

void seek_refusals_count_anew(struct seek *s, int64_t now_ms)
{
    s->refusals.served = 0;
    s->refusals.served_ms = now_ms;
    s->refusals.least_per_s = 0;
}

/* ---- a limit on requests at once ---- */

/* Where answers are slow, a few refusals are many of 1,000. */
static int64_t ceiling_first_ms(const struct seek *s)
{
    double ms = CEILING_ANSWERS * s->latency_us / 1000;

    return (int64_t)fmax(CEILING_MS, fmin(ms, CEILING_SLOW_MS));
}

static void ceiling_set(struct seek *s, size_t width, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    bool again = r->ceiling && width <= r->ceiling + r->ceiling_step;

    r->ceiling_for_ms = again ? 2 * r->ceiling_for_ms : ceiling_first_ms(s);
    if (r->ceiling_for_ms > CEILING_MOST_MS)
        r->ceiling_for_ms = CEILING_MOST_MS;
    r->ceiling = width ? width : 1;
    r->ceiling_step = 1;
    r->ceiling_until_ms = now_ms + r->ceiling_for_ms;
}

void seek_ceiling_begin(struct seek *s, size_t ceiling, int64_t now_ms)
{
    ceiling_set(s, ceiling, now_ms);
}

void seek_refusals_lift(struct seek *s)
{
    s->refusals.ceiling = s->width;
    s->refusals.ceiling_step *= 2;
}

/* ---- which of the two ---- */

/* A service that is slow to note that a request has left refuses a few below
 * its limit on requests at once, and with one or two fewer none. One with a
 * limit on their rate refuses many, or goes on. */
static bool refused_late(struct seek *s)
{
    struct seek_refusals *r = &s->refusals;
    size_t burst = r->strays.in_burst;
    bool soon = r->served < LATE_ROUNDS * s->width &&
                s->phase != SEEK_TRYING_MORE;

    if (r->served >= LATE_ANSWERS)
        r->lowered = 0;
    if (s->phase == SEEK_PACED || r->per_s_refused > 0 ||
        s->width < LATE_WIDTH || r->lowered >= LATE_MOST ||
        burst * (soon ? VERY_FEW_OF : FEW_OF) > s->width)
        return false;
    r->lowered++;
    return true;
}

/* It was more than the ceiling that was tried. */
static bool refused_above(const struct seek *s)
{
    return s->phase == SEEK_TRYING_MORE && s->refusals.ceiling &&
           s->width > s->refusals.ceiling && s->refusals.per_s_refused <= 0;
}

static bool refused_for_rate(struct seek *s, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    size_t good = now_ms - r->good_ms <= GOOD_MS ? r->good : 0;

    if (s->phase == SEEK_PACED || r->per_s_refused > 0 || r->burst_least <= 1)
        return true;
    if (r->burst_least > good)
        return false;
    r->hits = now_ms - r->hit_ms <= HIT_MS ? r->hits + 1 : 1;
    r->hit_ms = now_ms;
    return r->hits >= 2 || r->burst_least < good || good <= 2;
}

/* Many at once above what was served: it is a limit on their number. */
static void refused_proves(struct seek *s)
{
    struct seek_refusals *r = &s->refusals;

    r->lowered = 0;
    if (r->strays.in_burst * MANY_OF >= s->width)
        r->strays.lifts = SEEK_LIFTS;
}

static void refused_keep_below(struct seek *s, size_t ceiling, size_t width,
                               int64_t now_ms)
{
    ceiling_set(s, ceiling, now_ms);
    seek_cruise(s, ceiling < width ? ceiling : width, now_ms);
    seek_refusals_count_anew(s, s->refusals.burst_until_ms);
}

/* Not above all that was served, and yet a limit on requests at once? */
static bool refused_near_ceiling(struct seek *s, size_t width, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    size_t below = s->width > r->good
                       ? r->good
                       : s->width - 1 - s->width / LATE_PART;

    if (r->burst_least > r->good)
        return false;
    if (refused_above(s))
        below = r->ceiling;
    else if (!refused_late(s))
        return false;
    refused_keep_below(s, below, width, now_ms);
    return true;
}

static void refused_pace(struct seek *s, size_t width, int64_t now_ms)
{
    s->base_width = width;
    seek_pace_refused(s, s->refusals.burst_until_ms);
    seek_set(s, seek_pace_width(s, now_ms),
             s->base_batch ? s->base_batch : s->batch, now_ms);
}

/* It may be either: go carefully, and see. A limit on their rate would mostly
 * refuse more than one; and far below what was served is long in coming back,
 * where answers are slow. */
static void refused_careful(struct seek *s, size_t width, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    size_t part = r->strays.in_burst > 1 ? 0 : r->good / CAREFUL_PART;
    size_t careful = part > CAREFUL_LEAST ? part : CAREFUL_LEAST;

    seek_cruise(s, careful < width ? careful : width, now_ms);
    seek_refusals_count_anew(s, r->burst_until_ms);
}

/* What is to be done after that burst? */
static void refused_judge(struct seek *s, size_t width, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    size_t least = r->burst_least;
    bool rate;

    if (seek_stray_alone(s, r->burst_until_ms) ||
        refused_near_ceiling(s, width, now_ms))
        return;
    rate = refused_for_rate(s, now_ms);
    if (rate && seek_stray_paced(s, r->burst_until_ms))
        return;
    if (rate) {
        refused_pace(s, width, now_ms);
    } else if (least > r->good) {
        refused_proves(s);
        refused_keep_below(s, least - 1, width, now_ms);
    } else {
        refused_careful(s, width, now_ms);
    }
    seek_spread(s, 0, s->latency_us / 1000, now_ms);
}

void seek_refusals_end_burst(struct seek *s, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;

    if (!r->burst || now_ms < r->burst_until_ms)
        return;
    r->burst = false;
    refused_judge(s, s->phase == SEEK_STARTING ? s->width : s->base_width,
                  now_ms);
    r->burst_mark = s->mark;
}

static int64_t refused_pinned(struct seek *s, const struct seek_ticket *t,
                              size_t in_flight)
{
    double under_way = (double)in_flight + 1; /* the one that came back */

    if (t->mark != s->mark)
        return 0; /* it was sent before we narrowed */
    if (s->window <= 0 || under_way < s->window)
        s->window = under_way;
    s->window = s->window < 2 ? 1 : s->window / 2;
    s->narrowed_at = t->beside > 1 ? t->beside - 1 : 1;
    s->mark++;
    return 0;
}

/* One below what is served, long after the last: nobody waits for it. */
static bool refused_rarely(struct seek *s, const struct seek_ticket *t,
                           int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;

    if (s->phase != SEEK_CRUISING || r->burst || t->beside > r->good ||
        r->rare > RARE || r->served < RARE_SERVED + RARE_ROUNDS * s->width)
        return false;
    seek_refusals_count_anew(s, now_ms);
    return true;
}

/* How many were beside it? When it went, no more than were served, perhaps; but
 * those that went next may have overtaken it, or the service still counted one
 * that had left. */
static size_t refused_beside(const struct seek_refusals *r,
                             const struct seek_ticket *t, size_t in_flight)
{
    bool rose = in_flight >= r->good && r->good >= LATE_WIDTH;

    return rose && t->beside <= r->good ? r->good + 1 : t->beside;
}

int64_t seek_refused(struct seek *s, const struct seek_ticket *t,
                     size_t in_flight, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    size_t beside = refused_beside(r, t, in_flight);

    if (!s->seeks)
        return refused_pinned(s, t, in_flight);
    seek_refusals_end_burst(s, now_ms);
    seek_cancelled(s, t);
    if ((int32_t)(t->mark - r->burst_mark) < 0)
        return r->strays.known ? SEEK_STRAY : 1;
    if (seek_stray_refused(&r->strays, s->width))
        return SEEK_STRAY;
    if (!r->burst || beside < r->burst_least)
        r->burst_least = beside;
    r->rare = fmin(r->rare + 1, RARE_MOST);
    if (refused_rarely(s, t, now_ms))
        return SEEK_STRAY;
    r->strays.in_burst = r->burst ? r->strays.in_burst + 1 : 1;
    if (!r->burst) {
        r->burst = true;
        r->burst_from_ms = now_ms;
        r->burst_until_ms = now_ms + refused_hold_ms(s);
    }
    return r->burst_until_ms - now_ms;
}

void seek_refusals_answer(struct seek *s, const struct seek_ticket *t,
                          int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;

    r->served++;
    r->rare = fmax(0, r->rare - rare_served);
    seek_stray_served(&r->strays);
    seek_pace_rise(s, now_ms);
    if (s->phase == SEEK_PACED)
        s->width = seek_pace_width(s, now_ms);
    if (r->burst || (int32_t)(t->mark - r->burst_mark) < 0)
        return;
    if (t->beside >= r->good || now_ms - r->good_ms > GOOD_MS) {
        r->good = t->beside;
        r->good_ms = now_ms;
    }
}
