/*
 * The readers of Pinecone's answers: the shape of an index with the count of
 * its namespace, upserts, fetched ids and query hits.
 */
#include "config.h"
#include "store/pinecone/pinecone_reply.h"

#include "store/store_reply.h"

/* The default namespace is "" or, newer, "__default__". A namespace that
 * nobody wrote to is not listed: it holds nothing. */
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

static bool pinecone_read_hit(struct text match, const char *text_key,
                              struct store_hit *hit, struct error *err)
{
    struct json_value id, score, metadata, text;

    if (!reply_member(match, "id", &id) ||
        !reply_member(match, "score", &score) ||
        !reply_score(&score, &hit->score))
        return reply_nonsense(match, "id and score", err);
    buf_clear(&hit->id);
    buf_clear(&hit->text);
    reply_put(&hit->id, &id);
    if (text_key && reply_member(match, "metadata", &metadata) &&
        reply_member(metadata.raw, text_key, &text))
        reply_put(&hit->text, &text);
    if (hit->id.failed || hit->text.failed)
        return error_memory(err, "for a hit");
    return true;
}

bool pinecone_read_hits(struct text json, const char *text_key,
                        struct store_hit *hits, size_t k, size_t *got,
                        struct error *err)
{
    struct json_value matches, match;
    struct json_cursor c;

    *got = 0;
    if (!reply_member(json, "matches", &matches) ||
        matches.type != JSON_ARRAY)
        return reply_nonsense(json, "matches", err);
    json_begin(&c, matches.raw.ptr, matches.raw.len);
    json_enter_array(&c);
    while (*got < k && json_element(&c) && json_value(&c, &match)) {
        if (!pinecone_read_hit(match.raw, text_key, &hits[*got], err))
            return false;
        ++*got;
    }
    return true;
}
