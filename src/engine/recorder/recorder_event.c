/* This file handles an event in two steps: it writes it into the open
 * transaction, then settles it, which moves the frontier, frees the id and
 * changes the counts. A replay after a failed write repeats the first. */
#include "config.h"
#include "engine/recorder/recorder_parts.h"

#include <stdlib.h>

#include "data/failure_fold.h"
#include "engine/job/spooled.h"

/* --- settling ------------------------------------------------------------- */

/* The record is final: its segment, its id, and what waited for that id. */
static void settle_doc(struct run *r, const struct doc *d)
{
    if (!(d->flags & DOC_RETRY))
        frontier_resolve(r->frontier, d->source, d->segment, 1);
    if (!(d->flags & DOC_UNTRACKED))
        run_leave_id(r, d->id_hash);
}

static void settle_batch(struct run *r, struct batch *b)
{
    uint64_t n = 0;

    for (size_t i = 0; i < b->count; i++) {
        const struct doc *d = &b->docs[i];

        if (d->fate != DOC_STORED)
            continue;
        n++;
        settle_doc(r, d);
    }
    failure_log_stored(r->failures, b->docs, b->count);
    record_counts_move(r->counts, COUNT_IN_FLIGHT, COUNT_STORED, n);
    count(&r->tally.batches, 1);
}

static void settle_skip(struct run *r, const struct doc *d)
{
    record_counts_move(r->counts, COUNT_IN_FLIGHT, COUNT_SKIPPED, 1);
    failure_log_mark(r->failures, d->source, d->pos, FAILURE_SKIPPED);
    settle_doc(r, d);
}

static void settle_failure(struct run *r, const struct doc *d,
                           const struct failure *f)
{
    struct error first;

    failure_log_final(r->failures, f);
    settle_doc(r, d);
    record_counts_move(r->counts, COUNT_IN_FLIGHT,
                       f->cause.rejected ? COUNT_REJECTED : COUNT_FAILED, 1);
    if (r->opt->on_error == ON_ERROR_STOP && !control_draining(r->control)) {
        error_set(&first, ERROR_STOPPED, 0, "stops at the first failure: %s",
                  f->message);
        notices_add(r->notices, "%s", first.text);
        run_give_up(r, &first);
    }
}

void event_settle(struct run *r, struct event *e)
{
    if (e->settled)
        return;
    e->settled = true;
    switch (e->kind) {
    case EVENT_BATCH:
        settle_batch(r, e->batch);
        break;
    case EVENT_FAILURE:
        settle_failure(r, &e->doc, &e->failure);
        break;
    case EVENT_SKIP:
        settle_skip(r, &e->doc);
        break;
    case EVENT_SUPERSEDED:
        /* The id stays taken, by the item that replaced it. */
        e->item->doc.flags |= DOC_UNTRACKED;
        settle_doc(r, &e->item->doc);
        record_counts_move(r->counts, COUNT_IN_FLIGHT, COUNT_SUPERSEDED, 1);
        failure_log_mark(r->failures, e->item->doc.source, e->item->doc.pos,
                         FAILURE_RETRIED);
        break;
    }
}

void event_committed(struct run *r, const struct event *e)
{
    for (size_t i = 0; e->batch && i < e->batch->count; i++)
        if (e->batch->docs[i].fate == DOC_STORED)
            spooled_final(r, &e->batch->docs[i]);
    spooled_final(r, &e->doc);
}

/* --- writing -------------------------------------------------------------- */

static bool make_acks(struct recording *w, size_t n)
{
    struct ledger_ack *grown;

    if (n <= w->acks_cap)
        return true;
    grown = realloc(w->acks, n * sizeof *grown);
    if (!grown)
        return false;
    w->acks = grown;
    w->acks_cap = n;
    return true;
}

/* The older failures of its ids that a batch settles. A transaction that is
 * repeated settles the same ones, but reports each only once. */
struct settling {
    struct run *run;
    struct event *event;
    uint64_t seen; /* this time */
};

static void settle_older(void *arg, const struct failure *was)
{
    struct settling *s = arg;

    if (++s->seen <= s->event->healed)
        return;
    s->event->healed = s->seen;
    record_counts_move(s->run->counts, COUNT_FAILED, COUNT_SUPERSEDED, 1);
    failure_log_healed(s->run->failures, &was->cause, failure_fold(was).hash, 1);
    failure_log_mark(s->run->failures, was->source, was->pos, FAILURE_STORED);
}

static bool write_healing(struct settling *s, const struct doc *d,
                          struct text id, struct error *err)
{
    struct ledger *l = s->run->ledger;

    if (d->flags & DOC_RETRY)
        return ledger_heal(l, d->source, d->pos, err);
    return ledger_supersede(l, id, d->source, d->pos, settle_older, s, err);
}

/* The stored documents of one source in this batch. */
static bool write_source(struct recording *w, const struct batch *b,
                         uint16_t source, struct settling *s,
                         struct error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < b->count; i++) {
        const struct doc *d = &b->docs[i];

        if (d->fate != DOC_STORED || d->source != source)
            continue;
        w->acks[n] = (struct ledger_ack){ d->pos, batch_text(b, d->id) };
        if (!write_healing(s, d, w->acks[n].id, err))
            return false;
        n++;
    }
    return n == 0 || ledger_done(w->run->ledger, source, w->acks, n, err);
}

/* Nearly all batches have one file; retries may have several. */
static bool is_first_of_source(const struct batch *b, size_t i)
{
    const struct doc *d = b->docs;
    size_t j = i;

    if (i > 0 && d[i - 1].source == d[i].source)
        return false;
    while (j > 0 && d[j - 1].source != d[i].source)
        j--;
    return j == 0;
}

static bool write_batch(struct recording *w, struct event *e,
                        struct error *err)
{
    const struct batch *b = e->batch;
    struct settling settling = { .run = w->run, .event = e };

    if (!make_acks(w, b->count))
        return error_memory(err, "for the ledger");
    for (size_t i = 0; i < b->count; i++)
        if (is_first_of_source(b, i) &&
            !write_source(w, b, b->docs[i].source, &settling, err))
            return false;
    return true;
}

bool recording_event(struct recording *w, struct event *e,
                        struct error *err)
{
    switch (e->kind) {
    case EVENT_BATCH:
        return write_batch(w, e, err);
    case EVENT_FAILURE:
        return ledger_fail(w->run->ledger, &e->failure, err);
    case EVENT_SKIP:
        return ledger_skip(w->run->ledger, e->doc.source, e->doc.pos, err);
    case EVENT_SUPERSEDED:
        return ledger_pass_over(w->run->ledger, e->item->doc.source,
                                e->item->doc.pos, err);
    }
    return true;
}
