/*
 * The upserters: from the upsert queue, through the store, to the recorder.
 * Batches that wait are merged up to what a request should have.
 */
#include "config.h"
#include "engine/stage.h"
#include "engine/recorder.h"
#include "engine/worker.h"

#include <stdlib.h>

enum { AGAIN_MS = 500 };

struct upserting {
    struct worker *worker;
    struct batch *batch[MERGE_MAX];
    size_t batches;
    size_t first[MERGE_MAX + 1]; /* item number of each batch's document 0 */
    struct upsert_item *items;
    struct dispatch dispatch;
};

/* The document that item i is. */
static struct batch *item_batch(const struct upserting *x, size_t i,
                                size_t *doc)
{
    size_t n = 0;

    while (n + 1 < x->batches && i >= x->first[n + 1])
        n++;
    *doc = i - x->first[n];
    return x->batch[n];
}

static bool upsert_stage_is_alone(const struct upserting *x, size_t i)
{
    size_t at;
    const struct batch *b = item_batch(x, i, &at);

    return b->docs[at].flags & DOC_ALONE;
}

static size_t upsert_cut(void *ctx, size_t first, size_t n, double *tokens)
{
    struct upserting *x = ctx;
    struct stage *stage = x->worker->stage;
    size_t most = ceiling_docs(&stage->ceiling,
                               (size_t)counted(&stage->run->upsert_batch));

    *tokens = 0;
    n = n < most ? n : most;
    for (size_t i = 0; i < n; i++)
        if (upsert_stage_is_alone(x, first + i))
            return i > 0 ? i : 1;
    return n;
}

static void set_limits(struct worker *w)
{
    struct run *r = w->stage->run;
    struct store *s = w->store;

    s->limit_count = ceiling_docs(&w->stage->ceiling, r->store_count);
    s->want_bytes = ceiling_size(&w->stage->ceiling, r->store_bytes);
}

/* Tell each record's outcome inside a reply that succeeded. */
static void settle_items(struct upserting *x, size_t first, size_t n)
{
    size_t stored = 0;

    for (size_t i = first; i < first + n; i++) {
        size_t at;
        struct batch *b = item_batch(x, i, &at);

        if (!x->items[i].stored)
            continue;
        b->docs[at].fate = DOC_STORED;
        b->open--;
        stored++;
    }
    dispatch_stored(&x->dispatch, stored);
    for (size_t i = first; i < first + n; i++)
        if (!x->items[i].stored)
            dispatch_item(&x->dispatch, i, &x->items[i].why);
}

static void upsert_stage_note_sent(struct upserting *x, size_t first, size_t n)
{
    size_t again = 0;

    for (size_t i = first; i < first + n; i++) {
        size_t at;
        struct batch *b = item_batch(x, i, &at);

        worker_note_sent(x->worker, b, at, &again);
    }
    worker_count_retry(x->worker, again);
}

static bool upsert_send(void *ctx, size_t first, size_t n, size_t *taken,
                        double *used, struct error *err)
{
    struct upserting *x = ctx;
    struct store *s = x->worker->store;
    struct run *r = x->worker->stage->run;
    uint64_t sent = s->wire_sent, received = s->wire_received;
    bool fine;

    *used = 0;
    set_limits(x->worker);
    fine = s->ops->upsert(s, x->items + first, n, taken, err);
    count(&r->tally.sent, s->wire_sent - sent);
    count(&r->tally.received, s->wire_received - received);
    upsert_stage_note_sent(x, first, *taken);
    if (fine)
        settle_items(x, first, *taken);
    return fine;
}

static void upsert_fail(void *ctx, size_t i, const struct error *err)
{
    struct upserting *x = ctx;
    size_t at;
    struct batch *b = item_batch(x, i, &at);

    worker_fail(x->worker, b, at, err);
}

/* What a store can be asked tells that it answers, not that it would store. */
static enum proof upsert_prove(void *ctx, size_t texts, struct error *err)
{
    struct store *s = ((struct upserting *)ctx)->worker->store;
    uint64_t records;

    (void)texts;
    if (!s->ops->remote || !s->ops->count)
        return PROOF_ABSENT;
    return s->ops->count(s, &records, err) ? PROOF_ANSWERS : PROOF_REFUSED;
}

static bool upsert_defer(void *ctx, size_t i, const struct error *err,
                         int64_t delay_ms, unsigned flags)
{
    struct upserting *x = ctx;
    size_t at;
    struct batch *b = item_batch(x, i, &at);

    return worker_defer(x->worker, b, at, batch_vector(b, at), err,
                        delay_ms, flags);
}

static unsigned upsert_tries(void *ctx, size_t i)
{
    size_t at;
    struct batch *b = item_batch(ctx, i, &at);

    return b->docs[at].tries;
}

static void upsert_tried(void *ctx, size_t i)
{
    size_t at;
    struct batch *b = item_batch(ctx, i, &at);

    b->docs[at].tries++;
}

static size_t upsert_bytes(void *ctx)
{
    return ((struct upserting *)ctx)->worker->store->sent_bytes;
}

static const struct dispatch_ops upsert_dispatch = {
    .cut = upsert_cut, .send = upsert_send, .prove = upsert_prove,
    .fail = upsert_fail, .defer = upsert_defer, .tries = upsert_tries,
    .tried = upsert_tried, .request_bytes = upsert_bytes
};

/* Records that a request should have: as set, but no more than its bytes hold
 * by what the last one's records took. More would only keep vectors waiting. */
static size_t wanted_records(const struct worker *w)
{
    size_t want = (size_t)counted(&w->stage->run->upsert_batch);
    const struct store *s = w->store;
    size_t fit;

    if (!s->want_bytes || !s->sent_count)
        return want;
    fit = s->want_bytes / (s->sent_bytes / s->sent_count + 1);
    return fit < want ? fit : want;
}

static size_t upsert_stage_merge(struct upserting *x, struct batch *b)
{
    struct run *r = x->worker->stage->run;
    size_t want = wanted_records(x->worker), n = b->count;

    x->batch[0] = b;
    x->batches = 1;
    x->first[0] = 0;
    x->first[1] = n;
    while (n < want && x->batches < MERGE_MAX &&
           queue_pop(r->upsert_queue, &b, 0) == QUEUE_OK) {
        x->batch[x->batches++] = b;
        n += b->count;
        x->first[x->batches] = n;
    }
    return n;
}

static bool make_items(struct upserting *x, size_t n)
{
    struct upsert_item *item;

    if (!worker_scratch(x->worker, n * sizeof *item))
        return false;
    x->items = item = x->worker->scratch;
    for (size_t m = 0; m < x->batches; m++)
        for (size_t i = 0; i < x->batch[m]->count; i++, item++) {
            worker_item(x->batch[m], i, item);
            item->vector = batch_vector(x->batch[m], i);
        }
    return true;
}

/* The first item from `from` on that is open, or is not; n: none. */
static size_t upsert_stage_find_item(const struct upserting *x, size_t from,
                                     size_t n, bool open)
{
    for (; from < n; from++) {
        size_t at;
        const struct batch *b = item_batch(x, from, &at);

        if ((b->docs[at].fate == DOC_OPEN) == open)
            break;
    }
    return from;
}

/* Bring all items to an end. One that should wait but finds no room for that
 * stays open and is sent again. False when stopping. */
static bool upsert_all(struct upserting *x, size_t n)
{
    struct worker *w = x->worker;
    size_t first, end;

    for (bool again = false;
         (first = upsert_stage_find_item(x, 0, n, true)) < n; again = true) {
        if (again) {
            worker_set_state(w, WORKER_BACKOFF, AGAIN_MS, "retries wait");
            if (!control_sleep(w->stage->run->control, AGAIN_MS))
                return false;
        }
        for (; first < n; first = upsert_stage_find_item(x, end, n, true)) {
            end = upsert_stage_find_item(x, first, n, false);
            if (!dispatch(&x->dispatch, first, end - first))
                return false;
        }
    }
    return true;
}

/* Batches that reached the store, wholly or in part, go to the recorder. */
static void upsert_stage_hand_to_recorder(struct upserting *x, bool finished)
{
    struct run *r = x->worker->stage->run;

    for (size_t m = 0; m < x->batches; m++) {
        bool any = finished;

        for (size_t i = 0; !any && i < x->batch[m]->count; i++)
            any = x->batch[m]->docs[i].fate == DOC_STORED;
        if (any)
            recorder_batch(r->recorder, x->batch[m]);
        else
            pool_give(r->pool, x->batch[m]);
    }
}

static void upsert_batches(struct worker *w, struct batch *b)
{
    struct upserting x = { .worker = w };
    struct run *r = w->stage->run;
    size_t n = upsert_stage_merge(&x, b);
    bool finished;

    x.dispatch = stage_dispatch(w, &upsert_dispatch, &x);
    while (!make_items(&x, n)) {
        worker_set_state(w, WORKER_BACKOFF, 0, "no memory");
        if (!control_sleep(r->control, 500))
            break;
    }
    finished = !control_stopping(r->control) && upsert_all(&x, n);
    upsert_stage_hand_to_recorder(&x, finished);
}

void *upserter_main(void *arg)
{
    struct worker *w = arg;
    struct batch *b;

    while ((b = worker_next(w, w->stage->run->upsert_queue)))
        upsert_batches(w, b);
    return NULL;
}
