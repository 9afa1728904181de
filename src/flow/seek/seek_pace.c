/* This file paces requests where the service refuses their rate: at what it
 * served between two refusals, and from there slowly up again. */
#include "config.h"
#include "flow/seek/seek_parts.h"

#include <math.h>

enum { FEW_SERVED = 5, SURE_SERVED = 20, RISES_TO_HURRY = 3, SLOW_S = 60 };

static const double under = 0.97, rise_most = 0.25;
/* Paced so near what was served, the service's bucket was never full. */
static const double lower = 0.85, upper = 1.42;
/* After few were served it falls to what they came to, between these. */
static const double few = 0.5, most_few = 0.8;
/* So far above the limit that was known it is no longer one. */
static const double lifted = 3;

/* How a pace rises from here: by a share, after so many requests. */
struct pace_rise {
    double share, requests;
    int64_t least_ms;
    bool hurries; /* the share grows */
};

static const struct pace_rise rise_first = { 0.25, 2, 250, false };
static const struct pace_rise rise_near = { 0.02, 8, 250, false };
static const struct pace_rise rise_sure = { 0.01, 100, 10000, true };
/* From a slow pace of the last run, whose limit may be gone. */
static const struct pace_rise rise_remembered = { 0.25, 0, 10000, true };

/* A slower one is no pace to begin with: it would be a wait. */
static const double remembered_least = 1.0 / 60;

static void pace_set(struct seek *s, double per_s, const struct pace_rise *rise,
                     int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    int64_t every_ms = (int64_t)(rise->requests * 1000 / per_s);

    r->per_s = per_s;
    r->credit = 0;
    r->credit_ms = now_ms;
    r->rise = rise->share;
    r->rise_every_ms = every_ms > rise->least_ms ? every_ms : rise->least_ms;
    r->rise_ms = now_ms + r->rise_every_ms;
    r->rises = 0;
    r->hurries = rise->hurries;
    r->binds = false;
}

/* Refused at this pace for the first time, or far above what was served: the
 * limit is somewhere between, and not below what the service bore. */
static double pace_guessed(const struct seek_refusals *r, double seconds)
{
    double served = (double)r->served; /* at least one less, by chance */
    double per_s = served / seconds;
    double least = fmax(served - 1, fmax(served, 1) / 2) * under / seconds;

    if (r->served >= FEW_SERVED)
        return fmax(least, 0.95 * cbrt(r->per_s * per_s * per_s));
    if (r->per_s > 0)
        return fmax(least, fmax(few * r->per_s,
                                fmin(most_few * r->per_s, per_s)));
    return fmax(served, 1) * under / seconds;
}

static void pace_guess(struct seek *s, double seconds, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    double borne = under * seek_stray_least(&r->strays, r->burst_from_ms);
    bool near = r->per_s > 0 &&
                (r->served >= FEW_SERVED || r->strays.bears_per_s > 0);

    pace_set(s, fmax(borne, pace_guessed(r, seconds)),
             near ? &rise_near : &rise_first, now_ms);
}

/* If the service's bucket was empty at the last refusal and never full since,
 * what it served in between is its limit. */
void seek_pace_refused(struct seek *s, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    double seconds = fmax((double)(now_ms - r->served_ms) / 1000, 0.001);
    double per_s = (double)r->served / seconds;
    bool tight = r->per_s > 0 && r->least_per_s >= lower * per_s &&
                 r->per_s <= upper * per_s;

    s->phase = SEEK_PACED;
    if (r->served == 0 && r->per_s > 0)
        return; /* it is still the same refusal */
    r->per_s_refused = r->per_s > 0 ? r->per_s : per_s;
    if (r->served >= SURE_SERVED && tight) {
        r->per_s_sure = per_s;
        pace_set(s, per_s * under, &rise_sure, now_ms);
    } else {
        pace_guess(s, seconds, now_ms);
    }
    seek_stray_slower(s, r->per_s);
    if (!tight || r->served >= SURE_SERVED)
        seek_refusals_count_anew(s, now_ms);
    if (r->least_per_s <= 0 || r->per_s < r->least_per_s)
        r->least_per_s = r->per_s;
}

/* As many as that pace keeps in flight, with room to spare; a latency that
 * grows with them is a queue. */
size_t seek_pace_width(const struct seek *s, int64_t now_ms)
{
    double us = s->latency_us, queued_us = 2 * s->unloaded_us;
    size_t most = seek_most(s, now_ms), width;

    if (queued_us > 0 && queued_us < us)
        us = queued_us;
    width = (size_t)ceil(1.5 * s->refusals.per_s * us / 1e6) + 1;
    return width < most ? width : most;
}

/* Where the pace is so slow that the requests of rise_sure are long in coming,
 * do not wait for them. */
void seek_pace_begin(struct seek *s, double per_s, int64_t now_ms)
{
    bool slow = rise_sure.requests > per_s * SLOW_S;

    if (per_s < remembered_least)
        return;
    if (s->phase == SEEK_STARTING)
        seek_cruise(s, s->width, now_ms);
    s->phase = SEEK_PACED;
    s->refusals.per_s_refused = s->refusals.per_s_sure = per_s;
    pace_set(s, per_s, slow ? &rise_remembered : &rise_sure, now_ms);
    s->refusals.credit = 1; /* nothing was sent yet */
}

void seek_pace_rise(struct seek *s, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;

    if (now_ms < r->rise_ms || !r->binds)
        return;
    r->per_s *= 1 + r->rise;
    r->rises++;
    if (r->hurries && r->rises % RISES_TO_HURRY == 0)
        r->rise = fmin(2 * r->rise, rise_most);
    r->rise_ms = now_ms + r->rise_every_ms;
    r->binds = false;
    if (r->per_s_sure > 0 && r->per_s > lifted * r->per_s_sure) {
        r->per_s = r->per_s_refused = 0;
        seek_cruise(s, s->base_width, now_ms);
    }
}

int64_t seek_pace_wait(struct seek *s, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    double credit;

    if (r->per_s <= 0)
        return 0;
    credit = r->credit + r->per_s * (double)(now_ms - r->credit_ms) / 1000;
    r->credit = fmin(credit, fmax(1, r->per_s / 50));
    r->credit_ms = now_ms;
    if (r->credit >= 1)
        return 0;
    r->binds = true;
    return (int64_t)((1 - r->credit) * 1000 / r->per_s) + 1;
}
