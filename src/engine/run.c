/* This file makes the parts of a run, starts and joins its threads, and decides
 * with which exit status it ends and what happens to its ledger. */
#include "config.h"
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/background.h"
#include "engine/job/job_open.h"
#include "engine/job/providers.h"
#include "engine/job/spooled.h"
#include "engine/job/store_rules.h"
#include "engine/job/unsent.h"
#include "engine/preview.h"
#include "engine/recorder/recorder.h"
#include "sys/clock.h"
#include "sys/file.h"

/* FILES_WANTED: of two full teams, and as many again for all else. */
enum {
    PRO_MILLE = 1000,
    JOIN_LOOK_MS = 50,
    FILES_WANTED = 2 * 2 * WORKERS_MAX * CREW_FILES_EACH
};

void run_set_unattended(struct run *r)
{
    r->patience = patience_of(r->opt, false);
    r->attended = false;
}

void run_note_suspension(struct run *r, int64_t ms)
{
    control_note_suspension(r->control, ms);
}

static void init_stage(struct run *r, struct stage *stage, enum stage_id id,
                       struct crew crew)
{
    bool embeds = id == STAGE_EMBED;

    stage->run = r;
    stage->id = id;
    stage->crew = crew;
    stage->hold_cause = embeds ? HOLD_EMBED : HOLD_STORE;
    stage->name = embeds ? "embed" : "upsert";
    stage->meter = meter_of(r->meter, embeds ? METER_EMBED : METER_UPSERT);
    stage->ceiling_key = embeds ? "ceiling.embed" : "ceiling.upsert";
    stage->knee_key = embeds ? "knee.embed" : "knee.upsert";
    atomic_store(&stage->most_workers, crew.most);
    atomic_store(&stage->files_allow, crew.limit);
    atomic_store(&stage->can_start, crew.limit);
    atomic_store(&stage->width, stage->endpoints.count);
}

static void init_team(struct worker *team, struct stage *stage)
{
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        team[i].stage = stage;
        team[i].index = i;
        team[i].endpoint = endpoints_of(&stage->endpoints, i);
        team[i].meter = meter_worker(stage->meter, i);
    }
}

/* The parts that need no file and no network. */
static bool make_parts(struct run *r)
{
    const struct options *opt = r->opt;
    size_t limit = (size_t)opt->queue_mb * 1000000;

    r->control = control_new();
    r->meter = meter_new(clock_us());
    r->counts = record_counts_new();
    r->failures = failure_log_new((unsigned)opt->retries);
    r->notices = notices_new();
    r->chronicle = chronicle_new();
    r->redo = redo_new(REDO_LIMIT);
    r->inflight = inflight_new();
    r->frontier = frontier_new(opt->corpus.count);
    r->corpus = calloc(opt->corpus.count, sizeof *r->corpus);
    r->embed_queue = queue_new((size_t)opt->queue, limit);
    r->upsert_queue = queue_new((size_t)opt->queue, limit);
    if (!r->control || !r->meter || !r->counts || !r->failures || !r->notices ||
        !r->chronicle || !r->redo || !r->inflight || !r->frontier ||
        !r->corpus || !r->embed_queue || !r->upsert_queue)
        return false;
    atomic_store(&r->embed_batch_pinned, opt->embed_batch);
    atomic_store(&r->upsert_batch_pinned, opt->store_batch);
    atomic_store(&r->embed_batch, crew_embed_batch(opt));
    atomic_store(&r->upsert_batch, opt->store_batch);
    atomic_store(&r->memory_pct, opt->max_memory);
    atomic_store(&r->tokens_pro_mille, PRO_MILLE);
    atomic_store(&r->tokens_margin, CUT_MARGIN_FIRST);
    init_stage(r, &r->embed, STAGE_EMBED,
               crew_embedders(opt, r->embed_ops, r->embed.endpoints.count));
    init_stage(r, &r->upsert, STAGE_UPSERT,
               crew_upserters(opt, r->store_ops));
    init_team(r->embedder, &r->embed);
    init_team(r->upserter, &r->upsert);
    r->pool = pool_new(run_pool_size(r), KEEP_BYTES);
    r->recorder = recorder_new(r);
    r->background = background_new(r);
    r->preview = preview_new(r);
    return r->pool && r->recorder && r->background && r->preview &&
           endpoints_make(&r->embed.endpoints, opt->rpm, opt->tpm,
                          (size_t)opt->max_concurrent) &&
           endpoints_make(&r->upsert.endpoints, 0, 0, 0);
}

static void free_team(struct worker *team)
{
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        if (team[i].embedder)
            team[i].embedder->ops->close(team[i].embedder);
        if (team[i].store)
            team[i].store->ops->close(team[i].store);
        free(team[i].item);
        buf_release(&team[i].room);
    }
}

static void run_free(struct run *r)
{
    if (!r)
        return;
    free_team(r->embedder);
    free_team(r->upserter);
    store_rules_close(r);
    if (r->store_idle && r->store_ops->unmake)
        r->store_ops->unmake(&r->store_config);
    recorder_free(r->recorder);
    background_free(r->background);
    preview_free(r->preview);
    ledger_close(r->ledger);
    for (size_t i = 0; r->corpus && i < r->corpus_count; i++)
        source_close(r->corpus[i].source);
    free(r->corpus);
    queue_free(r->embed_queue);
    queue_free(r->upsert_queue);
    pool_free(r->pool);
    redo_free(r->redo);
    inflight_free(r->inflight);
    frontier_free(r->frontier);
    record_counts_free(r->counts);
    failure_log_free(r->failures);
    chronicle_free(r->chronicle);
    notices_free(r->notices);
    meter_free(r->meter);
    control_free(r->control);
    endpoints_release(&r->embed.endpoints);
    endpoints_release(&r->upsert.endpoints);
    phrasing_release(&r->phrasing);
    monitor_release(&r->lock);
    purse_release(&r->purse);
    free(r);
}

/* Lines that a user's command writes to its standard error. */
static void run_pass_on_line(void *notices, const char *line)
{
    notices_add(notices, "the embedder's command says: %s", line);
}

/* Lines of an embedder of ours, about itself or its service. */
static void run_pass_on_embedder_line(void *notices, const char *line)
{
    notices_add(notices, "the embedder says: %s", line);
}

static void run_pass_on_command_line(void *notices, const char *line)
{
    notices_add(notices, "the store's command says: %s", line);
}

/* Lines of a store of ours, about how it goes on. */
static void run_pass_on_store_line(void *notices, const char *line)
{
    notices_add(notices, "--store: %s", line);
}

enum run_opened run_open(const struct options *opt, struct run **out,
                         char *said, size_t said_size, struct error *err)
{
    struct run *r = calloc(1, sizeof *r);
    enum run_opened opened = RUN_OPEN_ERROR;

    *out = NULL;
    if (!r) {
        error_memory(err, "for a run");
        return RUN_OPEN_ERROR;
    }
    r->opt = opt;
    file_allow(FILES_WANTED);
    monitor_init(&r->lock);
    purse_init(&r->purse, opt->budget);
    r->patience = patience_of(opt, true);
    r->attended = true;
    if (!providers_store_url(opt, r->store_url, sizeof r->store_url, err) ||
        !providers_embedder(opt, &r->embed_ops, &r->embed_config,
                            &r->embed.endpoints, err) ||
        !providers_store(opt, r->store_url, &r->store_ops, &r->store_config,
                         &r->upsert.endpoints, err) ||
        !phrasing_make(&r->phrasing, opt, r->embed_ops, err))
        goto out;
    r->reckons = r->embed_ops->remote || opt->tpm || opt->price > 0;
    if (!make_parts(r)) {
        error_memory(err, "for a run");
        goto out;
    }
    r->embed_config.stop_fd = control_stop_fd(r->control);
    r->embed_config.memory = &r->embed_memory;
    r->embed_config.say = strcmp(r->embed_ops->name, "exec") == 0
                              ? run_pass_on_line
                              : run_pass_on_embedder_line;
    r->embed_config.say_ctx = r->notices;
    r->store_config.stop_fd = control_stop_fd(r->control);
    r->store_config.say = strcmp(r->store_ops->name, "exec") == 0
                              ? run_pass_on_command_line
                              : run_pass_on_store_line;
    r->store_config.say_ctx = r->notices;
    r->store_config.wire_now = &r->wire;
    opened = job_open(r, said, said_size, err);
    r->resumed = opened == RUN_OPEN_RESUMED;
    r->kept = r->resumed && !r->ledger_copied &&
              unsent_of(r->ledger_path) != UNSENT_NOTHING;
    phrasing_apply(&r->phrasing, false, &r->embed_config);
    r->prefix_bytes = phrasing_bytes(&r->phrasing);
out:
    if (opened == RUN_OPEN_NEW || opened == RUN_OPEN_RESUMED)
        *out = r;
    else
        run_free(r);
    return opened;
}

bool run_begin(struct run *r, struct error *err)
{
    bool work = false;

    r->begun_ms = r->shown_state.since_ms = clock_ms();
    r->begun_wall_s = clock_wall_s();
    for (size_t i = 0; i < r->corpus_count; i++)
        work |= !atomic_load(&r->corpus[i].complete);
    atomic_store(&r->wanted_ready, work);
    atomic_store(&r->readers_left, work);
    if (!recorder_start(r->recorder, err) ||
        !background_start(r->background, err))
        return false;
    r->ticker_started =
        thread_start(&r->ticker, "bt-ticker", ticker_main, r, err);
    return r->ticker_started;
}

static bool run_ended(struct run *r)
{
    return atomic_load(&r->done) || control_stopping(r->control);
}

bool run_wait(struct run *r, int64_t timeout_ms)
{
    int64_t until = clock_ms() + timeout_ms;

    while (!run_ended(r)) {
        int64_t left = until - clock_ms();

        if (left <= 0)
            return false;
        control_sleep(r->control, left < JOIN_LOOK_MS ? left : JOIN_LOOK_MS);
    }
    return true;
}

static void join_team(struct worker *team)
{
    for (size_t i = 0; i < WORKERS_MAX; i++)
        if (team[i].started)
            pthread_join(team[i].thread, NULL);
}

static void empty_queues(struct run *r)
{
    struct batch *b;

    while (queue_pop(r->embed_queue, &b, 0) == QUEUE_OK)
        pool_give(r->pool, b);
    while (queue_pop(r->upsert_queue, &b, 0) == QUEUE_OK)
        upsert_stage_leave(r, b);
}

/* Tell everyone, then join everyone, then check that all came home. */
static void stop_threads(struct run *r)
{
    control_stop(r->control);
    queue_close(r->embed_queue);
    queue_close(r->upsert_queue);
    pool_close(r->pool);
    background_end(r->background);
    preview_end(r->preview);
    if (r->ticker_started)
        pthread_join(r->ticker, NULL);
    for (size_t i = 0; i < r->readers; i++)
        pthread_join(r->reader[i], NULL);
    join_team(r->embedder);
    join_team(r->upserter);
    empty_queues(r);
}

static bool run_has_read_all(struct run *r)
{
    for (size_t i = 0; i < r->corpus_count; i++)
        if (!atomic_load(&r->corpus[i].complete))
            return false;
    return true;
}

/* Everything was read except what is behind the damage. */
static void run_explain_damage(const struct run *r, struct error *why)
{
    *why = r->damage;
    if (r->damaged > 1)
        error_set(why, ERROR_INPUT, 0, "%s (and %zu other files are damaged)",
                  r->damage.text, r->damaged - 1);
}

static enum exit_status status_of(struct run *r, struct summary *out)
{
    if (r->failed) {
        out->why = r->fatal;
        return exit_status_of(&r->fatal);
    }
    if (atomic_load(&r->done) && r->damaged) {
        run_explain_damage(r, &out->why);
        return EXIT_USAGE;
    }
    if (!atomic_load(&r->done) || !run_has_read_all(r)) {
        if (r->gives_up)
            out->why = r->gave_up;
        return EXIT_RESUMABLE;
    }
    return out->last.failures_open ? EXIT_SOME_FAILED : EXIT_STORED;
}

/* A start that led to nothing, neither to a service that was found fit nor to
 * anything about a record, leaves no ledger: it binds nobody to its settings,
 * and the last finished one stays the job's. */
static bool run_never_began(struct run *r, const struct summary *out)
{
    const struct snapshot *s = &out->last;

    if (out->status == EXIT_STORED || atomic_load(&r->ready))
        return false;
    return r->ledger_copied ||
           (out->recorded == 0 && s->stored + s->requests == 0 &&
            (!r->resumed || unsent_of(r->ledger_path) == UNSENT_NOTHING));
}

/* What happens to the ledger. */
static void put_ledger_away(struct run *r, struct summary *out)
{
    struct error err;

    out->unbegun = run_never_began(r, out);
    if (out->unbegun)
        ledger_discard(r->ledger);
    else if (out->status != EXIT_STORED)
        return;
    else if (!ledger_archive(r->ledger, out->archived, sizeof out->archived,
                             &err))
        out->archived[0] = '\0'; /* it stays where it is: no harm */
    r->ledger = NULL; /* closed in any case */
}

void run_finish(struct run *r, struct summary *out)
{
    struct error err;
    uint64_t lost;

    memset(out, 0, sizeof *out);
    stop_threads(r);
    if (!recorder_end(r->recorder, &lost, &err)) {
        error_wrap(&err, "%llu documents are stored that the checkpoint does "
                         "not know of (they will be sent again)",
                   (unsigned long long)lost);
        r->failed = true;
        r->fatal = err;
        r->fatal.kind = ERROR_LOCAL;
    }
    run_snapshot(r, &out->last);
    out->recorded = out->last.recorded;
    out->status = status_of(r, out);
    snprintf(out->first_aid, sizeof out->first_aid, "%s", r->first_aid);
    r->store_idle = r->store_made && out->last.stored == 0;
    spooled_close(r, out->status == EXIT_STORED ||
                         out->status == EXIT_SOME_FAILED);
    put_ledger_away(r, out);
    run_free(r);
}
