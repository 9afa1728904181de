/* This file opens a corpus in its form, and goes to a place in it. */
#include "config.h"
#include "source/source_base.h"

#include <stdlib.h>

/* Go to the first element. Without an array the top-level values are the
 * records, so we must be able to go back to the start. */
static bool begin_json(struct source *s, struct error *err)
{
    uint64_t from = s->offset;
    const char *p = s->data + s->start;

    if ((s->at_end && s->start == s->end) ||
        source_look_for_array(s, p, s->end - s->start) == ARRAY_NONE)
        return true;
    if (!source_find_array(s, &s->in_array, err)) {
        if (err->kind != ERROR_INPUT || !s->cfg.lenient)
            return false;
        source_advance(s, s->end - s->start); /* source_next() tells */
        return true;
    }
    if (s->in_array)
        return true;
    if (!stream_seekable(s->stream))
        return error_set(err, ERROR_INPUT, 0,
                         "%s: has no array \"%s\" (--json-path names it)",
                         stream_name(s->stream), s->cfg.json_path);
    return source_seek(s, from, 0, 1, err);
}

static bool source_begin(struct source *s, struct error *err)
{
    enum source_form form;

    if (!source_find_form(s, &form, err))
        return false;
    s->ops = form == FORM_LINES ? &source_jsonl : &source_json;
    if (form == FORM_LINES && source_keeps_lines(s))
        fields_set_lines(s->fields);
    return form != FORM_ARRAY || begin_json(s, err);
}

struct source *source_open(const struct source_config *cfg, struct error *err)
{
    struct source *s = calloc(1, sizeof *s);

    if (!s) {
        error_memory(err, "to read the corpus");
        return NULL;
    }
    s->cfg = *cfg;
    s->limit = cfg->limit_line ? cfg->limit_line : SOURCE_LINE_DEFAULT;
    s->line = 1;
    s->past_known = true;
    s->cap = SOURCE_BLOCK;
    s->data = malloc(s->cap);
    s->fields = fields_new(&s->cfg, err);
    if (!s->data)
        error_memory(err, "to read the corpus");
    else if (s->fields &&
             (s->stream = stream_open(cfg->path, cfg->window_bytes,
                                      cfg->stop_fd, err)) &&
             source_begin(s, err))
        return s;
    source_close(s);
    return NULL;
}

void source_close(struct source *s)
{
    if (!s)
        return;
    stream_close(s->stream);
    fields_free(s->fields);
    free(s->data);
    free(s);
}

enum source_status source_next(struct source *s, struct record *out,
                               struct error *err)
{
    return s->ops->next(s, out, err);
}

/* The record is in the window still, and nothing of it is hashed. */
void source_unread(struct source *s, const struct record *last)
{
    s->start -= (size_t)(s->offset - last->offset);
    s->scanned = 0;
    s->offset = last->offset;
    s->pos = last->pos;
    s->line = last->line;
}

void source_watch(struct source *s, uint64_t offset)
{
    source_hash_passed(s);
    s->watch = offset;
    s->watched = (struct trail){ .bytes = 0 };
}

bool source_watched(struct source *s, struct trail *out)
{
    source_hash_passed(s);
    *out = s->watched;
    return s->watch > 0 && s->watched.bytes == s->watch;
}

bool source_unseen(const struct source *s, char *to, size_t size)
{
    return fields_unseen(s->fields, to, size);
}

uint64_t source_lacking(const struct source *s, char *to, size_t size)
{
    return fields_lacking(s->fields, to, size);
}

/* The stream moved to `offset`: the bytes in the window belong elsewhere. */
static void empty_window(struct source *s, uint64_t offset)
{
    s->start = s->end = s->scanned = s->hashed = 0;
    s->offset = offset;
    s->at_end = false;
    s->past = (struct trail){ .bytes = 0 };
    s->past_known = offset == 0;
}

static bool too_short(struct source *s, uint64_t offset, struct error *err)
{
    return error_set(err, ERROR_FOREIGN, 0,
                     "%s: ends at byte %llu, before byte %llu, where the "
                     "checkpoint stands",
                     stream_name(s->stream), (unsigned long long)s->offset,
                     (unsigned long long)offset);
}

static bool read_forward(struct source *s, uint64_t offset, struct error *err)
{
    while (s->offset < offset) {
        uint64_t have = s->end - s->start, left = offset - s->offset;

        source_advance(s, (size_t)(left < have ? left : have));
        if (s->offset == offset)
            break;
        switch (source_more(s, err)) {
        case STREAM_BYTES:
            break;
        case STREAM_STOPPED:
            return error_set(err, ERROR_STOPPED, 0, "stopped");
        case STREAM_END:
            return too_short(s, offset, err);
        case STREAM_FAILED:
            return false;
        }
    }
    return true;
}

/* Seek in a plain file, but not into its first block, so that all bytes from
 * there are known. Restart other files to go back; read them forward. */
static bool go_to(struct source *s, uint64_t offset, struct error *err)
{
    bool jumps = stream_seekable(s->stream) && stream_plain(s->stream) &&
                 offset >= SOURCE_BLOCK;

    if (offset >= s->offset && offset - s->offset <= s->end - s->start) {
        source_advance(s, (size_t)(offset - s->offset)); /* the window has it */
        return true;
    }
    if (jumps || offset < s->offset) {
        if (!stream_seek(s->stream, jumps ? offset : 0, err))
            return false;
        empty_window(s, jumps ? offset : 0);
    }
    return read_forward(s, offset, err);
}

bool source_seek(struct source *s, uint64_t offset, uint64_t pos,
                 uint64_t line, struct error *err)
{
    if (!go_to(s, offset, err))
        return false;
    s->ended = false;
    s->pos = pos;
    s->line = line ? line : 1;
    return true;
}

bool source_get_past(struct source *s, struct trail *out)
{
    source_hash_passed(s);
    *out = s->ended ? s->end_past : s->past;
    return s->past_known;
}

void source_set_past(struct source *s, const struct trail *past)
{
    source_hash_passed(s);
    if (past->bytes != s->offset)
        return;
    s->past = *past;
    s->past_known = true;
}

void source_tell(const struct source *s, uint64_t *offset, uint64_t *pos,
                 uint64_t *line)
{
    *offset = s->ended ? s->end_offset : s->offset;
    *pos = s->pos;
    *line = s->ended ? s->end_line : s->line;
}

void source_progress(const struct source *s, uint64_t *done, uint64_t *size)
{
    stream_progress(s->stream, done, size);
    if (stream_plain(s->stream))
        *done = s->offset; /* nothing in the window was used yet */
}
