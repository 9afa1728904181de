/*
 * What the workers did and how fast: they write it, a snapshot reads it.
 *
 * The p95 is that of the last requests of each worker that came back, or, if it
 * is longer, of those of the last ten seconds and of those that are under way
 * for longer than usual: where a service stops to answer, it grows.
 *
 * Pure arithmetic on the instants that callers give, in monotonic microseconds;
 * the views are in milliseconds, like all on the screen.
 *
 * Threads     meter_state() and meter_request(): the worker itself, under a
 *             leaf lock of its own. meter_tick(): the ticker, once a second.
 *             meter_stage_view(): any.
 */
#ifndef BATCHTOP_CORE_METER_H
#define BATCHTOP_CORE_METER_H

#include "api/snapshot.h"

struct meter;
struct meter_stage;
struct meter_worker;

enum meter_which { METER_EMBED, METER_UPSERT, METER_STAGES };

enum {
    METER_STILL_S = 2,   /* a longer gap means a suspended process */
    METER_SLOW_TIMES = 3, /* a request is slow when it is so many times as old
                             as the p95 of those that came back, */
    METER_SLOW_MS = 2000  /* and as this */
};

struct meter *meter_new(int64_t now_us);
void meter_free(struct meter *m);
struct meter_stage *meter_of(struct meter *m, enum meter_which which);
struct meter_worker *meter_worker(struct meter_stage *s, size_t index);

/* The worker is in this state now; wait_ms until it goes on, if known. */
void meter_state(struct meter_worker *w, enum worker_state state,
                 int64_t wait_ms, const char *reason, int64_t now_us);
/* A request with `batch` documents ended after us microseconds; `docs` of them
 * succeeded. */
void meter_request(struct meter_worker *w, size_t docs, size_t batch,
                   int64_t us, bool fine);

/* Totals that the caller counts, for rates since the last tick. */
struct meter_flow {
    uint64_t stored, read;   /* documents so far */
    int64_t cpu_ms;          /* used so far */
    double embed_full_ms, upsert_full_ms; /* queue_stats.full_ms */
    bool paused; /* leave this second out of the queues' fullness: a held stage
                  * is no bottleneck */
};
/* False when the process was suspended since the last tick (SIGSTOP, Ctrl-Z):
 * no rate or history counts that time. */
bool meter_tick(struct meter *m, const struct meter_flow *now, int64_t now_us);

/* Set rate, shares of time, errors, p50, p95 and the first `workers` workers:
 * as many as ever started, so that no count goes down. */
void meter_stage_view(struct meter_stage *s, struct stage_view *v,
                      size_t workers, int64_t now_ms);
/* Set rate, rate_peak, read_rate, cpu_pct, history and queue fullness. */
void meter_fill(struct meter *m, struct snapshot *s);

#endif
