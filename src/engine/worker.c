/* This file has the steps that embedders and upserters share: a worker waits
 * for a batch while its endpoint takes requests, sets money aside for each
 * request, and reports a document as failed or deferred. */
#include "config.h"
#include "engine/worker.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/money.h"
#include "engine/job/connection.h"
#include "engine/recorder/recorder.h"
#include "flow/dispatch.h"
#include "sys/clock.h"

enum { LOOK_MS = 250, PURSE_MS = 50, NO_MEMORY_MS = 500, SPARE_MS = 10000,
       WORTH_TELLING_US = 500 };

void worker_set_state(struct worker *w, enum worker_state state,
                      int64_t wait_ms, const char *reason)
{
    meter_state(w->meter, state, wait_ms, reason, clock_us());
}

/* --- the next batch ------------------------------------------------------- */

void worker_waited(struct worker *w, enum seek_unfair why, int64_t began_us)
{
    int64_t us = clock_us() - began_us;

    if (us >= WORTH_TELLING_US)
        gate_seek_unfair(w->endpoint->gate, why, us);
}

static counter *worker_duties(struct worker *w)
{
    return &w->stage->on_duty[w->endpoint - w->stage->endpoints.at];
}

void worker_call_spare(struct worker *w)
{
    size_t duties = (size_t)counted(worker_duties(w));

    if (duties < gate_width(w->endpoint->gate) &&
        duties * w->stage->endpoints.count <
            counted(&w->stage->most_workers))
        control_ring(w->stage->run->control);
}

static bool worker_is_spare(struct worker *w)
{
    return w->index >= counted(&w->stage->most_workers) ||
           w->index / w->stage->endpoints.count >=
               gate_width(w->endpoint->gate);
}

/* It may be a spare for good: give its connection and its memory back. */
static void worker_shed(struct worker *w)
{
    connection_close(w);
    w->key_epoch = 0; /* the next connection begins with the first key */
    free(w->item);
    w->item = NULL;
    w->room_cap = 0;
    buf_release(&w->room);
    atomic_store(&w->holds_bytes, 0);
    w->off_since_ms = 0;
}

static void worker_rest(struct worker *w, uint64_t rings)
{
    if (w->on_duty) {
        w->on_duty = false;
        atomic_fetch_sub(worker_duties(w), 1);
        w->off_since_ms = clock_ms();
    }
    if (w->off_since_ms && clock_ms() - w->off_since_ms >= SPARE_MS)
        worker_shed(w);
    worker_set_state(w, WORKER_OFF, 0, "");
    control_doze(w->stage->run->control, rings, LOOK_MS);
}

/* False: there is no memory for its connection now. */
static bool worker_begin_duty(struct worker *w)
{
    struct error err;

    if (!w->on_duty) {
        w->on_duty = true;
        atomic_fetch_add(worker_duties(w), 1);
    }
    return w->embedder || w->store ||
           connection_open(w, w->endpoint->key, &err);
}

/* False once stopping. */
static bool worker_wait_for_hold(struct worker *w)
{
    struct control *control = w->stage->run->control;
    int64_t began_us = clock_us();
    bool go;

    if (!control_held(control, w->stage->id))
        return true;
    worker_set_state(w, WORKER_PAUSED, 0, "");
    go = control_go(control, w->stage->id);
    worker_waited(w, SEEK_PAUSED, began_us);
    return go;
}

/* Take no batch while the endpoint takes no request: another worker's may. True
 * when it waited. */
static bool wait_for_endpoint(struct worker *w)
{
    enum gate_why why;
    int64_t began_us = clock_us();
    int64_t wait = gate_closed_ms(w->endpoint->gate, clock_ms(), &why);

    if (wait <= 0)
        return false;
    worker_set_state(w, WORKER_BACKOFF, wait, gate_word(why));
    control_sleep(w->stage->run->control, wait < LOOK_MS ? wait : LOOK_MS);
    worker_waited(w, SEEK_LIMITED, began_us);
    return true;
}

static enum queue_status worker_pop(struct worker *w, struct queue *q,
                                    struct batch **b)
{
    int64_t began_us = clock_us();
    enum queue_status status;

    worker_set_state(w, WORKER_IDLE, 0, "");
    status = queue_pop(q, b, LOOK_MS);
    worker_waited(w, SEEK_STARVED, began_us);
    if (status == QUEUE_OK &&
        control_held(w->stage->run->control, w->stage->id) &&
        queue_push_front(q, *b) == QUEUE_OK)
        return QUEUE_TIMEOUT; /* it began while we waited: leave the batch */
    return status;
}

struct batch *worker_next(struct worker *w, struct queue *q)
{
    struct control *control = w->stage->run->control;
    struct batch *b;

    for (;;) {
        uint64_t rings = control_rings(control);

        if (control_stopping(control))
            return NULL;
        if (worker_is_spare(w)) {
            worker_rest(w, rings);
            continue;
        }
        if (!worker_wait_for_hold(w))
            return NULL;
        if (!worker_begin_duty(w)) {
            worker_wait_for_memory(w);
            continue;
        }
        if (wait_for_endpoint(w))
            continue;
        switch (worker_pop(w, q, &b)) {
        case QUEUE_OK:
            return b;
        case QUEUE_CLOSED:
            return NULL;
        case QUEUE_TIMEOUT:
            break;
        }
    }
}

/* --- money, requests, memory ---------------------------------------------- */

bool worker_reserve_cost(struct worker *w, double tokens)
{
    struct run *r = w->stage->run;
    double usd = tokens * r->usd_per_mtok / 1e6;

    if (usd <= 0 || w->aside_usd > 0)
        return true;
    switch (purse_take(&r->purse, usd)) {
    case PURSE_OPEN:
        w->aside_usd = usd;
        return true;
    case PURSE_WAIT:
        worker_set_state(w, WORKER_LIMITED, 0, "budget");
        control_sleep(r->control, PURSE_MS);
        break;
    case PURSE_SPENT:
        money_hold(&r->purse, r->control, r->notices, usd, r->attended);
        break;
    }
    return false;
}

void worker_settle_cost(struct worker *w)
{
    if (w->aside_usd > 0)
        purse_give_back(&w->stage->run->purse, w->aside_usd);
    w->aside_usd = 0;
}

void worker_note_sent(struct worker *w, const struct item *item, size_t n)
{
    uint8_t flag = w->stage->id == STAGE_EMBED ? DOC_EMBED_SENT
                                               : DOC_UPSERT_SENT;
    struct tally *tally = &w->stage->run->tally;
    size_t again = 0;

    for (size_t i = 0; i < n; i++) {
        struct doc *d = item_doc(&item[i]);

        again += (d->flags & flag) != 0;
        d->flags |= flag;
    }
    count(&tally->retries, again > 0);
    count(&tally->resent, again);
}

bool worker_take(struct worker *w, struct batch *const *batch, size_t batches,
                 size_t each)
{
    struct item *item;
    size_t n = 0;

    for (size_t i = 0; i < batches; i++)
        n += batch[i]->open;
    if (n * (sizeof *item + each) > w->room_cap) {
        item = realloc(w->item, n * (sizeof *item + each));
        if (!item)
            return false;
        w->item = item;
        w->room_cap = n * (sizeof *item + each);
    }
    item = w->item;
    for (size_t i = 0; i < batches; i++)
        for (size_t at = 0; at < batch[i]->count; at++)
            if (batch[i]->docs[at].fate == DOC_OPEN)
                *item++ = (struct item){ batch[i], at };
    w->scratch = item;
    return true;
}

bool worker_wait_for_memory(struct worker *w)
{
    int64_t began_us = clock_us();
    bool goes;

    worker_set_state(w, WORKER_BACKOFF, 0, "no memory");
    goes = control_sleep(w->stage->run->control, NO_MEMORY_MS);
    worker_waited(w, SEEK_BLOCKED, began_us);
    return goes;
}

void worker_item(const struct item *item, struct upsert_item *to)
{
    const struct batch *b = item->batch;
    const struct doc *d = item_doc(item);

    to->id = batch_text(b, d->id);
    to->id_number = d->flags & DOC_ID_NUMBER;
    to->text = batch_text(b, d->text);
    to->text_escaped = d->flags & DOC_TEXT_ESCAPED;
    to->metadata = batch_text(b, d->metadata);
    to->vector = NULL;
    to->stored = false;
}

/* It leaves the batch: others account for it from now on. */
static void worker_settle(const struct item *item, enum doc_fate fate)
{
    item_doc(item)->fate = (uint8_t)fate;
    item->batch->open--;
}

void worker_fail(struct worker *w, const char *stage, const struct item *item,
                 const struct error *err)
{
    struct doc *d = item_doc(item);
    struct failure f = failure_of(d, stage, err);

    f.id = batch_text(item->batch, d->id);
    f.tries++;
    recorder_failure(w->stage->run->recorder, d, &f);
    worker_settle(item, DOC_FAILED);
}

bool worker_defer(void *worker, const struct item *item,
                  const struct error *err, int64_t delay_ms, unsigned flags)
{
    struct worker *w = worker;
    struct run *r = w->stage->run;
    struct batch *b = item->batch;
    struct doc *d = item_doc(item);
    bool embedded = w->stage->id == STAGE_UPSERT;
    struct redo_item *copy = redo_item_new(
        b, d, embedded ? batch_vector(b, item->at) : NULL, b->dim);
    struct failure f = failure_of(d, w->stage->name, err);

    if (!copy)
        return false;
    f.id = batch_text(b, d->id);
    f.tries += (flags & DEFER_COUNTS) != 0;
    copy->doc.tries = (uint16_t)f.tries;
    if (flags & DEFER_ALONE)
        copy->doc.flags |= DOC_ALONE;
    if (!redo_add(r->redo, copy, clock_ms() + delay_ms)) {
        redo_item_free(copy);
        return false;
    }
    if (delay_ms > 0)
        failure_log_deferred(r->failures, &f);
    worker_settle(item, DOC_DEFERRED);
    return true;
}
