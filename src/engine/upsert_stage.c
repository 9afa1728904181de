/*
 * The upserters take batches from the upsert queue, through the store, to the
 * recorder. An upsert is idempotent, so they send again what may have arrived.
 *
 * A round is one request. An upserter takes as many waiting batches as fill it,
 * brings one request's worth to an end, gives the batches that are done to the
 * recorder, and puts those with a remainder back at the front of the queue:
 * the next round begins with them. So requests are full while batches wait.
 * Nobody keeps a remainder, so no upserter that is paused or switched off has
 * one.
 *
 * When no batch waits, the store is not the bottleneck or the corpus is at its
 * end. A remainder then goes at once if nothing else is on its way to the
 * store; else it waits for the next reply, at most, so that what that leaves
 * joins it (Nagle's algorithm). It never waits for the stage before alone.
 */
#include "config.h"
#include "engine/stage.h"

#include "engine/recorder/recorder.h"
#include "engine/worker.h"
#include "sys/clock.h"

enum { AGAIN_MS = 500, JOIN_MS = 10, JOIN_MOST_MS = 1000 };

/* Batches whose documents share a request; items: the open ones. */
struct round {
    struct batch *batch[MERGE_MAX];
    size_t batches;
    size_t items;
};

/* Records of a request: the setting, or what the store was found to take. */
static size_t upsert_most(const struct worker *w)
{
    return ceiling_docs(&w->stage->ceiling,
                        (size_t)counted(&w->stage->run->upsert_batch));
}

static size_t upsert_cut(void *worker, const struct item *item, size_t n,
                         double *tokens)
{
    size_t most = upsert_most(worker), i = 1;

    *tokens = 0;
    while (i < n && i < most && !item_goes_apart(&item[i]))
        i++;
    return i;
}

static void set_limits(struct worker *w)
{
    struct run *r = w->stage->run;
    struct store *s = w->store;

    s->limit_count = ceiling_docs(&w->stage->ceiling, r->store_count);
    s->want_bytes = ceiling_size(&w->stage->ceiling, r->store_bytes);
}

/* Report each record's outcome in a reply that succeeded. */
static void settle_items(struct dispatch *d, struct request *rq,
                         const struct upsert_item *sent)
{
    for (size_t i = 0; i < rq->taken; i++) {
        if (!sent[i].stored)
            continue;
        item_doc(&rq->item[i])->fate = DOC_STORED;
        rq->item[i].batch->open--;
        rq->stored++;
    }
    for (size_t i = 0; i < rq->taken; i++)
        if (!sent[i].stored)
            dispatch_item(d, rq, &rq->item[i], &sent[i].why);
}

static struct upsert_item *upsert_items(struct worker *w,
                                        const struct request *rq)
{
    struct upsert_item *to = w->scratch;

    for (size_t i = 0; i < rq->n; i++) {
        worker_item(&rq->item[i], &to[i]);
        to[i].vector = batch_vector(rq->item[i].batch, rq->item[i].at);
    }
    return to;
}

static bool upsert_send(struct dispatch *d, struct request *rq,
                        struct error *err)
{
    struct worker *w = d->ctx;
    struct store *s = w->store;
    struct tally *tally = &w->stage->run->tally;
    uint64_t sent = s->wire_sent, received = s->wire_received;
    struct upsert_item *items = upsert_items(w, rq);
    bool fine;

    set_limits(w);
    fine = s->ops->upsert(s, items, rq->n, &rq->taken, err);
    store_rest(s);
    rq->bytes = s->sent_bytes;
    if (s->sent_count > 1)
        atomic_store(&w->stage->run->record_bytes,
                     s->sent_bytes / s->sent_count + 1);
    count(&tally->sent, s->wire_sent - sent);
    count(&tally->received, s->wire_received - received);
    worker_note_sent(w, rq->item, rq->taken);
    if (fine)
        settle_items(d, rq, items);
    return fine;
}

/* A question to a store shows that it answers, not that it would store. */
static enum proof upsert_prove(void *worker, size_t texts, struct error *err)
{
    struct store *s = ((struct worker *)worker)->store;
    uint64_t records;

    (void)texts;
    if (!s->ops->remote || !s->ops->count)
        return PROOF_ABSENT;
    return s->ops->count(s, &records, err) ? PROOF_ANSWERS : PROOF_REFUSED;
}

static const struct dispatch_ops upsert_ops = {
    .cut = upsert_cut, .send = upsert_send, .prove = upsert_prove
};

/* Open documents that fill a request, by the size of the last one's records (a
 * sixteenth more, because the next ones may be smaller), before that by their
 * vectors alone. */
static size_t wanted_records(struct worker *w)
{
    struct run *r = w->stage->run;
    size_t record = (size_t)counted(&r->record_bytes);
    size_t most = upsert_most(w), bytes, fit;

    set_limits(w);
    bytes = store_cut_bytes(w->store);
    if (w->store->limit_count && w->store->limit_count < most)
        most = w->store->limit_count;
    if (record == 0)
        record = r->dim * sizeof(float);
    fit = bytes / record;
    fit += fit / 16 + 1;
    return bytes && fit < most ? fit : most;
}

static bool upsert_stage_others_in_flight(struct worker *w)
{
    struct gate_stats gate;

    gate_stats(w->endpoint->gate, clock_ms(), &gate);
    return gate.in_flight > 0;
}

/* A remainder that does not fill a request may wait for the next reply. */
static bool upsert_stage_may_wait(struct worker *w, const struct round *x,
                                  int64_t began_ms)
{
    struct control *control = w->stage->run->control;

    return x->batch[0]->open < x->batch[0]->count &&
           clock_ms() - began_ms < JOIN_MOST_MS &&
           !control_stopping(control) &&
           !control_held(control, w->stage->id) &&
           upsert_stage_others_in_flight(w);
}

/* Add waiting batches. False: it is not full, and none waits. */
static bool upsert_stage_fill(struct worker *w, struct round *x,
                              int64_t wait_ms)
{
    size_t want = wanted_records(w);
    struct batch *b;

    while (x->items < want && x->batches < MERGE_MAX) {
        if (queue_pop(w->stage->run->upsert_queue, &b, wait_ms) != QUEUE_OK)
            return false;
        x->batch[x->batches++] = b;
        x->items += b->open;
    }
    return true;
}

/* Wait for what the next replies leave. One upserter does so at a time; false:
 * another one does, leave the batches to it. */
static bool upsert_stage_join(struct worker *w, struct round *x)
{
    struct run *r = w->stage->run;
    int64_t began_ms = clock_ms();

    if (!upsert_stage_may_wait(w, x, began_ms))
        return true;
    if (atomic_exchange(&r->joining, true))
        return false;
    while (!upsert_stage_fill(w, x, JOIN_MS) &&
           upsert_stage_may_wait(w, x, began_ms))
        continue;
    atomic_store(&r->joining, false);
    return true;
}

/* The run stops: what a batch stored is recorded, a resume sends the rest. */
void upsert_stage_leave(struct run *r, struct batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->docs[i].fate == DOC_STORED) {
            recorder_batch(r->recorder, b);
            return;
        }
    pool_give(r->pool, b);
}

/* It may wait long for its commit, so not with its vectors. */
static void upsert_stage_record(struct run *r, struct batch *b)
{
    batch_trim_vectors(b, KEEP_BYTES);
    recorder_batch(r->recorder, b);
}

/* Batches without open documents are done. The others go back in their
 * order. */
static void upsert_stage_hand_on(struct run *r, const struct round *x)
{
    for (size_t m = x->batches; m-- > 0;) {
        struct batch *b = x->batch[m];

        if (b->open == 0) {
            upsert_stage_record(r, b);
            continue;
        }
        batch_trim_front(b, KEEP_BYTES);
        if (queue_push_front(r->upsert_queue, b) != QUEUE_OK)
            upsert_stage_leave(r, b);
    }
}

/* Some should wait but found no room, so they stay open. Do not send them again
 * at once. */
static void wait_for_room(struct worker *w, size_t done)
{
    int64_t began_us = clock_us();

    for (size_t i = 0; i < done; i++)
        if (item_doc(&w->item[i])->fate == DOC_OPEN) {
            worker_set_state(w, WORKER_BACKOFF, AGAIN_MS, "retries wait");
            control_sleep(w->stage->run->control, AGAIN_MS);
            worker_waited(w, SEEK_BLOCKED, began_us);
            return;
        }
}

/* What it holds until its request is answered, by the size of the last one. */
static void upsert_note_size(struct worker *w, const struct round *x)
{
    size_t bytes = w->store->sent_bytes;

    for (size_t m = 0; m < x->batches; m++)
        bytes += batch_footprint(x->batch[m]);
    atomic_store(&w->holds_bytes, bytes);
}

/* Gather a request's worth. False: the batches are another upserter's. */
static bool upsert_stage_gather(struct worker *w, struct round *x)
{
    int64_t began_us = clock_us();
    bool mine = upsert_stage_fill(w, x, 0);

    if (mine)
        return true;
    worker_set_state(w, WORKER_IDLE, 0, "");
    mine = upsert_stage_join(w, x);
    if (!mine) {
        upsert_stage_hand_on(w->stage->run, x);
        control_sleep(w->stage->run->control, JOIN_MS);
    }
    worker_waited(w, SEEK_STARVED, began_us);
    return mine;
}

static void upsert_round(struct worker *w, struct batch *b)
{
    struct run *r = w->stage->run;
    struct round x = { .batch[0] = b, .batches = 1, .items = b->open };
    size_t done;
    bool ready;

    if (!upsert_stage_gather(w, &x))
        return;
    do
        ready = worker_take(w, x.batch, x.batches, sizeof(struct upsert_item));
    while (!ready && worker_wait_for_memory(w));
    upsert_note_size(w, &x);
    if (ready && !control_stopping(r->control) &&
        stage_dispatch_request(w, &upsert_ops, x.items, &done))
        wait_for_room(w, done);
    upsert_stage_hand_on(r, &x);
}

void *upserter_main(void *arg)
{
    struct worker *w = arg;
    struct batch *b;

    while ((b = worker_next(w, w->stage->run->upsert_queue)))
        upsert_round(w, b);
    return NULL;
}
