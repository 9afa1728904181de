/* This file reads one record a line. CRLF ends a line; blank lines do not
 * count. */
#include "config.h"
#include "source/source_base.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"

/* Length of the line at the start of the window without its end; *whole is
 * false when it is longer than a record may be. */
static enum stream_status find_line(struct source *s, size_t *len,
                                    bool *whole, struct error *err)
{
    *whole = true;
    for (;;) {
        const char *from = s->data + s->start;
        size_t have = s->end - s->start;
        const char *lf = have > s->scanned
                             ? memchr(from + s->scanned, '\n',
                                      have - s->scanned)
                             : NULL;
        enum stream_status status;

        if (lf) {
            *len = (size_t)(lf - from);
            *whole = *len <= s->limit;
            return STREAM_BYTES;
        }
        s->scanned = have;
        if (have > s->limit) {
            *whole = false;
            *len = have;
            return STREAM_BYTES;
        }
        status = source_more(s, err);
        if (status == STREAM_END) {
            *len = have;
            return have ? STREAM_BYTES : STREAM_END;
        }
        if (status != STREAM_BYTES)
            return status;
    }
}

/* Skip a line above the limit up to its end, keeping nothing. */
static enum stream_status pass_line(struct source *s, uint64_t *length,
                                    struct error *err)
{
    *length = 0;
    for (;;) {
        size_t have = s->end - s->start;
        const char *from = s->data + s->start;
        const char *lf = have ? memchr(from, '\n', have) : NULL;
        size_t n = lf ? (size_t)(lf - from) : have;
        enum stream_status status;

        *length += n;
        source_advance(s, n);
        if (lf)
            return STREAM_BYTES;
        status = source_more(s, err);
        if (status != STREAM_BYTES)
            return status == STREAM_END ? STREAM_BYTES : status;
    }
}

static void step_over_end(struct source *s)
{
    if (s->start < s->end && s->data[s->start] == '\n')
        source_advance(s, 1);
    s->line++;
}

static enum source_status too_long(struct source *s, struct record *out,
                                   struct error *err)
{
    char size[32];
    enum stream_status status = pass_line(s, &out->length, err);

    if (status != STREAM_BYTES)
        return source_status_of(status);
    step_over_end(s);
    out->id = (struct text){ "", 0 };
    error_set(&out->why, ERROR_INPUT, 0,
              "%s: line too long: %s bytes, --max-line-mb allows %zu MiB",
              s->where, str_count(size, sizeof size, out->length),
              s->limit >> 20);
    return SOURCE_REJECTED;
}

static bool source_jsonl_is_blank(const char *p, size_t n)
{
    for (; n > 0 && (*p == ' ' || *p == '\t' || *p == '\r'); n--)
        p++;
    return n == 0;
}

/* What may stand before the record of a line: the byte order mark of a file
 * that was joined to others, the separator of a sequence (RFC 7464). */
static size_t source_jsonl_preface(const char *p, size_t n)
{
    size_t at = 0;

    while (at < n && p[at] != '{') {
        if (p[at] == '\x1e')
            at++;
        else if (n - at >= 3 && memcmp(p + at, "\xef\xbb\xbf", 3) == 0)
            at += 3;
        else
            break;
    }
    return at;
}

static void source_jsonl_begin_record(struct source *s, struct record *out)
{
    char n[32];

    out->pos = s->pos++;
    out->line = s->line;
    out->offset = s->offset;
    snprintf(s->where, sizeof s->where, "line %s",
             str_count(n, sizeof n, s->line));
}

static enum source_status jsonl_next(struct source *s, struct record *out,
                                     struct error *err)
{
    for (;;) {
        size_t len, body, before;
        bool whole, last, fine;
        const char *from;
        enum stream_status status = find_line(s, &len, &whole, err);

        if (status != STREAM_BYTES)
            return source_status_of(status);
        if (!whole) {
            source_jsonl_begin_record(s, out);
            return too_long(s, out, err);
        }
        from = s->data + s->start;
        last = s->start + len == s->end;
        before = source_jsonl_preface(from, len);
        if (source_jsonl_is_blank(from + before, len - before)) {
            source_advance(s, len);
            step_over_end(s);
            continue;
        }
        source_jsonl_begin_record(s, out);
        body = len - (from[len - 1] == '\r');
        out->length = body;
        fine = fields_find(s->fields,
                           (struct text){ from + before, body - before },
                           s->where, out);
        if (!fine && last && s->at_end && fields_malformed(s->fields))
            error_wrap(&out->why, "truncated tail");
        source_advance(s, len);
        step_over_end(s);
        return fine ? SOURCE_RECORD : SOURCE_REJECTED;
    }
}

const struct source_ops source_jsonl = { .next = jsonl_next };
