#include "config.h"
#include "core/recorder.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/corpus.h"
#include "core/job.h"
#include "sys/clock.h"
#include "sys/thread.h"

enum { COMMIT_MS = 1000, LEDGER_RETRY_MS = 5000, WINDOW_MS = 1000,
       STOP_MS = 50 };

enum event_kind { EVENT_BATCH, EVENT_FAILURE, EVENT_SUPERSEDED, EVENT_SKIP };

struct event {
    struct event *next;
    enum event_kind kind;
    bool settled;
    struct batch *batch;        /* EVENT_BATCH */
    uint64_t healed;            /* older failures that it superseded */
    struct redo_item *item;     /* EVENT_SUPERSEDED */
    struct fault_record fault;  /* EVENT_FAILURE, EVENT_SKIP */
    int64_t wall_s;
    char id[];                  /* of the fault */
};

struct recorder {
    struct run *run;
    struct monitor lock;
    struct event *head, **tail; /* [lock] inbox */
    size_t backlog;             /* [lock] */
    bool ending;                /* [lock] */
    uint64_t flush_wanted, flush_done; /* [lock] */
    int64_t committed_ms;       /* [lock] -1: never */
    uint64_t commits, line;     /* [lock] */
    uint64_t final;             /* [lock] records; as of the last commit */

    /* [recorder only] */
    struct event *open, **open_tail; /* since the last commit */
    size_t open_batches;
    uint64_t open_line; /* of the frontier that is being written */
    uint64_t open_final; /* of the totals that are being written */
    struct ledger_ack *acks;
    size_t acks_cap;
    int64_t window_ms;
    bool write_failed;
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
    rec->run = r;
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
    free(rec->acks);
    monitor_release(&rec->lock);
    free(rec);
}

static void post(struct recorder *rec, struct event *e)
{
    monitor_lock(&rec->lock);
    *rec->tail = e;
    rec->tail = &e->next;
    rec->backlog++;
    monitor_wake_all(&rec->lock);
    monitor_unlock(&rec->lock);
}

/* Without memory for an event nothing can be promised any more. */
static struct event *event_new(enum event_kind kind, size_t id_len)
{
    struct event *e = calloc(1, sizeof *e + id_len);

    if (!e)
        abort();
    e->kind = kind;
    e->wall_s = clock_wall_s();
    return e;
}

void recorder_batch(struct recorder *rec, struct batch *b)
{
    struct event *e = event_new(EVENT_BATCH, 0);

    e->batch = b;
    post(rec, e);
}

static void post_fault(struct recorder *rec, enum event_kind kind,
                       const struct fault_record *f)
{
    struct event *e = event_new(kind, f->id.len);

    e->fault = *f;
    if (f->id.len)
        memcpy(e->id, f->id.ptr, f->id.len);
    e->fault.id = (struct text){ e->id, f->id.len };
    post(rec, e);
}

void recorder_failure(struct recorder *rec, const struct fault_record *f)
{
    post_fault(rec, EVENT_FAILURE, f);
}

void recorder_skip(struct recorder *rec, const struct fault_record *f)
{
    post_fault(rec, EVENT_SKIP, f);
}

void recorder_superseded(struct recorder *rec, struct redo_item *item)
{
    struct event *e = event_new(EVENT_SUPERSEDED, 0);

    e->item = item;
    post(rec, e);
}

/* --- settling: memory follows, once per event --------------------------- */

/* The record is final: its segment, its id, and what waited for the id. */
static void settle_doc(struct recorder *rec, const struct doc *d, bool no_id)
{
    struct run *r = rec->run;

    if (!(d->flags & DOC_RETRY))
        frontier_resolve(r->frontier, d->source, d->segment, 1);
    if (!no_id)
        run_leave_id(r, d->id_hash);
}

static void settle_batch(struct recorder *rec, struct batch *b)
{
    uint64_t n = 0;

    for (size_t i = 0; i < b->count; i++) {
        const struct doc *d = &b->docs[i];

        if (d->fate != DOC_STORED)
            continue;
        n++;
        if (d->flags & DOC_RETRY)
            faults_mark(rec->run->faults, d->source, d->pos, FAILURE_STORED);
        settle_doc(rec, d, false);
    }
    books_move(rec->run->books, BOOK_FLIGHT, BOOK_STORED, n);
    count(&rec->run->tally.batches, 1);
}

static void settle_fault(struct recorder *rec, const struct event *e)
{
    const struct fault_record *f = &e->fault;
    struct run *r = rec->run;
    struct fault x = { .stage = f->stage, .kind = f->why.kind,
                       .code = f->why.code,
                       .rejected = f->fault == LEDGER_REJECTED,
                       .tries = f->doc.tries, .id = f->id,
                       .message = f->why.text, .source = f->doc.source,
                       .pos = f->doc.pos, .offset = f->doc.offset,
                       .wall_s = e->wall_s };

    if (e->kind == EVENT_SKIP) {
        books_move(r->books, BOOK_FLIGHT, BOOK_SKIPPED, 1);
        faults_mark(r->faults, f->doc.source, f->doc.pos, FAILURE_SKIPPED);
        settle_doc(rec, &f->doc, f->no_id);
        return;
    }
    faults_final(r->faults, &x);
    settle_doc(rec, &f->doc, f->no_id);
    books_move(r->books, BOOK_FLIGHT,
               x.rejected ? BOOK_REJECTED : BOOK_FAILED, 1);
    if (r->opt->on_error == ON_ERROR_STOP && !control_draining(r->control)) {
        faults_say(r->faults, "stops at the first failure: %s", f->why.text);
        control_drain(r->control);
    }
}

static void settle(struct recorder *rec, struct event *e)
{
    if (e->settled)
        return;
    e->settled = true;
    switch (e->kind) {
    case EVENT_BATCH:
        settle_batch(rec, e->batch);
        break;
    case EVENT_FAILURE:
    case EVENT_SKIP:
        settle_fault(rec, e);
        break;
    case EVENT_SUPERSEDED:
        /* The id stays taken: by the one that replaced it. */
        settle_doc(rec, &e->item->doc, true);
        books_move(rec->run->books, BOOK_FLIGHT, BOOK_SUPERSEDED, 1);
        break;
    }
}

/* --- writing: may be said twice ----------------------------------------- */

static bool make_acks(struct recorder *rec, size_t n)
{
    struct ledger_ack *grown;

    if (n <= rec->acks_cap)
        return true;
    grown = realloc(rec->acks, n * sizeof *grown);
    if (!grown)
        return false;
    rec->acks = grown;
    rec->acks_cap = n;
    return true;
}

/* The older failures of its ids that a batch settles. A transaction that is
 * said again settles the same ones: those told before are not told twice. */
struct settling {
    struct run *run;
    struct event *event;
    uint64_t seen; /* this time */
};

static void settle_older(void *arg, const struct ledger_failure *was)
{
    struct settling *s = arg;

    if (++s->seen <= s->event->healed)
        return;
    s->event->healed = s->seen;
    books_move(s->run->books, BOOK_FAILED, BOOK_SUPERSEDED, 1);
    faults_healed(s->run->faults, was->stage, was->kind, was->code, false, 1);
    faults_mark(s->run->faults, was->source, was->pos, FAILURE_STORED);
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
static bool write_source(struct recorder *rec, const struct batch *b,
                         uint16_t source, struct settling *s,
                         struct error *err)
{
    size_t n = 0;

    for (size_t i = 0; i < b->count; i++) {
        const struct doc *d = &b->docs[i];

        if (d->fate != DOC_STORED || d->source != source)
            continue;
        rec->acks[n] = (struct ledger_ack){ d->pos, batch_text(b, d->id) };
        if (!write_healing(s, d, rec->acks[n].id, err))
            return false;
        n++;
    }
    return n == 0 || ledger_done(rec->run->ledger, source, rec->acks, n, err);
}

/* Nearly all batches are of one file; retries may be of several. */
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

static bool write_batch(struct recorder *rec, struct event *e,
                        struct error *err)
{
    const struct batch *b = e->batch;
    struct settling settling = { .run = rec->run, .event = e };

    if (!make_acks(rec, b->count))
        return error_set(err, ERROR_MEMORY, 0, "no memory for the ledger");
    for (size_t i = 0; i < b->count; i++)
        if (is_first_of_source(b, i) &&
            !write_source(rec, b, b->docs[i].source, &settling, err))
            return false;
    return true;
}

static bool write_fault(struct recorder *rec, const struct event *e,
                        struct error *err)
{
    const struct fault_record *f = &e->fault;
    struct ledger_failure row = {
        .source = f->doc.source, .pos = f->doc.pos, .offset = f->doc.offset,
        .length = f->doc.length, .line = f->line, .fault = f->fault,
        .stage = f->stage, .kind = f->why.kind, .code = f->why.code,
        .tries = f->doc.tries, .wall_s = e->wall_s, .id = f->id,
        .message = f->why.text
    };

    if (e->kind == EVENT_SKIP)
        return ledger_skip(rec->run->ledger, f->doc.source, f->doc.pos, err);
    return ledger_fail(rec->run->ledger, &row, err);
}

static bool write_event(struct recorder *rec, struct event *e,
                        struct error *err)
{
    switch (e->kind) {
    case EVENT_BATCH:
        return write_batch(rec, e, err);
    case EVENT_FAILURE:
    case EVENT_SKIP:
        return write_fault(rec, e, err);
    case EVENT_SUPERSEDED:
        return ledger_pass_over(rec->run->ledger, e->item->doc.source,
                                e->item->doc.pos, err);
    }
    return true;
}

static void totals(struct run *r, struct ledger_totals *t)
{
    struct tally *n = &r->tally;
    struct balance now = books_balance(r->books);

    *t = r->before;
    t->produced += now.at[BOOK_CORPUS] - r->carried;
    t->stored = now.at[BOOK_STORED];
    t->failed = now.at[BOOK_FAILED];
    t->rejected = now.at[BOOK_REJECTED];
    t->skipped = now.at[BOOK_SKIPPED];
    t->superseded = now.at[BOOK_SUPERSEDED];
    t->batches += counted(&n->batches);
    t->requests += counted(&n->requests);
    t->retries += counted(&n->retries);
    t->tokens += counted(&n->tokens);
    t->elapsed_ms += (uint64_t)run_elapsed_ms(r);
    t->paused_ms += (uint64_t)control_paused_ms(r->control);
}

/* A hash of the corpus before the frontier, so that a resume can tell whether
 * it still is the same. Not more often than each second. */
static bool write_window(struct recorder *rec, size_t i, uint64_t offset,
                         struct error *err)
{
    struct corpus *c = &rec->run->corpus[i];
    struct ledger_source row;
    struct error ignored;
    bool fine;

    if (!c->print.seekable)
        return true;
    if (!ledger_source_get(rec->run->ledger, i, &row, err))
        return false;
    row.print = c->print;
    row.window_end = offset;
    row.complete =
        atomic_load(&c->complete) && frontier_clear(rec->run->frontier, i);
    fine = !corpus_window_hash(rec->run, i, offset, &row.window_hash,
                               &ignored) ||
           ledger_source_set(rec->run->ledger, i, &row, err);
    free(row.path);
    return fine;
}

static bool write_frontiers(struct recorder *rec, bool last,
                            struct error *err)
{
    struct run *r = rec->run;
    int64_t now = clock_ms();
    bool window = last || now - rec->window_ms >= WINDOW_MS;

    for (size_t i = 0; i < r->corpus_count; i++) {
        struct place at;

        if (!frontier_moved(r->frontier, i, &at) && !rec->write_failed &&
            !last)
            continue;
        if (!ledger_frontier(r->ledger, (uint16_t)i, at.pos, at.offset,
                             at.line, err))
            return false;
        rec->open_line = at.line;
        if (window && !write_window(rec, i, at.offset, err))
            return false;
    }
    if (window)
        rec->window_ms = now;
    return true;
}

/* Dimension and model: learned in this run at the latest; identity from now
 * on. */
static bool write_model(struct recorder *rec, struct error *err)
{
    struct run *r = rec->run;
    char text[24];

    if (!atomic_load(&r->ready) || (r->ledger_dim && !rec->write_failed))
        return true;
    snprintf(text, sizeof text, "%zu", r->dim);
    if (!ledger_set(r->ledger, "dim", text, err) ||
        (r->model[0] && !ledger_set(r->ledger, "model", r->model, err)))
        return false;
    r->ledger_dim = r->dim;
    return true;
}

/* What the endpoint takes at once: the next run need not ask again. */
static bool write_ceiling(struct recorder *rec, struct stage_desk *desk,
                          struct error *err)
{
    struct run *r = rec->run;
    char text[CEILING_TEXT];

    ceiling_write(&desk->ceiling, job_endpoint(r, desk), text);
    if (strcmp(text, desk->ceiling_known) == 0 && !rec->write_failed)
        return true;
    if (!ledger_set(r->ledger, desk->ceiling_key, text, err))
        return false;
    memcpy(desk->ceiling_known, text, sizeof text);
    return true;
}

static bool commit(struct recorder *rec, bool last, struct error *err)
{
    struct ledger_totals t;

    totals(rec->run, &t);
    rec->open_final =
        t.stored + t.failed + t.rejected + t.skipped + t.superseded;
    return write_frontiers(rec, last, err) && write_model(rec, err) &&
           write_ceiling(rec, &rec->run->embed, err) &&
           write_ceiling(rec, &rec->run->upsert, err) &&
           ledger_total_set(rec->run->ledger, &t, err) &&
           ledger_commit(rec->run->ledger, err);
}

/* The transaction is on disk: let go of what was held for it. */
static void committed(struct recorder *rec)
{
    free_list(rec, rec->open);
    rec->open = NULL;
    rec->open_tail = &rec->open;
    rec->open_batches = 0;
    monitor_lock(&rec->lock);
    rec->committed_ms = clock_ms();
    rec->commits++;
    rec->line = rec->open_line;
    rec->final = rec->open_final;
    monitor_unlock(&rec->lock);
}

/* Say everything since the last commit again. */
static bool replay(struct recorder *rec, bool last, struct error *err)
{
    if (!ledger_reopen(rec->run->ledger, err))
        return false;
    for (struct event *e = rec->open; e; e = e->next)
        if (!write_event(rec, e, err))
            return false;
    return commit(rec, last, err);
}

/* Until it works, or until the run is stopped without it. */
static bool insist(struct recorder *rec, struct error *err, bool last)
{
    struct run *r = rec->run;

    rec->write_failed = true;
    for (;;) {
        if (control_hold(r->control, HOLD_LEDGER, err->text,
                         "make room; it is tried again every 5 s"))
            faults_say(r->faults, "the checkpoint cannot be written: %s",
                       err->text);
        if (!control_sleep(r->control, LEDGER_RETRY_MS)) {
            rec->why = *err;
            if (!replay(rec, last, err)) /* once more on the way out */
                return false;
            break;
        }
        if (replay(rec, last, err))
            break;
    }
    rec->write_failed = false;
    control_release(r->control, HOLD_LEDGER);
    committed(rec);
    return true;
}

static bool checkpoint(struct recorder *rec, bool last)
{
    struct error err;

    if (commit(rec, last, &err)) {
        committed(rec);
        return true;
    }
    return insist(rec, &err, last);
}

/* --- the thread ----------------------------------------------------------- */

/* Batches that may wait for a commit without starving the pool. */
static size_t hold_limit(struct run *r)
{
    size_t share = pool_size(r->pool) / 4;

    return r->opt->checkpoint_every < share ? (size_t)r->opt->checkpoint_every
                                            : share;
}

static struct event *take_all(struct recorder *rec, int64_t until_ms,
                              uint64_t *flush, bool *ending)
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

static void flushed(struct recorder *rec, uint64_t n)
{
    monitor_lock(&rec->lock);
    rec->flush_done = n;
    monitor_wake_all(&rec->lock);
    monitor_unlock(&rec->lock);
}

static void keep_open(struct recorder *rec, struct event *e)
{
    e->next = NULL;
    *rec->open_tail = e;
    rec->open_tail = &e->next;
    rec->open_batches += e->batch != NULL;
}

/* Write and settle one event; a failed write replays the transaction, this
 * event included. False only when stopping with a ledger that cannot. */
static bool record(struct recorder *rec, struct event *e)
{
    struct error err;

    keep_open(rec, e);
    if (write_event(rec, e, &err)) {
        settle(rec, e);
        return true;
    }
    settle(rec, e);
    return insist(rec, &err, false);
}

static void *recorder_main(void *arg)
{
    struct recorder *rec = arg;
    int64_t last_commit = clock_ms();
    uint64_t flush = 0, served = 0;
    bool ending = false, fine = true;

    while (fine && !ending) {
        struct event *e, *next;

        e = take_all(rec, rec->open ? last_commit + COMMIT_MS : -1, &flush,
                     &ending);
        for (; e; e = next) {
            next = e->next;
            if (fine)
                fine = record(rec, e);
            else
                keep_open(rec, e); /* recorder_end() counts it */
            if (fine && rec->open_batches >= hold_limit(rec->run)) {
                fine = checkpoint(rec, false);
                last_commit = clock_ms();
            }
        }
        if (fine && (flush != served || ending ||
                     (rec->open && clock_ms() - last_commit >= COMMIT_MS))) {
            fine = checkpoint(rec, ending);
            last_commit = clock_ms();
        }
        served = flush;
        if (fine)
            flushed(rec, flush);
    }
    return NULL;
}

bool recorder_start(struct recorder *rec, struct error *err)
{
    rec->started =
        thread_start(&rec->thread, "bt-recorder", recorder_main, rec, err);
    return rec->started;
}

static uint64_t count_stored(const struct event *e)
{
    uint64_t n = 0;

    for (; e; e = e->next)
        for (size_t i = 0; e->batch && i < e->batch->count; i++)
            n += e->batch->docs[i].fate == DOC_STORED;
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
    if (!rec->open && !rec->head)
        return true;
    *lost = count_stored(rec->open) + count_stored(rec->head);
    *err = rec->why;
    return false;
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

uint64_t recorder_final(struct recorder *rec)
{
    uint64_t n;

    monitor_lock(&rec->lock);
    n = rec->commits ? rec->final : rec->run->carried;
    monitor_unlock(&rec->lock);
    return n;
}

int64_t recorder_age_ms(struct recorder *rec, uint64_t *commits,
                        uint64_t *line)
{
    int64_t age;

    monitor_lock(&rec->lock);
    age = rec->committed_ms < 0 ? -1 : clock_ms() - rec->committed_ms;
    *commits = rec->commits;
    *line = rec->line;
    monitor_unlock(&rec->lock);
    return age;
}
