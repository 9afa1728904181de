/*
 * One running moment with all its numbers is the base, and every other sample
 * is that moment with a few things changed.
 */
#include "config.h"
#include "tests/support/sample_snapshot.h"

#include <stdio.h>
#include <string.h>

#include "core/failures/failure_row.h"
#include "tests/support/sample_failures.h"

#define SET(to, ...) snprintf(to, sizeof(to), __VA_ARGS__)

const char *sample_name(enum sample which)
{
    static const char *const names[SAMPLE_COUNT] = {
        "starting", "running",  "paused", "stages", "throttled", "held",
        "retrying", "draining", "stopping", "done", "owing",     "failed",
        "empty",    "unknown",  "laptop", "seeking", "refused",  "slow",
        "advised",
        "spent",    "crowd",    "wide",   "hostile"
    };

    return names[which];
}

/* A hilly line, the same each time. */
static float hill(int i, double top)
{
    static const int shape[] = { 5, 6, 7, 7, 8, 7, 6, 6, 5, 6,
                                 7, 8, 8, 7, 5, 4, 5, 7, 7, 6 };

    return (float)(top * shape[i % 20] / 8);
}

static void worker(struct worker_view *w, int i, double rate, uint32_t batch,
                   int64_t p95)
{
    w->state = WORKER_BUSY;
    w->rate = rate + i * 7 % 40;
    w->docs = 78000 + (uint64_t)i * 311;
    w->batch = batch;
    w->p50_ms = p95 * 6 / 10;
    w->p95_ms = p95 + i * 5 % 30;
    w->state_ms = 120;
    w->spark_len = SNAPSHOT_SPARK;
    for (int k = 0; k < SNAPSHOT_SPARK; k++)
        w->spark[k] = hill(k + i * 3, w->rate * 1.2);
}

static void stage(struct stage_view *g, const char *name, uint32_t workers,
                  double rate, uint32_t batch, int64_t p95)
{
    SET(g->name, "%s", name);
    g->rate = rate;
    g->busy_pct = 97;
    g->p50_ms = p95 * 6 / 10;
    g->p95_ms = p95;
    g->workers = g->wanted = g->started = workers;
    g->duty = workers;
    g->max_workers = 32;
    g->seek = (struct seek_view){ .pinned = true, .width = workers,
                                  .bound = workers };
    g->batch = batch;
    g->requests = 10471;
    g->failed = 409;
    g->docs = 623902;
    for (uint32_t i = 0; i < workers; i++)
        worker(&g->worker[i], (int)i, rate / workers, batch, p95);
}

/* The number of requests in flight is found out. */
static void sought(struct stage_view *g, const char *phase, const char *why,
                   uint32_t knee)
{
    g->seek = (struct seek_view){ .sought = true, .width = g->wanted,
                                  .bound = 64, .knee = knee,
                                  .unloaded_ms = (double)g->p50_ms * 0.8,
                                  .latency_ms = (double)g->p50_ms };
    SET(g->seek.phase, "%s", phase);
    SET(g->seek.why, "%s", why);
}

static void fill_knobs(struct snapshot *s)
{
    static const int64_t now[KNOB_COUNT] = { 96, 256, 8, 4, 3000, 1000000, 80,
                                             0 };
    static const int64_t max[KNOB_COUNT] = { 2048,    4096,      32, 16,
                                             1000000, 100000000, 95,
                                             1000000000ll * KNOB_USD };
    static const int64_t start[KNOB_COUNT] = { 100, 200, KNOB_AUTO, 2, 0, 0,
                                               80, 0 };

    memcpy(s->knob, now, sizeof now);
    memcpy(s->knob_now, now, sizeof now);
    memcpy(s->knob_max, max, sizeof max);
    memcpy(s->knob_start, start, sizeof start);
    s->knob[KNOB_EMBED_WORKERS] = KNOB_AUTO;
    s->knob[KNOB_BUDGET] = s->knob_now[KNOB_BUDGET] = 5 * KNOB_USD;
    s->request_tokens = 300000;
}

static void counts(struct snapshot *s)
{
    s->total = 1000470;
    s->total_estimated = true;
    s->done_pct = 62.44;
    s->eta_ms = 25 * 60 * 1000;
    SET(s->done_clock, "18:51");
    s->stored = 623902;
    s->processed = 624310;
    s->waiting = 12;
    s->produced = 625544;
    s->embedded = 624500;
    s->upserted = 623902;
    s->in_flight = 1234;
    s->tokens = 61200000;
    s->requests = 10471;
    s->retries = 409;
    s->batches = 6520;
    s->sent_bytes = 331ull << 20;
    s->received_bytes = 5ull << 30;
    s->cost_usd = s->run_cost_usd = 1.224;
    s->cost_projected_usd = 1.962;
    s->cost_known = true;
    s->budget_usd = 5;
    s->rate = 4098;
    s->rate_avg = 3810;
    s->rate_peak = 5120;
    s->read_rate = 4212;
    s->read_bytes = 318ull << 20;
    s->read_size = 510ull << 20;
    s->checkpoint_ms = 3000;
    s->recorded = 623880;
    s->checkpoint_line = 612322;
    s->checkpoint_count = 1210;
}

static void running(struct snapshot *s)
{
    s->state = RUN_RUNNING;
    s->state_ms = 2467000;
    SET(s->job, "corpus");
    SET(s->attach_line, "batchtop attach corpus");
    SET(s->resume_line, "batchtop resume corpus");
    SET(s->retry_line, "batchtop retry corpus");
    SET(s->search_line, "batchtop search corpus \"...\"");
    SET(s->corpus, "corpus.jsonl");
    SET(s->store, "qdrant docs_v3");
    SET(s->embedder, "openai:text-embedding-3-small 1536");
    SET(s->started_hms, "13:26:05");
    s->now_ms = 90000000;
    s->elapsed_ms = 2467000;
    counts(s);
    s->embed_queue = (struct queue_view){ 41, 64, 12u << 20, 64u << 20, 3936,
                                          64 };
    s->upsert_queue = (struct queue_view){ 9, 64, 5u << 20, 64u << 20, 864,
                                           14 };
    stage(&s->embed, s->embedder, 8, 4105, 96, 210);
    stage(&s->upsert, s->store, 4, 4098, 256, 46);
    sought(&s->embed, "cruising", "8: more brings nothing", 8);
    s->embed.errors_per_min = 9;
    SET(s->bottleneck, "EMBED");
    SET(s->bottleneck_why, "queue before it 64 %% full, workers 97 %% busy");
    s->requests_min = (struct limit_view){ 3000, 2130 };
    s->tokens_min = (struct limit_view){ 1000000, 930000 };
    s->concurrent = (struct limit_view){ 10, 8 };
    SET(s->limit_now, "token budget is the limit now");
    s->memory_pct = 38;
    s->memory_guard_pct = 80;
    s->memory_bytes = 12ull << 30;
    s->memory_total_bytes = 32ull << 30;
    s->rss_bytes = 612ull << 20;
    s->cpu_pct = 14;
    s->history_len = SNAPSHOT_HISTORY;
    for (int i = 0; i < SNAPSHOT_HISTORY; i++)
        s->history[i] = hill(i / 7, 4800);
    sample_failures_rows(s);
    sample_failures_kinds(s);
    sample_failures_causes(s);
    fill_knobs(s);
    s->embed.worker[4].state = WORKER_BACKOFF;
    s->embed.worker[4].wait_ms = 11200;
    s->embed.worker[4].rate = 0;
    SET(s->embed.worker[4].reason, "429");
    s->upsert.worker[2].state = WORKER_IDLE;
}

static void no_failures(struct snapshot *s)
{
    s->failure_count = s->kind_count = 0;
    s->cause_count = s->healed_count = 0;
    s->failures_open = s->failures_total = s->failures_seq = 0;
    s->listed_total = s->listed_seq = 0;
    s->failed = s->rejected = s->waiting = 0;
}

static void no_workers(struct snapshot *s)
{
    memset(s->embed.worker, 0, sizeof s->embed.worker);
    memset(s->upsert.worker, 0, sizeof s->upsert.worker);
    s->embed.workers = s->upsert.workers = 0;
    s->embed.rate = s->upsert.rate = s->read_rate = s->rate = 0;
    s->embed.errors_per_min = 0;
    s->embed_queue.count = s->upsert_queue.count = 0;
    s->bottleneck[0] = s->bottleneck_why[0] = s->limit_now[0] = '\0';
}

static void still(struct snapshot *s, enum run_state state, int64_t since,
                  const char *reason, const char *remedy)
{
    s->state = state;
    s->state_ms = since;
    s->bottleneck[0] = s->bottleneck_why[0] = s->limit_now[0] = '\0';
    SET(s->reason, "%s", reason);
    SET(s->remedy, "%s", remedy);
}

static void all_workers(struct stage_view *g, enum worker_state state,
                        const char *reason, int64_t wait_ms)
{
    for (uint32_t i = 0; i < g->workers; i++) {
        g->worker[i].state = state;
        g->worker[i].wait_ms = wait_ms;
        SET(g->worker[i].reason, "%s", reason);
    }
}

static void starting(struct snapshot *s)
{
    no_failures(s);
    no_workers(s);
    s->state = RUN_STARTING;
    s->elapsed_ms = s->state_ms = 400;
    s->total = s->processed = s->stored = s->upserted = s->in_flight = 0;
    s->tokens = s->requests = s->retries = s->read_bytes = 0;
    s->cost_usd = s->cost_projected_usd = 0;
    s->done_pct = 0;
    s->eta_ms = s->checkpoint_ms = -1;
    s->history_len = 0;
    s->rate_avg = s->rate_peak = 0;
    s->requests_min.used = s->tokens_min.used = s->concurrent.used = 0;
}

static void finished(struct snapshot *s)
{
    no_workers(s);
    s->state = RUN_DONE;
    s->state_ms = 4000;
    s->done_pct = 100;
    s->reading_done = true;
    s->total_estimated = false;
    s->processed = s->total;
    s->in_flight = s->waiting = 0;
    s->eta_ms = -1;
    s->read_bytes = s->read_size;
    s->stored = s->total - s->failures_open;
    s->recorded = s->total;
}

static void laptop(struct snapshot *s)
{
    no_failures(s);
    no_workers(s);
    SET(s->store, "sqlite corpus.vectors.sqlite");
    SET(s->embedder, "local 384");
    stage(&s->embed, "local 384", 3, 91800, 100, 1);
    stage(&s->upsert, "sqlite", 1, 89800, 2000, 24);
    s->embed.seek.pinned = s->upsert.seek.pinned = false;
    SET(s->upsert.note, "sqlite has one writer");
    for (int i = 0; i < 3; i++)
        s->embed.worker[i].spark_len = 4;
    s->upsert.worker[0].spark_len = 4;
    s->history_len = 4;
    for (int i = 0; i < 4; i++)
        s->history[i] = hill(i, 90000);
    s->elapsed_ms = s->state_ms = 4000;
    s->read_rate = 92700;
    s->rate = 89800;
    s->embed_queue = (struct queue_view){ 0, 10, 0, 1 << 20, 0, 3 };
    s->upsert_queue = (struct queue_view){ 10, 10, 1 << 20, 2 << 20, 1000, 85 };
    SET(s->bottleneck, "UPSERT");
    SET(s->bottleneck_why, "queue before it 85 %% full, workers 89 %% busy");
    s->requests_min = (struct limit_view){ 0, 2954 };
    s->tokens_min = (struct limit_view){ 0, 7870000 };
    s->eta_ms = 8000;
    SET(s->done_clock, "18:26");
    s->cost_usd = s->cost_projected_usd = s->budget_usd = 0;
}

/* Nobody said how many: both stages find it out. */
static void seeking(struct snapshot *s)
{
    no_failures(s);
    stage(&s->embed, s->embedder, 30, 4105, 96, 210);
    stage(&s->upsert, s->store, 12, 4098, 256, 46);
    sought(&s->embed, "trying more", "trying 30: +18 %", 24);
    s->embed.seek.tried = 30;
    sought(&s->upsert, "cruising", "12: more brings nothing", 12);
    s->embed.worker[29].state = WORKER_IDLE;
    s->embed.worker[28].state = WORKER_IDLE;
    s->budget_usd = 0;
    SET(s->embed.worker[28].reason, "concurrency");
    s->upsert.worker[2].state = WORKER_IDLE;
    s->requests_min.limit = s->tokens_min.limit = s->concurrent.limit = 0;
    s->limit_now[0] = '\0';
}

/* One service takes no more at once, the other no more a second. */
static void refused(struct snapshot *s)
{
    seeking(s);
    memset(s->embed.worker, 0, sizeof s->embed.worker);
    memset(s->upsert.worker, 0, sizeof s->upsert.worker);
    stage(&s->embed, s->embedder, 8, 4105, 96, 210);
    stage(&s->upsert, s->store, 2, 4098, 256, 46);
    sought(&s->embed, "refused", "refused above 8, again in 20 s", 8);
    sought(&s->upsert, "paced", "refused above 12.3/s", 2);
    s->upsert.seek.per_s = 11.9;
    s->upsert.worker[1].state = WORKER_BACKOFF;
    SET(s->upsert.worker[1].reason, "pace");
    s->upsert.worker[1].wait_ms = 40;
}

/* Most wait for a limit, four answer as ever, two do not. */
static void slow(struct snapshot *s)
{
    memset(s->embed.worker, 0, sizeof s->embed.worker);
    stage(&s->embed, s->embedder, 64, 4105, 96, 210);
    sought(&s->embed, "cruising", "64: no more are allowed", 64);
    s->embed.p95_ms = 12700;
    for (int i = 0; i < 64; i++) {
        struct worker_view *w = &s->embed.worker[i];

        if (i < 4)
            continue;
        w->slow = i == 5 || i == 16;
        w->state_ms = i == 16 ? 41200 : i == 5 ? 13400 : 120;
        w->p95_ms = w->slow ? w->state_ms : w->p95_ms;
        if (w->slow)
            continue;
        w->state = WORKER_LIMITED;
        w->wait_ms = 2100;
        SET(w->reason, "tokens/min");
    }
}

/* The number of requests is limited, and they are small. */
static void advised(struct snapshot *s)
{
    no_failures(s);
    s->embed.batch = 20;
    s->knob[KNOB_EMBED_BATCH] = s->knob_now[KNOB_EMBED_BATCH] = 20;
    all_workers(&s->embed, WORKER_LIMITED, "requests/min", 900);
    s->embed.worker[0].state = WORKER_BUSY;
    s->requests_min.used = 3000;
    SET(s->limit_now, "requests/min is the limit now");
    SET(s->bottleneck, "LIMIT");
    SET(s->bottleneck_why, "requests/min: workers wait for it 88 %% of their "
        "time");
    SET(s->advice.text, "do: b 20 \xe2\x86\x92 100 documents a request (5x with "
        "the same requests)");
    SET(s->advice.command, "set embed-batch=100");
    s->advice.can = true;
    s->advice.knob = KNOB_EMBED_BATCH;
    s->advice.value = 100;
}

static void crowd(struct snapshot *s)
{
    stage(&s->embed, "tei", 64, 1234567, 2048, 65000);
    stage(&s->upsert, "qdrant", 64, 1234000, 4096, 1250000);
    sought(&s->embed, "cruising", "64: no more are allowed", 64);
    SET(s->embed.seek.bound_by, "memory in flight");
    sought(&s->upsert, "cruising", "64: no more are allowed", 64);
    SET(s->upsert.seek.bound_by, "--max-concurrent");
    s->embed.worker[63].state = WORKER_BLOCKED;
    SET(s->embed.worker[63].reason, "queue");
    s->embed_queue = (struct queue_view){ 9999, 10000, 1, 2, 3, 99 };
    s->upsert_queue = (struct queue_view){ 10000, 10000, 1, 2, 3, 100 };
    s->total = 123456789012;
    s->processed = s->stored = 98765432109;
    s->in_flight = 40960000;
    s->waiting = 1234567;
    s->superseded = 7654321;
    s->skipped = 1234;
    s->duplicates = 99;
    s->done_pct = 79.99;
    s->read_rate = s->rate = 1234567;
    s->elapsed_ms = 359999000;
    s->eta_ms = 9 * 86400000ll;
    SET(s->done_clock, "09 Dec");
    s->recorded = 99765432109;
    s->checkpoint_line = 98765432109;
    s->read_bytes = 40ull << 40;
    s->read_size = 50ull << 40;
    s->tokens_min = (struct limit_view){ 2000000000, 2000000000 };
}

static void wide(struct snapshot *s)
{
    SET(s->corpus, "資料/日本語コーパス.jsonl");
    SET(s->store, "qdrant ドキュメント");
    SET(s->failures[0].id, "日本語の文書識別子はとても長いことがあります");
    SET(s->failures[0].message,
        "文書が長すぎます: 8,192 トークンを超えています (9,114)、分割して"
        "ください、さもないと保存されません");
    SET(s->failures[1].id, "e\xcc\x81t\xc3\xa9-0623990");
    SET(s->failures[1].message, "r\xc3\xa9sum\xc3\xa9 \xf0\x9f\x98\x80 refused");
    SET(s->failures[2].id, "한국어-문서");
}

static void hostile(struct snapshot *s)
{
    SET(s->corpus, "a\033]0;owned\007.jsonl");
    SET(s->failures[0].id, "\033[2J\033[31mred");
    SET(s->failures[0].message, "<1B>[2J<U+202E>gnirts <FF> as it is printed");
    SET(s->failures[1].id, "abc\xff\xfe" "def");
    SET(s->failures[1].message, "\xe2\x80\xae right to left \xe2\x80\x8b zero");
    SET(s->failures[2].id, "tab\there\nand there\r");
    memset(s->failures[3].id, 'x', sizeof s->failures[3].id - 1);
    memset(s->failures[3].message, 'y', sizeof s->failures[3].message - 1);
    s->event_newest = s->event_count = 1;
    s->events[0] = (struct run_event){ .seq = 1, .told = true };
    SET(s->events[0].text, "\033[5mblink");
}

void sample_filter(struct snapshot *s)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < s->failure_count; i++)
        if ((!s->ask.cause || s->failures[i].cause == s->ask.cause) &&
            failure_row_passes(&s->failures[i], s->ask.filter))
            s->failures[n++] = s->failures[i];
    s->failure_count = n;
    s->listed_total = s->listed_seq = n;
}

static void paused(struct snapshot *s)
{
    still(s, RUN_PAUSED, 130000, "paused by the operator", "p resumes");
    s->paused = STAGES_INTAKE;
    s->eta_ms = -2;
    all_workers(&s->embed, WORKER_PAUSED, "", 0);
    all_workers(&s->upsert, WORKER_IDLE, "", 0);
}

/* The next request costs more than is left. */
static void spent(struct snapshot *s)
{
    paused(s);
    SET(s->reason, "the budget is spent: about 1.22 of 1.23 USD, and the next "
                   "request costs about 0.0100");
    SET(s->remedy, "p sets a larger one");
    s->paused = 1 << STAGE_EMBED;
    s->budget_usd = 1.23;
    s->budget_spent = true;
    s->knob[KNOB_BUDGET] = s->knob_now[KNOB_BUDGET] = 1230000;
}

static void stages(struct snapshot *s)
{
    still(s, RUN_PAUSED, 130000, "READ, UPSERT paused by the operator",
          "p resumes");
    s->paused = 1 << STAGE_READ | 1 << STAGE_UPSERT;
    s->eta_ms = -2;
    s->upsert_queue = (struct queue_view){ 64, 64, 9u << 20, 64u << 20,
                                           6144, 14 };
    all_workers(&s->embed, WORKER_BLOCKED, "queue full", 0);
    all_workers(&s->upsert, WORKER_PAUSED, "", 0);
}

static void throttled(struct snapshot *s)
{
    still(s, RUN_THROTTLED, 8000,
          "HTTP 429: Rate limit reached for text-embedding-3-small",
          "goes on in 12 s");
    all_workers(&s->embed, WORKER_BACKOFF, "429", 12000);
}

static void held(struct snapshot *s)
{
    still(s, RUN_HELD, 15000,
          "memory 81 %, reading goes on below 77 %",
          "l changes it");
    s->memory_pct = 81;
    s->eta_ms = -2;
}

static void retrying(struct snapshot *s)
{
    still(s, RUN_RETRYING, 45000, "store: connection refused",
          "next try in 8 s");
    s->eta_ms = -2;
    all_workers(&s->upsert, WORKER_BACKOFF, "outage", 8000);
}

static void draining(struct snapshot *s)
{
    still(s, RUN_DRAINING, 2000, "", "");
}

static void stopping(struct snapshot *s)
{
    still(s, RUN_STOPPING, 200, "", "");
}

static void done(struct snapshot *s)
{
    no_failures(s);
    finished(s);
}

static void failed(struct snapshot *s)
{
    no_workers(s);
    still(s, RUN_FAILED, 1000,
          "the disk is full: writing corpus.ledger failed", "");
}

static void empty(struct snapshot *s)
{
    no_failures(s);
    finished(s);
    s->total = s->processed = s->stored = s->upserted = s->recorded = 0;
    s->cost_usd = s->cost_projected_usd = s->budget_usd = 0;
    s->history_len = 0;
    s->read_bytes = s->read_size = 0;
}

static void of_unknown_size(struct snapshot *s)
{
    SET(s->corpus, "standard input");
    s->total = s->read_size = 0;
    s->done_pct = 0;
    s->eta_ms = -1;
}

void sample_snapshot(struct snapshot *s, enum sample which)
{
    static void (*const samples[])(struct snapshot *) = {
        [SAMPLE_STARTING] = starting,
        [SAMPLE_PAUSED] = paused,
        [SAMPLE_STAGES] = stages,
        [SAMPLE_THROTTLED] = throttled,
        [SAMPLE_HELD] = held,
        [SAMPLE_RETRYING] = retrying,
        [SAMPLE_DRAINING] = draining,
        [SAMPLE_STOPPING] = stopping,
        [SAMPLE_DONE] = done,
        [SAMPLE_DONE_OWING] = finished,
        [SAMPLE_FAILED] = failed,
        [SAMPLE_EMPTY] = empty,
        [SAMPLE_UNKNOWN] = of_unknown_size,
        [SAMPLE_LAPTOP] = laptop,
        [SAMPLE_SEEKING] = seeking,
        [SAMPLE_REFUSED] = refused,
        [SAMPLE_SLOW] = slow,
        [SAMPLE_ADVISED] = advised,
        [SAMPLE_SPENT] = spent,
        [SAMPLE_CROWD] = crowd,
        [SAMPLE_WIDE] = wide,
        [SAMPLE_HOSTILE] = hostile,
    };

    memset(s, 0, sizeof *s);
    running(s);
    if (which < sizeof samples / sizeof *samples && samples[which])
        samples[which](s);
}
