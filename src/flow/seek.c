/* This file finds how many requests an endpoint wants in flight. So far as TCP
 * does: one more for each answer until the service refuses, then half, then one
 * more for each round that succeeds. */
#include "config.h"
#include "flow/seek.h"

#include <stdio.h>

enum { FIRST_WIDTH = 2, WINDOW_MAX = 64, BURST_MS = 500 };

const char *seek_phase_word(enum seek_phase phase)
{
    static const char *const words[] = {
        [SEEK_PINNED] = "pinned",
        [SEEK_STARTING] = "starting",
        [SEEK_CRUISING] = "cruising",
        [SEEK_TRYING_MORE] = "trying more",
        [SEEK_TRYING_FEWER] = "trying fewer",
        [SEEK_TRYING_LARGER] = "trying larger",
        [SEEK_TRYING_SMALLER] = "trying smaller",
        [SEEK_REFUSED] = "refused",
        [SEEK_PACED] = "paced"
    };

    return words[phase];
}

static size_t seek_least(size_t a, size_t most)
{
    return most && (a == 0 || a > most) ? most : a;
}

void seek_init(struct seek *s, size_t concurrent)
{
    *s = (struct seek){ .bounds.width = { .most = concurrent,
                                          .pinned = concurrent },
                        .width = concurrent };
}

static void seek_bound_width(struct seek *s, const struct seek_range *r)
{
    bool begins = !s->seeks || r->start != s->bounds.width.start;

    s->seeks = r->pinned == 0;
    if (!s->seeks) {
        s->width = seek_least(r->pinned, r->most);
        s->phase = SEEK_PINNED;
        return;
    }
    s->window = 0;
    if (begins) {
        s->width = r->start ? r->start : FIRST_WIDTH;
        s->phase = r->start ? SEEK_CRUISING : SEEK_STARTING;
    }
    s->width = seek_least(s->width, r->most);
}

static void seek_bound_batch(struct seek *s, const struct seek_range *r)
{
    if (r->pinned)
        s->batch = r->pinned;
    else if (s->batch == 0 || r->start != s->bounds.batch.start ||
             r->start == 0)
        s->batch = r->start;
    if (s->batch)
        s->batch = seek_least(s->batch, r->most);
}

void seek_bound(struct seek *s, const struct seek_bounds *bounds,
                int64_t now_ms)
{
    (void)now_ms;
    seek_bound_width(s, &bounds->width);
    seek_bound_batch(s, &bounds->batch);
    s->bounds = *bounds;
    s->mark++;
}

size_t seek_width(const struct seek *s)
{
    size_t window = (size_t)s->window;

    if (window && (!s->width || window < s->width))
        return window;
    return s->width;
}

int64_t seek_wait(const struct seek *s, int64_t now_ms)
{
    (void)s;
    (void)now_ms;
    return 0;
}

void seek_sent(struct seek *s, struct seek_ticket *t, size_t in_flight,
               int64_t now_ms)
{
    (void)now_ms;
    t->mark = s->mark;
    t->beside = (uint32_t)in_flight;
}

static double seek_smooth(double old, double value)
{
    return old > 0 ? old + (value - old) / 8 : value;
}

static void seek_widen(struct seek *s)
{
    size_t most = s->bounds.width.most;

    if (s->seeks && s->window <= 0) {
        if (s->phase == SEEK_STARTING && (!most || s->width < most) &&
            s->width < WINDOW_MAX)
            s->width++;
        return;
    }
    if (s->window <= 0)
        return;
    s->window += 1 / s->window;
    if (s->window >= WINDOW_MAX || (most && s->window >= (double)most)) {
        s->window = 0;
        s->phase = s->seeks ? SEEK_CRUISING : SEEK_PINNED;
    }
}

void seek_served(struct seek *s, const struct seek_ticket *t,
                 size_t documents, int64_t took_us, int64_t now_ms)
{
    int64_t ms = now_ms - s->now.from_ms;

    (void)t;
    s->latency_us = seek_smooth(s->latency_us, (double)took_us);
    if (s->unloaded_us <= 0 || (double)took_us < s->unloaded_us)
        s->unloaded_us = (double)took_us;
    s->now.documents += documents;
    if (ms >= 1000) {
        s->docs_per_s = (double)s->now.documents * 1000 / (double)ms;
        s->now = (struct seek_window){ .from_ms = now_ms };
    }
    seek_widen(s);
}

int64_t seek_refused(struct seek *s, const struct seek_ticket *t,
                     size_t in_flight, int64_t now_ms)
{
    double under_way = (double)in_flight + 1;

    (void)now_ms;
    if (t->mark != s->mark)
        return 0; /* it was sent before we narrowed */
    if (s->window <= 0 || under_way < s->window)
        s->window = under_way;
    s->window = s->window < 2 ? 1 : s->window / 2;
    s->phase = SEEK_REFUSED;
    s->mark++;
    return BURST_MS;
}

void seek_failed(struct seek *s, const struct seek_ticket *t, int64_t now_ms)
{
    (void)t;
    (void)now_ms;
    s->now.failures++;
}

void seek_unfair(struct seek *s, enum seek_unfair why, int64_t us)
{
    s->now.unfair_us += (double)us;
    s->unfair = why;
}

void seek_reset(struct seek *s, int64_t now_ms)
{
    s->now = (struct seek_window){ .from_ms = now_ms };
    s->window = 0;
    if (s->phase == SEEK_REFUSED)
        s->phase = s->seeks ? SEEK_CRUISING : SEEK_PINNED;
    s->mark++;
}

void seek_stats(const struct seek *s, int64_t now_ms, struct seek_stats *out)
{
    (void)now_ms;
    *out = (struct seek_stats){ .phase = s->phase,
                                .width = seek_width(s),
                                .batch = s->batch,
                                .docs_per_s = s->docs_per_s,
                                .unloaded_ms = s->unloaded_us / 1000,
                                .latency_ms = s->latency_us / 1000 };
    if (s->seeks && s->phase != SEEK_STARTING)
        out->knee = out->width;
    if (s->phase == SEEK_REFUSED)
        snprintf(out->reason, sizeof out->reason, "refused above %zu",
                 out->width);
}
