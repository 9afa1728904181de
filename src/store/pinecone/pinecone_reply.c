/* This file reads Pinecone's answers: the shape of an index with the count of
 * its namespace, upserts, fetched ids and query hits. */
#include "config.h"
#include "store/pinecone/pinecone_reply.h"

#include "store/store_reply.h"

/* The default namespace is "" or, newer, "__default__". A namespace that is not
 * listed is empty. */
static uint64_t count_in(struct text json, const char *ns)
{
    const char *paths[][4] = {
        { "namespaces", ns, "vectorCount", NULL },
        { "namespaces", "__default__", "vectorCount", NULL },
    };
    uint64_t n = 0;

    if (!reply_number(json, paths[0], &n) && *ns == '\0')
        reply_number(json, paths[1], &n);
    return n;
}

bool pinecone_read_shape(struct text json, const char *ns,
                         struct pinecone_shape *shape, struct error *err)
{
    static const char *const dimension[] = { "dimension", NULL };
    struct json_value v;
    uint64_t dim = 0;

    *shape = (struct pinecone_shape){ .dim = 0 };
    if (!reply_member(json, "namespaces", &v))
        return reply_nonsense(json, "namespaces", err);
    if (reply_number(json, dimension, &dim))
        shape->dim = (size_t)dim;
    if (reply_member(json, "metric", &v))
        reply_word(&v, shape->metric, sizeof shape->metric);
    if (reply_member(json, "vectorType", &v))
        reply_word(&v, shape->vector_type, sizeof shape->vector_type);
    shape->count = count_in(json, ns);
    return true;
}

bool pinecone_read_upserted(struct text json, uint64_t *n, struct error *err)
{
    static const char *const path[] = { "upsertedCount", NULL };

    return reply_number(json, path, n) ||
           reply_nonsense(json, "upsertedCount", err);
}

bool pinecone_read_ids(struct text json,
                       void (*found)(void *ctx, struct text id), void *ctx,
                       struct error *err)
{
    struct json_value vectors, key;
    struct json_cursor c;
    struct buf id = { 0 };
    bool fine;

    if (!reply_member(json, "vectors", &vectors))
        return reply_nonsense(json, "vectors", err);
    json_begin(&c, vectors.raw.ptr, vectors.raw.len);
    if (!json_enter_object(&c))
        return reply_nonsense(json, "vectors by their ids", err);
    while (!id.failed && json_member(&c, &key) && json_value(&c, NULL)) {
        buf_clear(&id);
        json_decode(&key, &id);
        found(ctx, (struct text){ buf_cstr(&id), id.len });
    }
    fine = !id.failed;
    buf_release(&id);
    return fine || error_memory(err, "for an id");
}

bool pinecone_read_hits(struct text json, const char *text_key,
                        struct store_hit *hits, size_t k, size_t *got,
                        struct error *err)
{
    const struct reply_form form = {
        .list = { "matches" }, .id = { "id" }, .score = { "score" },
        .text = { text_key ? "metadata" : NULL, text_key }, .scale = 1
    };

    return reply_hits(json, &form, hits, k, got, err);
}
