#include "config.h"
#include "core/chores.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/failure_file.h"
#include "core/owed.h"
#include "core/recorder.h"
#include "sys/clock.h"
#include "util/str.h"

enum { WAITING_MAX = 16, KINDS_MAX = 256 };

struct chores {
    struct run *run;
    struct monitor lock;
    struct command waiting[WAITING_MAX]; /* [lock] */
    size_t count;                        /* [lock] */
    struct command at_end[WAITING_MAX];  /* [lock] */
    size_t at_end_count;                 /* [lock] */
    bool at_work, ending;                /* [lock] */
    pthread_t thread;
    bool started;
};

struct chores *chores_new(struct run *r)
{
    struct chores *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    monitor_init(&c->lock);
    c->run = r;
    return c;
}

void chores_free(struct chores *c)
{
    if (!c)
        return;
    monitor_release(&c->lock);
    free(c);
}

static bool put(struct chores *c, struct command list[WAITING_MAX],
                size_t *count, const struct command *command)
{
    if (*count == WAITING_MAX || c->ending)
        return false;
    list[(*count)++] = *command;
    return true;
}

bool chores_add(struct chores *c, const struct command *command)
{
    bool room;

    monitor_lock(&c->lock);
    if (command->kind == COMMAND_RETRY && command->when == RETRY_AT_END)
        room = put(c, c->at_end, &c->at_end_count, command);
    else
        room = put(c, c->waiting, &c->count, command);
    monitor_wake_all(&c->lock);
    monitor_unlock(&c->lock);
    return room;
}

bool chores_busy(struct chores *c)
{
    bool busy;

    monitor_lock(&c->lock);
    busy = c->count > 0 || c->at_end_count > 0 || c->at_work;
    monitor_unlock(&c->lock);
    return busy;
}

size_t chores_at_end(struct chores *c)
{
    size_t n;

    monitor_lock(&c->lock);
    n = c->at_end_count;
    monitor_unlock(&c->lock);
    return n;
}

void chores_all_final(struct chores *c, bool ending)
{
    size_t n, i = 0;

    monitor_lock(&c->lock);
    n = c->at_end_count;
    while (!ending && i < n && put(c, c->waiting, &c->count, &c->at_end[i]))
        i++;
    if (ending)
        i = n;
    c->at_end_count -= i;
    memmove(c->at_end, c->at_end + i, c->at_end_count * sizeof c->at_end[0]);
    monitor_wake_all(&c->lock);
    monitor_unlock(&c->lock);
    if (ending && n > 0)
        faults_say(c->run->faults, "the retry that waited for the end of the "
                                   "corpus is not done: its documents stay "
                                   "owed");
}

struct ledger_view *chores_view(struct run *r, struct error *err)
{
    char path[sizeof r->dir + 96];

    snprintf(path, sizeof path, "%s/%s.ledger", r->dir, r->job);
    return ledger_view_open(path, err);
}

struct fault chores_fault(const struct ledger_failure *f)
{
    return (struct fault){ .stage = f->stage, .kind = f->kind,
                           .code = f->code,
                           .rejected = f->fault == LEDGER_REJECTED,
                           .tries = f->tries, .id = f->id,
                           .message = f->message, .source = f->source,
                           .pos = f->pos, .offset = f->offset,
                           .wall_s = f->wall_s };
}

/* The ledger's word dies with its row; ours stay. */
static const char *stage_word(const char *stage)
{
    static const char *const words[] = { "read", "embed", "upsert" };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(stage, words[i]) == 0)
            return words[i];
    return "read";
}

bool chores_recount(struct run *r, struct error *err)
{
    struct ledger_kind kinds[KINDS_MAX];
    struct ledger_view *v = chores_view(r, err);
    size_t n = 0;
    bool fine;

    if (!v)
        return false;
    fine = ledger_view_kinds(v, kinds, KINDS_MAX, &n, err);
    ledger_view_close(v);
    if (!fine)
        return false;
    faults_forget(r->faults);
    for (size_t i = 0; i < n; i++) {
        struct fault x = { .stage = kinds[i].stage, .kind = kinds[i].kind,
                           .code = kinds[i].code,
                           .rejected = kinds[i].fault == LEDGER_REJECTED };

        faults_preload(r->faults, &x, kinds[i].count);
    }
    return true;
}

/* --- retry ---------------------------------------------------------------- */

struct retrying {
    struct run *run;
    const struct failure_select *select;
    const struct reread *reread;
    size_t most; /* documents in a batch */
    struct source *source; /* of index */
    size_t index;
    struct batch *batch;
    struct owed *owed;
    bool no_memory, failed;
    struct error err; /* failed */
};

static bool send_batch(struct retrying *t)
{
    struct run *r = t->run;
    struct batch *b = t->batch;

    t->batch = NULL;
    if (!b)
        return true;
    if (b->open > 0 && queue_push_front(r->embed_queue, b) == QUEUE_OK) {
        /* Retries jump the queue, but not without bound. */
        struct queue_stats q;

        queue_stats(r->embed_queue, &q);
        while (q.count >= q.capacity && control_sleep(r->control, 50))
            queue_stats(r->embed_queue, &q);
        return !control_stopping(r->control);
    }
    pool_give(r->pool, b);
    return !control_stopping(r->control);
}

/* A request's worth of documents, or as many rows as can be told of. */
static bool is_full(const struct retrying *t)
{
    return owed_full(t->owed) ||
           (t->batch &&
            (t->batch->count >= t->most ||
             t->batch->count >= counted(&t->run->embed_batch)));
}

/* The rows so far are settled, the documents among them sent. */
static bool send_owed(struct retrying *t)
{
    t->failed = !owed_settle(t->owed, t->batch, &t->err);
    return send_batch(t) && !t->failed;
}

static void read_so(struct source_config *cfg, const struct reread *how)
{
    cfg->replace_utf8 |= how->replace_utf8;
    cfg->send_blank |= how->send_blank;
    if (how->line_mb)
        cfg->limit_line = (size_t)how->line_mb << 20;
}

static bool open_source(struct retrying *t, size_t index, struct error *err)
{
    struct source_config cfg;

    if (t->source && t->index == index)
        return true;
    source_close(t->source);
    run_source_config(t->run->opt, index, &cfg);
    read_so(&cfg, t->reread);
    cfg.stop_fd = control_stop_fd(t->run->control);
    t->source = source_open(&cfg, err);
    t->index = index;
    return t->source != NULL;
}

static struct doc doc_of(const struct ledger_failure *f, struct text id)
{
    return (struct doc){ .pos = f->pos, .offset = f->offset,
                         .length = f->length, .source = f->source,
                         .flags = DOC_RETRY,
                         .id_hash = str_hash64(id.ptr, id.len) };
}

/* The record cannot be found any more where the ledger says it is. */
static bool still_failed(struct retrying *t, const struct ledger_failure *f,
                         const struct record *rec, const struct error *why)
{
    struct fault_record x = {
        .doc = doc_of(f, f->id), .id = f->id, .fault = f->fault,
        .stage = stage_word(f->stage), .line = rec ? rec->line : f->line,
        .why = *why, .no_id = f->id.len == 0
    };

    x.doc.tries = (uint16_t)(f->tries + 1);
    if (!owed_add(t->owed, OWED_FAIL, &x, 0))
        return true; /* it is under way */
    return !is_full(t) || send_owed(t);
}

static bool take_batch(struct retrying *t)
{
    while (!t->batch && !control_stopping(t->run->control))
        t->batch = pool_take(t->run->pool, 250);
    return t->batch != NULL;
}

static bool add_document(struct retrying *t, const struct ledger_failure *f,
                         const struct record *rec)
{
    struct fault_record x = { .doc = doc_of(f, rec->id) };
    struct doc *d;

    if (!take_batch(t))
        return false;
    if (!owed_add(t->owed, OWED_SEND, &x, t->batch->count))
        return true;
    d = batch_add(t->batch, rec->id, rec->text, rec->metadata);
    if (!d) {
        owed_take_back(t->owed);
        t->no_memory = true;
        return false;
    }
    x.doc.id = d->id;
    x.doc.text = d->text;
    x.doc.metadata = d->metadata;
    x.doc.flags |= (uint8_t)((rec->text_escaped ? DOC_TEXT_ESCAPED : 0) |
                             (rec->id_number ? DOC_ID_NUMBER : 0));
    *d = x.doc;
    return !is_full(t) || send_owed(t);
}

static bool retry_row(void *arg, const struct ledger_failure *f)
{
    struct retrying *t = arg;
    struct fault x = chores_fault(f);
    struct record rec;
    struct error err;

    if (control_stopping(t->run->control))
        return false;
    if (f->source >= t->run->corpus_count || !faults_selected(t->select, &x))
        return true;
    if (!open_source(t, f->source, &err) ||
        !source_seek(t->source, f->offset, f->pos, f->line, &err)) {
        return still_failed(t, f, NULL, &err);
    }
    switch (source_next(t->source, &rec, &err)) {
    case SOURCE_RECORD:
        if (f->id.len == 0 || (rec.id.len == f->id.len &&
                               !memcmp(rec.id.ptr, f->id.ptr, f->id.len)))
            return add_document(t, f, &rec);
        error_set(&err, ERROR_INPUT, 0,
                  "another record stands at byte %llu of the corpus now",
                  (unsigned long long)f->offset);
        break;
    case SOURCE_REJECTED:
        return still_failed(t, f, &rec, &rec.why);
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
    return still_failed(t, f, NULL, &err);
}

/* The steward does the preflight when there was nothing to do before. */
static bool wait_ready(struct run *r)
{
    atomic_store(&r->wanted_ready, true);
    control_nudge(r->control);
    while (!atomic_load(&r->ready))
        if (!control_sleep(r->control, 100))
            return false;
    return true;
}

static void say_retried(struct run *r, const struct owed *o, bool no_memory)
{
    if (no_memory)
        faults_say(r->faults, "retrying %llu, there is no memory for more",
                   (unsigned long long)o->forgiven);
    else if (o->busy)
        faults_say(r->faults, "retrying %llu, %llu are under way already",
                   (unsigned long long)o->forgiven,
                   (unsigned long long)o->busy);
    else
        faults_say(r->faults, "retrying %llu documents",
                   (unsigned long long)o->forgiven);
}

static void retry(struct run *r, const struct command *c)
{
    struct owed owed = { .run = r };
    struct retrying t = { .run = r, .select = &c->select,
                          .reread = &c->reread, .owed = &owed,
                          .most = c->batch ? c->batch : RETRY_BATCH_MAX };
    struct error err;
    bool fine;

    recorder_flush(r->recorder, CHORES_FLUSH_MS);
    if (!wait_ready(r))
        return;
    owed.view = chores_view(r, &err);
    fine = owed.view &&
           ledger_view_failures(owed.view, NULL, retry_row, &t, &err);
    send_owed(&t);
    if (fine && t.failed) {
        err = t.err;
        fine = false;
    }
    ledger_view_close(owed.view);
    source_close(t.source);
    owed_release(&owed);
    if (!fine)
        faults_say(r->faults, "retry: %s", err.text);
    else
        say_retried(r, &owed, t.no_memory);
}

/* --- skip ------------------------------------------------------------------ */

struct skipping {
    const struct failure_select *select;
    struct owed *owed;
    bool failed;
    struct error err; /* failed */
};

static bool skip_row(void *arg, const struct ledger_failure *f)
{
    struct skipping *t = arg;
    struct fault x = chores_fault(f);
    struct fault_record rec = {
        .doc = doc_of(f, f->id), .id = f->id, .fault = LEDGER_SKIPPED,
        .stage = stage_word(f->stage), .no_id = f->id.len == 0,
        .why = { .kind = f->kind, .code = f->code }
    };

    if (!faults_selected(t->select, &x) ||
        !owed_add(t->owed, OWED_SKIP, &rec, 0) || !owed_full(t->owed))
        return true;
    t->failed = !owed_settle(t->owed, NULL, &t->err);
    return !t->failed;
}

static void skip(struct run *r, const struct failure_select *select)
{
    struct owed owed = { .run = r };
    struct skipping t = { .select = select, .owed = &owed };
    struct error err;

    recorder_flush(r->recorder, CHORES_FLUSH_MS);
    owed.view = chores_view(r, &err);
    if (!owed.view ||
        !ledger_view_failures(owed.view, NULL, skip_row, &t, &err))
        faults_say(r->faults, "skip: %s", err.text);
    else if (t.failed || !owed_settle(&owed, NULL, &t.err))
        faults_say(r->faults, "skip: %s", t.err.text);
    else if (owed.busy)
        faults_say(r->faults, "%llu given up for good, %llu are under way",
                   (unsigned long long)owed.forgiven,
                   (unsigned long long)owed.busy);
    else
        faults_say(r->faults, "%llu given up for good",
                   (unsigned long long)owed.forgiven);
    ledger_view_close(owed.view);
    owed_release(&owed);
}

/* --- the thread ------------------------------------------------------------ */

static bool next_chore(struct chores *c, struct command *out)
{
    bool got;

    monitor_lock(&c->lock);
    c->at_work = false;
    while (c->count == 0 && !c->ending)
        monitor_wait(&c->lock, -1);
    got = !c->ending;
    if (got) {
        *out = c->waiting[0];
        memmove(c->waiting, c->waiting + 1, --c->count * sizeof *out);
        c->at_work = true;
    }
    monitor_unlock(&c->lock);
    return got;
}

static void *chores_main(void *arg)
{
    struct chores *c = arg;
    struct command command;

    while (next_chore(c, &command)) {
        switch (command.kind) {
        case COMMAND_RETRY:
            retry(c->run, &command);
            break;
        case COMMAND_SKIP:
            skip(c->run, &command.select);
            break;
        case COMMAND_EXPORT:
            failures_export(c->run, &command);
            break;
        case COMMAND_CHECKPOINT:
            faults_say(c->run->faults, "%s",
                       recorder_flush(c->run->recorder, CHORES_FLUSH_MS)
                           ? "checkpoint written"
                           : "the checkpoint is not written yet");
            break;
        default:
            break;
        }
    }
    return NULL;
}

bool chores_start(struct chores *c, struct error *err)
{
    c->started = thread_start(&c->thread, "bt-chores", chores_main, c, err);
    return c->started;
}

void chores_end(struct chores *c)
{
    if (!c->started)
        return;
    monitor_lock(&c->lock);
    c->ending = true;
    monitor_wake_all(&c->lock);
    monitor_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    c->started = false;
}
