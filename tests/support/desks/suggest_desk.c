/* This file makes the moments, and lets time go by. */
#include "config.h"
#include "tests/support/desks/suggest_desk.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/tap.h"

struct snapshot desk_moment;
struct suggest desk_suggest;
struct suggest_facts desk_facts;
int64_t desk_wall_s;

void desk_stage(struct stage_view *v, uint32_t workers, uint32_t batch)
{
    v->workers = v->wanted = v->started = workers;
    v->duty = workers;
    v->max_workers = 64;
    v->batch = batch;
    v->busy_pct = 80;
    v->answer_ms = 300;
    v->seek = (struct seek_view){ .sought = true, .width = workers };
    for (uint32_t i = 0; i < workers; i++)
        v->worker[i] = (struct worker_view){ .state = WORKER_BUSY,
                                             .batch = batch, .requests = 100,
                                             .p50_ms = 300, .p95_ms = 320 };
}

/* A run in which the embedder is the bottleneck and everything is found out:
 * nothing is to be done. */
int desk_begin(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    memset(&desk_moment, 0, sizeof desk_moment);
    memset(&desk_suggest, 0, sizeof desk_suggest);
    desk_facts = (struct suggest_facts){ .endpoints = 1 };
    desk_wall_s = DESK_WALL_S;
    desk_moment.state = RUN_RUNNING;
    desk_moment.now_ms = 100 * SECOND_MS;
    desk_moment.history_len = 60;
    for (int i = 0; i < 60; i++)
        desk_moment.history[i] = 169;
    desk_stage(&desk_moment.embed, 6, 20);
    desk_stage(&desk_moment.upsert, 2, 100);
    desk_moment.embed_queue.full_pct = 90;
    desk_moment.read_rate = 169;
    desk_moment.embedded = 10000;
    desk_moment.tokens = 1000000; /* 100 of each document */
    desk_moment.request_tokens = 300000;
    for (int k = 0; k < KNOB_COUNT; k++)
        desk_moment.knob[k] = k <= KNOB_UPSERT_WORKERS ? KNOB_AUTO : 0;
    desk_moment.knob_max[KNOB_EMBED_BATCH] = 2048;
    desk_moment.knob_max[KNOB_UPSERT_BATCH] = 100000;
    desk_moment.memory_guard_pct = 80;
    desk_moment.memory_pct = 40;
    desk_moment.memory_bytes = 6ull << 30;
    desk_moment.memory_total_bytes = 16ull << 30;
    desk_moment.rss_bytes = 1ull << 30;
    return 0;
}

void desk_pass(int seconds)
{
    while (seconds-- > 0) {
        desk_moment.now_ms += SECOND_MS;
        desk_wall_s++;
        for (uint32_t i = 0; i < SNAPSHOT_WORKERS; i++) {
            desk_moment.embed.worker[i].requests++;
            desk_moment.upsert.worker[i].requests++;
        }
        suggest_tick(&desk_suggest, &desk_moment, &desk_facts, desk_wall_s);
    }
}

void desk_says(const char *text)
{
    assert_string_equal(desk_suggest.shown.text, text);
}

void desk_limit(void)
{
    desk_moment.knob[KNOB_EMBED_BATCH] = 20;
    desk_moment.knob[KNOB_RPM] = 900;
    strcpy(desk_moment.embed.limited_by, "requests/min");
    desk_moment.embed.busy_pct = 30;
    desk_moment.embed.limited_pct = 60;
}
