/* A run opens a corpus file twice: at the start, to compare it with the
 * ledger's fingerprint, and to read it. At the second time it repeats the
 * comparison. */
#include "config.h"
#include "engine/job/corpus.h"

#include "engine/job/corpus_name.h"
#include "sys/memory.h"
#include "util/str.h"

enum { HEAD_BYTES = 1 << 16 };

/* The window of a zstd frame that each reader may use, so that all readers stay
 * below --max-memory. */
static size_t window_room(const struct options *opt)
{
    size_t readers = opt->corpus.count < MAX_READERS ? opt->corpus.count
                                                     : MAX_READERS;
    struct memory_use use;
    double room;

    if (!memory_read(NULL, &use) || readers == 0)
        return 0;
    room = (double)use.total_bytes / 100 * (double)opt->max_memory -
           (double)use.used_bytes;
    return room > 0 ? (size_t)(room / (double)readers) : 0;
}

void corpus_source_config(const struct options *opt, size_t i,
                          struct source_config *cfg)
{
    static const enum source_format formats[] = {
        [FORMAT_AUTO] = SOURCE_AUTO,
        [FORMAT_JSONL] = SOURCE_JSONL,
        [FORMAT_JSON] = SOURCE_JSON,
    };

    *cfg = (struct source_config){
        .path = opt->corpus.item[i],
        .format = formats[opt->format],
        .json_path = opt->json_path,
        .json_path_named = options_given(opt, "json-path"),
        .id_field = opt->id_field,
        .metadata_fields = (const char *const *)opt->metadata_field.item,
        .metadata_field_count = opt->metadata_field.count,
        .metadata_named = options_given(opt, "metadata-field"),
        .text_fields = (const char *const *)opt->text_field.item,
        .text_field_count = opt->text_field.count,
        .limit_line = (size_t)opt->max_line_mb << 20,
        .replace_utf8 = opt->utf8 == 1,
        .send_blank = opt->blank == 1,
        .nan_null = opt->nan == 1,
        .id_from = opt->id == ID_HASH   ? SOURCE_ID_HASH
                   : opt->id == ID_LINE ? SOURCE_ID_LINE
                                        : SOURCE_ID_FIELD,
        .lenient = opt->corpus.count > 1,
        .window_bytes = window_room(opt),
        .stop_fd = -1,
    };
}

bool corpus_reread(struct run *r, size_t i, struct source_config *cfg,
                   struct error *err)
{
    const char *path = r->opt->corpus.item[i];

    if (!r->corpus[i].fingerprint.seekable)
        return error_set(err, ERROR_INPUT, 0, "%s cannot be read again",
                         corpus_shown(path));
    corpus_source_config(r->opt, i, cfg);
    if (corpus_is_stdin(path))
        cfg->path = "/dev/stdin"; /* beside its reader, which has "-" */
    cfg->stop_fd = control_stop_fd(r->control);
    return true;
}

/* --- open ----------------------------------------------------------------- */

static struct source *corpus_open_file(struct run *r, size_t i,
                                       struct error *err)
{
    struct source_config cfg;

    corpus_source_config(r->opt, i, &cfg);
    cfg.stop_fd = control_stop_fd(r->control);
    return source_open(&cfg, err);
}

static void close_file(struct corpus *c)
{
    source_close(c->source);
    c->source = NULL;
}

bool corpus_open(struct run *r, struct error *err)
{
    r->corpus_count = r->opt->corpus.count;
    for (size_t i = 0; i < r->corpus_count; i++) {
        struct corpus *c = &r->corpus[i];

        c->source = corpus_open_file(r, i, err);
        if (!c->source || !source_fingerprint(c->source, &c->fingerprint, err))
            return false;
        atomic_store(&c->read_size, c->fingerprint.size);
        c->held = !c->fingerprint.seekable || r->corpus_count <= MAX_READERS ||
                  corpus_is_stream(r->opt->corpus.item[i]);
        if (!c->held)
            close_file(c);
    }
    return true;
}

/* --- as it was and as it is ----------------------------------------------- */

bool corpus_window_hash(struct run *r, size_t i, uint64_t end, uint64_t *hash,
                        struct error *err)
{
    struct corpus *c = &r->corpus[i];

    return c->held ? source_window_hash(c->source, end, hash, err)
                   : source_file_hash(r->opt->corpus.item[i], end, hash, err);
}

static bool corpus_window_has_hash(struct run *r, size_t i, uint64_t end,
                                   uint64_t hash)
{
    struct error ignored;
    uint64_t now;

    return corpus_window_hash(r, i, end, &now, &ignored) && now == hash;
}

static uint64_t corpus_head_bytes(const struct fingerprint *print)
{
    return print->size < HEAD_BYTES ? print->size : HEAD_BYTES;
}

/* Is the hashed part before the last checkpoint unchanged? */
static bool corpus_window_is_same(struct run *r, size_t i,
                                  const struct ledger_source *was)
{
    return was->window_end == 0 ||
           corpus_window_has_hash(r, i, was->window_end, was->window_hash);
}

/* The trail of the last byte below which something is done; or unknown. */
static const struct trail *corpus_farthest_trail(const struct corpus_known *k)
{
    static const struct trail none = { .bytes = 0 };

    if (k->past.bytes != k->row.frontier_offset)
        return &none;
    return k->reach.pos ? &k->reach.past : &k->past;
}

/* A file with other times or another inode may have been edited, with the same
 * size and away from its ends: then read and compare its bytes below the
 * frontier. If the ledger has no hash of them, its ends must suffice. */
static bool corpus_is_touched_only(struct run *r, size_t i,
                                   const struct corpus_known *k)
{
    const struct fingerprint *now = &r->corpus[i].fingerprint;
    const struct fingerprint *old = &k->row.print;
    const struct trail *last = corpus_farthest_trail(k);
    struct source_config cfg;
    struct error ignored;
    struct trail past;

    if (now->seekable == old->seekable && now->size == old->size &&
        now->mtime_ns == old->mtime_ns && now->inode == old->inode &&
        (k->ctime_ns == 0 || now->ctime_ns == k->ctime_ns))
        return true;
    if (last->bytes == 0)
        return k->row.frontier_offset == 0 || old->seekable;
    corpus_source_config(r->opt, i, &cfg);
    return source_file_past(&cfg, last->bytes, &past, &ignored) &&
           trail_same(&past, last);
}

/* We compare the bytes of a pipe when they have come (corpus_begin()). */
static bool pipe_is_known(const struct corpus_known *k)
{
    return k->past.bytes == k->row.frontier_offset;
}

enum corpus_verdict corpus_compare(struct run *r, size_t i,
                                   const struct corpus_known *k)
{
    const struct ledger_source *was = &k->row;
    const struct fingerprint *now = &r->corpus[i].fingerprint,
                             *old = &was->print;
    enum corpus_verdict same = CORPUS_SAME;

    if (!now->seekable)
        return pipe_is_known(k) ? CORPUS_SAME : CORPUS_CHANGED;
    if (old->seekable && now->size > old->size) {
        if (!corpus_window_has_hash(r, i, corpus_head_bytes(old),
                                    old->head_hash) ||
            !corpus_window_has_hash(r, i, old->size, old->tail_hash))
            return CORPUS_CHANGED;
        same = CORPUS_APPENDED;
    } else if (old->seekable && (now->size != old->size ||
                                 now->head_hash != old->head_hash ||
                                 now->tail_hash != old->tail_hash)) {
        return CORPUS_CHANGED;
    }
    return corpus_window_is_same(r, i, was) && corpus_is_touched_only(r, i, k)
               ? same
               : CORPUS_CHANGED;
}

/* --- reading -------------------------------------------------------------- */

/* What we hashed at the start is still there; there may be more behind it. */
static bool corpus_ends_are_same(const struct corpus *c)
{
    const struct fingerprint *print = &c->fingerprint;
    struct error ignored;
    uint64_t head, tail;

    return source_window_hash(c->source, corpus_head_bytes(print), &head,
                              &ignored) &&
           source_window_hash(c->source, print->size, &tail, &ignored) &&
           head == print->head_hash && tail == print->tail_hash;
}

static bool open_again(struct run *r, size_t i, struct error *err)
{
    struct corpus *c = &r->corpus[i];
    char name[128];

    c->source = corpus_open_file(r, i, err);
    if (!c->source || corpus_ends_are_same(c))
        return c->source != NULL;
    close_file(c);
    str_printable(name, sizeof name, text_of(r->opt->corpus.item[i]));
    return error_set(err, ERROR_LOCAL, 0,
                     "%s is not what it was when the run began", name);
}

static bool corpus_refuse_other_bytes(struct run *r, size_t i, uint64_t n,
                                      struct error *err)
{
    char size[24];

    return error_set(err, ERROR_FOREIGN, 0,
                     "%s is not what the checkpoint knows: its first %s bytes "
                     "are others; --job NAME makes it a job of its own, "
                     "--new-job starts afresh",
                     corpus_shown(r->opt->corpus.item[i]),
                     str_count(size, sizeof size, n));
}

/* Are the bytes before the place where reading goes on unchanged? We compared a
 * touched file at the start if the reader seeks to that place. */
static bool corpus_check_past(struct run *r, size_t i, struct error *err)
{
    struct corpus *c = &r->corpus[i];
    struct trail now;

    if (c->start.past.bytes != c->start.offset)
        return true; /* written by an earlier version: unknown */
    if (!source_get_past(c->source, &now)) {
        source_set_past(c->source, &c->start.past);
        return true;
    }
    if (trail_same(&now, &c->start.past))
        return true;
    return corpus_refuse_other_bytes(r, i, c->start.offset, err);
}

bool corpus_begin(struct run *r, size_t i, struct error *err)
{
    struct corpus *c = &r->corpus[i];

    if ((!c->source && !open_again(r, i, err)) ||
        (c->start.offset > 0 &&
         (!source_seek(c->source, c->start.offset, c->start.pos,
                       c->start.line, err) ||
          !corpus_check_past(r, i, err))))
        return false;
    if (c->reach.pos)
        source_watch(c->source, c->reach.offset);
    return true;
}

bool corpus_check_reread(struct run *r, size_t i, bool at_end,
                         struct error *err)
{
    struct corpus *c = &r->corpus[i];
    struct trail now;
    bool there;

    if (!c->reach.pos || !source_get_past(c->source, &now))
        return true; /* nothing to compare */
    there = source_watched(c->source, &now);
    if (!there && !at_end)
        return true; /* not yet */
    if (!there || !trail_same(&now, &c->reach.past))
        return corpus_refuse_other_bytes(r, i, c->reach.offset, err);
    c->reach.pos = 0;
    return true;
}

void corpus_end(struct run *r, size_t i)
{
    if (!r->corpus[i].held)
        close_file(&r->corpus[i]);
}
