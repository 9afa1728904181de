/*
 * Weaviate's schema, batch and objects; of GraphQL the two questions that are
 * asked. Every object of a batch has its own result, the answer is 200.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

#include <stdio.h>

#include "util/uuid.h"

static void weaviate_refuse(struct answer *a, int status, const char *message)
{
    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body, "{\"error\":[{\"message\":\"%s\"}]}", message);
}

/* ---- the class ---- */

static void describe(struct service *s, struct answer *a)
{
    char metric[24];
    size_t dim;

    if (!points_shape(s->points, &dim, metric)) {
        a->status = 404;
        return;
    }
    buf_printf(&a->body, "{\"class\":\"Docs\",\"multiTenancyConfig\":"
                         "{\"enabled\":false},\"vectorIndexConfig\":"
                         "{\"distance\":\"%s\"},\"vectorizer\":\"none\"}",
               metric);
}

static void make(struct service *s, struct answer *a)
{
    if (!points_make(s->points, 0, "cosine"))
        weaviate_refuse(a, 422, "class name Docs already exists");
    else
        describe(s, a);
}

static void first_object(struct service *s, struct answer *a)
{
    size_t dim = points_dim(s->points);

    buf_puts(&a->body, "{\"objects\":[");
    for (size_t i = 0; i < dim; i++)
        buf_puts(&a->body, i ? ",0.5" : "{\"class\":\"Docs\",\"vector\":[0.5");
    buf_puts(&a->body, dim ? "]}]}" : "]}");
}

/* Every tenant is there. */
static void tenant(struct answer *a)
{
    buf_puts(&a->body, "{\"name\":\"t\",\"activityStatus\":\"ACTIVE\"}");
}

/* ---- a batch ---- */

static const char *put_object(struct service *s, const struct request *object,
                              struct json_value *id, struct answer *a)
{
    static char why[120];
    struct json_value properties, own = { .type = JSON_NULL }, vector,
                      text = { .type = JSON_NULL };
    struct request inner;
    struct point x;
    size_t dim = points_dim(s->points);

    request_member(object, "id", id);
    request_member(object, "properties", &properties);
    request_member(object, "vector", &vector);
    if (id->type != JSON_STRING || !uuid_is(id->raw.ptr, id->raw.len))
        return "id is not a valid UUID";
    inner.body = properties.raw;
    request_member(&inner, "doc_id", &own);
    request_member(&inner, "text", &text);
    x = (struct point){ .key = id->raw, .id = raw_of(&own),
                        .payload = properties.raw };
    if (vector.type != JSON_ARRAY || !read_vector(vector.raw, a, &x.dim))
        return "no vector";
    if (dim && x.dim != dim) {
        snprintf(why, sizeof why, "new node has a vector with length %zu. "
                 "Existing nodes have vectors with length %zu", x.dim, dim);
        return why;
    }
    buf_clear(&a->room);
    json_decode(&text, &a->room);
    x.text = (struct text){ a->room.data, a->room.len };
    x.vector = a->vector;
    points_put(s->points, &x);
    return NULL;
}

static void batch(struct service *s, const struct request *q,
                  struct answer *a)
{
    struct json_cursor c;
    struct json_value v, id = { .type = JSON_NULL };
    const char *comma = "";

    if (!request_enter(q, "objects", &c)) {
        weaviate_refuse(a, 422, "no objects");
        return;
    }
    buf_putc(&a->body, '[');
    while (json_element(&c) && json_value(&c, &v)) {
        struct request object = { .body = v.raw };
        const char *why =
            s->o->no_store ? NULL : put_object(s, &object, &id, a);

        buf_printf(&a->body, "%s{\"class\":\"Docs\"", comma);
        if (id.type == JSON_STRING)
            buf_printf(&a->body, ",\"id\":\"%.*s\"", (int)id.raw.len,
                       id.raw.ptr);
        buf_printf(&a->body, ",\"result\":{\"status\":\"%s\"",
                   why ? "FAILED" : "SUCCESS");
        if (why)
            buf_printf(&a->body,
                       ",\"errors\":{\"error\":[{\"message\":\"%s\"}]}", why);
        buf_puts(&a->body, "}}");
        comma = ",";
        s->upserted += why == NULL;
    }
    buf_putc(&a->body, ']');
}

/* ---- questions ---- */

static void object_by_id(struct service *s, const struct request *q,
                         struct answer *a)
{
    const char *slash = strrchr(q->path, '/');
    struct text id = { slash + 1, strcspn(slash + 1, "?") };
    uint64_t changed;

    buf_clear(&a->room);
    if (points_vector(s->points, id, &a->room, &changed))
        buf_printf(&a->body, "{\"class\":\"Docs\",\"properties\":{},"
                             "\"lastUpdateTimeUnix\":%llu}",
                   (unsigned long long)changed);
    else
        a->status = 404;
}

struct hits {
    struct buf *to;
    int count;
};

static bool put_hit(void *ctx, const struct point *x, bool good)
{
    struct hits *h = ctx;
    struct request properties = { .body = x->payload };
    struct json_value text = { .type = JSON_NULL };

    (void)good;
    request_member(&properties, "text", &text);
    buf_printf(h->to, "%s{\"doc_id\":%.*s,\"text\":", h->count ? "," : "",
               (int)x->id.len, x->id.ptr);
    buf_put(h->to, raw_of(&text).ptr, raw_of(&text).len);
    buf_printf(h->to, ",\"_additional\":{\"id\":\"%.36s\",\"distance\":0.%d}}",
               x->key.ptr, 1 + h->count);
    return ++h->count < 3;
}

/* Those of where:{..,valueText:[\"UUID\",..]} that are there. */
static void put_present(struct service *s, struct text query, struct answer *a)
{
    const char *p = memmem(query.ptr, query.len, "valueText:[", 11);
    const char *end = text_end(query), *comma = "";

    while (p && (p = memchr(p, '"', (size_t)(end - p))) && end - p > 36) {
        struct text id = { p + 1, 36 };

        if (points_has(s->points, id)) {
            buf_printf(&a->body, "%s{\"_additional\":{\"id\":\"%.36s\"}}",
                       comma, id.ptr);
            comma = ",";
        }
        p = memchr(p + 37, ',', (size_t)(end - p - 37));
    }
}

static void graphql(struct service *s, const struct request *q,
                    struct answer *a)
{
    struct hits h = { &a->body, 0 };
    struct json_value query;
    uint64_t distinct, bad;

    if (!request_member(q, "query", &query) || query.type != JSON_STRING) {
        weaviate_refuse(a, 422, "no query");
    } else if (memmem(query.raw.ptr, query.raw.len, "Aggregate", 9)) {
        points_count(s->points, &distinct, &bad);
        buf_printf(&a->body, "{\"data\":{\"Aggregate\":{\"Docs\":[{\"meta\":"
                             "{\"count\":%llu}}]}}}",
                   (unsigned long long)distinct);
    } else {
        buf_puts(&a->body, "{\"data\":{\"Get\":{\"Docs\":[");
        if (memmem(query.raw.ptr, query.raw.len, "ContainsAny", 11))
            put_present(s, query.raw, a);
        else
            points_each(s->points, put_hit, &h);
        buf_puts(&a->body, "]}}}");
    }
}

/* ---- the face ---- */

static bool weaviate_mine(const struct request *q)
{
    return request_begins(q, "/v1/schema") || request_begins(q, "/v1/batch/") ||
           request_begins(q, "/v1/objects") ||
           request_begins(q, "/v1/graphql");
}

static bool weaviate_upserts(const struct request *q)
{
    return request_begins(q, "/v1/batch/objects");
}

static void weaviate_answer(struct service *s, const struct request *q,
                            struct answer *a)
{
    if (weaviate_upserts(q))
        batch(s, q, a);
    else if (request_begins(q, "/v1/graphql"))
        graphql(s, q, a);
    else if (request_begins(q, "/v1/objects/"))
        object_by_id(s, q, a);
    else if (request_begins(q, "/v1/objects"))
        first_object(s, a);
    else if (strstr(q->path, "/tenants"))
        tenant(a);
    else if (request_is(q, "POST"))
        make(s, a);
    else
        describe(s, a);
}

const struct dialect dialect_weaviate = {
    .name = "weaviate",
    .mine = weaviate_mine,
    .upserts = weaviate_upserts,
    .answer = weaviate_answer,
    .refuse = weaviate_refuse,
};
