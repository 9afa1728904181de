/* This file writes what a commit has beside the events: how far each source is
 * final, the totals, dimension and model once they are known, and the request
 * sizes that the services took. */
#include "config.h"
#include "engine/recorder/recorder_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/job/corpus.h"
#include "engine/job/corpus_known.h"
#include "engine/job/job_recall.h"
#include "sys/clock.h"

enum { WINDOW_MS = 1000 };

static void recorder_fill_totals(struct run *r, struct ledger_totals *t)
{
    struct tally *n = &r->tally;
    struct record_balance now = record_counts_balance(r->counts);

    *t = r->totals_at_open;
    t->produced += now.at[COUNT_CORPUS] - r->records_at_open;
    t->stored = now.at[COUNT_STORED];
    t->failed = now.at[COUNT_FAILED];
    t->rejected = now.at[COUNT_REJECTED];
    t->skipped = now.at[COUNT_SKIPPED];
    t->superseded = now.at[COUNT_SUPERSEDED];
    t->batches += counted(&n->batches);
    t->requests += counted(&n->requests);
    t->retries += counted(&n->retries);
    t->tokens += counted(&n->tokens);
    t->elapsed_ms += (uint64_t)run_elapsed_ms(r);
    t->paused_ms += (uint64_t)control_paused_ms(r->control);
}

/* Write the file's fingerprint, and a hash of its bytes before the frontier, so
 * that a resume can tell quickly whether it is still the same. A pipe has none,
 * nor a packed file, whose frontier counts other bytes: corpus_known_write() is
 * for those. At most once a second. */
static bool write_window(struct recording *w, size_t i, uint64_t offset,
                         struct error *err)
{
    struct corpus *c = &w->run->corpus[i];
    struct ledger_source row;
    struct error ignored;
    bool fine;

    if (!ledger_source_get(w->run->ledger, i, &row, err))
        return false;
    row.print = c->fingerprint;
    row.window_end = c->fingerprint.seekable ? offset : 0;
    row.complete =
        atomic_load(&c->complete) && frontier_clear(w->run->frontier, i);
    if (row.window_end &&
        !corpus_window_hash(w->run, i, offset, &row.window_hash, &ignored))
        row.window_end = 0;
    fine = ledger_source_set(w->run->ledger, i, &row, err);
    free(row.path);
    return fine;
}

static bool write_frontiers(struct recording *w, bool last,
                            struct error *err)
{
    struct run *r = w->run;
    int64_t now = clock_ms();
    bool window = last || now - w->window_ms >= WINDOW_MS;

    for (size_t i = 0; i < r->corpus_count; i++) {
        struct place at, reach;
        bool reached = frontier_get_reached(r->frontier, i, &reach);

        if (!frontier_moved(r->frontier, i, &at) && !reached && !w->again &&
            !last)
            continue;
        if (!ledger_frontier(r->ledger, (uint16_t)i, at.pos, at.offset, at.line,
                             err) ||
            !corpus_known_write(r, i, &at, &reach, err))
            return false;
        w->line = at.line;
        if (window && !write_window(w, i, at.offset, err))
            return false;
    }
    if (window)
        w->window_ms = now;
    return true;
}

static bool write_size(struct run *r, const char *key, uint64_t n,
                       struct error *err)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, n);
    return ledger_set(r->ledger, key, text, err);
}

/* The dimension of --dim, and the model's own one if that is cut. */
static bool write_dims(struct run *r, struct error *err)
{
    return write_size(r, "dim", r->dim, err) &&
           write_size(r, "asked-dim", r->opt->dim, err) &&
           write_size(r, "own-dim", r->embed_config.own_dim, err);
}

/* Dimension and model: known at the latest in this run, identity from now
 * on. */
static bool write_model(struct recording *w, struct error *err)
{
    struct run *r = w->run;

    if (!atomic_load(&r->ready) || (r->ledger_dim && !w->again))
        return true;
    if (!write_dims(r, err) ||
        (r->model[0] && !ledger_set(r->ledger, "model", r->model, err)))
        return false;
    r->ledger_dim = r->dim;
    return true;
}

/* What the endpoint takes at once, so that the next run need not ask again. */
static bool write_ceiling(struct recording *w, struct stage *stage,
                          struct error *err)
{
    struct run *r = w->run;
    char text[CEILING_TEXT];

    ceiling_write(&stage->ceiling, job_endpoint(r, stage), text);
    if (strcmp(text, stage->ceiling_known) == 0 && !w->again)
        return true;
    if (!ledger_set(r->ledger, stage->ceiling_key, text, err))
        return false;
    memcpy(stage->ceiling_known, text, sizeof text);
    return true;
}

/* How many requests at once the endpoint served best, where the next run
 * begins. */
static bool write_knee(struct recording *w, struct stage *stage,
                       struct error *err)
{
    struct run *r = w->run;
    bool pinned = counted(stage == &r->embed ? &r->embed_batch_pinned
                                             : &r->upsert_batch_pinned) > 0;
    struct seek_knee knee;
    char text[SEEK_TEXT];

    gate_knee(stage->endpoints.at[0].gate, &knee);
    if (knee.width == 0)
        knee = stage->knee; /* this run found none: the last one's is known */
    if (pinned)
        knee.batch = stage->knee.batch;
    seek_knee_write(&knee, job_endpoint(r, stage), text);
    if (strcmp(text, stage->knee_known) == 0 && !w->again)
        return true;
    if (!ledger_set(r->ledger, stage->knee_key, text, err))
        return false;
    memcpy(stage->knee_known, text, sizeof text);
    return true;
}

/* Which wire records took last, where the store has two. */
static bool write_wire(struct recording *w, struct error *err)
{
    struct run *r = w->run;
    enum store_wire_now wire = atomic_load(&r->wire);

    if (wire == STORE_WIRE_ONE || (wire == r->wire_known && !w->again))
        return true;
    if (!ledger_set(r->ledger, "wire.upsert", store_wire_word(wire), err))
        return false;
    r->wire_known = wire;
    return true;
}

bool recording_commit(struct recording *w, bool last, struct error *err)
{
    struct ledger_totals t;

    recorder_fill_totals(w->run, &t);
    w->final =
        t.stored + t.failed + t.rejected + t.skipped + t.superseded;
    return write_frontiers(w, last, err) && write_model(w, err) &&
           write_ceiling(w, &w->run->embed, err) &&
           write_ceiling(w, &w->run->upsert, err) &&
           write_knee(w, &w->run->embed, err) &&
           write_knee(w, &w->run->upsert, err) && write_wire(w, err) &&
           ledger_total_set(w->run->ledger, &t, err) &&
           ledger_commit(w->run->ledger, err);
}
