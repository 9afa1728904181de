/* This file fills the snapshot: a moment of the run as plain data. */
#include "config.h"
#include "engine/engine.h"

#include <stdio.h>

#include "core/bottleneck.h"
#include "core/money.h"
#include "core/run_state.h"
#include "engine/background.h"
#include "engine/job/corpus_name.h"
#include "engine/job/job_name.h"
#include "engine/job/providers.h"
#include "engine/preview.h"
#include "engine/recorder/recorder.h"
#include "options/advice.h"
#include "sys/clock.h"
#include "util/str.h"

static void observe_put_sentence(char *to, size_t size, const char *text)
{
    str_sentence(to, size, text_of(text));
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

static void put_corpus(const struct options *opt, struct snapshot *s)
{
    const struct option_list *corpus = &opt->corpus;
    char text[160];

    snprintf(text, sizeof text, "%s",
             corpus_is_stream(corpus->item[0])
                 ? corpus_shown(corpus->item[0])
                 : base_name(corpus->item[0]));
    if (corpus->count > 1)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 " and %zu more", corpus->count - 1);
    observe_put_sentence(s->corpus, sizeof s->corpus, text);
}

void run_starting(const struct options *opt, struct snapshot *s)
{
    char job[72], url[512];
    struct error err;

    memset(s, 0, sizeof *s);
    s->now_ms = clock_ms();
    s->eta_ms = s->checkpoint_ms = -1;
    s->embed.p50_ms = s->embed.p95_ms = -1;
    s->upsert.p50_ms = s->upsert.p95_ms = -1;
    job_name(opt, job, sizeof job);
    observe_put_sentence(s->job, sizeof s->job, job);
    advice_line(s->attach_line, opt, "attach", job, "");
    advice_line(s->resume_line, opt, "resume", job, "");
    put_corpus(opt, s);
    if (providers_store_url(opt, url, sizeof url, &err))
        store_label(url, s->store, sizeof s->store);
    observe_put_sentence(s->embedder, sizeof s->embedder, opt->embed);
}

static void fill_names(struct run *r, struct snapshot *s)
{
    char text[160];

    advice_line(s->attach_line, r->opt, "attach", r->job, "");
    if (r->kept || atomic_load(&r->ready))
        advice_line(s->resume_line, r->opt, "resume", r->job, "");
    else
        snprintf(s->resume_line, sizeof s->resume_line,
                 "the same line again");
    advice_line(s->retry_line, r->opt, "retry", r->job, "");
    if (r->store_ops->search)
        advice_line(s->search_line, r->opt, "search", r->job, "\"...\"");
    observe_put_sentence(s->job, sizeof s->job, r->job);
    put_corpus(r->opt, s);
    store_label(r->store_url, s->store, sizeof s->store);
    if (atomic_load(&r->ready))
        snprintf(text, sizeof text, "%s %zu", r->opt->embed, r->dim);
    else
        snprintf(text, sizeof text, "%s", r->opt->embed);
    observe_put_sentence(s->embedder, sizeof s->embedder, text);
    observe_put_sentence(s->embed.name, sizeof s->embed.name, text);
    snprintf(s->upsert.name, sizeof s->upsert.name, "%.47s", s->store);
    clock_hms(s->started_hms, sizeof s->started_hms, r->begun_wall_s);
    s->resumed = r->resumed;
    s->resumed_at = r->records_at_open;
}

static void fill_counts(struct run *r, const struct record_balance *now,
                        struct snapshot *s)
{
    struct tally *n = &r->tally;

    s->produced = now->at[COUNT_CORPUS] - r->records_at_open;
    s->embedded = counted(&n->embedded);
    s->spooled = counted(&n->spooled);
    s->stored = now->at[COUNT_STORED];
    s->upserted = s->stored - r->totals_at_open.stored;
    s->failed = now->at[COUNT_FAILED];
    s->rejected = now->at[COUNT_REJECTED];
    s->skipped = now->at[COUNT_SKIPPED];
    s->superseded = now->at[COUNT_SUPERSEDED];
    s->in_flight = now->at[COUNT_IN_FLIGHT];
    s->duplicates = counted(&n->duplicates);
    s->processed = s->stored + s->failed + s->rejected + s->skipped +
                   s->superseded;
    s->waiting = redo_count(r->redo);
    s->tokens = counted(&n->tokens);
    s->requests = counted(&n->requests);
    s->retries = counted(&n->retries);
    s->resent = counted(&n->resent);
    s->batches = counted(&n->batches);
    s->sent_bytes = counted(&n->sent);
    s->received_bytes = counted(&n->received);
    if (atomic_load(&r->ready)) {
        s->cost_usd = (double)(r->totals_at_open.tokens + s->tokens) *
                      r->usd_per_mtok / 1e6;
        s->run_cost_usd = (double)s->tokens * r->usd_per_mtok / 1e6;
        s->cost_known = r->usd_per_mtok > 0 || !r->embed_ops->remote;
    }
}

/* The mean is what was stored by the time that is shown. In the first seconds
 * the smoothed peak of a run is below its mean. */
static void fill_mean(struct snapshot *s)
{
    int64_t active = s->elapsed_ms - s->paused_ms;

    if (active > 0)
        s->rate_avg = (double)s->upserted * 1000 / (double)active;
    if (s->rate_peak < s->rate_avg)
        s->rate_peak = s->rate_avg;
}

/* In its first second without a pause a run has no useful tick: until then each
 * stage has the mean. */
static void fill_first_second(struct snapshot *s)
{
    int64_t active = s->elapsed_ms - s->paused_ms;

    if (s->history_len > 0 || active <= 0)
        return;
    s->rate = s->rate_avg;
    s->read_rate = (double)s->produced * 1000 / (double)active;
    s->embed.rate = (double)s->embedded * 1000 / (double)active;
    s->upsert.rate = s->rate_avg;
}

/* Documents that --limit lets it read yet. */
static uint64_t observe_left(struct run *r)
{
    uint64_t taken = atomic_load(&r->taken);

    return taken < r->opt->limit ? r->opt->limit - taken : 0;
}

struct progress observe_progress(struct run *r,
                                 const struct record_balance *now,
                                 uint64_t *read, uint64_t *size)
{
    bool complete = true, sized = true;
    struct progress p;
    uint64_t final = 0;

    *read = *size = 0;
    for (size_t i = 0; i < r->corpus_count; i++) {
        struct corpus *c = &r->corpus[i];
        uint64_t own = counted(&c->read_size);

        *read += counted(&c->read_bytes);
        *size += own;
        sized &= own > 0;
        complete &= atomic_load(&c->complete);
    }
    for (int i = COUNT_STORED; i < COUNT_ACCOUNTS; i++)
        final += now->at[i];
    p = progress_of(final, now->at[COUNT_IN_FLIGHT], *read, sized ? *size : 0,
                    complete);
    if (r->opt->limit)
        progress_end_behind(&p, final, now->at[COUNT_IN_FLIGHT],
                            observe_left(r));
    return p;
}

/* Returns what is left, for fill_eta(). */
static double fill_progress(struct run *r, const struct record_balance *now,
                            struct snapshot *s)
{
    struct progress p = observe_progress(r, now, &s->read_bytes, &s->read_size);

    s->reading_done = p.complete;
    s->total = p.total;
    s->total_estimated = p.estimated;
    s->done_pct = p.done_pct;
    return p.work_left;
}

/* What comes back enters a full queue at its head: show it as full, not
 * more. */
static void fill_queue(struct queue *q, struct queue_view *v)
{
    struct queue_stats stats;

    queue_stats(q, &stats);
    v->capacity = (uint32_t)stats.capacity;
    v->count = stats.count < stats.capacity ? (uint32_t)stats.count
                                            : v->capacity;
    v->bytes = stats.bytes;
    v->limit_bytes = stats.limit_bytes;
    v->docs = stats.docs;
}

/* Whose number the bound is. */
static const char *observe_bound_by(struct stage *stage)
{
    if (atomic_load(&stage->memory_binds))
        return "memory in flight";
    if (counted(&stage->files_allow) < stage->crew.most &&
        counted(&stage->files_allow) <= counted(&stage->can_start))
        return "open files";
    if (counted(&stage->can_start) < stage->crew.most)
        return "threads";
    return stage->crew.by;
}

static void fill_seek(struct stage *stage, const struct seek_stats *seek,
                      bool batch_pinned, struct seek_view *v)
{
    v->pinned = counted(&stage->pinned) > 0;
    v->sought = stage->crew.sought && !v->pinned;
    v->width = (uint32_t)counted(&stage->width);
    v->bound = (uint32_t)counted(&stage->most_workers);
    v->batch = (uint32_t)seek->batch;
    v->batch_pinned = batch_pinned;
    v->unloaded_ms = seek->unloaded_ms;
    v->latency_ms = seek->latency_ms;
    v->per_s = seek->per_s;
    if (!v->pinned)
        snprintf(v->bound_by, sizeof v->bound_by, "%s",
                 observe_bound_by(stage));
    if (!v->sought || seek->phase == SEEK_PINNED)
        return;
    v->tried = (uint32_t)seek->tried;
    v->tries_batch = seek->phase == SEEK_TRYING_LARGER ||
                     seek->phase == SEEK_TRYING_SMALLER;
    v->knee = (uint32_t)seek->knee;
    snprintf(v->phase, sizeof v->phase, "%s", seek_phase_word(seek->phase));
    observe_put_sentence(v->why, sizeof v->why, seek->reason);
}

static void fill_stage(struct run *r, struct stage *stage,
                       struct stage_view *v, const struct gate_stats *gate)
{
    bool embeds = stage == &r->embed;
    uint64_t started = counted(&stage->started);
    bool pinned = counted(embeds ? &r->embed_batch_pinned
                                 : &r->upsert_batch_pinned) > 0;

    fill_seek(stage, &gate->seek, pinned, &v->seek);
    v->wanted = v->seek.width;
    v->started = (uint32_t)started;
    v->workers = started < v->wanted ? v->started : v->wanted;
    v->max_workers = (uint32_t)stage->crew.limit;
    v->batch = (uint32_t)counted(embeds ? &r->embed_batch : &r->upsert_batch);
    v->batch_limit = (uint32_t)ceiling_docs(&stage->ceiling, 0);
    meter_stage_view(stage->meter, v, v->started, clock_ms());
}

static void fill_limits(struct run *r, struct snapshot *s,
                        const struct gate_stats *g)
{
    s->requests_min = (struct limit_view){ g->rpm, g->requests_min };
    s->tokens_min = (struct limit_view){ g->tpm, g->tokens_min };
    s->concurrent = (struct limit_view){ g->seek.width, g->in_flight };
    monitor_lock(&r->lock);
    s->memory_pct = r->memory.used_pct;
    s->memory_bytes = r->memory.used_bytes;
    s->memory_total_bytes = r->memory.total_bytes;
    s->rss_bytes = r->memory.rss_bytes;
    s->memory_cgroup = r->memory.cgroup;
    monitor_unlock(&r->lock);
    s->memory_guard_pct = (double)counted(&r->memory_pct);
}

/* What happens to a hold that no person ends. */
static void add_limit(struct run *r, enum hold_cause cause,
                      struct snapshot *s)
{
    bool by_hand = cause == HOLD_EMBED || cause == HOLD_STORE ||
                   cause == HOLD_CORPUS;
    int64_t left = r->patience.hold_ms;
    char why[8], time[32], mend[sizeof s->remedy];

    if (!by_hand || left < 0)
        return;
    left -= control_held_ms(r->control, cause, why, sizeof why);
    str_duration(time, sizeof time, left > 0 ? left : 0);
    snprintf(mend, sizeof mend, "%s", s->remedy);
    if (r->attended)
        snprintf(s->remedy, sizeof s->remedy, "%.100s; else it ends in %s",
                 mend, time);
    else
        snprintf(s->remedy, sizeof s->remedy,
                 "ends in %s (--hold-limit); then: %.100s", time, mend);
}

/* Why a stage does not go on; false when all stages do. */
static bool fill_hold(struct run *r, struct snapshot *s,
                      enum hold_cause *cause)
{
    char why[128], stages[32];

    s->paused = control_paused(r->control);
    if (!control_reason(r->control, cause, s->reason, sizeof s->reason,
                        s->remedy, sizeof s->remedy))
        return false;
    add_limit(r, *cause, s);
    if (*cause == HOLD_MEMORY)
        run_state_say_memory(s);
    if (*cause == HOLD_OPERATOR && s->paused &&
        (s->paused & STAGES_INTAKE) != STAGES_INTAKE) {
        snprintf(why, sizeof why, "%s", s->reason);
        snprintf(s->reason, sizeof s->reason, "%s %s",
                 stages_text(stages, sizeof stages, s->paused), why);
    }
    return true;
}

/* Where no failure waits, a document waits for an earlier one of its id, which
 * is no retry. */
static void say_what_waits(struct run *r, struct snapshot *s)
{
    char why[sizeof ((struct failure_row *)0)->message];
    char text[sizeof why + 64];

    failure_log_why_waiting(r->failures, why, sizeof why);
    if (!*why) {
        s->state = RUN_RUNNING;
        return;
    }
    snprintf(text, sizeof text, "what is left waits for another try: %s", why);
    observe_put_sentence(s->reason, sizeof s->reason, text);
}

static void fill_state(struct run *r, struct snapshot *s,
                       const struct gate_stats gate[2])
{
    struct run_facts f = { .done = atomic_load(&r->done),
                           .stopping = control_stopping(r->control),
                           .draining = control_draining(r->control),
                           .starting = !atomic_load(&r->ready) &&
                                       atomic_load(&r->wanted_ready),
                           .gate = gate };

    s->reason[0] = s->remedy[0] = '\0';
    f.held = fill_hold(r, s, &f.cause);
    s->state = run_state_of(&f, s);
    if (s->state == RUN_RETRYING && !s->reason[0])
        say_what_waits(r, s);
    monitor_lock(&r->lock);
    snprintf(s->mend, sizeof s->mend, "%s",
             s->rejected && s->stored + s->failed == 0 ? r->mend : "");
    memcpy(s->unread, r->unread, sizeof s->unread);
    if (r->failed) {
        s->state = RUN_FAILED;
        observe_put_sentence(s->reason, sizeof s->reason, r->fatal.text);
    }
    state_hysteresis_apply(&r->shown_state, s);
    monitor_unlock(&r->lock);
    if (s->state >= RUN_STOPPING) { /* nothing goes on any more */
        s->paused = 0;
        s->remedy[0] = '\0';
    }
}

/* A service that throttles says when it goes on. */
static void fill_eta(struct run *r, double work_left, struct snapshot *s)
{
    int64_t left = -1, now_wall_s = clock_wall_s();

    monitor_lock(&r->lock);
    if (eta_means_something(s))
        left = speed_left_ms(&r->speed, work_left);
    if (left >= 0 && s->state == RUN_THROTTLED)
        left += s->wait_next_ms;
    s->eta_ms = eta_settle(&r->eta, left, speed_burst_ms(&r->speed), s->now_ms,
                           now_wall_s);
    s->done_wall_s = r->eta.done_wall_s;
    monitor_unlock(&r->lock);
    if (s->done_wall_s)
        clock_done(s->done_clock, sizeof s->done_clock, s->done_wall_s,
                   now_wall_s, false);
    if (eta_stands(s))
        s->eta_ms = -2;
}

/* A worker that is wanted comes back only when its stage goes on: until then it
 * is paused like the others. */
static void observe_pause_absent(struct stage_view *v)
{
    for (uint32_t i = 0; i < v->workers; i++)
        if (v->worker[i].state == WORKER_OFF)
            v->worker[i].state = WORKER_PAUSED;
}

/* A run that is over does nothing now; the means show what it did. */
static void fill_rest(struct snapshot *s)
{
    struct stage_view *const stages[] = { &s->embed, &s->upsert };

    if (s->state != RUN_DONE && s->state != RUN_FAILED)
        return;
    s->rate = s->read_rate = 0;
    for (int k = 0; k < 2; k++) {
        stages[k]->rate = 0;
        for (int i = 0; i < SNAPSHOT_WORKERS; i++)
            stages[k]->worker[i].rate = 0;
    }
}

/* A service that served since, or that nothing waits for, is not waited for. */
static void observe_pass_waits(struct run *r, const struct gate_stats gate[2])
{
    for (int i = 0; i < 2; i++)
        if (!gate[i].outage && gate[i].throttled_ms <= 0)
            failure_log_passed(r->failures,
                               i ? r->upsert.name : r->embed.name);
}

static void observe_mark_passed(struct snapshot *s,
                                const struct gate_stats gate[2])
{
    for (uint32_t i = 0; i < s->failure_count; i++) {
        struct failure_row *row = &s->failures[i];
        const struct gate_stats *g = &gate[strcmp(row->stage, "UPSERT") == 0];

        if (row->standing == FAILURE_WAITING && !failure_has_document(row) &&
            !g->outage && g->throttled_ms <= 0)
            row->standing = FAILURE_PASSED;
    }
}

/* What is counted and measured, and what follows from that. Returns the work
 * that is left, for fill_eta(). */
static double observe_measured(struct run *r, struct snapshot *s,
                               struct gate_stats gate[2])
{
    struct record_balance records = record_counts_balance(r->counts);
    int64_t now = s->now_ms = clock_ms();
    double work_left;

    s->elapsed_ms = run_elapsed_ms(r);
    s->paused_ms = control_paused_ms(r->control);
    endpoints_stats(&r->embed.endpoints, now, &gate[0]);
    endpoints_stats(&r->upsert.endpoints, now, &gate[1]);
    fill_counts(r, &records, s);
    work_left = fill_progress(r, &records, s);
    fill_queue(r->embed_queue, &s->embed_queue);
    fill_queue(r->upsert_queue, &s->upsert_queue);
    meter_fill(r->meter, s);
    fill_mean(s);
    fill_stage(r, &r->embed, &s->embed, &gate[0]);
    fill_stage(r, &r->upsert, &s->upsert, &gate[1]);
    fill_first_second(s);
    fill_limits(r, s, &gate[0]);
    fill_state(r, s, gate);
    knobs_fill(r, s);
    s->request_tokens = atomic_load(&r->ready) ? r->max_tokens : 0;
    return work_left;
}

/* The line that says what to do is the ticker's, the same for all viewers. */
static void observe_fill_advice(struct run *r, struct snapshot *s)
{
    monitor_lock(&r->lock);
    s->advice = r->suggest.shown;
    monitor_unlock(&r->lock);
}

void observe_advise(struct run *r, struct snapshot *scratch)
{
    struct suggest_facts facts = {
        .endpoints = r->embed.endpoints.count,
        .counts_texts = r->embed.counts_items,
        .embed_bound = *r->embed.crew.by != '\0',
        .upsert_bound = *r->upsert.crew.by != '\0',
    };
    struct gate_stats gate[2];
    char text[128];
    bool brought;

    memset(scratch, 0, sizeof *scratch);
    observe_measured(r, scratch, gate);
    monitor_lock(&r->lock);
    suggest_tick(&r->suggest, scratch, &facts, clock_wall_s());
    brought = suggest_brought(&r->suggest, text, sizeof text);
    monitor_unlock(&r->lock);
    if (brought)
        notices_add(r->notices, "%s", text);
}

void run_snapshot(struct run *r, struct snapshot *s)
{
    struct failure_ask ask = s->ask;
    uint64_t events_seen = s->events_seen;
    struct gate_stats gate[2];
    double work_left;

    memset(s, 0, sizeof *s);
    s->ask = ask;
    s->events_seen = events_seen;
    work_left = observe_measured(r, s, gate);
    fill_names(r, s);
    snprintf(s->upsert.wire, sizeof s->upsert.wire, "%s",
             store_wire_word(atomic_load(&r->wire)));
    if (r->upsert.crew.limit == 1)
        snprintf(s->upsert.note, sizeof s->upsert.note, "%s has one writer",
                 r->store_ops->name);
    if (s->paused >> STAGE_EMBED & 1)
        observe_pause_absent(&s->embed);
    if (s->paused >> STAGE_UPSERT & 1)
        observe_pause_absent(&s->upsert);
    run_state_fill_wait(s, gate);
    fill_rest(s);
    bottleneck_fill(s);
    observe_fill_advice(r, s);
    fill_eta(r, work_left, s);
    money_fill(&r->purse, s);
    observe_pass_waits(r, gate);
    failure_log_fill(r->failures, s);
    observe_mark_passed(s, gate);
    notices_fill(r->notices, s);
    s->retries_at_end = (uint32_t)background_at_end(r->background);
    preview_fill(r->preview, s);
    recorder_fill(r->recorder, s);
}
