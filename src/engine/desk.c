/*
 * The functions by which a worker's dispatch reaches the run. Each is a few
 * lines: dispatch.c knows no run, so that the same code also works in a
 * simulation.
 */
#include "config.h"
#include "engine/desk.h"

#include <stdio.h>

#include "engine/job/prepare.h"
#include "engine/worker.h"
#include "sys/clock.h"

static int64_t desk_now_ms(void *host)
{
    (void)host;
    return clock_ms();
}

static double desk_chance(void *host)
{
    (void)host;
    return random_unit();
}

static bool desk_go(void *host, double tokens)
{
    struct worker *w = host;
    struct control *control = w->desk->run->control;

    do {
        if (control_held(control, w->desk->stage))
            worker_is(w, WORKER_PAUSED, 0, "");
        if (!control_go(control, w->desk->stage))
            return false;
        /* Else the stage holds, or others' money is under way. */
    } while (!prepare_keys(w) || !worker_afford(w, tokens));
    return true;
}

static void desk_unsent(void *host)
{
    worker_settle(host);
}

static bool desk_stopping(void *host)
{
    return control_stopping(((struct worker *)host)->desk->run->control);
}

static bool desk_sleep(void *host, int64_t ms)
{
    return control_sleep(((struct worker *)host)->desk->run->control, ms);
}

/* Somebody who looks on may mend it under the run; a script starts anew. */
static void remedy_for(const struct worker *w, enum error_kind kind, char *to,
                       size_t size)
{
    bool attended = w->desk->run->attended;
    const char *words;

    switch (kind) {
    case ERROR_AUTH:
        prepare_key_remedy(w, to, size);
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

static void desk_hold(void *host, const struct error *err)
{
    struct worker *w = host;
    struct run *r = w->desk->run;
    char remedy[sizeof ((struct snapshot *)0)->remedy];

    remedy_for(w, err->kind, remedy, sizeof remedy);
    if (control_hold(r->control, w->desk->hold, err->text, remedy))
        faults_say(r->faults, "%s holds: %s", w->desk->name, err->text);
}

static bool desk_elsewhere(void *host)
{
    struct worker *w = host;

    return endpoints_other_open(&w->desk->endpoints, w->endpoint->gate,
                                clock_ms());
}

static void desk_mood(void *host, enum dispatch_mood mood, int64_t wait_ms,
                      const char *reason)
{
    static const enum worker_state states[] = {
        [MOOD_BUSY] = WORKER_BUSY,
        [MOOD_LIMITED] = WORKER_LIMITED,
        [MOOD_BACKOFF] = WORKER_BACKOFF
    };

    worker_is(host, states[mood], wait_ms, reason);
}

static void desk_sent(void *host, size_t taken, int64_t took_us, bool fine)
{
    struct worker *w = host;

    worker_settle(w);
    meter_request(w->meter, fine ? taken : 0, taken, took_us, fine);
    count(&w->desk->run->tally.requests, 1);
}

static void desk_waits(void *host, const struct error *err)
{
    struct worker *w = host;

    faults_note_wait(w->desk->run->faults, w->desk->name, err);
}

/* No hand can mend that, so do not wait for one. The job can be resumed. */
static void desk_unread(void *host, const struct error *err)
{
    struct error end = *err;

    end.kind = ERROR_STOPPED;
    run_fail(((struct worker *)host)->desk->run, &end);
}

static const struct dispatch_host desk_host = {
    .now_ms = desk_now_ms, .chance = desk_chance, .go = desk_go,
    .unsent = desk_unsent, .stopping = desk_stopping, .sleep = desk_sleep,
    .hold = desk_hold, .elsewhere = desk_elsewhere, .mood = desk_mood,
    .sent = desk_sent, .waits = desk_waits, .unread = desk_unread
};

struct dispatch desk_dispatch(struct worker *w, const struct dispatch_ops *ops,
                              void *ctx)
{
    const struct stage_desk *desk = w->desk;
    const struct options *opt = desk->run->opt;

    return (struct dispatch){ .ops = ops,
                              .ctx = ctx,
                              .host = &desk_host,
                              .host_ctx = w,
                              .gate = w->endpoint->gate,
                              .ceiling = &w->desk->ceiling,
                              .witness = &w->endpoint->witness,
                              .retries = (unsigned)opt->retries,
                              .all = opt->on_error == ON_ERROR_ALL,
                              .counts_items = desk->counts_items };
}
