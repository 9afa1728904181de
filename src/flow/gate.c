/*
 * This file is the gate: one lock protects two token buckets, the window of
 * requests in flight and the state of the breaker. gate_enter() asks each of
 * them in turn and returns how long the caller has to wait; gate_leave() learns
 * from the answer.
 */
#include "config.h"
#include "flow/gate.h"

#include <stdlib.h>

#include "flow/backoff.h"
#include "flow/bucket.h"
#include "flow/patience.h"
#include "sys/clock.h"
#include "sys/thread.h"

enum { MINUTE = 60, ASK_AGAIN_MS = 50, UNKNOWN_SHARE_MS = 1000 };

/* The use in each of the last 60 seconds, for the gauges, without skipped
 * time. */
struct window {
    uint64_t second[MINUTE];
    int64_t at;         /* the second of the newest cell */
    int64_t since_ms;   /* the first use; 0: none yet */
    int64_t skipped_ms;
};

/* Requests that are left by the service's headers, which refill evenly. */
struct told {
    double left, per_ms;
    int64_t at_ms, until_ms; /* after that nothing is known; 0: nor is it now */
};

struct gate {
    struct monitor lock;
    struct bucket requests, tokens; /* [lock] */
    struct window requests_used, tokens_used;
    uint64_t rpm, tpm;
    size_t in_flight;
    size_t waiting;     /* that asked in vain for want of room */
    struct seek seek;
    unsigned misses;    /* failures in a row */
    unsigned throttles; /* LIMITED answers in a row */
    int64_t closed_from_ms, closed_until_ms, probe_at_ms;
    struct told told;
    uint64_t tokens_most; /* by the service's headers; 0: they do not say */
    bool paced; /* closed by its headers alone, without a 429 */
    bool outage;
    uint64_t outages;
    struct trouble trouble;
    struct error last;
};

const char *gate_word(enum gate_why why)
{
    static const char *const words[] = {
        [GATE_OPEN] = "",          [GATE_REQUESTS] = "requests/min",
        [GATE_TOKENS] = "tokens/min", [GATE_CONCURRENT] = "concurrency",
        [GATE_THROTTLED] = "429",  [GATE_PACED] = "pace",
        [GATE_OUTAGE] = "outage"
    };

    return words[why];
}

static void window_roll(struct window *w, int64_t now_ms)
{
    int64_t second = (now_ms - w->skipped_ms) / 1000;

    if (second - w->at >= MINUTE)
        w->at = second - MINUTE;
    while (w->at < second)
        w->second[++w->at % MINUTE] = 0;
}

static void window_add(struct window *w, uint64_t n, int64_t now_ms)
{
    window_roll(w, now_ms);
    w->second[w->at % MINUTE] += n;
    if (w->since_ms == 0)
        w->since_ms = now_ms - w->skipped_ms;
}

static uint64_t window_sum(struct window *w, int64_t now_ms)
{
    uint64_t sum = 0;

    window_roll(w, now_ms);
    for (int i = 0; i < MINUTE; i++)
        sum += w->second[i];
    return sum;
}

/* The use of a minute at this pace, before the first minute is over: by now at
 * most a second's burst and a share may be used. */
static uint64_t window_pace(struct window *w, int64_t now_ms)
{
    double seconds = (double)(now_ms - w->skipped_ms - w->since_ms) / 1000 + 1;
    uint64_t sum = window_sum(w, now_ms);

    return seconds < MINUTE ? (uint64_t)((double)sum * MINUTE / seconds) : sum;
}

/* A burst of one second's worth, at least one request: the window of any
 * minute then stays under limit plus burst. */
static double burst_of(uint64_t per_min)
{
    double second = (double)per_min / 60;

    return second < 1 ? 1 : second;
}

struct gate *gate_new(uint64_t rpm, uint64_t tpm, size_t concurrent)
{
    struct gate *g = calloc(1, sizeof *g);
    int64_t now = clock_ms();

    if (!g)
        return NULL;
    monitor_init(&g->lock);
    g->rpm = rpm;
    g->tpm = tpm;
    seek_init(&g->seek, concurrent);
    trouble_end(&g->trouble);
    bucket_init(&g->requests, (double)rpm, burst_of(rpm), now);
    bucket_init(&g->tokens, (double)tpm, burst_of(tpm), now);
    return g;
}

void gate_free(struct gate *g)
{
    if (!g)
        return;
    monitor_release(&g->lock);
    free(g);
}

/* What the service's state alone demands; 0: no wait. */
static int64_t service_wait(const struct gate *g, int64_t now_ms,
                            enum gate_why *why)
{
    if (now_ms < g->closed_until_ms) {
        *why = g->paced ? GATE_PACED : GATE_THROTTLED;
        return g->closed_until_ms - now_ms;
    }
    if (!g->outage)
        return 0;
    *why = GATE_OUTAGE;
    if (now_ms < g->probe_at_ms)
        return g->probe_at_ms - now_ms;
    /* A probe, or requests from before the breaker opened. */
    return g->in_flight ? ASK_AGAIN_MS : 0;
}

static int64_t bucket_wait(struct gate *g, double requests, double tokens,
                           int64_t now_ms, enum gate_why *why)
{
    int64_t wait = g->rpm ? bucket_take(&g->requests, requests, now_ms) : 0;

    if (wait > 0) {
        *why = GATE_REQUESTS;
        return wait;
    }
    wait = g->tpm ? bucket_take(&g->tokens, tokens, now_ms) : 0;
    if (wait > 0) {
        if (g->rpm)
            bucket_adjust(&g->requests, -requests, now_ms);
        *why = GATE_TOKENS;
    }
    return wait;
}

static int64_t told_wait(struct told *t, double requests, int64_t now_ms,
                         enum gate_why *why)
{
    if (now_ms >= t->until_ms)
        return 0;
    t->left += t->per_ms * (double)(now_ms - t->at_ms);
    t->at_ms = now_ms;
    if (t->left >= requests)
        return 0;
    *why = GATE_PACED;
    return (int64_t)((requests - t->left) / t->per_ms) + 1;
}

static void gate_queue(struct gate *g, struct gate_ticket *t, bool waits)
{
    if (waits != t->waits)
        g->waiting += waits ? 1 : (size_t)-1;
    t->waits = waits;
}

/* For want of room, and by the pace that the service bears. */
static int64_t seek_keeps_out(struct gate *g, struct gate_ticket *t,
                              int64_t now_ms, enum gate_why *why)
{
    bool full;
    int64_t wait = seek_wait(&g->seek, g->in_flight, now_ms, &full);

    gate_queue(g, t, full);
    *why = full ? GATE_CONCURRENT : GATE_PACED;
    return wait;
}

static void gate_count_out(struct gate *g, struct gate_ticket *t)
{
    g->in_flight -= t->inside;
    t->inside = false;
}

static int64_t gate_try_enter(struct gate *g, struct gate_ticket *t,
                              int64_t now_ms, enum gate_why *why)
{
    int64_t wait = service_wait(g, now_ms, why);

    if (wait > 0)
        return wait;
    wait = seek_keeps_out(g, t, now_ms, why);
    if (wait > 0)
        return wait;
    wait = told_wait(&g->told, t->requests, now_ms, why);
    if (wait > 0)
        return wait;
    wait = bucket_wait(g, t->requests, t->tokens, now_ms, why);
    if (wait > 0)
        return wait;
    g->told.left -= t->requests;
    g->in_flight++;
    t->inside = true;
    seek_sent(&g->seek, &t->seek, g->in_flight);
    window_add(&g->requests_used, (uint64_t)t->requests, now_ms);
    window_add(&g->tokens_used, (uint64_t)t->tokens, now_ms);
    *why = g->outage ? GATE_OUTAGE : GATE_OPEN;
    return 0;
}

int64_t gate_enter(struct gate *g, struct gate_ticket *t, int64_t now_ms,
                   enum gate_why *why)
{
    int64_t wait;

    monitor_lock(&g->lock);
    wait = gate_try_enter(g, t, now_ms, why);
    if (wait > 0 && *why != GATE_CONCURRENT)
        seek_unfair(&g->seek, SEEK_LIMITED, 0);
    if (wait > 0 && *why == GATE_REQUESTS)
        seek_scarce(&g->seek);
    monitor_unlock(&g->lock);
    return wait;
}

void gate_seek(struct gate *g, const struct seek_bounds *bounds, int64_t now_ms)
{
    monitor_lock(&g->lock);
    seek_bound(&g->seek, bounds, now_ms);
    monitor_unlock(&g->lock);
}

size_t gate_width(struct gate *g)
{
    size_t width;

    monitor_lock(&g->lock);
    width = seek_width(&g->seek);
    if (width == 0)
        width = SIZE_MAX;
    else
        width = g->waiting < width ? width - g->waiting : 1;
    monitor_unlock(&g->lock);
    return width;
}

size_t gate_batch(struct gate *g)
{
    size_t batch;

    monitor_lock(&g->lock);
    batch = g->seek.batch;
    monitor_unlock(&g->lock);
    return batch;
}

void gate_seek_unfair(struct gate *g, enum seek_unfair why, int64_t us)
{
    monitor_lock(&g->lock);
    seek_unfair(&g->seek, why, us);
    monitor_unlock(&g->lock);
}

void gate_knee(struct gate *g, struct seek_knee *out)
{
    monitor_lock(&g->lock);
    seek_knee(&g->seek, out);
    monitor_unlock(&g->lock);
}

/* Close it for everybody; while it is closed, this only prolongs that. */
static void close_until(struct gate *g, int64_t until_ms, int64_t now_ms)
{
    if (until_ms <= g->closed_until_ms)
        return;
    if (now_ms >= g->closed_until_ms)
        g->closed_from_ms = now_ms;
    g->closed_until_ms = until_ms;
}

/* Small and often, so that we soon notice a service that is back. */
static int64_t probe_wait(const struct gate *g, double unit)
{
    int64_t wait = GATE_PROBE_MS;

    for (unsigned i = GATE_TRIP; i < g->misses && wait < GATE_PROBE_CAP_MS;
         i++)
        wait *= 2;
    if (wait > GATE_PROBE_CAP_MS)
        wait = GATE_PROBE_CAP_MS;
    return (int64_t)((double)wait * (0.5 + 0.5 * unit));
}

static void gate_miss(struct gate *g, const struct error *err, int64_t now_ms,
                      double unit)
{
    int64_t wait;

    g->misses++;
    if (err->kind == ERROR_SERVER && err->retry_after_ms > 0) {
        g->paced = false;
        close_until(g, now_ms + err->retry_after_ms, now_ms);
        g->last = *err;
    }
    /* This machine's own full disk concerns everyone at once. */
    if (g->misses < GATE_TRIP && err->kind != ERROR_LOCAL && !g->outage)
        return;
    g->outages += !g->outage;
    g->outage = true;
    wait = probe_wait(g, unit);
    if (wait < err->retry_after_ms)
        wait = err->retry_after_ms;
    g->probe_at_ms = now_ms + wait;
    g->last = *err;
}

/* Without a time from the service: until what was sent with it is back; but
 * where nothing is served between two such waits, they grow. */
static int64_t throttle_wait(struct gate *g, int64_t burst_ms, int64_t now_ms,
                             double unit)
{
    if (burst_ms <= 0)
        return backoff_ms(++g->throttles, -1, unit);
    g->throttles += now_ms >= g->closed_until_ms;
    return g->throttles > 1 ? backoff_ms(g->throttles, -1, unit) : burst_ms;
}

/* The request with this ticket, or an item of it, was throttled. */
static int64_t gate_throttle(struct gate *g, const struct error *err,
                             const struct seek_ticket *t, int64_t now_ms,
                             double unit)
{
    int64_t named = err->retry_after_ms, wait;
    int64_t burst = seek_refused(&g->seek, t, g->in_flight, now_ms);

    g->last = *err;
    if (burst == SEEK_STRAY && named <= 0)
        return 0;
    wait = named > 0 ? named : throttle_wait(g, burst, now_ms, unit);
    g->paced = false;
    close_until(g, now_ms + wait, now_ms);
    return g->closed_until_ms - now_ms;
}

/* Documents in the request that came back; a proof counts as one. */
static size_t gate_documents(const struct gate_answer *a)
{
    size_t n = a->documents ? a->documents : a->asked;

    return n ? n : 1;
}

/* The first error is the reason, while no later one closes the gate. */
static void gate_note_trouble(struct gate *g, const struct error *err,
                              size_t failed, int64_t now_ms)
{
    if (trouble_failed(&g->trouble, failed, now_ms) &&
        g->closed_until_ms <= now_ms)
        g->last = *err;
}

/* It answers, even if it refuses: the breaker closes. */
static void gate_note_answer(struct gate *g, const struct gate_answer *a,
                             int64_t now_ms)
{
    g->misses = 0;
    g->outage = false;
    trouble_answered(&g->trouble, gate_documents(a), now_ms);
}

static int64_t gate_note_error(struct gate *g, const struct gate_ticket *t,
                               const struct gate_answer *a, int64_t now_ms)
{
    const struct error *err = a->err;

    switch (error_course(err->kind)) {
    case COURSE_END: /* that tells nothing about the service */
        seek_cancelled(&g->seek, &t->seek);
        return 0;
    case COURSE_WAIT:
        gate_note_trouble(g, err, 0, now_ms);
        return gate_throttle(g, err, &t->seek, now_ms, a->chance);
    case COURSE_RETRY:
    case COURSE_MACHINE:
        gate_note_trouble(g, err, gate_documents(a), now_ms);
        seek_failed(&g->seek, &t->seek, now_ms);
        gate_miss(g, err, now_ms, a->chance);
        return 0;
    case COURSE_SPLIT:
        seek_too_large(&g->seek, &t->seek, now_ms);
        gate_note_answer(g, a, now_ms);
        return 0;
    default:
        seek_cancelled(&g->seek, &t->seek);
        gate_note_answer(g, a, now_ms);
        return 0;
    }
}

static void gate_count_tokens(struct gate *g, double estimated, double used,
                              int64_t now_ms)
{
    if (used > 0 && g->tpm)
        bucket_adjust(&g->tokens, used - estimated, now_ms);
    if (used > estimated)
        window_add(&g->tokens_used, (uint64_t)(used - estimated), now_ms);
}

int64_t gate_leave(struct gate *g, struct gate_ticket *t,
                   const struct gate_answer *a, int64_t now_ms)
{
    int64_t wait = 0;

    monitor_lock(&g->lock);
    gate_count_out(g, t);
    gate_count_tokens(g, t->tokens, a->used, now_ms);
    if (a->err) {
        wait = gate_note_error(g, t, a, now_ms);
    } else {
        gate_note_answer(g, a, now_ms);
        g->throttles = 0;
        seek_served(&g->seek, &t->seek, a->documents, a->took_us, now_ms);
    }
    monitor_unlock(&g->lock);
    return wait;
}

void gate_throttled(struct gate *g, const struct gate_ticket *t,
                    const struct error *err, int64_t now_ms, double unit)
{
    monitor_lock(&g->lock);
    gate_throttle(g, err, &t->seek, now_ms, unit);
    monitor_unlock(&g->lock);
}

void gate_cancel(struct gate *g, struct gate_ticket *t)
{
    monitor_lock(&g->lock);
    gate_queue(g, t, false);
    if (t->inside)
        seek_cancelled(&g->seek, &t->seek);
    gate_count_out(g, t);
    monitor_unlock(&g->lock);
}

/* The reply's own request is still inside; the others that are may not have
 * been counted yet. */
static void told_set(struct told *t, const struct http_pace *pace,
                     size_t in_flight, int64_t now_ms)
{
    int64_t limit = pace->limit_requests, left = pace->remaining_requests;

    t->until_ms = 0;
    if (limit <= 0 || left < 0 || left >= limit || pace->reset_requests_ms <= 0)
        return;
    t->until_ms = now_ms + pace->reset_requests_ms;
    t->left = (double)left - (double)in_flight + 1;
    t->per_ms = (double)(limit - left) / (double)pace->reset_requests_ms;
    t->at_ms = now_ms;
}

/* The wait until `need` of a limit has refilled, if it refills evenly and
 * completely in reset_ms. */
static int64_t share_wait(int64_t limit, int64_t left, int64_t reset_ms,
                          double need)
{
    double missing = need - (double)left;

    if (left < 0 || reset_ms <= 0 || missing <= 0)
        return 0;
    if (limit <= left)
        return reset_ms < UNKNOWN_SHARE_MS ? reset_ms : UNKNOWN_SHARE_MS;
    missing /= (double)(limit - left);
    return (int64_t)((double)reset_ms * (missing < 1 ? missing : 1)) + 1;
}

void gate_pace(struct gate *g, const struct http_pace *pace, double tokens,
               int64_t now_ms)
{
    int64_t requests, wait;

    requests = share_wait(pace->limit_requests, pace->remaining_requests,
                          pace->reset_requests_ms, 1);
    wait = share_wait(pace->limit_tokens, pace->remaining_tokens,
                      pace->reset_tokens_ms, tokens);
    if (requests > wait)
        wait = requests;
    monitor_lock(&g->lock);
    told_set(&g->told, pace, g->in_flight, now_ms);
    if (pace->limit_tokens > 0)
        g->tokens_most = (uint64_t)pace->limit_tokens;
    if (wait > 0 && now_ms + wait > g->closed_until_ms) {
        g->paced = g->paced || now_ms >= g->closed_until_ms;
        close_until(g, now_ms + wait, now_ms);
        error_set(&g->last, ERROR_LIMITED, 0,
                  "the service says that its limit is all but used up");
    }
    monitor_unlock(&g->lock);
}

int64_t gate_closed_ms(struct gate *g, int64_t now_ms, enum gate_why *why)
{
    int64_t wait;

    *why = GATE_OPEN;
    monitor_lock(&g->lock);
    wait = service_wait(g, now_ms, why);
    monitor_unlock(&g->lock);
    return wait;
}

void gate_set_rate(struct gate *g, uint64_t rpm, uint64_t tpm, int64_t now_ms)
{
    monitor_lock(&g->lock);
    g->rpm = rpm;
    g->tpm = tpm;
    bucket_set(&g->requests, (double)rpm, burst_of(rpm), now_ms);
    bucket_set(&g->tokens, (double)tpm, burst_of(tpm), now_ms);
    monitor_unlock(&g->lock);
}

void gate_skip(struct gate *g, int64_t now_ms)
{
    monitor_lock(&g->lock);
    g->requests_used.skipped_ms += bucket_skip(&g->requests, now_ms);
    g->tokens_used.skipped_ms += bucket_skip(&g->tokens, now_ms);
    monitor_unlock(&g->lock);
}

void gate_probe_now(struct gate *g, int64_t now_ms)
{
    monitor_lock(&g->lock);
    g->probe_at_ms = now_ms;
    monitor_unlock(&g->lock);
}

void gate_reset(struct gate *g, int64_t now_ms)
{
    monitor_lock(&g->lock);
    g->probe_at_ms = now_ms;
    g->misses = 0;
    g->outage = false;
    seek_reset(&g->seek, now_ms);
    trouble_end(&g->trouble);
    monitor_unlock(&g->lock);
}

void gate_stats(struct gate *g, int64_t now_ms, struct gate_stats *out)
{
    monitor_lock(&g->lock);
    *out = (struct gate_stats){ .rpm = g->rpm,
                                .tpm = g->tpm,
                                .in_flight = g->in_flight,
                                .outage = g->outage,
                                .outages = g->outages,
                                .trouble_ms = trouble_ms(&g->trouble, now_ms),
                                .tokens_most = g->tokens_most,
                                .last = g->last };
    seek_stats(&g->seek, now_ms, &out->seek);
    out->requests_min = g->rpm ? window_pace(&g->requests_used, now_ms)
                               : window_sum(&g->requests_used, now_ms);
    out->tokens_min = g->tpm ? window_pace(&g->tokens_used, now_ms)
                             : window_sum(&g->tokens_used, now_ms);
    if (g->closed_until_ms > now_ms) {
        out->throttled_ms = g->closed_until_ms - now_ms;
        out->throttle_ms = g->closed_until_ms - g->closed_from_ms;
    }
    if (g->outage && g->probe_at_ms > now_ms)
        out->probe_ms = g->probe_at_ms - now_ms;
    monitor_unlock(&g->lock);
}
