/* This file has the functions by which a worker's dispatch reaches the run.
 * Each is a few lines: dispatch.c knows no run, so that the same code also
 * works in a simulation. */
#include "config.h"
#include "engine/stage.h"

#include <stdio.h>
#include <string.h>

#include "engine/job/connection.h"
#include "engine/worker.h"
#include "sys/clock.h"

static int64_t stage_now_ms(void *ctx)
{
    (void)ctx;
    return clock_ms();
}

static int64_t stage_now_us(void *ctx)
{
    (void)ctx;
    return clock_us();
}

static double stage_chance(void *ctx)
{
    (void)ctx;
    return random_unit();
}

static bool stage_go(void *ctx, double tokens)
{
    struct worker *w = ctx;
    struct control *control = w->stage->run->control;

    do {
        if (control_held(control, w->stage->id))
            worker_set_state(w, WORKER_PAUSED, 0, "");
        if (!control_go(control, w->stage->id))
            return false;
        /* Else the stage holds, or the money is reserved for other requests. */
    } while (!connection_reload_key(w) || !worker_reserve_cost(w, tokens));
    return true;
}

static void stage_sleep(void *ctx, int64_t ms)
{
    control_sleep(((struct worker *)ctx)->stage->run->control, ms);
}

/* A person who watches can mend it during the run; a script starts again. */
static void remedy_for(const struct worker *w, enum error_kind kind, char *to,
                       size_t size)
{
    bool attended = w->stage->run->attended;
    const char *words;

    switch (kind) {
    case ERROR_AUTH:
        connection_key_remedy(w, to, size);
        return;
    case ERROR_QUOTA:
        words = attended ? "see to the account, then p resumes"
                         : "see to the account and run the same line";
        break;
    case ERROR_CONFIG:
    case ERROR_REFUSED:
        words = attended ? "mend it and p resumes, or stop and start with "
                           "other options"
                         : "mend it or the options and run the same line";
        break;
    default:
        words = attended ? "p resumes" : "run the same line";
    }
    snprintf(to, size, "%s", words);
}

static void stage_hold(void *ctx, const struct error *err)
{
    struct worker *w = ctx;
    struct run *r = w->stage->run;
    char remedy[sizeof ((struct snapshot *)0)->remedy];

    remedy_for(w, err->kind, remedy, sizeof remedy);
    if (control_hold(r->control, w->stage->hold_cause, err->text, remedy))
        notices_event(r->notices, &notices_hold, "%s holds: %s",
                      w->stage->name, err->text);
}

static bool stage_elsewhere(void *ctx)
{
    struct worker *w = ctx;

    if (!endpoints_other_open(&w->stage->endpoints, w->endpoint->gate,
                              clock_ms()))
        return false;
    worker_settle_cost(w);
    return true;
}

/* Where the number in flight is sought, no setting limits a worker that waits
 * for its turn: fewer are wanted. */
static bool stage_seeks_turns(const struct worker *w, const char *reason)
{
    return w->stage->crew.sought &&
           strcmp(reason, gate_word(GATE_CONCURRENT)) == 0;
}

static void stage_state(void *ctx, enum worker_state state, int64_t wait_ms,
                        const char *reason)
{
    if (state == WORKER_LIMITED && stage_seeks_turns(ctx, reason))
        state = WORKER_IDLE;
    worker_set_state(ctx, state, wait_ms, reason);
}

static void stage_sent(void *ctx, size_t taken, int64_t took_us, bool fine)
{
    struct worker *w = ctx;

    worker_settle_cost(w);
    worker_call_spare(w);
    meter_request(w->meter, fine ? taken : 0, taken, took_us, fine);
    count(&w->stage->run->tally.requests, 1);
    count(&w->stage->served, fine ? taken : 0);
}

static void stage_waits(void *ctx, const struct error *err)
{
    struct worker *w = ctx;

    failure_log_note_wait(w->stage->run->failures, w->stage->name, err);
}

static void stage_end(void *ctx, const struct error *err)
{
    run_fail(((struct worker *)ctx)->stage->run, err);
}

static void stage_fail(void *ctx, const struct item *item,
                       const struct error *err)
{
    struct worker *w = ctx;

    worker_fail(w, w->stage->name, item, err);
}

static const struct dispatch_host stage_host = {
    .now_ms = stage_now_ms, .now_us = stage_now_us, .chance = stage_chance,
    .go = stage_go, .sleep = stage_sleep, .state = stage_state,
    .elsewhere = stage_elsewhere, .sent = stage_sent, .waits = stage_waits,
    .hold = stage_hold, .end = stage_end, .fail = stage_fail,
    .defer = worker_defer
};

static struct dispatch stage_dispatch_of(struct worker *w,
                                         const struct dispatch_ops *ops)
{
    const struct options *opt = w->stage->run->opt;

    return (struct dispatch){ .ops = ops,
                              .host = &stage_host,
                              .ctx = w,
                              .gate = w->endpoint->gate,
                              .ceiling = &w->stage->ceiling,
                              .witness = &w->endpoint->witness,
                              .retries = (unsigned)opt->retries,
                              .all = opt->on_error == ON_ERROR_ALL,
                              .counts_items = w->stage->counts_items };
}

bool stage_dispatch(struct worker *w, const struct dispatch_ops *ops,
                    size_t first, size_t end)
{
    struct dispatch d = stage_dispatch_of(w, ops);

    return dispatch(&d, w->item + first, end - first);
}

bool stage_dispatch_request(struct worker *w, const struct dispatch_ops *ops,
                            size_t n, size_t *done)
{
    struct dispatch d = stage_dispatch_of(w, ops);

    return dispatch_request(&d, w->item, n, done);
}
