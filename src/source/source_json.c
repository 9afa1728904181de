/* This file reads a JSON document with an array of documents inside, or a
 * sequence of values. Only the present element is in memory. */
#include "config.h"
#include "source/source_base.h"

#include <stdio.h>

#include "util/json.h"
#include "util/str.h"

/* A sequence (RFC 7464) also has a separator between values. */
static bool source_json_is_space(const struct source *s, char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' ||
           (c == '\x1e' && !s->in_array);
}

/* Step over white space; BYTES: something else begins the window. */
static enum stream_status source_json_skip_space(struct source *s,
                                                 struct error *err)
{
    for (;;) {
        enum stream_status status;

        while (s->start < s->end &&
               source_json_is_space(s, s->data[s->start])) {
            s->line += s->data[s->start] == '\n';
            source_advance(s, 1);
        }
        if (s->start < s->end)
            return STREAM_BYTES;
        status = source_more(s, err);
        if (status != STREAM_BYTES)
            return status;
    }
}

static uint64_t count_lines(const char *p, size_t n)
{
    uint64_t lines = 0;
    const char *end = p + n;

    while ((p = memchr(p, '\n', (size_t)(end - p)))) {
        lines++;
        p++;
    }
    return lines;
}

/*
 * The value at the start of the window, whole if *len is at most the limit; a
 * longer one is skipped while it is read, and *len counts its bytes.
 */
static enum stream_status find_value(struct source *s, uint64_t *len,
                                     bool *whole, struct error *err)
{
    struct json_extent x = { 0 };
    size_t seen = 0;

    *len = 0;
    *whole = true;
    for (;;) {
        size_t used, have = s->end - s->start - seen;
        enum stream_status status;

        if (have > 0) {
            enum json_extent_status done = json_extent_feed(
                &x, s->data + s->start + seen, have, &used);

            seen += used;
            *len += used;
            if (done == JSON_EXTENT_DONE)
                break;
        }
        if (seen > s->limit)
            *whole = false;
        if (!*whole) {
            s->line += count_lines(s->data + s->start, seen);
            source_advance(s, seen);
            seen = 0;
        }
        status = source_more(s, err);
        if (status == STREAM_END)
            break;
        if (status != STREAM_BYTES)
            return status;
    }
    *whole = *whole && *len <= s->limit;
    if (!*whole) {
        s->line += count_lines(s->data + s->start, seen);
        source_advance(s, seen);
    }
    return STREAM_BYTES;
}

static enum source_status
source_json_truncated(struct source *s, const char *what, struct error *err)
{
    error_set(err, ERROR_INPUT, 0,
              "%s: truncated: %s is not closed at byte %llu, its end",
              stream_name(s->stream), what, (unsigned long long)s->offset);
    return SOURCE_FAILED;
}

/* Skip the rest of the objects around the array. */
static enum stream_status pass_around(struct source *s, struct error *err)
{
    struct json_extent x = { .depth = s->around, .started = true };
    enum json_extent_status end = JSON_EXTENT_MORE;
    enum stream_status status = STREAM_BYTES;

    while (s->around > 0 && end == JSON_EXTENT_MORE) {
        size_t used = 0;

        while (status == STREAM_BYTES && s->start == s->end)
            status = source_more(s, err);
        if (status != STREAM_BYTES)
            return status;
        end = json_extent_feed(&x, s->data + s->start, s->end - s->start,
                               &used);
        s->line += count_lines(s->data + s->start, used);
        source_advance(s, used);
    }
    return STREAM_BYTES;
}

/* At the array's closing bracket: refuse anything behind it that could be a
 * document, which would be lost silently. */
static enum source_status source_json_end_array(struct source *s,
                                                struct error *err)
{
    enum stream_status status;

    s->end_offset = s->offset;
    s->end_line = s->line;
    source_hash_passed(s);
    s->end_past = s->past;
    source_advance(s, 1);
    status = pass_around(s, err);
    if (status == STREAM_END)
        return source_json_truncated(s, "the object around the array", err);
    if (status == STREAM_BYTES)
        status = source_json_skip_space(s, err);
    s->ended = status == STREAM_END;
    if (status != STREAM_BYTES)
        return source_status_of(status);
    error_set(err, ERROR_INPUT, 0,
              "%s: at byte %llu (line %llu) something stands behind the "
              "array; it was not read (--format jsonl if each line is a "
              "record)",
              stream_name(s->stream), (unsigned long long)s->offset,
              (unsigned long long)s->line);
    return SOURCE_FAILED;
}

/* A comma or the closing bracket before the next element. */
static enum source_status source_json_pass_comma(struct source *s,
                                                 struct error *err)
{
    enum stream_status status = source_json_skip_space(s, err);

    if (s->ended)
        return SOURCE_END;
    if (status == STREAM_BYTES && s->in_array && s->data[s->start] == ']')
        return source_json_end_array(s, err);
    if (status == STREAM_BYTES && s->in_array && s->data[s->start] == ',') {
        source_advance(s, 1);
        status = source_json_skip_space(s, err);
    }
    if (status == STREAM_END && s->in_array)
        return source_json_truncated(s, "the array", err);
    return source_status_of(status);
}

/* The rest cannot be cut into elements any more. */
static enum source_status source_json_lost(struct source *s, struct error *err)
{
    error_set(err, ERROR_INPUT, 0,
              "%s: at byte %llu (line %llu) no JSON value begins; nothing "
              "behind it can be read",
              stream_name(s->stream), (unsigned long long)s->offset,
              (unsigned long long)s->line);
    return SOURCE_FAILED;
}

static enum source_status json_next(struct source *s, struct record *out,
                                    struct error *err)
{
    enum source_status status = source_json_pass_comma(s, err);
    enum stream_status found;
    uint64_t len;
    bool whole, fine;
    char size[32];

    if (status != SOURCE_RECORD)
        return status;
    out->pos = s->pos;
    out->line = s->line;
    out->offset = s->offset;
    found = find_value(s, &len, &whole, err);
    if (found != STREAM_BYTES)
        return source_status_of(found);
    if (len == 0)
        return source_json_lost(s, err);
    s->pos++;
    out->length = len;
    snprintf(s->where, sizeof s->where, "element at byte %llu (line %llu)",
             (unsigned long long)out->offset, (unsigned long long)out->line);
    if (!whole) {
        out->id = (struct text){ "", 0 };
        error_set(&out->why, ERROR_INPUT, 0,
                  "%s: element too long: %s bytes, --max-line-mb allows %zu "
                  "MiB",
                  s->where, str_count(size, sizeof size, len),
                  s->limit >> 20);
        return SOURCE_REJECTED;
    }
    fine = fields_find(s->fields,
                       (struct text){ s->data + s->start, (size_t)len },
                       s->where, out);
    s->line += count_lines(s->data + s->start, (size_t)len);
    source_advance(s, (size_t)len);
    return fine ? SOURCE_RECORD : SOURCE_REJECTED;
}

const struct source_ops source_json = { .next = json_next };

/* --- finding the array ---------------------------------------------------- */

/* Compare the key at the window's start, decoded, with the next name of the
 * path, and step to its value. */
static bool read_key(struct source *s, const char *name, size_t name_len,
                     bool *is_it, struct error *err)
{
    struct json_cursor c;
    struct json_value key;
    char wanted[256];
    uint64_t len;
    bool whole;

    if (find_value(s, &len, &whole, err) != STREAM_BYTES)
        return false;
    json_begin(&c, s->data + s->start, (size_t)len);
    if (!whole || !json_value(&c, &key) || key.type != JSON_STRING)
        return false;
    snprintf(wanted, sizeof wanted, "%.*s", (int)name_len, name);
    *is_it = json_is(&key, wanted);
    source_advance(s, (size_t)len);
    if (source_json_skip_space(s, err) != STREAM_BYTES ||
        s->data[s->start] != ':')
        return false;
    source_advance(s, 1);
    return source_json_skip_space(s, err) == STREAM_BYTES;
}

/* Inside an object: step to the value of the member with this name. */
static bool find_member(struct source *s, const char *name, size_t len,
                        struct error *err)
{
    for (;;) {
        uint64_t skipped;
        bool whole, is_it;
        size_t limit = s->limit;

        if (source_json_skip_space(s, err) != STREAM_BYTES ||
            s->data[s->start] != '"' || !read_key(s, name, len, &is_it, err))
            return false;
        if (is_it)
            return true;
        s->limit = 0; /* skip it, whatever its size */
        if (find_value(s, &skipped, &whole, err) != STREAM_BYTES)
            skipped = 0;
        s->limit = limit;
        if (skipped == 0 || source_json_skip_space(s, err) != STREAM_BYTES ||
            s->data[s->start] != ',')
            return false;
        source_advance(s, 1);
    }
}

bool source_find_array(struct source *s, bool *found, struct error *err)
{
    const char *path = s->cfg.json_path;
    char part = *path == '/' ? '/' : '.';

    *found = false;
    *err = (struct error){ .kind = ERROR_INPUT };
    path += *path == '/';
    if (source_json_skip_space(s, err) != STREAM_BYTES)
        return err->text[0] == '\0';
    while (s->data[s->start] == '{') {
        size_t len = strcspn(path, (char[]){ part, '\0' });

        if (len == 0)
            return true;
        source_advance(s, 1);
        s->around++;
        if (!find_member(s, path, len, err))
            return err->text[0] == '\0';
        path += len + (path[len] == part);
    }
    *found = s->data[s->start] == '[' && (!*path || s->around == 0);
    if (*found)
        source_advance(s, 1);
    return true;
}
