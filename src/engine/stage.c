/*
 * The functions by which a worker's dispatch reaches the run. Each is a few
 * lines: dispatch.c knows no run, so that the same code also works in a
 * simulation.
 */
#include "config.h"
#include "engine/stage.h"

#include <stdio.h>

#include "engine/job/connection.h"
#include "engine/worker.h"
#include "sys/clock.h"

static int64_t stage_now_ms(void *host)
{
    (void)host;
    return clock_ms();
}

static double stage_chance(void *host)
{
    (void)host;
    return random_unit();
}

static bool stage_go(void *host, double tokens)
{
    struct worker *w = host;
    struct control *control = w->stage->run->control;

    do {
        if (control_held(control, w->stage->id))
            worker_set_state(w, WORKER_PAUSED, 0, "");
        if (!control_go(control, w->stage->id))
            return false;
        /* Else the stage holds, or others' money is under way. */
    } while (!connection_reload_key(w) || !worker_reserve_cost(w, tokens));
    return true;
}

static void stage_unsent(void *host)
{
    worker_settle_cost(host);
}

static bool stage_stopping(void *host)
{
    return control_stopping(((struct worker *)host)->stage->run->control);
}

static bool stage_sleep(void *host, int64_t ms)
{
    return control_sleep(((struct worker *)host)->stage->run->control, ms);
}

/* Somebody who looks on may mend it under the run; a script starts anew. */
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

static void stage_hold(void *host, const struct error *err)
{
    struct worker *w = host;
    struct run *r = w->stage->run;
    char remedy[sizeof ((struct snapshot *)0)->remedy];

    remedy_for(w, err->kind, remedy, sizeof remedy);
    if (control_hold(r->control, w->stage->hold_cause, err->text, remedy))
        notices_add(r->notices, "%s holds: %s", w->stage->name, err->text);
}

static bool stage_elsewhere(void *host)
{
    struct worker *w = host;

    return endpoints_other_open(&w->stage->endpoints, w->endpoint->gate,
                                clock_ms());
}

static void stage_mood(void *host, enum dispatch_mood mood, int64_t wait_ms,
                      const char *reason)
{
    static const enum worker_state states[] = {
        [MOOD_BUSY] = WORKER_BUSY,
        [MOOD_LIMITED] = WORKER_LIMITED,
        [MOOD_BACKOFF] = WORKER_BACKOFF
    };

    worker_set_state(host, states[mood], wait_ms, reason);
}

static void stage_sent(void *host, size_t taken, int64_t took_us, bool fine)
{
    struct worker *w = host;

    worker_settle_cost(w);
    meter_request(w->meter, fine ? taken : 0, taken, took_us, fine);
    count(&w->stage->run->tally.requests, 1);
}

static void stage_waits(void *host, const struct error *err)
{
    struct worker *w = host;

    failure_log_note_wait(w->stage->run->failures, w->stage->name, err);
}

static void stage_end(void *host, const struct error *err)
{
    run_fail(((struct worker *)host)->stage->run, err);
}

static const struct dispatch_host stage_host = {
    .now_ms = stage_now_ms, .chance = stage_chance, .go = stage_go,
    .unsent = stage_unsent, .stopping = stage_stopping, .sleep = stage_sleep,
    .hold = stage_hold, .elsewhere = stage_elsewhere, .mood = stage_mood,
    .sent = stage_sent, .waits = stage_waits, .end = stage_end
};

struct dispatch stage_dispatch(struct worker *w, const struct dispatch_ops *ops,
                               void *ctx)
{
    const struct stage *stage = w->stage;
    const struct options *opt = stage->run->opt;

    return (struct dispatch){ .ops = ops,
                              .ctx = ctx,
                              .host = &stage_host,
                              .host_ctx = w,
                              .gate = w->endpoint->gate,
                              .ceiling = &w->stage->ceiling,
                              .witness = &w->endpoint->witness,
                              .retries = (unsigned)opt->retries,
                              .all = opt->on_error == ON_ERROR_ALL,
                              .counts_items = stage->counts_items };
}
