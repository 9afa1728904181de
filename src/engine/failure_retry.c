/*
 * A retry reads the ledger's failures row by row, finds each record in the
 * corpus again and fills batches that go to the head of the embed queue. A skip
 * walks the same rows and gives each one up. Every row passes retry_claim.c,
 * which makes sure that it is still open.
 */
#include "config.h"
#include "engine/failure_retry.h"

#include <stdio.h>

#include "engine/job/corpus.h"
#include "engine/retry_claim.h"

static struct doc doc_of(const struct run *r, const struct failure *f,
                         struct text id)
{
    return (struct doc){ .pos = f->pos, .offset = f->offset,
                         .length = f->length, .source = f->source,
                         .flags = DOC_RETRY |
                                  (uint8_t)(id.len ? 0 : DOC_UNTRACKED),
                         .id_hash = run_id_hash(r, id) };
}

/* --- retry -------------------------------------------------------------- */

struct retrying {
    struct run *run;
    const struct failure_select *select;
    const struct reread *reread;
    size_t most; /* documents in a batch */
    struct source *source; /* of index */
    size_t index;
    struct batch *batch;
    struct retry_claim *claim;
    bool no_memory;
};

static bool send_batch(struct retrying *t)
{
    struct run *r = t->run;
    struct batch *b = t->batch;

    t->batch = NULL;
    if (!b)
        return true;
    if (b->open > 0 && queue_push_front(r->embed_queue, b) == QUEUE_OK) {
        /* Retries jump the queue, but within a bound: one batch above its
         * limit, and the next when that was taken. A waiting reader must not
         * get a turn between them, or it would fill each gap first. */
        struct queue_stats q;

        queue_stats(r->embed_queue, &q);
        while (q.count > q.capacity && control_sleep(r->control, 10))
            queue_stats(r->embed_queue, &q);
        return !control_stopping(r->control);
    }
    pool_give(r->pool, b);
    return !control_stopping(r->control);
}

/* Are there enough documents for a request, or rows for a claim? */
static bool is_full(const struct retrying *t)
{
    return retry_claim_full(t->claim) ||
           (t->batch &&
            (t->batch->count >= t->most ||
             t->batch->count >= run_embed_batch(t->run)));
}

/* Settle the rows so far, and send the documents among them. */
static bool send_claimed(struct retrying *t)
{
    bool fine = retry_claim_settle(t->claim, t->batch);

    return send_batch(t) && fine;
}

static void failure_retry_set_reread(struct source_config *cfg,
                                     const struct reread *how)
{
    cfg->replace_utf8 |= how->replace_utf8;
    cfg->send_blank |= how->send_blank;
    cfg->nan_null |= how->nan_null;
    if (how->line_mb)
        cfg->limit_line = (size_t)how->line_mb << 20;
}

static bool failure_retry_open_source(struct retrying *t, size_t index,
                                      struct error *err)
{
    struct source_config cfg;

    if (t->source && t->index == index)
        return true;
    source_close(t->source);
    t->source = NULL;
    if (!corpus_reread(t->run, index, &cfg, err))
        return false;
    failure_retry_set_reread(&cfg, t->reread);
    t->source = source_open(&cfg, err);
    t->index = index;
    return t->source != NULL;
}

/* The record is no longer where the ledger says, so it fails again. */
static bool failure_retry_keep_failed(struct retrying *t,
                                      const struct failure *f,
                                      const struct record *rec,
                                      const struct error *why)
{
    struct doc d = doc_of(t->run, f, f->id);
    struct failure again = *f;

    again.cause.kind = why->kind;
    again.cause.code = why->code;
    again.message = why->text;
    again.line = rec ? rec->line : f->line;
    again.tries++;
    if (!retry_claim_add(t->claim, CLAIM_FAIL, &d, &again, 0))
        return true; /* it is in flight */
    return !is_full(t) || send_claimed(t);
}

static bool failure_retry_take_batch(struct retrying *t)
{
    while (!t->batch && !control_stopping(t->run->control))
        t->batch = pool_take(t->run->pool, 250);
    return t->batch != NULL;
}

static bool failure_retry_add(struct retrying *t,
                              const struct failure *f,
                              const struct record *rec)
{
    struct doc sent = doc_of(t->run, f, rec->id), *d;

    if (!failure_retry_take_batch(t))
        return false;
    if (!retry_claim_add(t->claim, CLAIM_SEND, &sent, f, t->batch->count))
        return true;
    d = batch_add(t->batch, rec->id, rec->text, rec->metadata);
    if (!d) {
        retry_claim_take_back(t->claim);
        t->no_memory = true;
        return false;
    }
    sent.id = d->id;
    sent.text = d->text;
    sent.metadata = d->metadata;
    sent.tokens = run_tokens(t->run, rec->text, rec->text_escaped);
    sent.flags |= (uint8_t)((rec->text_escaped ? DOC_TEXT_ESCAPED : 0) |
                             (rec->id_number ? DOC_ID_NUMBER : 0));
    *d = sent;
    return !is_full(t) || send_claimed(t);
}

static bool retry_row(void *arg, const struct failure *f)
{
    struct retrying *t = arg;
    struct record rec;
    struct error err;

    if (control_stopping(t->run->control))
        return false;
    if (f->source >= t->run->corpus_count || !failure_selected(t->select, f))
        return true;
    if (!failure_retry_open_source(t, f->source, &err) ||
        !source_seek(t->source, f->offset, f->pos, f->line, &err)) {
        if (err.kind == ERROR_FOREIGN)
            err.kind = ERROR_INPUT; /* only this document is gone */
        return failure_retry_keep_failed(t, f, NULL, &err);
    }
    switch (source_next(t->source, &rec, &err)) {
    case SOURCE_RECORD:
        if (f->id.len == 0 || text_equal(rec.id, f->id))
            return failure_retry_add(t, f, &rec);
        error_set(&err, ERROR_INPUT, 0,
                  "another record stands at byte %llu of the corpus now",
                  (unsigned long long)f->offset);
        break;
    case SOURCE_REJECTED:
        return failure_retry_keep_failed(t, f, &rec, &rec.why);
    case SOURCE_STOPPED:
        return false;
    case SOURCE_END:
        error_set(&err, ERROR_INPUT, 0,
                  "the corpus has no record at byte %llu any more",
                  (unsigned long long)f->offset);
        break;
    case SOURCE_FAILED:
        break;
    }
    return failure_retry_keep_failed(t, f, NULL, &err);
}

/* If there was no work before, the ticker still has to do the preflight. */
static bool failure_retry_wait_ready(struct run *r)
{
    atomic_store(&r->wanted_ready, true);
    control_nudge(r->control);
    while (!atomic_load(&r->ready))
        if (!control_sleep(r->control, 100))
            return false;
    return true;
}

static void failure_retry_say_count(struct run *r, const struct retry_claim *c,
                                    bool no_memory)
{
    if (no_memory)
        notices_add(r->notices, "retrying %llu, there is no memory for more",
                    (unsigned long long)c->granted);
    else if (c->busy)
        notices_add(r->notices, "retrying %llu, %llu are under way already",
                    (unsigned long long)c->granted,
                    (unsigned long long)c->busy);
    else
        notices_add(r->notices, "retrying %llu document%s",
                    (unsigned long long)c->granted,
                    c->granted == 1 ? "" : "s");
}

void failure_retry(struct run *r, const struct command *c)
{
    struct retry_claim claim;
    struct retrying t = { .run = r, .select = &c->select,
                          .reread = &c->reread, .claim = &claim,
                          .most = c->batch ? c->batch : RETRY_BATCH_MAX };

    if (!failure_retry_wait_ready(r))
        return;
    retry_claim_open(&claim, r);
    retry_claim_each(&claim, retry_row, &t);
    send_claimed(&t);
    source_close(t.source);
    if (claim.failed)
        notices_add(r->notices, "retry: %s", claim.err.text);
    else
        failure_retry_say_count(r, &claim, t.no_memory);
    retry_claim_close(&claim);
}

/* --- skip ---------------------------------------------------------------- */

static bool failure_retry_skip_row(void *arg, const struct failure *f)
{
    struct retrying *t = arg;
    struct doc d = doc_of(t->run, f, f->id);

    if (!failure_selected(t->select, f) ||
        !retry_claim_add(t->claim, CLAIM_SKIP, &d, f, 0))
        return true;
    return !retry_claim_full(t->claim) || retry_claim_settle(t->claim, NULL);
}

void failure_skip(struct run *r, const struct failure_select *select)
{
    struct retry_claim claim;
    struct retrying t = { .run = r, .select = select, .claim = &claim };
    char busy[64] = "";

    retry_claim_open(&claim, r);
    retry_claim_each(&claim, failure_retry_skip_row, &t);
    retry_claim_settle(&claim, NULL);
    if (claim.busy)
        snprintf(busy, sizeof busy, ", %llu are under way",
                 (unsigned long long)claim.busy);
    if (claim.failed)
        notices_add(r->notices, "skip: %s", claim.err.text);
    else
        notices_add(r->notices, "%llu given up for good%s",
                    (unsigned long long)claim.granted, busy);
    retry_claim_close(&claim);
}
