/* This file tells refusals that have a reason from stray ones, which come at
 * any number and any rate. A service with a limit on its rate cannot have
 * refused a pace below what it served from one refusal to another. Where it
 * does so again and again, its refusals say nothing, while they stay few. */
#include "config.h"
#include "flow/seek_parts.h"

#include <math.h>

enum { SAMPLE = 10, ODD_FIRST = 2, ODD_MOST = 64,
       ALONE = 2, ALONE_SERVED = 40, ALONE_ROUNDS = 1, FORGIVEN_MOST = 2,
       START_ROUNDS = 2, START_ALONE = 16, STARTS_MOST = 8,
       LOWERED = 2, NARROW = 16 };

/* So many, less so many for each request that was or may yet be served, are no
 * longer stray: 5 % come to that once in some hundred thousand requests. */
static const double score_most = 8, score_served = 0.15;
/* Requests by which a window may be off, and by which none is. */
static const double slack = 3, slack_most = 10;

/* No more of late are not worth a request less in flight. */
static const double rare_most = 2.5;

static void stray_open(struct seek_strays *x, int64_t now_ms)
{
    x->open = true;
    x->from_ms = now_ms;
    x->sent = 0;
    x->most_per_s = 0;
}

/* A window from one refusal to another is long enough. */
static void stray_sample(struct seek_strays *x, int64_t now_ms)
{
    double seconds = fmax((double)(now_ms - x->from_ms) / 1000, 0.001);
    double sent = (double)x->sent, lacks = x->bears_per_s * seconds - sent;

    if (x->most_per_s > x->bears_per_s)
        x->odd -= x->odd > 0;
    else
        x->odd += lacks >= slack_most ? 2 : lacks >= slack;
    x->bears_per_s = fmax(x->bears_per_s, (sent - 1) / seconds);
}

static void stray_believe_nothing(struct seek *s, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    size_t width = s->base_width, most;

    r->strays.known = true;
    r->strays.score = 0;
    r->per_s = r->per_s_refused = r->per_s_sure = 0;
    r->ceiling = 0;
    r->hits = 0;
    most = seek_most(s, now_ms);
    seek_start(s, width, 2 * width < most ? 2 * width : most, now_ms);
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
    stray_open(x, now_ms);
    seek_start(s, s->level.from, s->width, now_ms);
    return true;
}

/* What was refused below a ceiling was not refused for it; nor, a little
 * further below, for a service that is slow to note what has left. */
static bool stray_lifts(struct seek *s, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    bool near = s->width <= NARROW || r->strays.lifts > 0;
    size_t most;

    if (r->ceiling == 0 || (near && r->lowered < LOWERED) ||
        r->strays.lifts >= SEEK_LIFTS)
        return false;
    r->strays.lifts++;
    r->strays.forgiven = 0;
    r->ceiling = 0;
    most = seek_most(s, now_ms);
    seek_start(s, s->base_width,
               2 * s->base_width < most ? 2 * s->base_width : most, now_ms);
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
    r->served = 0;
    r->served_ms = now_ms;
    r->least_per_s = 0;
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
        stray_open(x, now_ms);
    return true;
}

bool seek_stray_paced(struct seek *s, int64_t now_ms)
{
    struct seek_refusals *r = &s->refusals;
    struct seek_strays *x = &r->strays;

    if (!x->open) {
        stray_open(x, now_ms);
        return false;
    }
    x->most_per_s = fmax(x->most_per_s, r->per_s);
    if (x->sent < SAMPLE)
        return false;
    stray_sample(x, now_ms);
    stray_open(x, now_ms);
    if (x->odd < x->odd_wanted)
        return false;
    stray_believe_nothing(s, now_ms);
    return true;
}

void seek_stray_served(struct seek_strays *x)
{
    x->score = fmax(0, x->score - score_served);
}

bool seek_stray_refused(struct seek_strays *x, size_t width)
{
    unsigned wanted = x->odd_wanted;

    x->sent -= x->sent > 0;
    if (x->odd_wanted == 0)
        x->odd_wanted = ODD_FIRST;
    if (!x->known)
        return false;
    x->score += 1;
    if (x->score < score_most + score_served * (double)width)
        return true;
    *x = (struct seek_strays){ .odd_wanted = wanted < ODD_MOST ? 2 * wanted
                                                               : ODD_MOST };
    return false;
}
