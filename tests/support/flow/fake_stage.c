/*
 * The fake of fake_stage.h: what its service answers, by the script in struct
 * fake, and the host, whose clock moves when somebody sleeps.
 */
#include "config.h"
#include "tests/support/flow/fake_stage.h"
#include "tests/support/tap.h"

#include <stdlib.h>

static size_t fake_cut(void *ctx, const struct item *item, size_t n,
                       double *tokens)
{
    struct fake *f = ctx;
    size_t most = ceiling_docs(&f->ceiling, 0);

    (void)item;
    *tokens = 0;
    if (f->cut && (most == 0 || f->cut < most))
        most = f->cut;
    return most && n > most ? most : n;
}

static bool next_failure(struct fake *f, struct error *err)
{
    if (f->errors > 0 || f->sick) {
        f->errors -= !f->sick;
        *err = f->err;
        return true;
    }
    if (f->thens == 0)
        return false;
    f->thens--;
    *err = f->then;
    return true;
}

struct error fake_failure(enum error_kind kind)
{
    struct error err;

    error_set(&err, kind, 0, "scripted");
    return err;
}

static void settle(struct fake *f, struct request *rq)
{
    struct error away;

    error_set(&away, ERROR_LIMITED, 429, "queue is full");
    rq->stored = f->odd_away ? rq->n / 2 : rq->n;
    for (size_t i = 0; i < rq->n; i++) {
        size_t at = rq->item[i].at;

        assert_int_equal(f->fate[at], WAITING);
        if (f->odd_away && at % 2)
            dispatch_item(&f->dispatch, rq, &rq->item[i], &away);
        else
            f->fate[at] = SENT;
    }
}

static bool poisoned(const struct fake *f, size_t first, size_t n)
{
    size_t end = first + n;

    if (f->every && end / f->every > first / f->every)
        return true;
    return f->poison >= first && f->poison < end;
}

static bool fake_send(struct dispatch *d, struct request *rq,
                      struct error *err)
{
    struct fake *f = d->ctx;

    rq->bytes = rq->n * BYTES_EACH;
    f->last = rq->n;
    f->largest = rq->n > f->largest ? rq->n : f->largest;
    if (++f->requests == f->stop_at) {
        f->stopping = true;
        return error_set(err, ERROR_STOPPED, 0, "we were asked to stop");
    }
    if (next_failure(f, err))
        return false;
    if (f->most && rq->n > f->most) {
        *err = f->most_err;
        return false;
    }
    if (poisoned(f, rq->item->at, rq->n)) {
        *err = f->poison_err;
        return false;
    }
    settle(f, rq);
    return true;
}

static enum proof fake_prove(void *ctx, size_t texts, struct error *err)
{
    struct fake *f = ctx;

    f->proofs++;
    f->proof_texts = texts;
    if (!f->sick || f->proof != PROOF_SERVED)
        return f->proof; /* a store that stores nothing can be asked */
    *err = f->err;
    return PROOF_REFUSED;
}

static void fake_fail(void *ctx, const struct item *item,
                      const struct error *err)
{
    struct fake *f = ctx;
    size_t i = item->at;

    assert_int_equal(f->fate[i], WAITING);
    f->fate[i] = FAILED;
    f->why[i] = err->kind;
}

static bool fake_defer(void *ctx, const struct item *item,
                       const struct error *err, int64_t delay_ms,
                       unsigned flags)
{
    struct fake *f = ctx;
    size_t i = item->at;

    if (f->no_room > 0) {
        f->no_room--;
        return false;
    }
    assert_int_equal(f->fate[i], WAITING);
    f->fate[i] = DEFERRED;
    f->why[i] = err->kind;
    f->delay_ms = delay_ms;
    f->flags = flags;
    f->deferrals++;
    return true;
}

const struct dispatch_ops fake_ops = {
    .cut = fake_cut, .send = fake_send, .prove = fake_prove,
    .proof_is_work = true
}, fake_store_ops = {
    .cut = fake_cut, .send = fake_send, .prove = fake_prove
}, fake_mute_ops = {
    .cut = fake_cut, .send = fake_send
};

static int64_t host_now(void *host)
{
    return ((struct fake *)host)->now_ms;
}

static int64_t host_now_us(void *host)
{
    return host_now(host) * 1000;
}

static double host_chance(void *host)
{
    (void)host;
    return 0.5;
}

static bool host_go(void *host, double tokens)
{
    (void)tokens;
    return !((struct fake *)host)->stopping;
}

static void host_sleep(void *host, int64_t ms)
{
    ((struct fake *)host)->now_ms += ms;
}

/* The operator is quick: he mends it and resumes, or ends the run. */
static void host_hold(void *host, const struct error *err)
{
    struct fake *f = host;

    (void)err;
    f->held++;
    f->sick = false;
    f->stopping = !f->mend;
    gate_reset(f->dispatch.gate, f->now_ms);
    witness_mended(&f->witness);
}

static bool host_elsewhere(void *host)
{
    return ((struct fake *)host)->elsewhere;
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

static void host_waits(void *host, const struct error *err)
{
    (void)host, (void)err;
}

static void host_ended(void *host, const struct error *err)
{
    (void)err;
    ((struct fake *)host)->ended++;
}

static const struct dispatch_host fake_host = {
    .now_ms = host_now, .now_us = host_now_us,
    .chance = host_chance, .go = host_go,
    .sleep = host_sleep, .state = host_state, .elsewhere = host_elsewhere,
    .sent = host_sent, .waits = host_waits, .hold = host_hold,
    .end = host_ended, .fail = fake_fail, .defer = fake_defer
};

int fake_setup(void **state)
{
    struct fake *f = calloc(1, sizeof *f);

    if (!f)
        return -1;
    f->poison = SIZE_MAX;
    error_set(&f->poison_err, ERROR_REFUSED, 400, "poison");
    error_set(&f->most_err, ERROR_SIZE, 413, "too large");
    f->proof = PROOF_SERVED;
    f->now_ms = 1000000;
    f->dispatch = (struct dispatch){
        .ops = &fake_ops, .host = &fake_host, .ctx = f,
        .gate = gate_new(0, 0, 0), .ceiling = &f->ceiling,
        .witness = &f->witness, .retries = 5
    };
    f->batch.docs = f->docs;
    for (size_t i = 0; i < ITEMS_MAX; i++)
        f->items[i] = (struct item){ &f->batch, i };
    f->reply.n = 10;
    *state = f;
    return f->dispatch.gate ? 0 : -1;
}

int fake_teardown(void **state)
{
    struct fake *f = *state;

    gate_free(f->dispatch.gate);
    free(f);
    return 0;
}

bool fake_go(struct fake *f, size_t n)
{
    return dispatch(&f->dispatch, f->items, n);
}

size_t fake_tally(const struct fake *f, enum fate fate)
{
    size_t n = 0;

    for (size_t i = 0; i < ITEMS_MAX; i++)
        n += f->fate[i] == fate;
    return n;
}

/* The worker's endpoint is out. */
void fake_break_down(struct fake *f, const struct error *err)
{
    enum gate_why why;

    for (int i = 0; i < GATE_TRIP; i++) {
        struct gate_ticket t = { .requests = 1 };

        assert_int_equal(gate_enter(f->dispatch.gate, &t, f->now_ms, &why), 0);
        gate_leave(f->dispatch.gate, &t, &(struct gate_answer){ .err = err },
                   f->now_ms);
    }
}

/* What waits for its next try, each alone, one after the other. */
bool fake_retry_deferred(struct fake *f)
{
    for (size_t i = 0; i < ITEMS_MAX; i++) {
        if (f->fate[i] != DEFERRED)
            continue;
        f->fate[i] = WAITING;
        f->docs[i].tries++;
        if (!dispatch(&f->dispatch, &f->items[i], 1))
            return false;
    }
    return true;
}
