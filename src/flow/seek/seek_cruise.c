/* This file stays at the knee: it rests there, tries a little more and a little
 * less from time to time, and notices when the service has changed. */
#include "config.h"
#include "flow/seek/seek_parts.h"

#include <math.h>

enum {
    WINDOW_MS = 250, WINDOW_ANSWERS = 16, WINDOW_ROUNDS = 2,
    WINDOW_MOST_ROUNDS = 6, WINDOW_MOST_ANSWERS = 128, WINDOW_MOST_MS = 15000,
    BASE_ANSWERS = 512,
    MORE_MS = 1000, MORE_MOST_MS = 5000, FEWER_MS = 2000, FEWER_FIRST_MS = 5000,
    FEWER_MOST_MS = 60000, AGAIN_MS = 500, AGAIN_DOUBLED = 5
};

static const double first_step = 0.25, last_step = 1, last_step_fewer = 0.5;
/* What a try must bring, or may cost, of what it could. */
static const double pays = 0.3, costs = 0.15, costs_most = 0.04;
static const double sure = 1.3; /* sigmas */
static const double best_kept = 0.93;

void seek_set(struct seek *s, size_t width, size_t batch, int64_t now_ms)
{
    s->followed = batch == s->batch || s->batch == 0;
    s->width = width ? width : 1;
    s->batch = batch;
    s->mark++;
    s->marked_sent = s->marked_failed = 0;
    s->tried_gain = 0;
    s->reached = false;
    seek_settle(s, now_ms);
}

static void cruise_rest(struct seek *s, int64_t now_ms)
{
    s->phase = SEEK_CRUISING;
    s->odd = 0;
    seek_set(s, s->base_width, s->base_batch, now_ms);
}

void seek_cruise(struct seek *s, size_t width, int64_t now_ms)
{
    s->base = (struct seek_rate){ 0 };
    s->base_width = width ? width : 1;
    s->base_batch = s->batch;
    s->step = last_step;
    s->step_fewer = first_step;
    s->more = (struct seek_turn){ now_ms, MORE_MS };
    s->fewer = (struct seek_turn){ now_ms + FEWER_FIRST_MS, FEWER_MS };
    s->batches.next_ms = now_ms;
    cruise_rest(s, now_ms);
}

size_t seek_most(const struct seek *s, int64_t now_ms)
{
    const struct seek_refusals *r = &s->refusals;
    size_t most = s->bounds.width.most ? s->bounds.width.most : SIZE_MAX;
    size_t ceiling = r->ceiling;

    if (ceiling == 0)
        return most;
    if (now_ms >= r->ceiling_until_ms)
        ceiling += r->ceiling_step;
    return ceiling < most ? ceiling : most;
}

/* ---- a try ---- */

static void cruise_try_more(struct seek *s, int64_t now_ms)
{
    size_t most = seek_most(s, now_ms);
    size_t width = s->base_width + (size_t)ceil((double)s->base_width *
                                                s->step);

    s->phase = SEEK_TRYING_MORE;
    seek_set(s, width < most ? width : most, s->base_batch, now_ms);
}

static void cruise_try_fewer(struct seek *s, int64_t now_ms)
{
    size_t less = (size_t)((double)s->base_width * s->step_fewer);

    s->phase = SEEK_TRYING_FEWER;
    seek_set(s, s->base_width - (less ? less : 1), s->base_batch, now_ms);
}

static bool cruise_lacks(const struct seek *s)
{
    return s->base.docs_per_s < best_kept * s->best_per_s;
}

/* What is due begins. */
static void cruise_try(struct seek *s, int64_t now_ms)
{
    bool more = s->base_width < seek_most(s, now_ms);
    bool fewer = s->base_width > 1;

    if (more && cruise_lacks(s))
        cruise_try_more(s, now_ms);
    else if (seek_batch_begins(s, now_ms))
        return;
    else if (more && now_ms >= s->more.next_ms &&
             (!fewer || s->more.next_ms <= s->fewer.next_ms))
        cruise_try_more(s, now_ms);
    else if (fewer && now_ms >= s->fewer.next_ms)
        cruise_try_fewer(s, now_ms);
}

void seek_rest_turn(struct seek *s, struct seek_turn *turn, int64_t most_ms,
                    int64_t now_ms)
{
    int64_t ms = 3 * (s->now.ms + (int64_t)(s->latency_us / 1000));

    turn->next_ms = now_ms + (ms > turn->pause_ms ? ms : turn->pause_ms);
    turn->pause_ms = 2 * turn->pause_ms < most_ms ? 2 * turn->pause_ms
                                                  : most_ms;
}

bool seek_is_trying(const struct seek *s)
{
    return s->phase >= SEEK_TRYING_MORE && s->phase <= SEEK_TRYING_SMALLER;
}

static struct seek_turn *cruise_turn(struct seek *s)
{
    if (s->phase == SEEK_TRYING_MORE)
        return &s->more;
    return s->phase == SEEK_TRYING_FEWER ? &s->fewer : &s->batches;
}

void seek_drop_try(struct seek *s, int64_t now_ms)
{
    int64_t ms = (int64_t)AGAIN_MS << s->dropped;

    if (s->dropped < AGAIN_DOUBLED)
        s->dropped++;
    cruise_turn(s)->next_ms = now_ms + ms;
    cruise_rest(s, now_ms);
}

void seek_give_up_try(struct seek *s, int64_t now_ms)
{
    s->dropped = 0;
    switch (s->phase) {
    case SEEK_TRYING_MORE:
        seek_rest_turn(s, &s->more, MORE_MOST_MS, now_ms);
        s->step = s->step < last_step ? 2 * s->step : first_step;
        break;
    case SEEK_TRYING_FEWER:
        seek_rest_turn(s, &s->fewer, FEWER_MOST_MS, now_ms);
        s->step_fewer = first_step;
        break;
    default:
        seek_batch_rests(s, now_ms);
        break;
    }
    cruise_rest(s, now_ms);
}

void seek_keep_try(struct seek *s)
{
    double sure_of;

    s->dropped = 0;
    s->base = seek_window_rate(&s->now);
    s->base_width = s->width;
    s->base_batch = s->batch;
    s->base.answers /= 2; /* what won was lucky, too */
    sure_of = s->base.docs_per_s * (1 - seek_error(s, s->base.answers));
    if (sure_of > s->best_per_s)
        s->best_per_s = sure_of;
    if (s->refusals.ceiling && s->width > s->refusals.ceiling)
        seek_refusals_lift(s);
}

static void cruise_keep_more(struct seek *s, int64_t now_ms)
{
    seek_keep_try(s);
    s->step = fmin(2 * s->step, last_step);
    s->more = (struct seek_turn){ now_ms, MORE_MS };
    s->fewer = (struct seek_turn){ now_ms + FEWER_MS, FEWER_MS };
    if (s->base_width < seek_most(s, now_ms))
        cruise_try_more(s, now_ms);
    else
        cruise_rest(s, now_ms);
}

static void cruise_keep_fewer(struct seek *s, int64_t now_ms)
{
    seek_keep_try(s);
    s->fewer = (struct seek_turn){ now_ms, FEWER_MS };
    s->step_fewer = fmin(2 * s->step_fewer, last_step_fewer);
    if (s->base_width > 1)
        cruise_try_fewer(s, now_ms);
    else
        cruise_rest(s, now_ms);
}

/* Long enough, whatever it shows? */
static bool cruise_window_is_long(const struct seek_window *w)
{
    return (w->rounds >= WINDOW_MOST_ROUNDS &&
            w->counted >= WINDOW_MOST_ANSWERS) ||
           w->ms >= WINDOW_MOST_MS;
}

/* What is tried brings that share more; *error: it may be off by that much (one
 * sigma). */
static double cruise_gain(const struct seek *s, double *error)
{
    struct seek_rate r = seek_window_rate(&s->now);

    *error = hypot(seek_error(s, r.answers), seek_error(s, s->base.answers));
    return r.docs_per_s / s->base.docs_per_s - 1;
}

static void cruise_judge(struct seek *s, int64_t now_ms)
{
    struct seek_rate r = seek_window_rate(&s->now);
    double step = (double)s->width / (double)s->base_width - 1;
    double error, gain = cruise_gain(s, &error);
    double wanted = step > 0 ? step * pays : fmax(step * costs, -costs_most);

    s->tried_gain = gain;
    if (s->phase == SEEK_TRYING_LARGER || s->phase == SEEK_TRYING_SMALLER) {
        seek_batch_judge(s, gain, sure * error, now_ms);
        return;
    }
    if (fabs(gain - wanted) < sure * error && !cruise_window_is_long(&s->now))
        return;
    if (gain < wanted || (step < 0 && r.docs_per_s <
                          best_kept * s->best_per_s))
        seek_give_up_try(s, now_ms);
    else if (step > 0)
        cruise_keep_more(s, now_ms);
    else
        cruise_keep_fewer(s, now_ms);
}

/* ---- at rest ---- */

static void cruise_merge(struct seek *s, const struct seek_rate *r)
{
    double known = fmin(s->base.answers, BASE_ANSWERS);
    double share = r->answers / (known + r->answers);

    s->base.docs_per_s += (r->docs_per_s - s->base.docs_per_s) * share;
    s->base.latency_us += (r->latency_us - s->base.latency_us) * share;
    s->base.answers = known + r->answers;
    if (s->base.latency_us < s->unloaded_us)
        s->unloaded_us = s->base.latency_us;
    if (s->best_per_s < s->base.docs_per_s)
        s->best_per_s = s->base.docs_per_s;
    else
        s->best_per_s += (s->base.docs_per_s - s->best_per_s) / 8;
}

/* Is it another service than the one that we know? 1: faster, -1: slower. */
static int cruise_is_odd(const struct seek *s, const struct seek_rate *r)
{
    double error = sure * hypot(seek_error(s, r->answers),
                                seek_error(s, s->base.answers));
    double rate = r->docs_per_s / s->base.docs_per_s;
    double latency = r->latency_us / s->base.latency_us;

    if (rate > 1.2 + error || latency < 0.8 - error)
        return 1;
    return rate < 0.8 - error || latency > 1.25 + error ? -1 : 0;
}

static void cruise_changed(struct seek *s, const struct seek_rate *r,
                           int64_t now_ms)
{
    size_t width = s->base_width;

    if (s->odd > 0 && width < seek_most(s, now_ms)) {
        s->unloaded_us = r->latency_us;
        s->unloaded_answers = 1;
        s->best_per_s = 0;
        seek_start_above(s, width, now_ms);
        return;
    }
    seek_cruise(s, width, now_ms);
    s->base = *r;
    s->best_per_s = r->docs_per_s;
    if (width > 1)
        cruise_try_fewer(s, now_ms);
}

static void cruise_at_rest(struct seek *s, int64_t now_ms)
{
    struct seek_rate r = seek_window_rate(&s->now);
    int odd = s->base.answers > 0 ? cruise_is_odd(s, &r) : 0;

    s->odd = odd == 0 ? 0 : odd * s->odd > 0 ? s->odd + odd : odd;
    if (s->odd > 1 || s->odd < -1) {
        cruise_changed(s, &r, now_ms);
        return;
    }
    if (s->odd == 0)
        cruise_merge(s, &r);
    s->now = (struct seek_window){ .open = false };
    if (s->odd == 0 && !seek_ebb_ends(s, now_ms))
        cruise_try(s, now_ms);
}

void seek_cruise_answer(struct seek *s, int64_t now_ms)
{
    const struct seek_window *w = &s->now;
    double error, gain;

    if (w->round_answers || w->rounds < WINDOW_ROUNDS || w->ms < WINDOW_MS ||
        w->counted < WINDOW_ANSWERS)
        return;
    if (!seek_window_is_fair(s)) {
        gain = cruise_gain(s, &error);
        if (s->phase == SEEK_CRUISING)
            seek_settle(s, now_ms);
        else if (!seek_batch_pays_anyway(s, gain, error, now_ms))
            seek_drop_try(s, now_ms);
    } else if (s->phase == SEEK_CRUISING) {
        cruise_at_rest(s, now_ms);
    } else {
        cruise_judge(s, now_ms);
    }
}
