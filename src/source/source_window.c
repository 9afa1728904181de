/* This file moves a window over a stream: it appends new bytes at the end,
 * drops used ones at the front, and adds all to the running hash. */
#include "config.h"
#include "source/source_base.h"

#include <stdlib.h>

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

static void hash_up_to(struct source *s, size_t to)
{
    trail_add(&s->past, s->data + s->hashed, to - s->hashed);
    s->hashed = to;
}

void source_hash_passed(struct source *s)
{
    uint64_t to_watch = s->watch - s->past.bytes;

    if (s->watch > s->past.bytes && to_watch <= s->start - s->hashed) {
        hash_up_to(s, s->hashed + (size_t)to_watch);
        s->watched = s->past;
    }
    hash_up_to(s, s->start);
}

static bool source_make_room(struct source *s, struct error *err)
{
    char *grown;

    if (s->start > 0) {
        source_hash_passed(s);
        memmove(s->data, s->data + s->start, s->end - s->start);
        s->end -= s->start;
        s->start = s->hashed = 0;
    }
    if (s->end < s->cap)
        return true;
    grown = realloc(s->data, s->cap * 2);
    if (!grown)
        return error_memory(err, "for a record of %zu bytes", s->cap);
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
    if (!source_make_room(s, err))
        return STREAM_FAILED;
    status = stream_read(s->stream, s->data + s->end, s->cap - s->end, &got,
                         err);
    if (status == STREAM_BYTES)
        s->end += got;
    s->at_end = status == STREAM_END;
    return status;
}
