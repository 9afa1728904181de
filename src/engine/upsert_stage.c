/* The upserters take batches from the upsert queue, through the store, to the
 * recorder, and merge waiting ones up to the size of a request. An upsert is
 * idempotent, so they send again what may have arrived. */
#include "config.h"
#include "engine/stage.h"

#include "engine/recorder/recorder.h"
#include "engine/worker.h"

enum { AGAIN_MS = 500 };

/* Batches that go to the store together. */
struct round {
    struct batch *batch[MERGE_MAX];
    size_t batches;
    size_t items;
};

static size_t upsert_cut(void *worker, const struct item *item, size_t n,
                         double *tokens)
{
    struct stage *stage = ((struct worker *)worker)->stage;
    size_t most = ceiling_docs(&stage->ceiling,
                               (size_t)counted(&stage->run->upsert_batch));
    size_t i = 1;

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

static bool upsert_send(struct dispatch *d, struct request *rq,
                        struct error *err)
{
    struct worker *w = d->ctx;
    struct store *s = w->store;
    struct tally *tally = &w->stage->run->tally;
    uint64_t sent = s->wire_sent, received = s->wire_received;
    struct upsert_item *items = w->scratch;
    bool fine;

    items += rq->item - w->item;
    set_limits(w);
    fine = s->ops->upsert(s, items, rq->n, &rq->taken, err);
    rq->bytes = s->sent_bytes;
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

/* Records that a request should have: the setting, but no more than fit into
 * its bytes at the last request's size. More would only make vectors wait. */
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

static void upsert_stage_merge(struct worker *w, struct batch *b,
                               struct round *x)
{
    struct run *r = w->stage->run;
    size_t want = wanted_records(w);

    *x = (struct round){ .batch[0] = b, .batches = 1, .items = b->count };
    while (x->items < want && x->batches < MERGE_MAX &&
           queue_pop(r->upsert_queue, &b, 0) == QUEUE_OK) {
        x->batch[x->batches++] = b;
        x->items += b->count;
    }
}

static void make_items(struct worker *w, size_t n)
{
    struct upsert_item *to = w->scratch;

    for (size_t i = 0; i < n; i++) {
        worker_item(&w->item[i], &to[i]);
        to[i].vector = batch_vector(w->item[i].batch, w->item[i].at);
    }
}

/* The first item from `from` on that is open, or is not; n: none. */
static size_t upsert_stage_find_item(const struct worker *w, size_t from,
                                     size_t n, bool open)
{
    while (from < n && (item_doc(&w->item[from])->fate == DOC_OPEN) != open)
        from++;
    return from;
}

/* Bring all items to an end. One that should wait but finds no room stays open,
 * so send it again. False when stopping. */
static bool upsert_all(struct worker *w, size_t n)
{
    size_t first, end;

    for (bool again = false;
         (first = upsert_stage_find_item(w, 0, n, true)) < n; again = true) {
        if (again) {
            worker_set_state(w, WORKER_BACKOFF, AGAIN_MS, "retries wait");
            if (!control_sleep(w->stage->run->control, AGAIN_MS))
                return false;
        }
        for (; first < n; first = upsert_stage_find_item(w, end, n, true)) {
            end = upsert_stage_find_item(w, first, n, false);
            if (!stage_dispatch(w, &upsert_ops, first, end))
                return false;
        }
    }
    return true;
}

/* Give batches that reached the store, wholly or in part, to the recorder. */
static void give_away(struct run *r, const struct round *x, bool finished)
{
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
    struct run *r = w->stage->run;
    struct round x;
    bool ready;

    upsert_stage_merge(w, b, &x);
    do
        ready = worker_take(w, x.batch, x.batches, sizeof(struct upsert_item));
    while (!ready && worker_wait_for_memory(w));
    if (ready)
        make_items(w, x.items);
    give_away(r, &x,
              ready && !control_stopping(r->control) && upsert_all(w, x.items));
}

void *upserter_main(void *arg)
{
    struct worker *w = arg;
    struct batch *b;

    while ((b = worker_next(w, w->stage->run->upsert_queue)))
        upsert_batches(w, b);
    return NULL;
}
