/*
 * This file has the inbox, the thread and the transaction. Events since the
 * last commit stay in a list; when a write fails, the recorder opens the ledger
 * again and writes the whole list once more, so that it neither loses nor
 * repeats one.
 */
#include "config.h"
#include "engine/recorder/recorder_parts.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/recorder/failure_recount.h"
#include "sys/clock.h"
#include "sys/thread.h"

enum { COMMIT_MS = 1000, LEDGER_RETRY_MS = 5000, STOP_MS = 50,
       NO_MEMORY_MS = 500 };

static const char no_memory[] = "no memory to record what was done";

struct recorder {
    struct run *run;
    struct monitor lock;
    struct event *head, **tail; /* [lock] inbox */
    size_t backlog;             /* [lock] */
    uint64_t unrecorded; /* [lock] stored documents without an event */
    bool ending;                /* [lock] */
    uint64_t flush_wanted, flush_done; /* [lock] */
    int64_t committed_ms;       /* [lock] -1: never */
    uint64_t commits, line;     /* [lock] */
    uint64_t final;             /* [lock] records; as of the last commit */

    /* [recorder only] */
    struct event *open, **open_tail; /* since the last commit */
    size_t open_batches;
    struct recording writing;
    struct error why;

    pthread_t thread;
    bool started;
};

struct recorder *recorder_new(struct run *r)
{
    struct recorder *rec = calloc(1, sizeof *rec);

    if (!rec)
        return NULL;
    monitor_init(&rec->lock);
    rec->run = rec->writing.run = r;
    rec->tail = &rec->head;
    rec->open_tail = &rec->open;
    rec->committed_ms = -1;
    return rec;
}

static void event_free(struct recorder *rec, struct event *e)
{
    if (e->batch)
        pool_give(rec->run->pool, e->batch);
    redo_item_free(e->item);
    free(e);
}

static void free_list(struct recorder *rec, struct event *e)
{
    while (e) {
        struct event *next = e->next;

        event_free(rec, e);
        e = next;
    }
}

void recorder_free(struct recorder *rec)
{
    if (!rec)
        return;
    free_list(rec, rec->head);
    free_list(rec, rec->open);
    free(rec->writing.acks);
    monitor_release(&rec->lock);
    free(rec);
}

static void recorder_post(struct recorder *rec, struct event *e)
{
    monitor_lock(&rec->lock);
    *rec->tail = e;
    rec->tail = &e->next;
    rec->backlog++;
    monitor_wake_all(&rec->lock);
    monitor_unlock(&rec->lock);
}

/* Hold until there is memory: each commit frees some. NULL once the run stops
 * without it: a resume repeats what we could not record. */
static struct event *recorder_new_event(struct recorder *rec,
                                        enum recorded_kind kind,
                                        size_t text_len)
{
    struct run *r = rec->run;
    bool held = false;
    struct event *e;

    for (; !(e = calloc(1, sizeof *e + text_len)); held = true) {
        if (control_hold(r->control, HOLD_LEDGER, no_memory,
                         "it is tried again twice a second"))
            notices_event(r->notices, &notices_hold, "holds: %s", no_memory);
        if (!control_sleep(r->control, NO_MEMORY_MS))
            return NULL;
    }
    if (held)
        control_release(r->control, HOLD_LEDGER);
    e->kind = kind;
    return e;
}

static uint64_t count_stored(const struct batch *b)
{
    uint64_t n = 0;

    for (size_t i = 0; b && i < b->count; i++)
        n += b->docs[i].fate == DOC_STORED;
    return n;
}

void recorder_batch(struct recorder *rec, struct batch *b)
{
    struct event *e = recorder_new_event(rec, EVENT_BATCH, 0);

    if (e) {
        e->batch = b;
        recorder_post(rec, e);
        return;
    }
    monitor_lock(&rec->lock);
    rec->unrecorded += count_stored(b);
    monitor_unlock(&rec->lock);
    pool_give(rec->run->pool, b);
}

static void recorder_post_failure(struct recorder *rec,
                                  enum recorded_kind kind,
                                  const struct doc *d, const struct failure *f)
{
    size_t message_len = strlen(f->message) + 1;
    struct event *e =
        recorder_new_event(rec, kind, f->id.len + message_len);

    if (!e)
        return;
    if (f->id.len)
        memcpy(e->text, f->id.ptr, f->id.len);
    memcpy(e->text + f->id.len, f->message, message_len);
    e->doc = *d;
    e->failure = *f;
    e->failure.id.ptr = e->text;
    e->failure.message = e->text + f->id.len;
    e->failure.wall_s = clock_wall_s();
    recorder_post(rec, e);
}

void recorder_failure(struct recorder *rec, const struct doc *d,
                      const struct failure *f)
{
    recorder_post_failure(rec, EVENT_FAILURE, d, f);
}

void recorder_skip(struct recorder *rec, const struct doc *d,
                   const struct failure *f)
{
    recorder_post_failure(rec, EVENT_SKIP, d, f);
}

void recorder_superseded(struct recorder *rec, struct redo_item *item)
{
    struct event *e = recorder_new_event(rec, EVENT_SUPERSEDED, 0);

    if (!e) {
        redo_item_free(item);
        return;
    }
    e->item = item;
    recorder_post(rec, e);
}

/* The transaction is on disk: free what was kept for it. */
static void recorder_committed(struct recorder *rec)
{
    for (const struct event *e = rec->open; e; e = e->next)
        event_committed(rec->run, e);
    free_list(rec, rec->open);
    rec->open = NULL;
    rec->open_tail = &rec->open;
    rec->open_batches = 0;
    monitor_lock(&rec->lock);
    rec->committed_ms = clock_ms();
    rec->commits++;
    rec->line = rec->writing.line;
    rec->final = rec->writing.final;
    monitor_unlock(&rec->lock);
}

/* Write everything since the last commit again. */
static bool recorder_replay(struct recorder *rec, bool last, struct error *err)
{
    if (!ledger_reopen(rec->run->ledger, err))
        return false;
    for (struct event *e = rec->open; e; e = e->next)
        if (!recording_event(&rec->writing, e, err))
            return false;
    return recording_commit(&rec->writing, last, err);
}

static const char *recorder_remedy(const struct error *err)
{
    switch (err->code) {
    case ENOENT: /* SQLite has it still */
        return "it is written anew within 5 s";
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return "make room; it is tried again every 5 s";
    default:
        return "mend it; it is tried again every 5 s";
    }
}

/* Try until it works, or until the run is stopped without it. */
static bool recorder_write_again(struct recorder *rec, struct error *err,
                                 bool last)
{
    struct run *r = rec->run;

    rec->writing.again = true;
    for (;;) {
        if (control_hold(r->control, HOLD_LEDGER, err->text,
                         recorder_remedy(err)))
            notices_event(r->notices, &notices_hold,
                          "the checkpoint cannot be written: %s", err->text);
        if (!control_sleep(r->control, LEDGER_RETRY_MS)) {
            rec->why = *err;
            if (!recorder_replay(rec, last, err)) /* once more on the way out */
                return false;
            break;
        }
        if (recorder_replay(rec, last, err))
            break;
    }
    rec->writing.again = false;
    control_release(r->control, HOLD_LEDGER);
    recorder_committed(rec);
    return true;
}

static bool recorder_checkpoint(struct recorder *rec, bool last)
{
    struct error err;

    if (recording_commit(&rec->writing, last, &err)) {
        recorder_committed(rec);
        return true;
    }
    return recorder_write_again(rec, &err, last);
}

/* --- the thread ----------------------------------------------------------- */

/* Batches that may wait for a commit without starving the pool. */
static size_t recorder_hold_limit(struct run *r)
{
    size_t share = pool_size(r->pool) / 4;

    return r->opt->checkpoint_every < share ? (size_t)r->opt->checkpoint_every
                                            : share;
}

static struct event *recorder_take_events(struct recorder *rec,
                                          int64_t until_ms, uint64_t *flush,
                                          bool *ending)
{
    struct event *e;

    monitor_lock(&rec->lock);
    while (!rec->head && !rec->ending &&
           rec->flush_wanted == rec->flush_done)
        if (!monitor_wait(&rec->lock, until_ms))
            break;
    e = rec->head;
    rec->head = NULL;
    rec->tail = &rec->head;
    rec->backlog = 0;
    *flush = rec->flush_wanted;
    *ending = rec->ending;
    monitor_unlock(&rec->lock);
    return e;
}

static void recorder_mark_flushed(struct recorder *rec, uint64_t n)
{
    monitor_lock(&rec->lock);
    rec->flush_done = n;
    monitor_wake_all(&rec->lock);
    monitor_unlock(&rec->lock);
}

static void recorder_keep_until_commit(struct recorder *rec, struct event *e)
{
    e->next = NULL;
    *rec->open_tail = e;
    rec->open_tail = &e->next;
    rec->open_batches += e->batch != NULL;
}

/* Write and settle one event; a failed write replays the transaction, this
 * event included. False only when stopping with a ledger that cannot. */
static bool recorder_write_event(struct recorder *rec, struct event *e)
{
    struct error err;

    recorder_keep_until_commit(rec, e);
    if (recording_event(&rec->writing, e, &err)) {
        event_settle(rec->run, e);
        return true;
    }
    event_settle(rec->run, e);
    return recorder_write_again(rec, &err, false);
}

static void *recorder_main(void *arg)
{
    struct recorder *rec = arg;
    int64_t last_commit = clock_ms();
    uint64_t flush = 0, served = 0;
    bool ending = false, fine = true;

    while (fine && !ending) {
        struct event *e, *next;

        e = recorder_take_events(rec, rec->open ? last_commit + COMMIT_MS : -1,
                                 &flush, &ending);
        for (; e; e = next) {
            next = e->next;
            if (fine)
                fine = recorder_write_event(rec, e);
            else
                recorder_keep_until_commit(rec,
                                           e); /* recorder_end() counts it */
            if (fine && rec->open_batches >= recorder_hold_limit(rec->run)) {
                fine = recorder_checkpoint(rec, false);
                last_commit = clock_ms();
            }
        }
        if (fine && (flush != served || ending ||
                     (rec->open && clock_ms() - last_commit >= COMMIT_MS))) {
            fine = recorder_checkpoint(rec, ending);
            last_commit = clock_ms();
        }
        served = flush;
        if (fine)
            recorder_mark_flushed(rec, flush);
    }
    if (fine && failure_recount_owed(rec->run))
        recorder_checkpoint(rec, true); /* only its totals are new */
    return NULL;
}

bool recorder_start(struct recorder *rec, struct error *err)
{
    rec->started =
        thread_start(&rec->thread, "bt-recorder", recorder_main, rec, err);
    return rec->started;
}

static uint64_t count_stored_in(const struct event *e)
{
    uint64_t n = 0;

    for (; e; e = e->next)
        n += count_stored(e->batch);
    return n;
}

bool recorder_end(struct recorder *rec, uint64_t *lost, struct error *err)
{
    *lost = 0;
    if (!rec->started)
        return true;
    monitor_lock(&rec->lock);
    rec->ending = true;
    monitor_wake_all(&rec->lock);
    monitor_unlock(&rec->lock);
    pthread_join(rec->thread, NULL);
    rec->started = false;
    if (!rec->open && !rec->head && !rec->unrecorded)
        return true;
    *lost = count_stored_in(rec->open) + count_stored_in(rec->head) +
            rec->unrecorded;
    *err = rec->why;
    return err->text[0] ? false : error_set(err, ERROR_MEMORY, 0, no_memory);
}

static bool is_flushed(struct recorder *rec, uint64_t mine, int64_t until_ms)
{
    bool done;

    monitor_lock(&rec->lock);
    while (rec->flush_done < mine && !rec->ending)
        if (!monitor_wait(&rec->lock, until_ms))
            break;
    done = rec->flush_done >= mine;
    monitor_unlock(&rec->lock);
    return done;
}

bool recorder_flush(struct recorder *rec, int64_t timeout_ms)
{
    int64_t until = clock_ms() + timeout_ms, now;
    uint64_t mine;
    bool done;

    monitor_lock(&rec->lock);
    mine = ++rec->flush_wanted;
    monitor_wake_all(&rec->lock);
    monitor_unlock(&rec->lock);
    do {
        now = clock_ms();
        done = is_flushed(rec, mine,
                          until - now > STOP_MS ? now + STOP_MS : until);
    } while (!done && now < until && !control_stopping(rec->run->control));
    return done;
}

size_t recorder_backlog(struct recorder *rec)
{
    size_t n;

    monitor_lock(&rec->lock);
    n = rec->backlog;
    monitor_unlock(&rec->lock);
    return n;
}

void recorder_fill(struct recorder *rec, struct snapshot *s)
{
    monitor_lock(&rec->lock);
    s->recorded = rec->commits ? rec->final : rec->run->records_at_open;
    s->checkpoint_ms =
        rec->committed_ms < 0 ? -1 : clock_ms() - rec->committed_ms;
    s->checkpoint_count = rec->commits;
    s->checkpoint_line = rec->line;
    monitor_unlock(&rec->lock);
}
