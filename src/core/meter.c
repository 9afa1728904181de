/*
 * Workers add to plain counters, each under its own lock. Once a second
 * meter_tick() makes rates, shares and percentiles from the differences:
 * exponentially weighted moving averages over ten seconds, and the plain mean
 * until ten seconds have passed.
 */
#include "config.h"
#include "core/meter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/thread.h"

enum { LATENCIES = 64, SMOOTH_S = 10, MINUTE_S = 60, LIVE_US = 10000000,
       STATES = WORKER_BLOCKED + 1 };

/* A smoothed figure. */
struct smooth {
    double value, seconds; /* of samples, so far */
};

struct meter_worker {
    struct monitor lock;
    enum worker_state state;           /* [lock] */
    int64_t since_us, until_ms;        /* [lock] */
    int64_t spent_us[STATES];          /* [lock] in each, before since_us */
    char limited_by[32];               /* [lock] limit of the last LIMITED */
    char reason[32];                   /* [lock] */
    uint64_t docs;                     /* [lock] */
    uint32_t batch, errors;            /* [lock] */
    int32_t latency_us[LATENCIES];     /* [lock] a ring, */
    int64_t ended_us[LATENCIES];       /* [lock] and when each came back */
    uint32_t latencies;                /* [lock] ever */
    int64_t begun_us;                  /* [lock] its request, */
    bool running;                      /* [lock] which is under way */
    uint64_t fine, fine_us;            /* [lock] requests that succeeded */
    /* [meter lock], by the tick */
    uint64_t docs_seen, unsparked, errors_seen, fine_seen, fine_us_seen;
    int64_t seen_us[STATES];
    struct smooth rate, share_pct[STATES];
    int64_t p50_ms, p95_ms, settled_ms; /* p95 of what came back */
    float spark[SNAPSHOT_SPARK];
    uint32_t sparks; /* ever */
};

struct meter_stage {
    struct meter_worker worker[SNAPSHOT_WORKERS];
    /* [meter lock], by the tick */
    uint32_t errors[MINUTE_S]; /* of each second, a ring; */
    int64_t errors_s;          /* and the last of them */
    double unsparked_s;
    int64_t p50_ms, p95_ms, settled_ms;
    struct smooth answer_ms; /* a request that succeeded */
    struct meter *meter;
};

struct meter {
    struct monitor lock;
    struct meter_stage stage[METER_STAGES];
    /* [lock] */
    int64_t last_us;
    struct meter_flow last;
    struct smooth rate, read_rate, cpu_pct, embed_full, upsert_full;
    double rate_peak;
    float history[SNAPSHOT_HISTORY];
    uint32_t seconds; /* ever */
};

struct meter *meter_new(int64_t now_us)
{
    struct meter *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    monitor_init(&m->lock);
    m->last_us = now_us;
    m->last.cpu_ms = -1;
    for (int s = 0; s < METER_STAGES; s++) {
        m->stage[s].meter = m;
        for (int i = 0; i < SNAPSHOT_WORKERS; i++) {
            monitor_init(&m->stage[s].worker[i].lock);
            m->stage[s].worker[i].since_us = now_us;
            m->stage[s].worker[i].p50_ms = m->stage[s].worker[i].p95_ms = -1;
            m->stage[s].worker[i].settled_ms = -1;
        }
        m->stage[s].p50_ms = m->stage[s].p95_ms = -1;
        m->stage[s].settled_ms = -1;
    }
    return m;
}

void meter_free(struct meter *m)
{
    if (!m)
        return;
    for (int s = 0; s < METER_STAGES; s++)
        for (int i = 0; i < SNAPSHOT_WORKERS; i++)
            monitor_release(&m->stage[s].worker[i].lock);
    monitor_release(&m->lock);
    free(m);
}

struct meter_stage *meter_of(struct meter *m, enum meter_which which)
{
    return &m->stage[which];
}

struct meter_worker *meter_worker(struct meter_stage *s, size_t index)
{
    return &s->worker[index];
}

void meter_state(struct meter_worker *w, enum worker_state state,
                 int64_t wait_ms, const char *reason, int64_t now_us)
{
    monitor_lock(&w->lock);
    if (w->state != state) {
        w->spent_us[w->state] += now_us - w->since_us;
        w->since_us = now_us;
    }
    w->state = state;
    w->running = state == WORKER_BUSY;
    if (w->running)
        w->begun_us = now_us;
    w->until_ms = wait_ms > 0 ? now_us / 1000 + wait_ms : 0;
    snprintf(w->reason, sizeof w->reason, "%s", reason);
    if (state == WORKER_LIMITED)
        memcpy(w->limited_by, w->reason, sizeof w->limited_by);
    monitor_unlock(&w->lock);
}

void meter_request(struct meter_worker *w, size_t docs, size_t batch,
                   int64_t us, bool fine)
{
    monitor_lock(&w->lock);
    w->docs += docs;
    w->batch = (uint32_t)batch;
    w->errors += !fine;
    w->ended_us[w->latencies % LATENCIES] = w->begun_us + us;
    w->fine += fine;
    w->fine_us += fine ? (uint64_t)us : 0;
    w->latency_us[w->latencies++ % LATENCIES] =
        us > INT32_MAX ? INT32_MAX : (int32_t)us;
    w->running = false;
    monitor_unlock(&w->lock);
}

/* An exponentially weighted moving average over SMOOTH_S seconds; before that,
 * the mean. */
static void meter_smooth(struct smooth *s, double sample, double seconds)
{
    double gain = 1 - exp(-seconds / SMOOTH_S);
    double mean = seconds / (s->seconds += seconds);

    s->value += (sample - s->value) * (gain > mean ? gain : mean);
}

static int by_value(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

/* The smallest of n sorted latencies that pct percent of them do not exceed; in
 * ms, rounded up so that "0 ms" means none. */
static int64_t meter_percentile(const int32_t *us, size_t n, size_t pct)
{
    return ((int64_t)us[(n * pct + 99) / 100 - 1] + 999) / 1000;
}

/* Sorts the n latencies. */
static void meter_percentiles(int32_t *us, size_t n, int64_t *p50, int64_t *p95)
{
    if (n == 0)
        return;
    qsort(us, n, sizeof *us, by_value);
    *p50 = meter_percentile(us, n, 50);
    *p95 = meter_percentile(us, n, 95);
}

/* The p95 of what came back, or that of now if it is worse. Sorts. */
static int64_t meter_live_p95(int32_t *us, size_t n, int64_t settled_ms)
{
    int64_t p50, p95 = -1;

    meter_percentiles(us, n, &p50, &p95);
    return p95 > settled_ms ? p95 : settled_ms;
}

struct tick {
    double seconds; /* 0: the process was suspended, keep the rates */
    int64_t now_us;
    double spark_s; /* seconds of a new spark; 0: none now */
    uint64_t errors, fine, fine_us;
    int32_t latency[LATENCIES * SNAPSHOT_WORKERS];
    size_t latencies;
    /* Of what came back in the last seconds, and the ages of requests that are
     * under way for longer than such requests take. */
    int32_t live[(LATENCIES + 1) * SNAPSHOT_WORKERS];
    size_t lives;
};

/* What a worker did since the last tick. */
struct stretch {
    uint64_t docs, errors, fine, fine_us;
    int64_t spent_us[STATES];
};

/* Add what tells how fast answers come now; returns how many. A request that is
 * under way tells nothing while it is younger than others were. */
static size_t meter_read_live(const struct meter_worker *w, struct tick *t,
                              size_t n)
{
    int32_t *live = t->live + t->lives;
    int64_t age_us = t->now_us - w->begun_us;
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        if (t->now_us - w->ended_us[i] < LIVE_US)
            live[count++] = w->latency_us[i];
    if (w->running && w->settled_ms >= 0 && age_us > w->settled_ms * 1000)
        live[count++] = age_us > INT32_MAX ? INT32_MAX : (int32_t)age_us;
    return count;
}

/* Also add its latencies to the tick; returns how many. */
static size_t read_worker(struct meter_worker *w, struct tick *t,
                          struct stretch *did, size_t *lives)
{
    int32_t *latency = t->latency + t->latencies;
    size_t n;

    monitor_lock(&w->lock);
    *did = (struct stretch){ .docs = w->docs, .errors = w->errors,
                             .fine = w->fine, .fine_us = w->fine_us };
    memcpy(did->spent_us, w->spent_us, sizeof did->spent_us);
    did->spent_us[w->state] += t->now_us - w->since_us;
    n = w->latencies < LATENCIES ? w->latencies : LATENCIES;
    if (w->state == WORKER_OFF)
        n = 0;
    for (size_t i = 0; i < n; i++)
        latency[i] = w->latency_us[i];
    *lives = meter_read_live(w, t, n);
    monitor_unlock(&w->lock);
    did->docs -= w->docs_seen;
    did->errors -= w->errors_seen;
    did->fine -= w->fine_seen;
    did->fine_us -= w->fine_us_seen;
    for (int i = 0; i < STATES; i++) {
        did->spent_us[i] -= w->seen_us[i];
        w->seen_us[i] += did->spent_us[i];
    }
    w->docs_seen += did->docs;
    w->errors_seen += did->errors;
    w->fine_seen += did->fine;
    w->fine_us_seen += did->fine_us;
    return n;
}

static void tick_worker(struct meter_worker *w, struct tick *t)
{
    struct stretch did;
    size_t lives, n = read_worker(w, t, &did, &lives);

    meter_percentiles(t->latency + t->latencies, n, &w->p50_ms,
                      &w->settled_ms);
    w->p95_ms = meter_live_p95(t->live + t->lives, lives, w->settled_ms);
    t->latencies += n;
    t->lives += lives;
    t->errors += did.errors;
    t->fine += did.fine;
    t->fine_us += did.fine_us;
    if (t->seconds <= 0)
        return;
    w->unsparked += did.docs;
    meter_smooth(&w->rate, (double)did.docs / t->seconds, t->seconds);
    for (int i = 0; i < STATES; i++)
        meter_smooth(&w->share_pct[i],
                     (double)did.spent_us[i] / t->seconds / 1e4, t->seconds);
    if (t->spark_s > 0) {
        w->spark[w->sparks++ % SNAPSHOT_SPARK] =
            (float)((double)w->unsparked / t->spark_s);
        w->unsparked = 0;
    }
}

/* Those of the last minute, without a guess what a minute would have: clear the
 * seconds that passed since the last tick. */
static void tick_errors(struct meter_stage *s, uint64_t errors, int64_t now_us)
{
    int64_t now_s = now_us / 1000000, from = s->errors_s + 1;

    if (now_s - from >= MINUTE_S)
        from = now_s - MINUTE_S + 1;
    for (; from <= now_s; from++)
        s->errors[from % MINUTE_S] = 0;
    s->errors_s = now_s;
    s->errors[now_s % MINUTE_S] += (uint32_t)errors;
}

/* The stages take turns to move their sparks, since each move makes the
 * terminal redraw a graph cell by cell. */
static void tick_stage(struct meter *m, int which, double seconds,
                       int64_t now_us)
{
    struct meter_stage *s = &m->stage[which];
    struct tick t = { .seconds = seconds, .now_us = now_us };

    s->unsparked_s += seconds;
    if ((m->seconds + (uint32_t)which) % SNAPSHOT_SPARK_S == 0)
        t.spark_s = s->unsparked_s;
    for (int i = 0; i < SNAPSHOT_WORKERS; i++)
        tick_worker(&s->worker[i], &t);
    meter_percentiles(t.latency, t.latencies, &s->p50_ms, &s->settled_ms);
    s->p95_ms = meter_live_p95(t.live, t.lives, s->settled_ms);
    if (seconds <= 0)
        return;
    if (t.spark_s > 0)
        s->unsparked_s = 0;
    if (t.fine > 0)
        meter_smooth(&s->answer_ms, (double)t.fine_us / 1000 / (double)t.fine,
                     seconds);
    tick_errors(s, t.errors, now_us);
}

static void tick_flow(struct meter *m, const struct meter_flow *now,
                      double seconds)
{
    double stored = (double)(now->stored - m->last.stored) / seconds;
    double ms = seconds * 1000;

    meter_smooth(&m->rate, stored, seconds);
    if (m->rate.value > m->rate_peak)
        m->rate_peak = m->rate.value;
    meter_smooth(&m->read_rate, (double)(now->read - m->last.read) / seconds,
                 seconds);
    if (m->last.cpu_ms >= 0)
        meter_smooth(&m->cpu_pct,
                     (double)(now->cpu_ms - m->last.cpu_ms) / ms * 100,
                     seconds);
    m->history[m->seconds++ % SNAPSHOT_HISTORY] = (float)stored;
    if (now->paused)
        return;
    meter_smooth(&m->embed_full,
                 (now->embed_full_ms - m->last.embed_full_ms) / ms * 100,
                 seconds);
    meter_smooth(&m->upsert_full,
                 (now->upsert_full_ms - m->last.upsert_full_ms) / ms * 100,
                 seconds);
}

bool meter_tick(struct meter *m, const struct meter_flow *now, int64_t now_us)
{
    double seconds = (double)(now_us - m->last_us) / 1e6;
    bool still = seconds > METER_STILL_S;

    if (seconds <= 0)
        return true;
    monitor_lock(&m->lock);
    for (int i = 0; i < METER_STAGES; i++)
        tick_stage(m, i, still ? 0 : seconds, now_us);
    if (!still)
        tick_flow(m, now, seconds);
    m->last = *now;
    m->last_us = now_us;
    monitor_unlock(&m->lock);
    return !still;
}

/* Is its request far older than its requests take, or those of its stage if it
 * has had none? */
static bool meter_is_slow(const struct meter_stage *s,
                          const struct meter_worker *w, int64_t age_ms)
{
    int64_t usual = w->settled_ms >= 0 ? w->settled_ms : s->settled_ms;

    return w->running && usual >= 0 && age_ms >= METER_SLOW_MS &&
           age_ms > METER_SLOW_TIMES * usual;
}

static void view_worker(const struct meter_stage *s, struct meter_worker *w,
                        struct worker_view *v, int64_t now_ms)
{
    uint32_t sparks = w->sparks;
    int64_t age_ms;

    monitor_lock(&w->lock);
    v->state = w->state;
    v->docs = w->docs;
    v->batch = w->batch;
    v->errors = w->errors;
    v->requests = w->latencies;
    age_ms = w->running ? now_ms - w->begun_us / 1000 : 0;
    v->state_ms = w->state == WORKER_BUSY ? age_ms
                                          : now_ms - w->since_us / 1000;
    v->slow = meter_is_slow(s, w, age_ms);
    v->wait_ms = w->until_ms > now_ms ? w->until_ms - now_ms : 0;
    snprintf(v->reason, sizeof v->reason, "%s", w->reason);
    if (w->until_ms && now_ms >= w->until_ms)
        v->reason[0] = '\0'; /* what it waited for is over */
    monitor_unlock(&w->lock);
    v->rate = w->rate.value;
    v->p50_ms = w->p50_ms;
    v->p95_ms = w->p95_ms;
    v->spark_len = (uint8_t)(sparks < SNAPSHOT_SPARK ? sparks
                                                     : SNAPSHOT_SPARK);
    for (uint32_t i = 0; i < v->spark_len; i++)
        v->spark[i] =
            w->spark[(sparks - v->spark_len + i) % SNAPSHOT_SPARK];
}

/* The share of its time that it was no spare: what the stage's shares are
 * shares of, so that workers who come and go change none of them. */
static double meter_duty(const struct meter_worker *w)
{
    double share_pct = 0;

    for (int i = WORKER_OFF + 1; i < STATES; i++)
        share_pct += w->share_pct[i].value;
    return share_pct / 100;
}

void meter_stage_view(struct meter_stage *s, struct stage_view *v,
                      size_t workers, int64_t now_ms)
{
    double most = 0;

    v->rate = v->duty = v->busy_pct = v->limited_pct = v->backoff_pct = 0;
    v->docs = v->requests = v->failed = 0;
    v->limited_by[0] = '\0';
    monitor_lock(&s->meter->lock);
    for (size_t i = 0; i < workers; i++) {
        struct meter_worker *w = &s->worker[i];

        view_worker(s, w, &v->worker[i], now_ms);
        v->rate += w->rate.value;
        v->docs += v->worker[i].docs;
        v->requests += v->worker[i].requests;
        v->failed += v->worker[i].errors;
        v->duty += meter_duty(w);
        v->busy_pct += w->share_pct[WORKER_BUSY].value;
        v->limited_pct += w->share_pct[WORKER_LIMITED].value;
        v->backoff_pct += w->share_pct[WORKER_BACKOFF].value;
        if (w->share_pct[WORKER_LIMITED].value > most) {
            most = w->share_pct[WORKER_LIMITED].value;
            memcpy(v->limited_by, w->limited_by, sizeof v->limited_by);
        }
    }
    if (v->duty > 0) {
        v->busy_pct /= v->duty;
        v->limited_pct /= v->duty;
        v->backoff_pct /= v->duty;
    }
    v->errors_per_min = 0;
    for (int i = 0; i < MINUTE_S; i++)
        v->errors_per_min += s->errors[i];
    v->p50_ms = s->p50_ms;
    v->p95_ms = s->p95_ms;
    v->answer_ms = s->answer_ms.value;
    monitor_unlock(&s->meter->lock);
}

void meter_fill(struct meter *m, struct snapshot *s)
{
    monitor_lock(&m->lock);
    s->rate = m->rate.value;
    s->rate_peak = m->rate_peak;
    s->read_rate = m->read_rate.value;
    s->cpu_pct = m->cpu_pct.value;
    s->embed_queue.full_pct = m->embed_full.value;
    s->upsert_queue.full_pct = m->upsert_full.value;
    s->history_len = m->seconds < SNAPSHOT_HISTORY ? m->seconds
                                                   : SNAPSHOT_HISTORY;
    for (uint32_t i = 0; i < s->history_len; i++)
        s->history[i] = m->history[(m->seconds - s->history_len + i) %
                                   SNAPSHOT_HISTORY];
    monitor_unlock(&m->lock);
}
