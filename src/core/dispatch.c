#include "config.h"
#include "core/dispatch.h"

#include <errno.h>
#include <stdio.h>

#include "core/prepare.h"
#include "core/worker.h"
#include "net/backoff.h"
#include "sys/clock.h"

enum { NO_ROOM_MS = 200 };

static const char *remedy_for(enum error_kind kind)
{
    switch (kind) {
    case ERROR_AUTH:
        return "mend the key, then p resumes";
    case ERROR_QUOTA:
        return "see to the account, then p resumes";
    case ERROR_CONFIG:
        return "mend it and p resumes, or stop and start with other options";
    default:
        return "p resumes";
    }
}

static bool passes_later(enum error_kind kind)
{
    return kind == ERROR_NETWORK || kind == ERROR_TIMEOUT ||
           kind == ERROR_SERVER || kind == ERROR_LOCAL ||
           kind == ERROR_MEMORY || kind == ERROR_LIMITED;
}

static bool needs_a_hand(enum error_kind kind)
{
    return kind == ERROR_AUTH || kind == ERROR_QUOTA || kind == ERROR_CONFIG;
}

enum passage { PASSED, ENDING, ELSEWHERE };

/* Wait until the gate lets a request of so many items and tokens in; not for a
 * service that is out while another endpoint works. */
static enum passage pass_gate(struct worker *w, size_t items, double tokens)
{
    double requests = w->desk->counts_items ? (double)items : 1;
    struct control *control = w->desk->run->control;
    struct gate *gate = w->endpoint->gate;

    for (;;) {
        enum gate_why why;
        int64_t wait, now;

        if (control_held(control, w->desk->stage))
            worker_is(w, WORKER_PAUSED, 0, "");
        if (!control_go(control, w->desk->stage))
            return ENDING;
        if (!prepare_keys(w) || !worker_afford(w, tokens))
            continue; /* the stage holds, or others' money is under way */
        now = clock_ms();
        wait = gate_enter(gate, requests, tokens, now, &why);
        if (wait <= 0)
            return PASSED;
        if (why == GATE_OUTAGE &&
            endpoints_other_open(&w->desk->endpoints, gate, now))
            return ELSEWHERE;
        worker_is(w,
                  why == GATE_THROTTLED || why == GATE_PACED ||
                          why == GATE_OUTAGE
                      ? WORKER_BACKOFF
                      : WORKER_LIMITED,
                  wait, worker_gate_word(why));
        /* A changed limit or a resume shortens the wait. */
        control_sleep(control, wait < 1000 ? wait : 1000);
    }
}

/* Hold the stage; the caller asks the gate again, which blocks. */
static void hold(struct worker *w, const struct error *err)
{
    struct run *r = w->desk->run;

    if (control_hold(r->control, w->desk->hold, err->text,
                     remedy_for(err->kind)))
        faults_say(r->faults, "%s holds: %s", w->desk->name, err->text);
}

/* False when there is no room to wait: the item is as it was. */
static bool defer_or_fail(struct worker *w, const struct dispatch_ops *ops,
                          void *ctx, size_t i, const struct error *err)
{
    struct run *r = w->desk->run;
    unsigned tries = ops->tries(ctx, i) + 1;
    int64_t delay = backoff_ms(tries, err->retry_after_ms, random_unit());

    if (tries > r->opt->retries && err->kind != ERROR_LIMITED) {
        ops->fail(ctx, i, err);
        return true;
    }
    if (!ops->defer(ctx, i, err, delay, err->kind != ERROR_LIMITED))
        return false;
    count(&r->tally.retries, 1);
    return true;
}

void dispatch_item(struct worker *w, const struct dispatch_ops *ops, void *ctx,
                   size_t i, const struct error *err)
{
    if (err->kind == ERROR_LIMITED)
        w->sent_away = *err;
    if (passes_later(err->kind))
        defer_or_fail(w, ops, ctx, i, err);
    else
        ops->fail(ctx, i, err);
}

/* The answer succeeded, but not for all of its items: who asks again at once
 * is sent away again. */
static void heed_items(struct worker *w)
{
    if (!w->sent_away.text[0])
        return;
    gate_throttled(w->endpoint->gate, &w->sent_away, clock_ms(),
                   random_unit());
    faults_note_wait(w->desk->run->faults, w->desk->name, &w->sent_away);
}

/* How many of the n are settled: all, or up to where the room ended. Then the
 * worker itself waits, with its batch in hand, and asks again. The heap may be
 * full of what needs a batch, and every batch in such a worker's hand: to wait
 * for room here could take for ever. */
static size_t defer_range(struct worker *w, const struct dispatch_ops *ops,
                          void *ctx, size_t first, size_t n,
                          const struct error *err)
{
    int64_t delay = backoff_ms(1, err->retry_after_ms, random_unit());

    for (size_t i = 0; i < n; i++) {
        if (defer_or_fail(w, ops, ctx, first + i, err))
            continue;
        worker_is(w, WORKER_BACKOFF, delay, "retries wait");
        control_sleep(w->desk->run->control, delay);
        return i;
    }
    return n;
}

static void fail_range(const struct dispatch_ops *ops, void *ctx, size_t first,
                       size_t n, const struct error *err)
{
    for (size_t i = 0; i < n; i++)
        ops->fail(ctx, first + i, err);
}

static bool halves(struct worker *w, const struct dispatch_ops *ops, void *ctx,
                   size_t first, size_t n)
{
    return dispatch(w, ops, ctx, first, n / 2) &&
           dispatch(w, ops, ctx, first + n / 2, n - n / 2);
}

/* The reader of our output is gone: no hand can mend that, so do not wait for
 * one. The job can be resumed. */
static void end_unread(struct run *r, const struct error *err)
{
    struct error end = *err;

    end.kind = ERROR_STOPPED;
    run_fail(r, &end);
}

/* Answers that no document explains, twice in a row: nothing more is paid for
 * until somebody looks. */
static void hold_nonsense(struct worker *w, const struct error *err)
{
    struct error config = *err;

    config.kind = ERROR_CONFIG;
    if (atomic_fetch_add(&w->desk->nonsense, 1) > 0)
        hold(w, &config);
}

enum verdict { AGAIN, SETTLED, SPLIT, ABANDONED };

static enum verdict judge(struct worker *w, const struct dispatch_ops *ops,
                          void *ctx, size_t first, size_t n,
                          const struct error *err, unsigned attempt,
                          size_t *done)
{
    struct run *r = w->desk->run;
    struct gate_stats gate;

    *done = n;
    if (err->kind == ERROR_STOPPED)
        return control_stopping(r->control) ? ABANDONED : AGAIN;
    if (err->kind == ERROR_LIMITED) {
        faults_note_wait(r->faults, w->desk->name, err);
        return AGAIN;
    }
    if (err->kind == ERROR_CONFIG && err->code == EPIPE) {
        end_unread(r, err);
        return ABANDONED;
    }
    if (needs_a_hand(err->kind) && r->opt->on_error != ON_ERROR_ALL) {
        hold(w, err);
        return AGAIN;
    }
    if (passes_later(err->kind)) {
        gate_stats(w->endpoint->gate, clock_ms(), &gate);
        if (gate.outage && r->opt->on_error != ON_ERROR_ALL) {
            if (err->code >= 200 && err->code < 300)
                hold(w, err); /* a login page, not a service */
            faults_note_wait(r->faults, w->desk->name, err);
            return AGAIN;
        }
        *done = defer_range(w, ops, ctx, first, n, err);
        return control_stopping(r->control) ? ABANDONED : SETTLED;
    }
    if (err->kind == ERROR_PROTOCOL && err->about == ABOUT_SERVICE &&
        r->opt->on_error != ON_ERROR_ALL) {
        hold_nonsense(w, err);
        return AGAIN;
    }
    if (err->kind == ERROR_PROTOCOL && attempt == 0)
        return AGAIN;
    if (n > 1 && !needs_a_hand(err->kind)) {
        if (err->kind == ERROR_SIZE)
            ceiling_refused(&w->desk->ceiling, n, ops->request_bytes(ctx));
        return SPLIT;
    }
    if (n == 1 && err->kind == ERROR_SIZE)
        ceiling_refused_alone(&w->desk->ceiling);
    fail_range(ops, ctx, first, n, err);
    return SETTLED;
}

/* This worker's endpoint is out: whoever talks to another one takes them. How
 * many found room to wait for that. */
static size_t send_elsewhere(struct worker *w, const struct dispatch_ops *ops,
                           void *ctx, size_t first, size_t n)
{
    struct gate_stats gate;

    gate_stats(w->endpoint->gate, clock_ms(), &gate);
    for (size_t i = 0; i < n; i++)
        if (!ops->defer(ctx, first + i, &gate.last, 0, false)) {
            control_sleep(w->desk->run->control, NO_ROOM_MS);
            return i;
        }
    return n;
}

/* One request for a prefix; *done of the items need no more. */
static bool step(struct worker *w, const struct dispatch_ops *ops, void *ctx,
                 size_t first, size_t n, size_t *done, unsigned *attempt)
{
    struct run *r = w->desk->run;
    double tokens = 0, used = 0;
    size_t ask = ops->cut(ctx, first, n, &tokens), taken = ask;
    struct error err;
    int64_t began;
    bool fine;

    *done = 0;
    switch (pass_gate(w, ask, tokens)) {
    case PASSED:
        break;
    case ELSEWHERE:
        worker_settle(w);
        *done = send_elsewhere(w, ops, ctx, first, n);
        return true;
    case ENDING:
        worker_settle(w);
        return false;
    }
    worker_is(w, WORKER_BUSY, 0, "");
    began = clock_us();
    w->sent_away.text[0] = '\0';
    fine = ops->send(ctx, first, ask, &taken, &used, &err);
    worker_settle(w);
    gate_leave(w->endpoint->gate, fine ? NULL : &err, tokens, used, clock_ms(),
               random_unit());
    meter_request(w->meter, fine ? taken : 0, taken, clock_us() - began, fine);
    count(&r->tally.requests, 1);
    if (fine) {
        heed_items(w);
        atomic_store(&w->desk->nonsense, 0);
        ceiling_served(&w->desk->ceiling, taken, ops->request_bytes(ctx));
        *done = taken;
        *attempt = 0;
        return true;
    }
    switch (judge(w, ops, ctx, first, taken, &err, *attempt, done)) {
    case AGAIN:
        *done = 0;
        *attempt += err.kind == ERROR_PROTOCOL;
        return true;
    case SPLIT:
        *attempt = 0;
        return halves(w, ops, ctx, first, taken);
    case SETTLED:
        *attempt = 0;
        return true;
    case ABANDONED:
        break;
    }
    return false;
}

bool dispatch(struct worker *w, const struct dispatch_ops *ops, void *ctx,
              size_t first, size_t n)
{
    unsigned attempt = 0;

    while (n > 0) {
        size_t done;

        if (!step(w, ops, ctx, first, n, &done, &attempt))
            return false;
        first += done;
        n -= done;
    }
    return true;
}
