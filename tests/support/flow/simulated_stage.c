/*
 * The stage of a simulation: what dispatch() asks of a stage and of its host,
 * and the workers, each on a stack of its own.
 */
#include "config.h"
#include "tests/support/flow/simulated.h"

#include <string.h>

void sim_pass(struct worker *w, int64_t ms)
{
    struct sim *s = w->sim;

    w->wake_ms = s->now_ms + (ms > 0 ? ms : 0);
    swapcontext(&w->context, &s->scheduler);
}

/* ---- the stage ---- */

static size_t sim_cut(void *ctx, const struct item *item, size_t n,
                      double *tokens)
{
    struct sim *s = ((struct worker *)ctx)->sim;
    size_t docs = ceiling_docs(&s->ceiling, 0), bytes = 0, i;
    size_t size = ceiling_size(&s->ceiling, 0);

    for (i = 0; i < n; i++) {
        size_t more = s->doc[item[i].at].bytes;

        if (i > 0 && item_goes_apart(&item[i]))
            break;
        if (i > 0 && ((docs && i >= docs) || (size && bytes + more > size)))
            break;
        bytes += more;
    }
    *tokens = (double)bytes / 4;
    return i;
}

static bool sim_send(struct dispatch *dispatch, struct request *rq,
                     struct error *err)
{
    struct worker *w = dispatch->ctx;
    struct sim *s = w->sim;

    if (++s->requests > REQUESTS_MOST)
        sim_wrong(s, "requests without an end");
    if (!sim_serve(w, rq, err)) {
        s->failures++;
        return false;
    }
    for (size_t i = 0; i < rq->n; i++) {
        struct document *d = &s->doc[rq->item[i].at];

        if (d->fate != OPEN || d->in_redo)
            sim_wrong(s, "a document was served twice");
        if (d->poison)
            sim_wrong(s, "a poisoned document was served");
        d->fate = SERVED;
        s->open--;
    }
    return true;
}

static enum proof sim_prove(void *ctx, size_t texts, struct error *err)
{
    struct worker *w = ctx;
    struct sim *s = w->sim;

    (void)texts;
    s->proofs++;
    sim_pass(w, s->base_ms);
    if (sim_hour_is_bad(s, err) || sim_over_rate(s, err))
        return PROOF_REFUSED;
    return s->proof;
}

static void sim_fail(void *ctx, const struct item *item,
                     const struct error *err)
{
    struct worker *w = ctx;
    struct document *d = &w->sim->doc[item->at];

    (void)err;
    if (d->fate != OPEN || d->in_redo)
        sim_wrong(w->sim, "a document had two ends");
    if (!d->poison)
        sim_wrong(w->sim, "a healthy document failed");
    d->fate = FAILED;
    w->sim->open--;
}

static bool sim_defer(void *ctx, const struct item *item,
                      const struct error *err, int64_t delay_ms,
                      unsigned flags)
{
    struct sim *s = ((struct worker *)ctx)->sim;
    struct document *d = &s->doc[item->at];

    (void)err;
    if (s->in_redo >= s->redo_most)
        return false;
    d->in_redo = true;
    s->in_redo++;
    d->due_ms = s->now_ms + delay_ms;
    if (flags & DEFER_COUNTS)
        item_doc(item)->tries++;
    if (flags & DEFER_ALONE)
        item_doc(item)->flags |= DOC_ALONE;
    return true;
}

static const struct dispatch_ops work_ops = {
    .cut = sim_cut, .send = sim_send, .prove = sim_prove,
    .proof_is_work = true
}, answer_ops = {
    .cut = sim_cut, .send = sim_send, .prove = sim_prove
}, mute_ops = {
    .cut = sim_cut, .send = sim_send
};

/* ---- the host ---- */

static int64_t host_now(void *host)
{
    return ((struct worker *)host)->sim->now_ms;
}

static int64_t host_now_us(void *host)
{
    return host_now(host) * 1000;
}

static double host_chance(void *host)
{
    return (double)sim_roll(((struct worker *)host)->sim, 1000) / 1000;
}

/* Whoever comes first behind a hold is the hand. */
static bool host_go(void *host, double tokens)
{
    struct worker *w = host;
    struct sim *s = w->sim;

    (void)tokens;
    while (s->held_until_ms > s->now_ms)
        sim_pass(w, s->held_until_ms - s->now_ms);
    if (s->held_until_ms) {
        s->held_until_ms = 0;
        if (s->trouble >= ARREARS)
            s->trouble = CALM;
        gate_reset(s->gate, s->now_ms);
        witness_mended(&s->witness);
    }
    return !s->wrong;
}

static void host_sleep(void *host, int64_t ms)
{
    sim_pass(host, ms);
}

static void host_hold(void *host, const struct error *err)
{
    struct sim *s = ((struct worker *)host)->sim;

    (void)err;
    if (s->held_until_ms)
        return;
    s->holds++;
    s->held_until_ms = s->now_ms + HAND_MS;
}

static bool host_elsewhere(void *host)
{
    (void)host;
    return false;
}

static void host_state(void *host, enum worker_state state, int64_t wait_ms,
                       const char *reason)
{
    (void)host, (void)state, (void)wait_ms, (void)reason;
}

static void host_sent(void *host, size_t taken, int64_t took_us, bool fine)
{
    (void)host, (void)taken, (void)took_us, (void)fine;
}

static void host_told(void *host, const struct error *err)
{
    (void)host, (void)err;
}

static const struct dispatch_host virtual_host = {
    .now_ms = host_now, .now_us = host_now_us,
    .chance = host_chance, .go = host_go,
    .sleep = host_sleep, .state = host_state, .elsewhere = host_elsewhere,
    .sent = host_sent, .waits = host_told, .hold = host_hold,
    .end = host_told, .fail = sim_fail, .defer = sim_defer
};

/* ---- the workers ---- */

static void take(struct worker *w, size_t i)
{
    w->item[w->items++] = (struct item){ &w->sim->all, i };
}

/* What is due comes first, as the ticker brings it. */
static void next_batch(struct worker *w)
{
    struct sim *s = w->sim;

    for (size_t i = 0; i < s->count && w->items < s->batch; i++) {
        struct document *d = &s->doc[i];

        if (!d->in_redo || d->due_ms > s->now_ms)
            continue;
        d->in_redo = false;
        s->in_redo--;
        take(w, i);
    }
    if (w->items == 0 || s->refills)
        while (s->next < s->count && w->items < s->batch)
            take(w, s->next++);
}

/* As an embedder, the whole batch; as an upserter, one request's worth of what
 * it has, and the rest stays in front. */
static bool bring_through(struct worker *w)
{
    size_t done = w->items;
    bool fine = w->sim->refills
                    ? dispatch_request(&w->dispatch, w->item, w->items, &done)
                    : dispatch(&w->dispatch, w->item, w->items);

    w->items -= done;
    memmove(w->item, w->item + done, w->items * sizeof *w->item);
    return fine;
}

static void work(struct worker *w)
{
    struct sim *s = w->sim;

    while (s->open > 0 && !s->wrong) {
        next_batch(w);
        if (w->items == 0)
            sim_pass(w, 100);
        else if (!bring_through(w))
            break;
        if (s->now_ms > 48 * (int64_t)HOUR_MS)
            sim_wrong(s, "two days are over and it has no end");
    }
    w->over = true;
    for (;;)
        swapcontext(&w->context, &s->scheduler);
}

static void work_of(unsigned high, unsigned low)
{
    work((struct worker *)(uintptr_t)(((uint64_t)high << 32) | low));
}

void sim_run(struct sim *s)
{
    for (;;) {
        struct worker *first = NULL;

        for (size_t i = 0; i < s->workers; i++)
            if (!s->worker[i].over &&
                (!first || s->worker[i].wake_ms < first->wake_ms))
                first = &s->worker[i];
        if (!first)
            return;
        if (first->wake_ms > s->now_ms)
            s->now_ms = first->wake_ms;
        swapcontext(&s->scheduler, &first->context);
    }
}

static void make_worker(struct sim *s, struct worker *w)
{
    uint64_t self = (uintptr_t)w;

    w->sim = s;
    w->dispatch = (struct dispatch){
        .ops = s->proof == PROOF_SERVED    ? &work_ops
               : s->proof == PROOF_ANSWERS ? &answer_ops
                                           : &mute_ops,
        .host = &virtual_host, .ctx = w, .gate = s->gate,
        .ceiling = &s->ceiling, .witness = &s->witness,
        .retries = s->retries
    };
    getcontext(&w->context);
    w->context.uc_stack.ss_sp = w->stack;
    w->context.uc_stack.ss_size = STACK_BYTES;
    makecontext(&w->context, (void (*)(void))work_of, 2,
                (unsigned)(self >> 32), (unsigned)self);
}

void sim_make_workers(struct sim *s)
{
    s->workers = 1 + sim_roll(s, SIM_WORKERS);
    for (size_t i = 0; i < s->workers; i++)
        make_worker(s, &s->worker[i]);
}
