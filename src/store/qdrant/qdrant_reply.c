/*
 * The readers of Qdrant's answers. Each of them finds its value below "result"
 * and reports an answer without it as a protocol error.
 */
#include "config.h"
#include "store/qdrant/qdrant_reply.h"

#include "store/store_reply.h"

bool qdrant_read_shape(struct text json, struct qdrant_shape *shape,
                       struct error *err)
{
    static const char *const path[] = { "result", "config", "params", "vectors",
                                        NULL };
    struct json_value vectors, v;
    int64_t size;

    *shape = (struct qdrant_shape){ 0 };
    if (!reply_find(json, path, &vectors))
        return reply_nonsense(json, "result.config.params.vectors", err);
    if (reply_member(vectors.raw, "size", &v) && json_integer(&v, &size) && size > 0)
        shape->size = (size_t)size;
    if (reply_member(vectors.raw, "distance", &v))
        reply_word(&v, shape->distance, sizeof shape->distance);
    return true;
}

bool qdrant_read_update(struct text json, struct error *err)
{
    static const char *const path[] = { "result", "status", NULL };
    struct json_value v;
    char word[32];

    if (!reply_find(json, path, &v) || v.type != JSON_STRING)
        return reply_nonsense(json, "result.status", err);
    if (json_is(&v, "completed"))
        return true;
    reply_word(&v, word, sizeof word);
    if (json_is(&v, "acknowledged") || json_is(&v, "wait_timeout"))
        return error_reply(err, ERROR_SERVER,
                           "Qdrant has not applied the points yet: %s", word);
    error_reply(err, ERROR_PROTOCOL,
                "the answer's result.status is unknown: %s", word);
    err->about = ABOUT_SERVICE;
    return false;
}

bool qdrant_read_count(struct text json, uint64_t *n, struct error *err)
{
    static const char *const path[] = { "result", "count", NULL };

    return reply_number(json, path, n) ||
           reply_nonsense(json, "result.count", err);
}

/* The cursor inside the array at `path`. */
static bool enter_result(struct text json, const char *const *path,
                         struct json_cursor *c, struct error *err)
{
    struct json_value v;

    if (!reply_find(json, path, &v) || v.type != JSON_ARRAY)
        return reply_nonsense(json, "list of results", err);
    json_begin(c, v.raw.ptr, v.raw.len);
    return json_enter_array(c);
}

bool qdrant_read_ids(struct text json,
                     void (*found)(void *ctx, struct text id), void *ctx,
                     struct error *err)
{
    static const char *const path[] = { "result", NULL };
    struct json_cursor c;
    struct json_value record, id;

    if (!enter_result(json, path, &c, err))
        return false;
    while (json_element(&c) && json_value(&c, &record)) {
        if (!reply_member(record.raw, "id", &id))
            return reply_nonsense(record.raw, "id", err);
        found(ctx, id.raw);
    }
    return true;
}

/* A point that others wrote has its own id and maybe no text. */
static bool qdrant_read_hit(struct text record, struct store_hit *hit,
                            struct error *err)
{
    struct json_value payload = { .raw = { NULL, 0 } }, v;

    buf_clear(&hit->id);
    buf_clear(&hit->text);
    if (!reply_member(record, "score", &v) || !reply_score(&v, &hit->score))
        return reply_nonsense(record, "score", err);
    reply_member(record, "payload", &payload);
    if (reply_member(payload.raw, "_id", &v) || reply_member(record, "id", &v))
        reply_put(&hit->id, &v);
    if (reply_member(payload.raw, "text", &v))
        reply_put(&hit->text, &v);
    if (hit->id.failed || hit->text.failed)
        return error_memory(err, "for a hit");
    return true;
}

bool qdrant_read_hits(struct text json, struct store_hit *hits, size_t k,
                      size_t *got, struct error *err)
{
    static const char *const path[] = { "result", "points", NULL };
    struct json_cursor c;
    struct json_value record;

    *got = 0;
    if (!enter_result(json, path, &c, err))
        return false;
    while (*got < k && json_element(&c) && json_value(&c, &record)) {
        if (!qdrant_read_hit(record.raw, &hits[*got], err))
            return false;
        (*got)++;
    }
    return true;
}
