/* This file tells refusals that have a reason from stray ones, which come at
 * any number and any rate. A service with a limit on its rate cannot have
 * refused a pace below what it served from one refusal to another. Where it
 * does so again and again, its refusals say nothing, while they stay few. */
#include "config.h"
#include "flow/seek/seek_parts.h"

#include <math.h>

enum { SAMPLE = 10, SAMPLE_ODD = 4, FEW = 1, ODD_FIRST = 2, ODD_MOST = 64,
       ALONE = 2, ALONE_SERVED = 40, ALONE_ROUNDS = 1, FORGIVEN_MOST = 2,
       START_ROUNDS = 2, START_ALONE = 16, STARTS_MOST = 8,
       LOWERED = 2, NARROW = 16 };

/* So many, less so many for each request that was or may yet be served, are no
 * longer stray: 5 % come to that once in some hundred thousand requests. More
 * for each, where more were refused at a pace that no limit refuses. */
static const double score_most = 8, score_served = 0.15, score_served_most = 1;
/* By chance, of so few, there were fewer: so many sigmas. */
static const double share_sure = 3;
/* Requests by which a window may be off, and by which none is. */
static const double slack = 3, slack_most = 10;

/* No more of late are not worth a request less in flight. */
static const double rare_most = 2.5;

static void stray_open(struct seek_strays *x, int64_t now_ms)
{
    x->open = true;
    x->from_ms = now_ms;
    x->sent = x->refused = 0;
    x->most_per_s = 0;
}

/* Requests a second that the window under way was served, at least: the
 * service's bucket was empty when it began. */
static double stray_window_per_s(const struct seek_strays *x, int64_t now_ms)
{
    double seconds = fmax((double)(now_ms - x->from_ms) / 1000, 0.001);

    return x->open && x->sent > 1 ? ((double)x->sent - 1) / seconds : 0;
}

double seek_stray_least(const struct seek_strays *x, int64_t now_ms)
{
    return x->bears_per_s > 0 ? x->bears_per_s / 2
                              : stray_window_per_s(x, now_ms);
}

/* At a pace that was borne so many were refused. */
static void stray_note_odd(struct seek_strays *x)
{
    double refused = (double)(x->odd_refused += x->refused);

    x->odd_sent += x->sent;
    x->served_weighs = fmin(score_served_most,
                            fmax(score_served,
                                 (refused + share_sure * sqrt(refused)) /
                                     (double)x->odd_sent));
}

static double stray_lacks(const struct seek_strays *x, int64_t now_ms)
{
    double seconds = (double)(now_ms - x->from_ms) / 1000;

    return x->bears_per_s * seconds - (double)x->sent;
}

/* Is a window from one refusal to another long enough? Where nothing is served
 * any more, the limit may have fallen. */
static bool stray_tells(const struct seek_strays *x, int64_t now_ms)
{
    return x->sent >= SAMPLE ||
           (x->sent >= SAMPLE_ODD && x->most_per_s <= x->bears_per_s &&
            stray_lacks(x, now_ms) >= slack_most);
}

static void stray_sample(struct seek_strays *x, int64_t now_ms)
{
    double lacks = stray_lacks(x, now_ms);

    if (x->most_per_s > x->bears_per_s) {
        x->odd -= x->odd > 0;
    } else if (lacks >= slack) {
        x->odd += lacks >= slack_most ? 2 : 1;
        stray_note_odd(x);
    }
    x->bears_per_s = fmax(x->bears_per_s, stray_window_per_s(x, now_ms));
}

static void stray_believe_nothing(struct seek *s, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;

    r->strays.known = true;
    r->strays.score = 0;
    r->per_s = r->per_s_refused = r->per_s_sure = 0;
    r->ceiling = 0;
    r->hits = 0;
    seek_start_above(s, s->base_width, now_ms);
}

/* A level of the start is sent once more. */
static bool stray_starts(struct seek *s, int64_t now_ms)
{
    struct seek_strays *x = &s->refusals.strays;

    if (s->phase != SEEK_STARTING || x->starts >= STARTS_MOST ||
        START_ALONE * x->in_burst > s->width ||
        (x->starts > 0 && x->sent < START_ROUNDS * s->width))
        return false;
    x->starts++;
    stray_open(x, s->refusals.burst_from_ms);
    seek_start(s, s->level.from, s->width, now_ms);
    return true;
}

/* What was refused below a ceiling was not refused for it; nor, a little
 * further below, for a service that is slow to note what has left. */
static bool stray_lifts(struct seek *s, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    bool near = s->width <= NARROW || r->strays.lifts > 0;

    if (r->ceiling == 0 || (near && r->lowered < LOWERED) ||
        r->strays.lifts >= SEEK_LIFTS)
        return false;
    r->strays.lifts++;
    r->strays.forgiven = 0;
    r->ceiling = 0;
    seek_start_above(s, s->base_width, now_ms);
    return true;
}

/* After many were served, and not above all that were: a limit would refuse
 * more as soon as the requests go on. */
static bool stray_passes(struct seek *s, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    struct seek_strays *x = &r->strays;
    bool rare = r->rare <= rare_most;
    bool soon = r->served < ALONE_SERVED + ALONE_ROUNDS * s->width;

    if (r->burst_least > r->good ||
        (soon && !(rare && s->phase == SEEK_CRUISING)))
        return false;
    if (!rare && x->forgiven >= FORGIVEN_MOST)
        return stray_lifts(s, now_ms);
    x->forgiven += !rare;
    seek_refusals_count_anew(s, now_ms);
    seek_settle(s, now_ms);
    return true;
}

bool seek_stray_alone(struct seek *s, int64_t now_ms)
{
    struct seek_strays *x = &s->refusals.strays;

    if (s->phase == SEEK_PACED || x->in_burst > ALONE ||
        (!stray_starts(s, now_ms) && !stray_passes(s, now_ms)))
        return false;
    if (!x->open)
        stray_open(x, s->refusals.burst_from_ms);
    return true;
}

/* The pace that is set is one that was borne, unlike those before it. */
void seek_stray_slower(struct seek *s, double per_s)
{
    struct seek_strays *x = &s->refusals.strays;

    if (x->most_per_s > x->bears_per_s && per_s <= x->bears_per_s)
        stray_open(x, s->refusals.burst_from_ms);
}

bool seek_stray_paced(struct seek *s, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    struct seek_strays *x = &r->strays;

    /* One in which nobody was served would make the next look slow. */
    if (!x->open || (x->bears_per_s <= 0 && x->sent <= FEW)) {
        stray_open(x, r->burst_from_ms);
        return false;
    }
    x->most_per_s = fmax(x->most_per_s, r->per_s);
    if (!stray_tells(x, r->burst_from_ms))
        return false;
    stray_sample(x, r->burst_from_ms);
    stray_open(x, r->burst_from_ms);
    if (x->odd < x->odd_wanted)
        return false;
    stray_believe_nothing(s, now_ms);
    return true;
}

static double stray_served_weighs(const struct seek_strays *x)
{
    return fmax(score_served, x->served_weighs);
}

void seek_stray_served(struct seek_strays *x)
{
    x->score = fmax(0, x->score - stray_served_weighs(x));
}

bool seek_stray_refused(struct seek_strays *x, size_t width)
{
    unsigned wanted = x->odd_wanted;

    x->sent -= x->sent > 0;
    x->refused++;
    if (x->odd_wanted == 0)
        x->odd_wanted = ODD_FIRST;
    if (!x->known)
        return false;
    x->score += 1;
    if (x->score < score_most + stray_served_weighs(x) * (double)width)
        return true;
    *x = (struct seek_strays){ .odd_wanted = wanted < ODD_MOST ? 2 * wanted
                                                               : ODD_MOST };
    return false;
}
