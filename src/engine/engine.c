/* This file has the functions of a run that its other files call. run.c, above
 * them all, opens, begins and ends it. */
#include "config.h"
#include "engine/engine.h"

#include "flow/backoff.h"
#include "sys/clock.h"
#include "util/str.h"
#include "util/uuid.h"

void run_fail(struct run *r, const struct error *err)
{
    monitor_lock(&r->lock);
    if (!r->failed) {
        r->failed = true;
        r->fatal = *err;
    }
    monitor_unlock(&r->lock);
    control_stop(r->control);
}

void run_give_up(struct run *r, const struct error *err)
{
    monitor_lock(&r->lock);
    if (!r->gives_up) {
        r->gives_up = true;
        r->gave_up = *err;
    }
    monitor_unlock(&r->lock);
    control_drain(r->control);
    redo_hurry(r->redo, clock_ms());
}

void run_damaged(struct run *r, const struct error *err)
{
    monitor_lock(&r->lock);
    if (r->damaged++ == 0)
        r->damage = *err;
    monitor_unlock(&r->lock);
    notices_add(r->notices, "%s", err->text);
}

void run_work_added(struct run *r)
{
    monitor_lock(&r->lock);
    r->work_epoch++;
    if (atomic_load(&r->done))
        r->idle_ms += clock_ms() - r->done_ms;
    atomic_store(&r->done, false);
    monitor_unlock(&r->lock);
}

uint64_t run_work_epoch(struct run *r)
{
    uint64_t epoch;

    monitor_lock(&r->lock);
    epoch = r->work_epoch;
    monitor_unlock(&r->lock);
    return epoch;
}

void run_set_done(struct run *r, uint64_t work_epoch)
{
    monitor_lock(&r->lock);
    if (!atomic_load(&r->done) && r->work_epoch == work_epoch) {
        r->done_ms = clock_ms();
        atomic_store(&r->done, true);
    }
    monitor_unlock(&r->lock);
}

uint64_t run_id_hash(const struct run *r, struct text id)
{
    char room[UUID_SIZE];

    if (r->store_ops->folds_uuids)
        id = uuid_folded(id, room);
    return str_hash64(id.ptr, id.len);
}

void run_leave_id(struct run *r, uint64_t id_hash)
{
    struct redo_item *next = inflight_leave(r->inflight, id_hash);

    if (next)
        redo_put(r->redo, next, clock_ms());
}

int64_t run_elapsed_ms(struct run *r)
{
    int64_t end;

    monitor_lock(&r->lock);
    end = (atomic_load(&r->done) ? r->done_ms : clock_ms()) - r->idle_ms;
    monitor_unlock(&r->lock);
    return end - r->begun_ms;
}

static bool run_explain_wait(enum opening_next next, const struct opening *o,
                             int64_t now_ms, struct error *err)
{
    char time[32];

    if (next == OPENING_OUTAGE)
        error_wrap(err, "no answer to use within --outage-limit (%s), the last "
                        "one",
                   str_duration(time, sizeof time, o->outage_ms));
    else if (next == OPENING_LATER)
        error_wrap(err, "nothing but \"later\" for %s (--outage-limit waits "
                        "longer), at last",
                   str_duration(time, sizeof time, now_ms - o->began_ms));
    return false;
}

/* A run may begin during an outage, but no wait for its end is endless. */
bool run_ask_patiently(struct run *r,
                       bool (*ask)(struct run *r, struct error *err),
                       struct error *err)
{
    struct opening o = opening_of(r->opt, &r->patience, clock_ms());

    /* The wait grows to eight seconds: nobody else asks at this time. */
    for (unsigned tries = 1; !ask(r, err); tries += tries < 5) {
        int64_t delay = backoff_ms(tries, err->retry_after_ms, random_unit());
        int64_t now_ms = clock_ms();
        enum opening_next next = opening_failed(&o, err, delay, now_ms);

        if (next != OPENING_AGAIN)
            return run_explain_wait(next, &o, now_ms, err);
        notices_add(r->notices, "%s; again in %.1f s", err->text,
                    (double)delay / 1000);
        if (!control_sleep(r->control, delay))
            return false;
    }
    return true;
}

/* Enough for full queues, a batch for every embedder, as many as they merge for
 * upserters, the recorder's share, and a few to bring retries back. */
size_t run_batches(const struct run_size *n)
{
    size_t merge = (n->upsert_batch + n->embed_batch - 1) / n->embed_batch;

    if (merge > MERGE_MAX)
        merge = MERGE_MAX;
    if (merge == 0)
        merge = 1;
    return 2 * n->queue + n->embedders + n->upserters * merge + MAX_READERS +
           4;
}

size_t run_embed_batch(struct run *r)
{
    size_t want = (size_t)counted(&r->embed_batch);
    size_t texts = ceiling_docs(&r->embed.ceiling, r->max_texts);

    return texts && texts < want ? want - want % texts : want;
}

size_t run_pool_size(struct run *r)
{
    struct run_size n = {
        .queue = (size_t)r->opt->queue,
        .embedders = (size_t)counted(&r->embed.width),
        .upserters = (size_t)counted(&r->upsert.width),
        .embed_batch = (size_t)counted(&r->embed_batch),
        .upsert_batch = (size_t)counted(&r->upsert_batch)
    };

    return run_batches(&n);
}
