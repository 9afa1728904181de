/* The ticker is the clock of a run. Every 100 ms it brings due retries back
 * into the queues, checks memory and the number of workers, and notices the
 * end; once a second it ticks the meters. */
#include "config.h"
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/money.h"
#include "core/run_state.h"
#include "engine/background.h"
#include "engine/job/spooled.h"
#include "engine/job/store_check.h"
#include "engine/job/store_finish.h"
#include "engine/preflight.h"
#include "engine/recorder/failure_recount.h"
#include "engine/recorder/recorder.h"
#include "engine/staffing.h"
#include "sys/clock.h"
#include "util/heap/blocks.h"

enum { TICK_MS = 100, SECOND_MS = 1000, MEMORY_MS = 500,
       STUCK_MS = 1000 };

/* Retries may be a fifth of the calls, and two a second in any case. */
static const double retry_share = 0.2, retries_per_s = 2, retries_saved = 20;

/* A document that only waited for an earlier record of its id is no retry. */
static bool is_retry(const struct batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->docs[i].tries > 0)
            return true;
    return false;
}

static bool ticker_bring_back(struct run *r, bool with_vector)
{
    size_t max = run_embed_batch(r);
    struct batch *b = pool_take(r->pool, 0);
    struct queue *q = with_vector ? r->upsert_queue : r->embed_queue;

    if (!b)
        return false; /* the next tick asks again */
    if (redo_collect(r->redo, b, max, with_vector, clock_ms()) > 0) {
        if (is_retry(b))
            allowance_use(&r->retries);
        if (queue_push_front(q, b) == QUEUE_OK)
            return true;
    }
    pool_give(r->pool, b);
    return false;
}

static void ticker_bring_back_due(struct run *r)
{
    int64_t due = redo_next_ms(r->redo);

    while (due >= 0 && due <= clock_ms() &&
           allowance_left(&r->retries, counted(&r->tally.requests),
                          clock_ms())) {
        bool any = ticker_bring_back(r, false);

        if (!ticker_bring_back(r, true) && !any)
            return;
        due = redo_next_ms(r->redo);
    }
}

static void guard_memory(struct run *r)
{
    double guard = (double)counted(&r->memory_pct);
    struct memory_use use;
    char reason[160];

    if (!memory_read(r->memory_files, &use))
        return;
    monitor_lock(&r->lock);
    r->memory = use;
    monitor_unlock(&r->lock);
    if (use.used_pct >= guard) {
        snprintf(reason, sizeof reason,
                 "memory %d %% used, reading holds above %d %%",
                 (int)use.used_pct, (int)guard);
        control_hold(r->control, HOLD_MEMORY, reason,
                     "l changes it");
    } else if (use.used_pct < guard - MEMORY_RELEASE_PCT) {
        control_release(r->control, HOLD_MEMORY);
    }
}

/* What the time left makes of the second that is over. */
static enum speed_second ticker_second(struct run *r, uint64_t in_flight)
{
    struct gate_stats embed, upsert;
    int64_t now = clock_ms();

    if (control_paused(r->control) || atomic_load(&r->done))
        return SPEED_STANDS;
    endpoints_stats(&r->embed.endpoints, now, &embed);
    endpoints_stats(&r->upsert.endpoints, now, &upsert);
    if (embed.outage || upsert.outage ||
        (in_flight > 0 && redo_count(r->redo) == in_flight))
        return SPEED_OUTAGE;
    return embed.throttled_ms > 0 || upsert.throttled_ms > 0 ||
                   control_holds(r->control, HOLD_MEMORY)
               ? SPEED_WAITS
               : SPEED_WORKS;
}

/* Time in which the process was stopped is in no speed. */
static void tick_speed(struct run *r, const struct record_balance *records,
                       bool still)
{
    uint64_t read, size;
    int64_t now_ms = clock_ms();
    bool ready = atomic_load(&r->ready);
    enum speed_second how = ticker_second(r, records->at[COUNT_IN_FLIGHT]);
    double work = ready ? observe_progress(r, records, &read, &size).work : -1;

    monitor_lock(&r->lock);
    if (still)
        speed_skip(&r->speed);
    speed_tick(&r->speed, work, (double)(now_ms - r->speed_ms) / 1000, how);
    r->speed_ms = now_ms;
    monitor_unlock(&r->lock);
}

static void tick_meters(struct run *r)
{
    struct queue_stats embed, upsert;
    struct record_balance records = record_counts_balance(r->counts);
    struct meter_flow flow = { 0 };
    int64_t now_us = clock_us();
    bool still;

    queue_stats(r->embed_queue, &embed);
    queue_stats(r->upsert_queue, &upsert);
    flow.stored = records.at[COUNT_STORED] - r->totals_at_open.stored;
    flow.read = records.at[COUNT_CORPUS] - r->records_at_open;
    flow.cpu_ms = cpu_used_ms();
    flow.embed_full_ms = embed.full_ms;
    flow.upsert_full_ms = upsert.full_ms;
    flow.paused = control_paused(r->control) || atomic_load(&r->done);
    still = !meter_tick(r->meter, &flow, now_us);
    tick_speed(r, &records, still);
    if (still || control_held(r->control, STAGE_EMBED))
        endpoints_skip(&r->embed.endpoints, now_us / 1000);
    if (still || control_held(r->control, STAGE_UPSERT))
        endpoints_skip(&r->upsert.endpoints, now_us / 1000);
}

/* What began and what ended since the last second, for the log. */
static void ticker_chronicle(struct run *r)
{
    struct chronicle_facts f = { .memory = "" };
    struct gate_stats gate[2];
    int64_t now = clock_ms();

    run_snapshot(r, chronicle_snapshot(r->chronicle));
    endpoints_stats(&r->embed.endpoints, now, &gate[0]);
    endpoints_stats(&r->upsert.endpoints, now, &gate[1]);
    f.gate = gate;
    for (enum hold_cause h = 0; h < HOLD_COUNT; h++)
        f.held[h] = control_holds(r->control, h);
    control_held_ms(r->control, HOLD_MEMORY, f.memory, sizeof f.memory);
    chronicle_look(r->chronicle, &f, r->notices);
}

static bool ticker_all_final(struct run *r)
{
    return atomic_load(&r->readers_left) == 0 &&
           record_counts_balance(r->counts).at[COUNT_IN_FLIGHT] == 0;
}

static bool ticker_nothing_left(struct run *r)
{
    return ticker_all_final(r) && !background_busy(r->background);
}

/* Everything is final: make it durable, recount, then report it. */
static void notice_end(struct run *r)
{
    uint64_t epoch = run_work_epoch(r);
    struct error err;

    if (!atomic_load(&r->done) && ticker_all_final(r))
        background_all_final(r->background, control_draining(r->control));
    if (atomic_load(&r->done) || !ticker_nothing_left(r))
        return;
    if (!recorder_flush(r->recorder, RECORDER_FLUSH_MS) ||
        !ticker_nothing_left(r))
        return;
    if (!failure_recount(r, &err))
        notices_add(r->notices,
                    "all is done, but the failed documents could not "
                    "be counted anew in the checkpoint: %s",
                    err.text);
    /* A drain wants a soon end; who resumes it makes the rest. */
    if (!control_draining(r->control) && !store_finish(r))
        return;
    if (!store_check_at_end(r, &err))
        run_fail(r, &err);
    else if (ticker_nothing_left(r))
        run_set_done(r, epoch);
}

/* A hold prevents the end of a drain: the held stage cannot finish its
 * documents, so stop when nothing else moves any more. A resume sends them. */
static void notice_stuck_drain(struct run *r)
{
    uint64_t left = record_counts_balance(r->counts).at[COUNT_IN_FLIGHT];
    bool held = control_held(r->control, STAGE_EMBED) ||
                control_held(r->control, STAGE_UPSERT);

    if (!control_draining(r->control) || !held ||
        control_holds(r->control, HOLD_LEDGER) || left != r->drain_left) {
        r->drain_left = left;
        r->drain_ms = clock_ms();
        return;
    }
    if (clock_ms() - r->drain_ms < STUCK_MS)
        return;
    notices_add(r->notices, "what is held cannot be finished: stopping, a "
                           "resume sends it");
    control_stop(r->control);
}

static bool start_readers(struct run *r, struct error *err)
{
    size_t want = r->corpus_count < MAX_READERS ? r->corpus_count
                                                : MAX_READERS;

    atomic_store(&r->readers_left, want);
    for (; r->readers < want; r->readers++) {
        char name[16];

        snprintf(name, sizeof name, "bt-r%zu", r->readers + 1);
        if (!thread_start(&r->reader[r->readers], name, reader_main, r, err)) {
            atomic_fetch_sub(&r->readers_left, want - r->readers);
            return r->readers > 0;
        }
    }
    return true;
}

/* Who stopped a start that still waited did not see it fail. */
static void ticker_end_start(struct run *r, const struct error *err)
{
    if (!control_stopping(r->control))
        run_fail(r, err);
    else if (err->kind != ERROR_STOPPED && error_passes(err->kind))
        run_give_up(r, err);
}

/* Do the preflight, then start readers; workers start at the next tick. */
static void ticker_prepare_run(struct run *r)
{
    struct error err;
    bool first;

    if (atomic_load(&r->ready) || !atomic_load(&r->wanted_ready))
        return;
    if (!preflight(r, &err)) {
        ticker_end_start(r, &err);
        return;
    }
    spooled_open(r);
    first = r->ledger_dim == 0; /* written as soon as the run is ready */
    atomic_store(&r->ready, true);
    if (first) /* write down that from now on something may be sent */
        recorder_flush(r->recorder, RECORDER_FLUSH_MS);
    if (!start_readers(r, &err))
        run_fail(r, &err);
}

void *ticker_main(void *arg)
{
    struct run *r = arg;
    int64_t second = clock_ms() + SECOND_MS, memory = 0;
    uint64_t rings;
    struct error err;
    struct snapshot *scratch = malloc(sizeof *scratch);

    allowance_init(&r->retries, retry_share, retries_per_s, retries_saved,
                   clock_ms());
    if (!store_check_late(r, &err))
        ticker_end_start(r, &err);
    do {
        int64_t now = clock_ms();

        rings = control_rings(r->control);
        ticker_prepare_run(r);
        if (atomic_load(&r->ready) && !control_stopping(r->control))
            staffing_start(r);
        pool_resize(r->pool, run_pool_size(r));
        ticker_bring_back_due(r);
        if (now >= memory) {
            guard_memory(r);
            memory = now + MEMORY_MS;
        }
        if (now >= second) {
            tick_meters(r);
            if (scratch) /* else without advice */
                observe_advise(r, scratch);
            money_warn(&r->purse, r->notices);
            ticker_chronicle(r);
            blocks_age();
            second = now - second > SECOND_MS ? now + SECOND_MS
                                              : second + SECOND_MS;
        }
        notice_end(r);
        notice_stuck_drain(r);
        wait_limit_check(r);
    } while (control_doze(r->control, rings, TICK_MS));
    free(scratch);
    return NULL;
}
