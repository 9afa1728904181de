/* This file reads Chroma's answers. Chroma answers a query with one array per
 * column, and one more level of arrays per query. The readers step into all
 * columns at once and take one element of each for every hit. */
#include "config.h"
#include "store/chroma/chroma_reply.h"

#include "store/store_reply.h"

/* The index is an "hnsw" one, or Chroma Cloud's "spann". */
static void read_space(struct text json, char *to, size_t size)
{
    static const char *const paths[][4] = {
        { "configuration_json", "hnsw", "space", NULL },
        { "configuration_json", "spann", "space", NULL },
    };
    struct json_value v;

    to[0] = '\0';
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (reply_find(json, paths[i], &v))
            reply_word(&v, to, size);
}

bool chroma_read_collection(struct text json, struct chroma_collection *c,
                            struct error *err)
{
    static const char *const dimension[] = { "dimension", NULL };
    struct json_value v;
    uint64_t dim;

    *c = (struct chroma_collection){ .dim = 0 };
    if (!reply_member(json, "id", &v) || v.type != JSON_STRING ||
        v.raw.len >= sizeof c->id)
        return reply_nonsense(json, "collection id", err);
    reply_word(&v, c->id, sizeof c->id);
    if (reply_number(json, dimension, &dim))
        c->dim = (size_t)dim;
    read_space(json, c->space, sizeof c->space);
    return true;
}

bool chroma_read_upserted(struct text json, struct error *err)
{
    struct json_cursor c;
    struct json_value v;

    json_begin(&c, json.ptr, json.len);
    if (!json_enter_object(&c) || reply_member(json, "error", &v))
        return reply_nonsense(json, "plain object", err);
    return true;
}

bool chroma_read_checks(struct text json, size_t *most, bool *base64,
                        struct error *err)
{
    static const char *const path[] = { "max_batch_size", NULL };
    struct json_value v;
    uint64_t n;

    if (!reply_number(json, path, &n))
        return reply_nonsense(json, "max_batch_size", err);
    *most = (size_t)n;
    *base64 = reply_member(json, "supports_base64_encoding", &v) &&
              v.type == JSON_TRUE;
    return true;
}

bool chroma_read_count(struct text json, uint64_t *n, struct error *err)
{
    struct json_cursor c;
    struct json_value v;
    int64_t count;

    json_begin(&c, json.ptr ? json.ptr : "", json.len);
    if (!json_value(&c, &v) || !json_integer(&v, &count) || count < 0)
        return reply_nonsense(json, "count", err);
    *n = (uint64_t)count;
    return true;
}

bool chroma_read_ids(struct text json,
                     void (*found)(void *ctx, struct text id), void *ctx,
                     struct error *err)
{
    static const char *const path[] = { "ids", NULL };

    return reply_ids(json, path, NULL, found, ctx, err);
}

/* Step into the first of the arrays under `name`: there is one per query. */
static bool enter_column(struct text json, const char *name,
                         struct json_cursor *c, struct error *err)
{
    const char *const path[] = { name, NULL };

    return reply_enter(json, path, name, c, err) &&
           ((json_element(c) && json_enter_array(c)) ||
            reply_nonsense(json, name, err));
}

static bool chroma_next(struct json_cursor *c, struct json_value *v)
{
    return json_element(c) && json_value(c, v);
}

bool chroma_read_hits(struct text json, struct store_hit *hits, size_t k,
                      size_t *got, struct error *err)
{
    struct json_cursor ids, texts, distances;
    struct json_value id, text, distance;

    *got = 0;
    if (!enter_column(json, "ids", &ids, err) ||
        !enter_column(json, "documents", &texts, err) ||
        !enter_column(json, "distances", &distances, err))
        return false;
    while (*got < k && chroma_next(&ids, &id)) {
        struct store_hit *hit = &hits[*got];
        double far;

        if (!chroma_next(&texts, &text) ||
            !chroma_next(&distances, &distance) ||
            !reply_score(&distance, &far))
            return reply_nonsense(json, "distance for every id", err);
        buf_clear(&hit->id);
        buf_clear(&hit->text);
        reply_put(&hit->id, &id);
        if (text.type == JSON_STRING)
            reply_put(&hit->text, &text);
        if (hit->id.failed || hit->text.failed)
            return error_memory(err, "for a hit");
        hit->score = 1 - far;
        (*got)++;
    }
    return true;
}
