/* This file moves the clock from event to event: a request that comes back, a
 * worker that asks again. What a service does with a request is in
 * closed_service.c. */
#include "config.h"
#include "tests/support/flow/closed_loop_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/clock.h"
#include "tests/support/tap.h"

enum { SLICE_US = 250000, ASK_US = 1000, NEVER = 0 };

double loop_unit(struct loop *l)
{
    uint64_t x = l->random += 0x9e3779b97f4a7c15u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    return (double)(x >> 11) / 9007199254740992.0;
}

static int64_t loop_ms(const struct loop *l)
{
    return l->now_us / 1000 + l->epoch_ms;
}

/* ---- events: a heap by instant ---- */

static bool event_before(const struct event *a, const struct event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void loop_swap(struct loop *l, size_t a, size_t b)
{
    struct event x = l->event[a];

    l->event[a] = l->event[b];
    l->event[b] = x;
}

static void loop_at(struct loop *l, int64_t at_us, size_t stage, size_t worker)
{
    size_t i = l->events++;

    assert_true(i < sizeof l->event / sizeof l->event[0]);
    l->event[i] = (struct event){ at_us, l->order++, stage, worker };
    for (; i > 0 && event_before(&l->event[i], &l->event[(i - 1) / 2]);
         i = (i - 1) / 2)
        loop_swap(l, i, (i - 1) / 2);
}

static struct event loop_pop(struct loop *l)
{
    struct event first = l->event[0];

    l->event[0] = l->event[--l->events];
    for (size_t i = 0, child; (child = 2 * i + 1) < l->events; i = child) {
        child += child + 1 < l->events &&
                 event_before(&l->event[child + 1], &l->event[child]);
        if (!event_before(&l->event[child], &l->event[i]))
            break;
        loop_swap(l, i, child);
    }
    return first;
}

/* ---- what a worker has to do ---- */

static bool loop_paused(const struct loop *l)
{
    double s = (double)l->now_us / 1e6;

    return s >= l->plan->pause_from_s && s < l->plan->pause_to_s;
}

static size_t loop_batch(const struct loop_stage *st)
{
    size_t docs = st->gate ? gate_batch(st->gate) : 0;

    return docs ? docs : st->plan->docs ? st->plan->docs : 1;
}

/* A batch for the first stage, if there is one. */
static bool loop_source(struct loop *l)
{
    double came = l->plan->source_per_s * (double)l->now_us / 1e6;

    if (l->plan->source_per_s > 0 && (double)l->taken + 1 > came)
        return false;
    if (l->plan->pool && l->in_pool >= l->plan->pool)
        return false;
    l->taken++;
    l->in_pool++;
    return true;
}

/* A batch that was read when those before it had yet to be taken. */
static size_t loop_read_ahead(struct loop *l, struct loop_stage *st)
{
    size_t docs;

    while (st->queued <= l->plan->read_ahead)
        st->queue[(st->first + st->queued++) % LOOP_QUEUE] = loop_batch(st);
    docs = st->queue[st->first];
    st->first = (st->first + 1) % LOOP_QUEUE;
    st->queued--;
    return docs;
}

static bool loop_take(struct loop *l, size_t stage, struct loop_worker *w)
{
    struct loop_stage *st = &l->stage[stage];

    if (stage == 0) {
        if (!loop_source(l))
            return false;
        w->docs = loop_read_ahead(l, st);
    } else {
        if (st->queued == 0)
            return false;
        w->docs = st->queue[st->first];
        st->first = (st->first + 1) % LOOP_QUEUE;
        st->queued--;
    }
    return true;
}

static bool loop_hand_on(struct loop *l, size_t stage, struct loop_worker *w)
{
    struct loop_stage *next = &l->stage[stage + 1];

    if (stage + 1 == l->plan->stages) {
        l->in_pool--;
        return true;
    }
    if (next->queued >= l->plan->queue)
        return false;
    next->queue[(next->first + next->queued++) % LOOP_QUEUE] = w->docs;
    return true;
}

static void loop_told_of_wait(struct loop *l, struct loop_stage *st,
                              struct loop_worker *w, enum seek_unfair why)
{
    int64_t us = l->now_us - w->since_us;

    w->since_us = l->now_us;
    if (st->gate && us > 0)
        gate_seek_unfair(st->gate, why, us);
}

static void loop_send(struct loop *l, size_t stage, size_t i)
{
    struct loop_stage *st = &l->stage[stage];
    struct loop_worker *w = &st->worker[i];

    st->in_flight++;
    if (st->in_flight > st->out->most_in_flight)
        st->out->most_in_flight = st->in_flight;
    w->sent_us = l->now_us;
    w->sent_docs = w->docs < w->part ? w->docs : w->part;
    if (st->plan->service.singles > 0 &&
        loop_unit(l) < st->plan->service.singles)
        w->sent_docs = 1;
    w->answer = service_serve(l, st, w);
    w->state = BUSY;
    loop_at(l, w->answer.at_us, stage, i);
}

static void loop_ask(struct loop *l, size_t stage, size_t i)
{
    struct loop_stage *st = &l->stage[stage];
    struct loop_worker *w = &st->worker[i];
    enum gate_why why;
    int64_t wait;

    if (loop_paused(l)) {
        if (w->state != PAUSED)
            w->since_us = l->now_us;
        w->state = PAUSED;
        loop_at(l, l->now_us + 10 * ASK_US, stage, i);
        return;
    }
    if (w->state == PAUSED)
        loop_told_of_wait(l, st, w, SEEK_PAUSED);
    if (!st->gate && l->now_us < st->named_us) {
        w->state = ASKING;
        loop_at(l, st->named_us, stage, i);
        return;
    }
    if (!st->gate) {
        loop_send(l, stage, i);
        return;
    }
    w->ticket.requests = 1;
    wait = gate_enter(st->gate, &w->ticket, loop_ms(l), &why);
    if (wait <= 0) {
        loop_send(l, stage, i);
        return;
    }
    w->state = ASKING;
    loop_at(l, l->now_us + (wait < 1000 ? wait : 1000) * 1000, stage, i);
}

/* Workers that wait outside for an endpoint look again then. */
static void loop_wake(struct loop *l, size_t stage, int64_t wait_ms)
{
    struct loop_stage *st = &l->stage[stage];
    int64_t at = l->now_us + (wait_ms < 250 ? wait_ms : 250) * 1000;

    if (st->wake_us > l->now_us && st->wake_us <= at)
        return;
    st->wake_us = at;
    loop_at(l, at, WAKE, stage);
}

/* How many workers take batches. */
static size_t loop_width(struct loop *l, struct loop_stage *st)
{
    size_t width = st->gate ? gate_width(st->gate) : st->plan->fixed;

    if (l->plan->lags && st->width && width > st->width)
        width = st->width;
    return width < st->workers ? width : st->workers;
}

/* Everybody who may take a batch does. */
static void loop_fill(struct loop *l, size_t stage)
{
    struct loop_stage *st = &l->stage[stage];
    size_t width = loop_width(l, st);

    if (st->gate) {
        enum gate_why why;

        int64_t wait = gate_closed_ms(st->gate, loop_ms(l), &why);

        if (wait > 0) {
            loop_wake(l, stage, wait);
            return;
        }
    }
    for (size_t i = 0; i < width; i++) {
        struct loop_worker *w = &st->worker[i];

        if (w->state == BLOCKED && loop_hand_on(l, stage, w)) {
            loop_told_of_wait(l, st, w, SEEK_BLOCKED);
            w->state = OFF;
        }
        if (w->state != OFF && w->state != STARVED)
            continue;
        if (!loop_take(l, stage, w)) {
            if (w->state == OFF)
                w->since_us = l->now_us;
            w->state = STARVED;
            continue;
        }
        if (w->state == STARVED)
            loop_told_of_wait(l, st, w, SEEK_STARVED);
        w->part = w->part ? w->part : SIZE_MAX;
        w->state = ASKING;
        memset(&w->ticket, 0, sizeof w->ticket);
        loop_ask(l, stage, i);
    }
}

/* Documents that requests may hold: a ration, if there is one. */
static size_t loop_held(struct loop *l, struct loop_stage *st)
{
    const struct stage_plan *p = st->plan;
    struct ration_now now = { .ms = loop_ms(l), .served = st->out->documents,
                              .in_flight = st->in_flight,
                              .allowed = st->bound, .most = p->docs_held,
                              .least = p->docs_unproved };
    struct gate_stats g;

    if (p->docs_unproved == 0)
        return p->docs_held;
    gate_stats(st->gate, now.ms, &g);
    now.wanted = g.seek.width;
    now.latency_ms = g.seek.latency_ms;
    return ration_follow(&st->ration, &now);
}

/* Larger requests hold more memory, so fewer are allowed. A ration moves that
 * by a quarter at least. */
static void loop_bound(struct loop *l, struct loop_stage *st)
{
    struct seek_bounds b = st->plan->bounds;
    size_t most;

    if (!st->gate || st->plan->docs_held == 0)
        return;
    most = loop_held(l, st) / loop_batch(st);
    if (most == 0 || most == st->bound ||
        (st->plan->docs_unproved && most * 5 > st->bound * 4 &&
         most * 4 < st->bound * 5))
        return;
    st->bound = most;
    if (most < b.width.most)
        b.width.most = most;
    gate_seek(st->gate, &b, loop_ms(l));
}

/* Slices of long waits, and those who went beyond the width. */
static void loop_tick(struct loop *l)
{
    for (size_t s = 0; s < l->plan->stages; s++) {
        struct loop_stage *st = &l->stage[s];
        size_t width = st->gate ? gate_width(st->gate) : st->plan->fixed;

        loop_bound(l, st);
        st->width = width;
        for (size_t i = 0; i < st->workers; i++) {
            struct loop_worker *w = &st->worker[i];

            if (w->state == BLOCKED && loop_hand_on(l, s, w))
                w->state = OFF;
            if (w->state == STARVED && i >= width)
                w->state = OFF;
            if (w->state == STARVED)
                loop_told_of_wait(l, st, w, SEEK_STARVED);
            if (w->state == BLOCKED)
                loop_told_of_wait(l, st, w, SEEK_BLOCKED);
        }
        st->out->mean_width += (double)(width < LOOP_WORKERS ? width
                                                             : LOOP_WORKERS);
    }
    l->ticks++;
}

/* ---- what comes back ---- */

static void loop_count(struct loop *l, struct loop_stage *st,
                       struct loop_worker *w)
{
    size_t bin = (size_t)(l->now_us / 1000 / LOOP_BIN_MS);

    if (w->answer.fine) {
        st->out->served++;
        st->out->documents += w->sent_docs;
        if (bin < sizeof st->out->bin / sizeof st->out->bin[0])
            st->out->bin[bin] += w->sent_docs;
    } else if (w->answer.err.kind == ERROR_LIMITED) {
        st->out->refused++;
    } else if (w->answer.err.kind == ERROR_SIZE) {
        st->out->too_large++;
    } else {
        st->out->failed++;
    }
}

/* Where refusals are stray, a time that is named is all there is to heed. */
static void loop_heed(const struct loop *l, struct loop_stage *st,
                      const struct loop_worker *w)
{
    int64_t named_ms = st->plan->service.retry_after_ms;

    if (!w->answer.fine && named_ms && st->plan->service.strays > 0)
        st->named_us = l->now_us + named_ms * 1000;
}

static void loop_leave(struct loop *l, struct loop_stage *st,
                       struct loop_worker *w)
{
    struct gate_answer a = { .err = w->answer.fine ? NULL : &w->answer.err,
                             .documents = w->answer.fine ? w->sent_docs : 0,
                             .took_us = l->now_us - w->sent_us,
                             .chance = loop_unit(l) };

    st->in_flight--;
    loop_count(l, st, w);
    if (!st->gate) {
        loop_heed(l, st, w);
        return;
    }
    if (w->answer.fine && st->plan->service.headers)
        gate_pace(st->gate, &w->answer.pace, 0, loop_ms(l));
    gate_leave(st->gate, &w->ticket, &a, loop_ms(l));
}

static void loop_answer(struct loop *l, size_t stage, size_t i)
{
    struct loop_stage *st = &l->stage[stage];
    struct loop_worker *w = &st->worker[i];

    loop_leave(l, st, w);
    if (!w->answer.fine && w->answer.err.kind == ERROR_SIZE)
        w->part = (w->sent_docs + 1) / 2; /* the ceiling learns it */
    if (w->answer.fine && w->sent_docs < w->docs) {
        w->docs -= w->sent_docs; /* the rest of the batch */
        w->answer.fine = false;
    }
    if (!w->answer.fine) {
        w->state = ASKING;
        memset(&w->ticket, 0, sizeof w->ticket);
        loop_ask(l, stage, i);
        return;
    }
    w->since_us = l->now_us;
    w->state = BLOCKED;
    if (loop_hand_on(l, stage, w))
        w->state = OFF;
    if (w->state == OFF && st->plan->cpu_ms > 0) {
        w->state = WORKING;
        loop_at(l, l->now_us + (int64_t)(st->plan->cpu_ms * 1000), stage, i);
    }
}

static void loop_trace(struct loop *l)
{
    for (size_t s = 0; s < l->plan->stages; s++) {
        struct seek_stats x;
        struct gate_stats g;

        if (!l->stage[s].gate)
            continue;
        gate_stats(l->stage[s].gate, loop_ms(l), &g);
        x = g.seek;
        print_message("%8.2f s stage %zu %-14s width %zu (%zu) batch %zu "
                      "in %zu  %.1f/s  %.0f/%.0f ms pace %.1f ref %llu  %s\n",
                      (double)l->now_us / 1e6, s, seek_phase_word(x.phase),
                      x.width, x.tried, x.batch, l->stage[s].in_flight,
                      x.docs_per_s, x.unloaded_ms, x.latency_ms, x.per_s,
                      (unsigned long long)l->stage[s].out->refused, x.reason);
    }
}

static void loop_step(struct loop *l)
{
    struct event e = loop_pop(l);
    struct loop_worker *w;

    l->now_us = e.at_us;
    if (e.stage == TICK) {
        loop_tick(l);
        if (l->plan->trace)
            loop_trace(l);
        loop_at(l, l->now_us + SLICE_US, TICK, 0);
    } else if (e.stage != WAKE) {
        w = &l->stage[e.stage].worker[e.worker];
        if (w->state == BUSY)
            loop_answer(l, e.stage, e.worker);
        else if (w->state == WORKING)
            w->state = OFF;
        else if (w->state == ASKING || w->state == PAUSED)
            loop_ask(l, e.stage, e.worker);
    }
    for (size_t s = l->plan->stages; s-- > 0;)
        loop_fill(l, s);
}

static void loop_open(struct loop *l, const struct loop_plan *plan,
                      struct loop_outcome out[LOOP_STAGES])
{
    *l = (struct loop){ .plan = plan,
                        .random = plan->seed * 7919 + 17,
                        .epoch_ms = clock_ms() + 1000 };
    memset(out, 0, LOOP_STAGES * sizeof *out);
    for (size_t s = 0; s < plan->stages; s++) {
        struct loop_stage *st = &l->stage[s];

        st->plan = &plan->stage[s];
        st->out = &out[s];
        st->workers = st->plan->workers ? st->plan->workers : LOOP_WORKERS;
        st->bucket = st->plan->service.burst;
        st->documents = st->plan->service.tpm / 60;
        if (st->plan->fixed)
            continue;
        st->gate = gate_new(st->plan->rpm, 0, 0);
        assert_non_null(st->gate);
        gate_set_rate(st->gate, st->plan->rpm, 0, loop_ms(l));
        gate_seek(st->gate, &st->plan->bounds, loop_ms(l));
    }
    loop_at(l, 0, TICK, 0);
}

static void loop_close(struct loop *l)
{
    for (size_t s = 0; s < l->plan->stages; s++) {
        struct loop_stage *st = &l->stage[s];
        struct gate_stats g;

        st->out->mean_width /= (double)l->ticks;
        if (!st->gate)
            continue;
        gate_stats(st->gate, loop_ms(l), &g);
        st->out->seek = g.seek;
        gate_knee(st->gate, &st->out->knee);
        gate_free(st->gate);
    }
}

void loop_run(const struct loop_plan *plan, struct loop_outcome out[LOOP_STAGES])
{
    struct loop *l = calloc(1, sizeof *l);

    assert_non_null(l);
    loop_open(l, plan, out);
    while (l->now_us < (int64_t)(plan->seconds * 1e6))
        loop_step(l);
    loop_close(l);
    free(l);
}
