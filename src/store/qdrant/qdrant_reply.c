/* This file reads Qdrant's answers. Each reader finds its value below "result"
 * and reports an answer without it as a protocol error. */
#include "config.h"
#include "store/qdrant/qdrant_reply.h"

#include "store/store_reply.h"

bool qdrant_read_shape(struct text json, struct qdrant_shape *shape,
                       struct error *err)
{
    static const char *const path[] = { "result", "config", "params", "vectors",
                                        NULL };
    static const char *const count[] = { "result", "points_count", NULL };
    struct json_value vectors, v;
    int64_t size;

    *shape = (struct qdrant_shape){ 0 };
    reply_number(json, count, &shape->points);
    if (!reply_find(json, path, &vectors))
        return reply_nonsense(json, "result.config.params.vectors", err);
    if (reply_member(vectors.raw, "size", &v) && json_integer(&v, &size) && size > 0)
        shape->size = (size_t)size;
    if (reply_member(vectors.raw, "distance", &v))
        reply_word(&v, shape->distance, sizeof shape->distance);
    return true;
}

bool qdrant_is_plain_number(struct text id)
{
    if (id.len > 18)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (id.ptr[i] < '0' || id.ptr[i] > '9')
            return false;
    return id.len > 0;
}

bool qdrant_update_is(const char *word, struct error *err)
{
    if (strcmp(word, "completed") == 0)
        return true;
    if (strcmp(word, "acknowledged") == 0 || strcmp(word, "wait_timeout") == 0)
        return error_reply(err, ERROR_SERVER,
                           "Qdrant has not applied the points yet: %s", word);
    error_reply(err, ERROR_PROTOCOL,
                "the answer's result.status is unknown: %s", word);
    err->about = ABOUT_SERVICE;
    return false;
}

bool qdrant_read_update(struct text json, struct error *err)
{
    static const char *const path[] = { "result", "status", NULL };
    struct json_value v;
    char word[32];

    if (!reply_find(json, path, &v) || v.type != JSON_STRING)
        return reply_nonsense(json, "result.status", err);
    reply_word(&v, word, sizeof word);
    return qdrant_update_is(word, err);
}

bool qdrant_read_count(struct text json, uint64_t *n, struct error *err)
{
    static const char *const path[] = { "result", "count", NULL };

    return reply_number(json, path, n) ||
           reply_nonsense(json, "result.count", err);
}

bool qdrant_read_ids(struct text json,
                     void (*found)(void *ctx, struct text id), void *ctx,
                     struct error *err)
{
    static const char *const path[] = { "result", NULL };

    return reply_ids(json, path, "id", found, ctx, err);
}

/* A point of another writer has its own id and maybe no text. */
bool qdrant_read_hits(struct text json, struct store_hit *hits, size_t k,
                      size_t *got, struct error *err)
{
    static const struct reply_form form = { .list = { "result", "points" },
                                            .id = { "payload", "_id" },
                                            .id_else = { "id" },
                                            .text = { "payload", "text" },
                                            .score = { "score" },
                                            .scale = 1 };

    return reply_hits(json, &form, hits, k, got, err);
}
