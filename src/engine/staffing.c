/*
 * This file decides how many workers of a stage take batches. For each endpoint
 * that is the smaller of two numbers: its share of the bound (a pinned number,
 * or what crew.h and the memory of its requests allow) and the requests that
 * its gate wants in flight. A worker's thread and connection are made when it
 * is wanted for the first time; one that is not wanted any more waits as a
 * spare.
 */
#include "config.h"
#include "engine/staffing.h"

#include <stdio.h>

#include "engine/job/connection.h"
#include "sys/clock.h"
#include "sys/file.h"

/* Documents in a request that seeking may come to. */
enum { UPSERT_MOST = 1000, HOLDS_MS = 10000 };

/* --- the bound ------------------------------------------------------------ */

static size_t staffing_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static struct worker *staffing_team(struct stage *stage)
{
    return stage->id == STAGE_EMBED ? stage->run->embedder
                                    : stage->run->upserter;
}

static counter *staffing_documents(struct stage *stage)
{
    struct run *r = stage->run;

    return stage->id == STAGE_EMBED ? &r->embed_batch : &r->upsert_batch;
}

static size_t staffing_most(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* What a request holds: the most of the last ones of all workers, in the last
 * 10 to 20 s, so that not each small one makes the bound another one. */
static size_t staffing_measure(struct stage *stage)
{
    struct worker *team = staffing_team(stage);
    size_t started = (size_t)counted(&stage->started), most = 0;
    int64_t now_ms = clock_ms();

    for (size_t i = 0; i < started; i++)
        most = staffing_most(most, (size_t)counted(&team[i].holds_bytes));
    if (now_ms - stage->holds_ms >= HOLDS_MS && most) {
        stage->held_bytes = stage->holds_ms ? stage->holds_bytes : 0;
        stage->holds_bytes = 0;
        stage->holds_ms = now_ms;
    }
    stage->holds_bytes = staffing_most(stage->holds_bytes, most);
    if (stage->holds_bytes == 0)
        return crew_request_bytes((size_t)counted(staffing_documents(stage)),
                                  stage->run->dim);
    return staffing_most(stage->holds_bytes, stage->held_bytes);
}

/* What all requests of the stage may hold, of so many bytes each. Several
 * addresses share it: the slowest of them says how much is worth it. As many as
 * the last run found best need no proof. */
static size_t staffing_ration(struct stage *stage, size_t each)
{
    struct ration_now now = { .ms = clock_ms(),
                              .served = counted(&stage->served),
                              .allowed = stage->fit,
                              .least = stage->knee.width *
                                       stage->endpoints.count * each };
    struct gate_stats g;

    for (size_t i = 0; i < stage->endpoints.count; i++) {
        gate_stats(stage->endpoints.at[i].gate, now.ms, &g);
        now.in_flight += g.in_flight;
        now.wanted += g.seek.width;
        if (g.seek.latency_ms > now.latency_ms)
            now.latency_ms = g.seek.latency_ms;
        now.least = staffing_most(now.least,
                                  crew_unproved(g.seek.unloaded_ms));
        now.most = staffing_most(now.most, crew_bytes(g.seek.unloaded_ms));
    }
    return ration_follow(&stage->ration, &now);
}

/* As many as the memory of their requests allows; another number only when it
 * is a quarter more or less, since each makes the gates begin a new window. */
static size_t staffing_fit(struct stage *stage)
{
    size_t each = staffing_measure(stage);
    size_t fit = crew_fit(each, staffing_ration(stage, each));

    if (stage->fit == 0 || fit * 5 <= stage->fit * 4 ||
        fit * 4 >= stage->fit * 5)
        stage->fit = fit;
    return stage->fit;
}

static void staffing_bound(struct stage *stage)
{
    size_t pinned = (size_t)counted(&stage->pinned);
    size_t most = staffing_least(pinned ? pinned : stage->crew.most,
                                 (size_t)counted(&stage->files_allow));
    bool binds = !pinned && stage->crew.sought && staffing_fit(stage) < most;

    if (binds)
        most = stage->fit;
    atomic_store(&stage->memory_binds, binds);
    most = staffing_least(most, (size_t)counted(&stage->can_start));
    atomic_store(&stage->most_workers, most ? most : 1);
}

/* --- the gates ------------------------------------------------------------ */

/* Does the service limit how many requests come, at once or in a minute? Once
 * it did, that stays, so that the largest size is not another one each time. */
static bool staffing_counts_requests(struct stage *stage)
{
    struct gate *gate = stage->endpoints.at[0].gate;
    struct seek_knee knee;
    struct gate_stats g;

    if (stage->counts_requests)
        return true;
    gate_knee(gate, &knee);
    gate_stats(gate, clock_ms(), &g);
    stage->counts_requests = g.rpm || knee.per_s > 0 || knee.ceiling;
    return stage->counts_requests;
}

static struct seek_range staffing_batch(struct stage *stage)
{
    struct run *r = stage->run;

    if (stage->id == STAGE_EMBED)
        return (struct seek_range){
            .most = crew_embed_batch_most(r->max_texts, r->dim,
                                          staffing_counts_requests(stage)),
            .start = stage->knee.batch ? stage->knee.batch : EMBED_BATCH,
            .least = EMBED_BATCH,
            .pinned = (size_t)counted(&r->embed_batch_pinned)
        };
    return (struct seek_range){
        .most = r->store_count ? staffing_least(r->store_count, UPSERT_MOST)
                               : UPSERT_MOST,
        .start = stage->knee.batch ? stage->knee.batch : r->store_good,
        .least = r->store_good,
        .pinned = (size_t)counted(&r->upsert_batch_pinned)
    };
}

static size_t staffing_share(struct stage *stage, size_t which)
{
    size_t share = crew_share((size_t)counted(&stage->most_workers),
                              stage->endpoints.count, which);

    if (stage->crew.at_once)
        share = staffing_least(share, stage->crew.at_once);
    return share;
}

static void staffing_tell_gates(struct stage *stage)
{
    bool pinned = counted(&stage->pinned) > 0;

    for (size_t i = 0; i < stage->endpoints.count; i++) {
        size_t share = staffing_share(stage, i);
        struct seek_bounds b = {
            .width = { .most = share, .start = stage->knee.width,
                       .pinned = pinned ? share : 0 },
            .batch = staffing_batch(stage),
            .start_per_s = stage->knee.per_s,
            .start_ceiling = stage->knee.ceiling
        };

        if (seek_bounds_are(&b, &stage->bounds[i]))
            continue;
        stage->bounds[i] = b;
        gate_seek(stage->endpoints.at[i].gate, &b, clock_ms());
    }
}

/* Workers of this endpoint that should be at work. */
static size_t staffing_wanted(struct stage *stage, size_t which)
{
    size_t share = staffing_share(stage, which);
    struct gate_stats g;

    if (!stage->crew.sought)
        return share;
    gate_stats(stage->endpoints.at[which].gate, clock_ms(), &g);
    return g.seek.width ? staffing_least(share, g.seek.width) : share;
}

static void staffing_follow_batch(struct stage *stage)
{
    struct run *r = stage->run;
    bool embeds = stage->id == STAGE_EMBED;
    size_t wanted = gate_batch(stage->endpoints.at[0].gate);

    if (wanted && !counted(embeds ? &r->embed_batch_pinned
                                  : &r->upsert_batch_pinned))
        atomic_store(staffing_documents(stage), wanted);
}

/* --- threads -------------------------------------------------------------- */

static bool start_worker(struct worker *w, bool embeds, struct error *err)
{
    char name[16];

    if (!w->embedder && !w->store &&
        !connection_open(w, w->endpoint->key, err))
        return false;
    snprintf(name, sizeof name, "bt-%c%zu", embeds ? 'e' : 'u', w->index + 1);
    w->started = thread_start(&w->thread, name,
                              embeds ? embedder_main : upserter_main, w, err);
    return w->started;
}

/* No thread or no connection for worker i. */
static void staffing_lower(struct stage *stage, size_t i,
                           const struct error *err)
{
    if (i == 0) {
        run_fail(stage->run, err);
        return;
    }
    notices_add(stage->run->notices, "no more than %zu %s worker%s: %s", i,
                stage->name, i == 1 ? "" : "s", err->text);
    atomic_store(&stage->can_start, i);
    staffing_bound(stage);
}

/* Start the first `most` of the wanted workers that do not run yet. False: the
 * run has failed, or no more can start. */
static bool start_team(struct stage *stage, size_t most)
{
    size_t wanted[ENDPOINTS_MAX] = { 0 }, endpoints = stage->endpoints.count;
    size_t bound = staffing_least((size_t)counted(&stage->most_workers), most);

    for (size_t i = 0; i < endpoints; i++)
        wanted[i] = staffing_wanted(stage, i);
    for (size_t i = 0; i < bound; i++) {
        struct worker *w = &staffing_team(stage)[i];
        struct error err;

        if (w->started || i / endpoints >= wanted[i % endpoints])
            continue;
        if (!start_worker(w, stage->id == STAGE_EMBED, &err)) {
            staffing_lower(stage, i, &err);
            return false;
        }
        if (i >= counted(&stage->started))
            atomic_store(&stage->started, i + 1);
    }
    return true;
}

static void staffing_set_width(struct stage *stage)
{
    size_t width = 0;

    for (size_t i = 0; i < stage->endpoints.count; i++)
        width += staffing_wanted(stage, i);
    if (atomic_exchange(&stage->width, width) < width)
        control_ring(stage->run->control);
}

static void staffing_size(struct stage *stage)
{
    staffing_bound(stage);
    if (stage->crew.sought)
        staffing_tell_gates(stage);
    staffing_follow_batch(stage);
    staffing_set_width(stage);
}

/* True: it binds where a service is sought. libcurl calls that one unreachable
 * for which no more files may be opened, and idle connections would keep those
 * that the others wait for. */
static bool staffing_bind_by_files(struct stage *stage, size_t allow)
{
    size_t least = staffing_most(allow, stage->endpoints.count);

    if (!stage->crew.sought || least >= stage->crew.limit)
        return false;
    atomic_store(&stage->files_allow, least);
    return least < stage->crew.most;
}

static void staffing_heed_files(struct run *r)
{
    size_t stages = (size_t)r->embed.crew.sought + r->upsert.crew.sought, most;
    size_t allow = crew_files(file_left(&most), stages);
    bool embed = staffing_bind_by_files(&r->embed, allow);
    bool upsert = staffing_bind_by_files(&r->upsert, allow);

    if (embed || upsert)
        notices_add(r->notices,
                    "no more than %zu request%s in flight to %s: only %zu "
                    "files may be open (ulimit -n)",
                    allow, allow == 1 ? "" : "s",
                    !upsert  ? "the embedder"
                    : !embed ? "the store"
                             : "either side",
                    most);
}

/* One of each before the second of any: a run needs both. */
void staffing_start(struct run *r)
{
    if (counted(&r->embed.started) == 0)
        staffing_heed_files(r); /* before workers open some */
    staffing_size(&r->embed);
    staffing_size(&r->upsert);
    if (start_team(&r->embed, 1) && start_team(&r->upsert, 1)) {
        start_team(&r->embed, SIZE_MAX);
        start_team(&r->upsert, SIZE_MAX);
    }
}
