/* Opening a corpus: its encoding, its form, and the window over it. */
#include "config.h"
#include "source/source_base.h"

#include <stdio.h>
#include <stdlib.h>

#include "util/json.h"

enum { PEEK = 1 << 16 };

enum source_status source_status_of(enum stream_status status)
{
    static const enum source_status same[] = {
        [STREAM_BYTES] = SOURCE_RECORD, [STREAM_END] = SOURCE_END,
        [STREAM_STOPPED] = SOURCE_STOPPED, [STREAM_FAILED] = SOURCE_FAILED
    };

    return same[status];
}

void source_advance(struct source *s, size_t n)
{
    s->start += n;
    s->offset += n;
    s->scanned = 0;
}

static bool make_room(struct source *s, struct error *err)
{
    char *grown;

    if (s->start > 0) {
        memmove(s->data, s->data + s->start, s->end - s->start);
        s->end -= s->start;
        s->start = 0;
    }
    if (s->end < s->cap)
        return true;
    grown = realloc(s->data, s->cap * 2);
    if (!grown)
        return error_set(err, ERROR_MEMORY, 0,
                         "no memory for a record of %zu bytes", s->cap);
    s->data = grown;
    s->cap *= 2;
    return true;
}

enum stream_status source_more(struct source *s, struct error *err)
{
    enum stream_status status;
    size_t got = 0;

    if (s->at_end)
        return STREAM_END;
    if (!make_room(s, err))
        return STREAM_FAILED;
    status = stream_read(s->stream, s->data + s->end, s->cap - s->end, &got,
                         err);
    if (status == STREAM_BYTES)
        s->end += got;
    s->at_end = status == STREAM_END;
    return status;
}

/* UTF-16 and UTF-32 by their mark or by the zeros that ASCII leaves. */
static const char *foreign_encoding(const unsigned char *p, size_t n)
{
    if (n >= 4 && !memcmp(p, "\xff\xfe\0\0", 4))
        return "UTF-32LE";
    if (n >= 4 && !memcmp(p, "\0\0\xfe\xff", 4))
        return "UTF-32BE";
    if (n >= 2 && !memcmp(p, "\xff\xfe", 2))
        return "UTF-16LE";
    if (n >= 2 && !memcmp(p, "\xfe\xff", 2))
        return "UTF-16BE";
    if (n >= 4 && p[0] && !p[1] && !p[2] && !p[3])
        return "UTF-32LE";
    if (n >= 4 && !p[0] && !p[1] && !p[2] && p[3])
        return "UTF-32BE";
    if (n >= 2 && p[0] && !p[1])
        return "UTF-16LE";
    if (n >= 2 && !p[0] && p[1])
        return "UTF-16BE";
    return NULL;
}

static bool check_encoding(struct source *s, struct error *err)
{
    const char *name =
        foreign_encoding((unsigned char *)s->data, s->end - s->start);

    if (name)
        return error_set(err, ERROR_INPUT, 0,
                         "%s: is %s; convert it to UTF-8 first (iconv -f %s "
                         "-t UTF-8)",
                         stream_name(s->stream), name, name);
    if (s->end - s->start >= 3 && !memcmp(s->data + s->start, "\xef\xbb\xbf",
                                          3))
        source_advance(s, 3);
    return true;
}

static bool ends_with(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);

    return n >= m && memcmp(path + n - m, end, m) == 0;
}

static bool named_jsonl(const char *path)
{
    static const char *const ends[] = { ".jsonl", ".ndjson", ".jsonl.gz",
                                        ".jsonl.zst", ".ndjson.gz",
                                        ".ndjson.zst" };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends_with(path, ends[i]))
            return true;
    return false;
}

enum array { ARRAY_NONE, ARRAY_HERE, ARRAY_UNSEEN };

/* Step into the object at the cursor, to the value of the named member. */
static bool to_member(struct json_cursor *c, const char *name)
{
    struct json_value key;

    if (!json_enter_object(c))
        return false;
    while (json_member(c, &key)) {
        if (json_is(&key, name))
            return true;
        if (!json_value(c, NULL))
            return false;
    }
    return false;
}

/* Does the value that begins here have the array that json_path names?
 * UNSEEN: what is in hand ends before that is known. */
static enum array look_for_array(const struct source *s, const char *p,
                                 size_t n)
{
    const char *path = s->cfg.json_path;
    char part = *path == '/' ? '/' : '.', name[256];
    enum json_type type;
    struct json_cursor c;

    json_begin(&c, p, n);
    if (json_peek(&c, &type) && type == JSON_ARRAY)
        return ARRAY_HERE;
    path += *path == '/';
    while (*path) {
        size_t len = strcspn(path, (char[]){ part, '\0' });

        snprintf(name, sizeof name, "%.*s", (int)len, path);
        if (!to_member(&c, name))
            return c.p == c.end ? ARRAY_UNSEEN : ARRAY_NONE;
        path += len + (path[len] == part);
    }
    if (json_peek(&c, &type))
        return type == JSON_ARRAY ? ARRAY_HERE : ARRAY_NONE;
    return c.p == c.end ? ARRAY_UNSEEN : ARRAY_NONE;
}

/* The first bytes, as many as there are up to PEEK; of a pipe so many as tell
 * its form: what was read cannot be read again. */
static bool peek(struct source *s, struct error *err)
{
    enum stream_status status;

    do
        status = source_more(s, err);
    while (status == STREAM_BYTES && s->end < PEEK &&
           (stream_seekable(s->stream) || !memchr(s->data, '\n', s->end) ||
            look_for_array(s, s->data, s->end) == ARRAY_UNSEEN));
    if (status == STREAM_STOPPED)
        return error_set(err, ERROR_STOPPED, 0, "stopped");
    return status != STREAM_FAILED;
}

/* By what the first bytes look like; lines win when nothing speaks against
 * them. */
static enum source_format guess(const struct source *s)
{
    const char *p = s->data + s->start, *end = s->data + s->end, *lf;
    struct json_cursor c;

    while (p < end && strchr(" \t\r\n", *p) && *p)
        p++;
    if (p == end || named_jsonl(s->cfg.path))
        return SOURCE_JSONL;
    if (*p == '[')
        return SOURCE_JSON;
    if (*p != '{')
        return SOURCE_JSONL;
    if (look_for_array(s, p, (size_t)(end - p)) == ARRAY_HERE)
        return SOURCE_JSON;
    lf = memchr(p, '\n', (size_t)(end - p));
    json_begin(&c, p, (size_t)((lf ? lf : end) - p));
    if (json_value(&c, NULL))
        return json_enter_object(&c) ? SOURCE_JSON : SOURCE_JSONL;
    /* The line ends inside a value: pretty-printed, if it goes on well. */
    if (!lf || c.p < lf - 1)
        return SOURCE_JSONL;
    json_begin(&c, p, (size_t)(end - p));
    return json_value(&c, NULL) || c.p == end ? SOURCE_JSON : SOURCE_JSONL;
}

/* Stand at the first element. Without an array the top-level values are the
 * records, which needs a way back to the start. */
static bool begin_json(struct source *s, struct error *err)
{
    uint64_t from = s->offset;
    const char *p = s->data + s->start;

    s->ops = &source_json;
    if ((s->at_end && s->start == s->end) ||
        look_for_array(s, p, s->end - s->start) == ARRAY_NONE)
        return true;
    if (!source_find_array(s, &s->in_array, err))
        return false;
    if (s->in_array)
        return true;
    if (!stream_seekable(s->stream))
        return error_set(err, ERROR_INPUT, 0,
                         "%s: has no array \"%s\" (--json-path names it)",
                         stream_name(s->stream), s->cfg.json_path);
    return source_seek(s, from, 0, 1, err);
}

static bool begin(struct source *s, struct error *err)
{
    enum source_format format;

    if (!peek(s, err) || !check_encoding(s, err))
        return false;
    format = s->cfg.format == SOURCE_AUTO ? guess(s) : s->cfg.format;
    s->ops = &source_jsonl;
    return format == SOURCE_JSONL || begin_json(s, err);
}

struct source *source_open(const struct source_config *cfg, struct error *err)
{
    struct source *s = calloc(1, sizeof *s);

    if (!s) {
        error_set(err, ERROR_MEMORY, 0, "no memory to read the corpus");
        return NULL;
    }
    s->cfg = *cfg;
    s->limit = cfg->limit_line ? cfg->limit_line : SOURCE_LINE_DEFAULT;
    s->line = 1;
    s->cap = SOURCE_BLOCK;
    s->data = malloc(s->cap);
    s->fields = fields_new(&s->cfg, err);
    if (!s->data)
        error_set(err, ERROR_MEMORY, 0, "no memory to read the corpus");
    else if (s->fields &&
             (s->stream = stream_open(cfg->path, cfg->stop_fd, err)) &&
             begin(s, err))
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

bool source_seek(struct source *s, uint64_t offset, uint64_t pos,
                 uint64_t line, struct error *err)
{
    uint64_t window_end = s->offset + (s->end - s->start);

    if (offset >= s->offset && offset <= window_end) {
        source_advance(s, (size_t)(offset - s->offset)); /* it is in hand */
    } else {
        if (!stream_seek(s->stream, offset, err))
            return false;
        s->start = s->end = 0;
        s->offset = offset;
        s->scanned = 0;
        s->at_end = false;
    }
    s->ended = false;
    s->pos = pos;
    s->line = line ? line : 1;
    return true;
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
        *done = s->offset; /* what is in the window was not used yet */
}
