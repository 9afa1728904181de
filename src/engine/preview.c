/* One thread answers the newest request and drops older ones. It reads the
 * failure from the ledger and the record from the corpus, and leaves both under
 * the lock for the next snapshot. */
#include "config.h"
#include "engine/preview.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/job/corpus.h"
#include "source/stream.h"
#include "util/json.h"
#include "util/str.h"

enum { CUT_MARGIN = 16 }; /* more than the longest escape of a character */

struct preview {
    struct run *run;
    struct monitor lock;
    struct command asked;       /* [lock] */
    bool waiting, ending;       /* [lock] */
    struct document_view found; /* [lock] */
    pthread_t thread;
    bool started;               /* [lock] */
};

/* One search. */
struct preview_search {
    struct run *run;
    const struct command *asked;
    struct document_view *out;
    struct buf id; /* as the ledger has it */
    bool in_ledger;
};

struct preview *preview_new(struct run *r)
{
    struct preview *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    monitor_init(&p->lock);
    p->run = r;
    return p;
}

void preview_free(struct preview *p)
{
    if (!p)
        return;
    monitor_release(&p->lock);
    free(p);
}

/* --- text ----------------------------------------------------------------- */

/* Line by line, each printable: a newline stays one. */
static void preview_put_text(struct document_view *d, struct text from)
{
    const char *end = text_end(from);

    while (from.ptr < end && sizeof d->text - d->len > CUT_MARGIN) {
        const char *stop = memchr(from.ptr, '\n', (size_t)(end - from.ptr));
        struct text line = { from.ptr,
                             (size_t)((stop ? stop : end) - from.ptr) };

        d->len += (uint32_t)str_printable(d->text + d->len,
                                          sizeof d->text - d->len - 2, line);
        d->text[d->len++] = '\n';
        from.ptr = stop ? stop + 1 : end;
    }
    d->cut = from.ptr < end || sizeof d->text - d->len <= CUT_MARGIN;
    d->text[d->len] = '\0';
}

static void preview_put_record(struct document_view *d,
                               const struct record *rec)
{
    struct buf plain;

    buf_init(&plain);
    if (rec->text_escaped)
        json_decode_raw(rec->text, &plain);
    else
        buf_put(&plain, rec->text.ptr, rec->text.len);
    if (rec->metadata.len) {
        buf_puts(&plain, "\n\nmetadata: ");
        buf_put(&plain, rec->metadata.ptr, rec->metadata.len);
    }
    if (plain.failed)
        snprintf(d->trouble, sizeof d->trouble, "there is no memory for it");
    else
        preview_put_text(d, (struct text){ plain.data, plain.len });
    buf_release(&plain);
}

/* For a record that is not valid: its bytes as they are in the file. */
static void preview_put_bytes(struct preview_search *t,
                              const struct record *rec)
{
    char bytes[SNAPSHOT_DOCUMENT];
    size_t want = rec->length < sizeof bytes ? (size_t)rec->length
                                             : sizeof bytes;
    size_t len = 0, got;
    struct error err;
    struct source_config cfg;
    struct stream *s = NULL;
    bool fine;

    if (corpus_reread(t->run, t->asked->select.source, &cfg, &err))
        s = stream_open(cfg.path, cfg.window_bytes, cfg.stop_fd, &err);
    fine = s && stream_reach(s, rec->offset, &err);

    while (fine && len < want &&
           stream_read(s, bytes + len, want - len, &got, &err) ==
               STREAM_BYTES)
        len += got;
    stream_close(s);
    preview_put_text(t->out, (struct text){ bytes, len });
    t->out->cut |= len < rec->length;
}

/* --- finding -------------------------------------------------------------- */

static bool preview_take_failure(void *arg, const struct failure *f)
{
    struct preview_search *t = arg;

    t->in_ledger = true;
    buf_put(&t->id, f->id.ptr, f->id.len);
    str_sentence(t->out->error, sizeof t->out->error, text_of(f->message));
    return false;
}

/* The failure log keeps the beginning of an error, the ledger all of it. */
static void find_failure(struct preview_search *t)
{
    struct error ignored;
    struct ledger_view *v = ledger_view_open(t->run->ledger_path, &ignored);

    if (v)
        ledger_view_failure(v, t->asked->select.source, t->asked->select.pos,
                            preview_take_failure, t, &ignored);
    ledger_view_close(v);
}

static void take_record(struct preview_search *t, const struct record *rec,
                        bool rejected)
{
    struct document_view *d = t->out;

    d->offset = rec->offset;
    d->length = rec->length;
    if (rejected)
        preview_put_bytes(t, rec);
    else if (t->in_ledger && t->id.len &&
             !text_equal(rec->id, (struct text){ t->id.data, t->id.len }))
        snprintf(d->trouble, sizeof d->trouble,
                 "another record stands at byte %llu of the corpus now",
                 (unsigned long long)rec->offset);
    else
        preview_put_record(d, rec);
}

static bool read_record(struct preview_search *t, struct source *s,
                        struct error *err)
{
    struct record rec;

    if (!source_seek(s, (uint64_t)t->asked->value, t->asked->select.pos, 0,
                     err))
        return false;
    switch (source_next(s, &rec, err)) {
    case SOURCE_RECORD:
        take_record(t, &rec, false);
        return true;
    case SOURCE_REJECTED:
        take_record(t, &rec, true);
        return true;
    case SOURCE_END:
        return error_set(err, ERROR_INPUT, 0,
                         "the corpus has no record there any more");
    case SOURCE_STOPPED:
        return error_set(err, ERROR_STOPPED, 0, "the run ends");
    case SOURCE_FAILED:
        break;
    }
    return false;
}

static void find_document(struct preview_search *t)
{
    struct source_config cfg;
    struct source *s = NULL;
    struct error err;

    if (corpus_reread(t->run, t->asked->select.source, &cfg, &err))
        s = source_open(&cfg, &err);
    if (!s || !read_record(t, s, &err))
        str_sentence(t->out->trouble, sizeof t->out->trouble,
                     text_of(err.text));
    source_close(s);
}

/* --- the thread ----------------------------------------------------------- */

static bool preview_next(struct preview *p, struct command *out)
{
    bool got;

    monitor_lock(&p->lock);
    while (!p->waiting && !p->ending)
        monitor_wait(&p->lock, -1);
    got = !p->ending;
    *out = p->asked;
    p->waiting = false;
    monitor_unlock(&p->lock);
    return got;
}

static void *preview_main(void *arg)
{
    struct preview *p = arg;
    struct command asked;
    struct document_view found;

    while (preview_next(p, &asked)) {
        struct preview_search t = { .run = p->run,
                                    .asked = &asked,
                                    .out = &found };

        memset(&found, 0, sizeof found);
        found.source = asked.select.source;
        found.pos = asked.select.pos;
        buf_init(&t.id);
        find_failure(&t);
        find_document(&t);
        buf_release(&t.id);
        monitor_lock(&p->lock);
        found.seq = p->found.seq + 1;
        p->found = found;
        monitor_unlock(&p->lock);
    }
    return NULL;
}

bool preview_ask(struct preview *p, const struct command *c, struct error *err)
{
    bool fine = true;

    if (c->select.source >= p->run->corpus_count)
        return error_set(err, ERROR_CONFIG, 0,
                         "that file is no part of the corpus any more");
    monitor_lock(&p->lock);
    p->asked = *c;
    p->waiting = true;
    if (!p->started && !p->ending)
        fine = p->started =
            thread_start(&p->thread, "bt-preview", preview_main, p, err);
    monitor_wake_all(&p->lock);
    monitor_unlock(&p->lock);
    return fine;
}

void preview_end(struct preview *p)
{
    bool started;

    monitor_lock(&p->lock);
    p->ending = true;
    started = p->started;
    monitor_wake_all(&p->lock);
    monitor_unlock(&p->lock);
    if (started)
        pthread_join(p->thread, NULL);
    p->started = false;
}

void preview_fill(struct preview *p, struct snapshot *s)
{
    const size_t head = offsetof(struct document_view, text);

    monitor_lock(&p->lock);
    memcpy(&s->document, &p->found, head + p->found.len);
    monitor_unlock(&p->lock);
}
