/*
 * The reader slices a corpus file into batches.
 *
 * It seals a batch that has as many documents as a request should have, or as
 * many whole requests, by the limits of the service: the next record, which it
 * has read already, goes back to the source. Sealing makes a segment of the
 * frontier, enters the ids as in flight and sends rejected records to the
 * recorder; only then does the reader push the batch.
 */
#include "config.h"
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "engine/job/corpus.h"
#include "engine/job/corpus_name.h"
#include "engine/recorder/recorder.h"

enum { REJECTS_MAX = 64, BACKLOG_MAX = 1024, WAIT_MS = 250,
       FIRST_RECORDS = 100, RETRIES = 3, RETRY_MS = 200, RETRY_FACTOR = 4 };

/* A record that was rejected since the last seal. */
struct reject {
    struct record record; /* of its texts only the id is used */
    struct buf id;
};

struct reading {
    struct run *run;
    struct corpus *corpus;
    uint16_t index;
    struct batch *batch;
    struct packing packing; /* of the batch */
    struct reject rejects[REJECTS_MAX];
    size_t reject_count;
    bool unsealed; /* a record found no memory: seal no more */
    unsigned retries; /* since the last successful read */
    uint64_t records, rejected; /* of this file in this run */
    struct error first;         /* why the first one was rejected */
    bool unseen_reported;       /* reported names that no record has */
    bool limited;               /* --limit is reached */
};

static bool too_many_rejected(struct reading *g, struct error *err)
{
    const char *limit = g->run->opt->max_rejected;
    uint64_t seen = g->records, bad = g->rejected, n;
    char *end;

    if (!*limit) {
        if (seen == FIRST_RECORDS && bad == seen)
            return !error_set(err, ERROR_INPUT, 0,
                              "the first %d records cannot be used (%s): is "
                              "this the right file? (--max-rejected allows "
                              "more)",
                              FIRST_RECORDS, g->first.text);
        return false;
    }
    n = strtoull(limit, &end, 10); /* its form was checked with the options */
    if (*end == '%' ? seen < FIRST_RECORDS || bad * 100 <= seen * n : bad <= n)
        return false;
    return !error_set(err, ERROR_INPUT, 0,
                      "%llu of %llu records cannot be used, --max-rejected is "
                      "%s",
                      (unsigned long long)bad, (unsigned long long)seen,
                      limit);
}

static void keep_reject(struct reading *g, const struct record *rec)
{
    struct reject *x = &g->rejects[g->reject_count++];

    x->record = *rec;
    buf_clear(&x->id);
    buf_put(&x->id, rec->id.ptr, rec->id.len);
}

static bool keep_document(struct reading *g, const struct record *rec,
                          uint32_t tokens, bool begins)
{
    struct doc *d =
        batch_add(g->batch, rec->id, rec->text, rec->metadata);

    if (!d)
        return false;
    d->pos = rec->pos;
    d->offset = rec->offset;
    d->length = rec->length;
    d->source = g->index;
    d->id_hash = run_id_hash(g->run, rec->id);
    d->flags = (uint8_t)((rec->text_escaped ? DOC_TEXT_ESCAPED : 0) |
                         (rec->id_number ? DOC_ID_NUMBER : 0) |
                         (begins ? DOC_BEGINS : 0));
    d->tokens = tokens;
    return true;
}

static void reader_note_progress(struct reading *g)
{
    uint64_t done, size;

    source_progress(g->corpus->source, &done, &size);
    atomic_store_explicit(&g->corpus->read_bytes, done, memory_order_relaxed);
    atomic_store_explicit(&g->corpus->read_size, size, memory_order_relaxed);
}

static int64_t retry_after_ms(unsigned retries)
{
    int64_t ms = RETRY_MS;

    while (retries--)
        ms *= RETRY_FACTOR;
    return ms;
}

/* We cannot read on in a file. If it is damaged, stop reading it, but not the
 * other files. Otherwise try again a few times, then hold until the operator
 * resumes. False: read no more of it. */
static bool corpus_failed(struct reading *g, const struct error *err)
{
    struct run *r = g->run;
    /* A system error may pass; a file that was cut or replaced stays so. */
    bool passes = err->kind != ERROR_LOCAL || err->code != 0;

    if (err->kind == ERROR_INPUT) {
        run_damaged(r, err);
        return false;
    }
    if (err->kind == ERROR_FOREIGN) {
        run_fail(r, err);
        return false;
    }
    if (passes && g->retries < RETRIES)
        return control_sleep(r->control, retry_after_ms(g->retries++));
    if (control_hold(r->control, HOLD_CORPUS, err->text,
                     r->attended ? "p tries again, Q ends with what was read"
                                 : "mend it and run the same line"))
        notices_event(r->notices, &notices_hold, "reading holds: %s",
                      err->text);
    return control_go(r->control, STAGE_READ);
}

/* Hold until there is memory for the document. False: the run ends, and a
 * resume reads again what was read since the last seal. */
static bool reader_keep_or_hold(struct reading *g, const struct record *rec,
                                uint32_t tokens, bool begins,
                                struct error *err)
{
    while (!keep_document(g, rec, tokens, begins)) {
        error_memory(err, "to read on");
        if (!corpus_failed(g, err)) {
            g->unsealed = true;
            return false;
        }
    }
    return true;
}

/* Where the record goes: into a request of the batch, or into the next one. */
static enum packed reader_pack(struct reading *g, const struct record *rec,
                               uint32_t *tokens)
{
    struct cut_text t;
    enum cut_by ignored;

    *tokens = run_tokens(g->run, rec->text, rec->text_escaped);
    t = embed_stage_text(g->run, rec->text.len, *tokens);
    t.kept = rec->id.len + rec->text.len + rec->metadata.len;
    return packing_add(&g->packing, &t, &ignored);
}

/* False: it is not in the batch, because the run ends (*stopped) or because it
 * belongs to the next one. */
static bool reader_add(struct reading *g, const struct record *rec,
                       bool *stopped, struct error *err)
{
    uint32_t tokens;
    enum packed packed = reader_pack(g, rec, &tokens);

    *stopped = false;
    if (packed == PACKED_NOT) {
        source_unread(g->corpus->source, rec);
        return false;
    }
    g->records++;
    *stopped = !reader_keep_or_hold(g, rec, tokens, packed == PACKED_APART,
                                    err);
    return !*stopped;
}

/* Is one more document within --limit? Readers of several files share it. */
static bool reader_may_take(struct run *r)
{
    return r->opt->limit == 0 ||
           atomic_fetch_add(&r->taken, 1) < r->opt->limit;
}

/* What was read is finished; the same line without --limit goes on behind it. */
static void reader_end_by_limit(struct run *r)
{
    struct error why;

    error_set(&why, ERROR_STOPPED, 0, "--limit %llu",
              (unsigned long long)r->opt->limit);
    run_give_up(r, &why);
}

/* Of records that lack a field, keep the options that read them, if they are
 * most of those that were rejected. */
static void reader_keep_mend(struct reading *g)
{
    struct run *r = g->run;
    char mend[sizeof r->mend];
    uint64_t lacking = source_lacking(g->corpus->source, mend, sizeof mend);

    if (lacking * 2 <= g->rejected || !*mend)
        return;
    monitor_lock(&r->lock);
    if (!*r->mend)
        memcpy(r->mend, mend, sizeof mend);
    monitor_unlock(&r->lock);
}

/* False: there are too many of them, and the run ends. */
static bool reader_add_reject(struct reading *g, const struct record *rec,
                              struct error *err)
{
    g->records++;
    if (g->rejected++ == 0)
        g->first = rec->why;
    keep_reject(g, rec);
    if (!too_many_rejected(g, err))
        return true;
    reader_keep_mend(g);
    run_fail(g->run, err);
    return false;
}

/* Fill the batch; the status says why it ended (RECORD: it is full). */
static enum source_status reader_fill_batch(struct reading *g,
                                            struct error *err)
{
    struct run *r = g->run;
    struct record rec;
    bool stopped = false;

    g->packing = embed_stage_packing(r);
    while (packing_full(&g->packing) == CUT_REASONS &&
           g->reject_count < REJECTS_MAX) {
        enum source_status status = source_next(g->corpus->source, &rec, err);

        if (status != SOURCE_RECORD && status != SOURCE_REJECTED)
            return status;
        if (ledger_skips(r->ledger, g->index, rec.pos, rec.id)) {
            count(&r->tally.skipped_done, 1);
            continue;
        }
        g->retries = 0;
        if (status == SOURCE_REJECTED) {
            stopped = !reader_add_reject(g, &rec, err);
        } else if (!reader_may_take(r)) {
            source_unread(g->corpus->source, &rec);
            g->limited = stopped = true;
        } else if (!reader_add(g, &rec, &stopped, err)) {
            atomic_fetch_sub(&r->taken, 1);
            break;
        }
        if (stopped)
            break;
    }
    return stopped ? SOURCE_STOPPED : SOURCE_RECORD;
}

/* A mistyped name makes no record fail, so report it once a run, after enough
 * records. */
static void reader_tell_unseen(struct reading *g, bool at_end)
{
    struct run *r = g->run;
    char why[400];

    if (g->unseen_reported || (!at_end && g->records < FIRST_RECORDS))
        return;
    g->unseen_reported = true;
    if (source_unseen(g->corpus->source, why, sizeof why) &&
        !atomic_exchange(&r->unknown_fields_reported, true)) {
        const char *corpus = corpus_shown(r->opt->corpus.item[g->index]);

        notices_add(r->notices, "%s: %s", corpus, why);
        monitor_lock(&r->lock);
        snprintf(r->unread, sizeof r->unread, "%.60s: %.250s", corpus, why);
        monitor_unlock(&r->lock);
    }
}

static void send_rejects(struct reading *g, uint32_t segment)
{
    struct run *r = g->run;

    while (recorder_backlog(r->recorder) > BACKLOG_MAX)
        if (!control_sleep(r->control, 10))
            break;
    for (size_t i = 0; i < g->reject_count; i++) {
        struct reject *x = &g->rejects[i];
        const struct doc d = {
            .pos = x->record.pos, .offset = x->record.offset,
            .length = x->record.length, .source = g->index,
            .segment = segment, .tries = 1, .flags = DOC_UNTRACKED
        };
        struct failure f = failure_of(&d, "read", &x->record.why);

        f.cause.rejected = true;
        f.line = x->record.line;
        f.id = (struct text){ x->id.data, x->id.len };
        recorder_failure(r->recorder, &d, &f);
    }
    g->reject_count = 0;
}

/* Make the batch a segment of the frontier. False without memory; FOREIGN: an
 * earlier run read something else there. */
static bool reader_seal_batch(struct reading *g, bool at_end, struct error *err)
{
    struct run *r = g->run;
    struct batch *b = g->batch;
    size_t open = b->count + g->reject_count, parked;
    struct redo_item *superseded, *next;
    struct place end;
    uint32_t segment;
    bool ok;

    if (!corpus_check_reread(r, g->index, at_end, err))
        return false;
    source_tell(g->corpus->source, &end.offset, &end.pos, &end.line);
    if (!source_get_past(g->corpus->source, &end.past))
        end.past = (struct trail){ .bytes = 0 };
    segment = frontier_add(r->frontier, g->index, end, open, &ok);
    if (!ok)
        return error_memory(err, "to read on");
    for (size_t i = 0; i < b->count; i++)
        b->docs[i].segment = segment;
    record_counts_move(r->counts, COUNT_CORPUS, COUNT_IN_FLIGHT, open);
    send_rejects(g, segment);
    superseded = inflight_enter(r->inflight, b, &parked);
    count(&r->tally.duplicates, parked);
    for (; superseded; superseded = next) {
        next = superseded->next;
        recorder_superseded(r->recorder, superseded);
    }
    reader_note_progress(g);
    return true;
}

/* Push the batch, or return it to the pool if nothing in it is to be sent. */
static void reader_hand_on(struct reading *g)
{
    struct run *r = g->run;
    struct batch *b = g->batch;

    g->batch = NULL;
    while (b->open > 0) {
        enum queue_status status = queue_push(r->embed_queue, b, WAIT_MS);

        if (status == QUEUE_OK)
            return;
        if (status == QUEUE_CLOSED || control_stopping(r->control))
            break; /* a resume reads it again */
    }
    pool_give(r->pool, b);
}

static bool reader_take_batch(struct reading *g)
{
    struct run *r = g->run;

    while (!g->batch && control_go(r->control, STAGE_READ))
        g->batch = pool_take(r->pool, WAIT_MS);
    return g->batch && control_go(r->control, STAGE_READ);
}

static bool reader_begin_file(struct reading *g)
{
    struct error err;

    while (!corpus_begin(g->run, g->index, &err))
        if (!corpus_failed(g, &err))
            return false;
    g->retries = 0;
    return true;
}

static void reader_read_file(struct reading *g)
{
    struct run *r = g->run;
    enum source_status status = SOURCE_RECORD;
    struct error err;

    while (status == SOURCE_RECORD && reader_take_batch(g)) {
        status = reader_fill_batch(g, &err);
        reader_tell_unseen(g, status == SOURCE_END);
        if (g->unsealed)
            break; /* the source is behind a record that was not kept */
        if (g->batch->count || g->reject_count || status == SOURCE_END) {
            struct error why;

            if (!reader_seal_batch(g, status == SOURCE_END, &why)) {
                run_fail(r, &why);
                break;
            }
            reader_hand_on(g);
        }
        if (status == SOURCE_FAILED && corpus_failed(g, &err))
            status = SOURCE_RECORD;
    }
    if (status == SOURCE_END) {
        reader_keep_mend(g);
        atomic_store(&g->corpus->complete, true);
    }
    if (g->limited)
        reader_end_by_limit(r);
    reader_note_progress(g);
    if (g->batch)
        pool_give(r->pool, g->batch);
    g->batch = NULL;
}

void *reader_main(void *arg)
{
    struct run *r = arg;
    struct reading *g = calloc(1, sizeof *g);
    size_t i;

    while (g && (i = atomic_fetch_add(&r->corpus_next, 1)) <
                    r->corpus_count) {
        g->run = r;
        g->corpus = &r->corpus[i];
        g->index = (uint16_t)i;
        g->records = g->rejected = 0;
        g->unseen_reported = false;
        g->reject_count = 0;
        g->unsealed = g->limited = false;
        g->retries = 0;
        if (!atomic_load(&g->corpus->complete) && reader_begin_file(g))
            reader_read_file(g);
        corpus_end(r, i);
    }
    if (!g) {
        struct error err;

        error_memory(&err, "for a reader");
        run_fail(r, &err);
    }
    for (i = 0; g && i < REJECTS_MAX; i++)
        buf_release(&g->rejects[i].id);
    free(g);
    if (atomic_fetch_sub(&r->readers_left, 1) == 1)
        control_read_over(r->control);
    control_nudge(r->control);
    return NULL;
}
