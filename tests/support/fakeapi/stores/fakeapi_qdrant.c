/*
 * /collections/C as Qdrant has it: points by UUID whose payload holds the
 * record.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/store_reply.h"

enum { UUID = 36 };

static void qdrant_refuse(struct answer *a, int status, const char *message)
{
    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body,
               "{\"status\":{\"error\":\"%s\"},\"time\":0.0,\"result\":null}",
               message);
}

/* ---- upsert ---- */

/* What one record of a request says. */
struct record {
    struct json_value id, payload, own_id, text;
    size_t dim; /* of the vector, which is in the answer */
};

static bool read_payload(struct record *r)
{
    struct json_cursor c;
    struct json_value key, v;

    json_begin(&c, r->payload.raw.ptr, r->payload.raw.len);
    if (!json_enter_object(&c))
        return false;
    while (json_member(&c, &key) && json_value(&c, &v)) {
        if (json_is(&key, "_id"))
            r->own_id = v;
        else if (json_is(&key, "text"))
            r->text = v;
    }
    return !c.why;
}

/* Vectors are most of a request: nothing looks at one twice. */
static bool read_record(struct json_cursor *c, struct record *r,
                        struct answer *a)
{
    struct json_value key, v;

    *r = (struct record){ .id = { .type = JSON_NULL } };
    if (!json_enter_object(c))
        return false;
    while (json_member(c, &key)) {
        if (json_is(&key, "vector")) {
            if (!read_vector_at(c, a, &r->dim))
                return false;
            continue;
        }
        if (!json_value(c, &v))
            return false;
        if (json_is(&key, "id"))
            r->id = v;
        else if (json_is(&key, "payload"))
            r->payload = v;
    }
    return !c->why && r->id.type == JSON_STRING && r->id.raw.len == UUID &&
           r->dim > 0 && read_payload(r);
}

static bool put_record(struct service *s, const struct record *r,
                       struct answer *a)
{
    struct point x = { .key = r->id.raw, .id = raw_of(&r->own_id),
                       .payload = r->payload.raw, .dim = r->dim };
    size_t dim;
    char why[100];

    if (points_shape(s->points, &dim, NULL) && dim != x.dim) {
        snprintf(why, sizeof why,
                 "Wrong input: Vector dimension error: expected dim: %zu, "
                 "got %zu", dim, x.dim);
        qdrant_refuse(a, 400, why);
        return false;
    }
    buf_clear(&a->room);
    json_decode(&r->text, &a->room);
    x.text = (struct text){ a->room.data, a->room.len };
    x.vector = a->vector;
    points_put(s->points, &x);
    return true;
}

static void upsert(struct service *s, const struct request *q,
                   struct answer *a)
{
    struct json_cursor c;
    struct record r;

    if (!request_enter(q, "points", &c)) {
        qdrant_refuse(a, 400, "Format error in JSON body");
        return;
    }
    for (; json_element(&c); s->upserted++) {
        if (s->o->no_store) {
            json_value(&c, NULL);
            continue;
        }
        if (!read_record(&c, &r, a)) {
            qdrant_refuse(a, 400, "Format error in JSON body: a point");
            return;
        }
        if (!put_record(s, &r, a))
            return;
    }
    buf_puts(&a->body, "{\"result\":{\"operation_id\":1,\"status\":\"");
    buf_puts(&a->body,
             strstr(q->path, "wait=true") ? "completed" : "acknowledged");
    buf_puts(&a->body, "\"},\"status\":\"ok\",\"time\":0.001}");
}

/* ---- questions ---- */

static void lookup(struct service *s, const struct request *q,
                   struct answer *a)
{
    struct json_cursor c;
    struct json_value id;
    bool first = true;

    if (!request_enter(q, "ids", &c)) {
        qdrant_refuse(a, 400, "Format error in JSON body");
        return;
    }
    buf_puts(&a->body, "{\"result\":[");
    while (json_element(&c) && json_value(&c, &id)) {
        if (!points_has(s->points, id.raw))
            continue;
        buf_printf(&a->body, "%s{\"id\":\"%.36s\"}", first ? "" : ",",
                   id.raw.ptr);
        first = false;
    }
    buf_puts(&a->body, "],\"status\":\"ok\",\"time\":0.001}");
}

struct hits {
    struct buf *to;
    int left;
};

static bool put_hit(void *ctx, const struct point *x, bool good)
{
    struct hits *h = ctx;

    (void)good;
    buf_printf(h->to,
               "%s{\"id\":\"%.36s\",\"version\":1,\"score\":0.%d,"
               "\"payload\":",
               h->left == 3 ? "" : ",", x->key.ptr, 6 + h->left);
    buf_put(h->to, x->payload.ptr, x->payload.len);
    buf_putc(h->to, '}');
    return --h->left > 0;
}

static bool is_query(struct service *s, const struct request *q,
                     struct answer *a)
{
    struct json_value query, limit, payload;
    size_t dim, got;
    int64_t n;

    return request_member(q, "query", &query) &&
           query.type == JSON_ARRAY && read_vector(query.raw, a, &got) &&
           points_shape(s->points, &dim, NULL) && got == dim &&
           request_member(q, "limit", &limit) && json_integer(&limit, &n) &&
           request_member(q, "with_payload", &payload) &&
           payload.type == JSON_TRUE;
}

/* Any three points with falling scores: the caller's reading is tested, not
 * the nearness. */
static void search(struct service *s, const struct request *q,
                   struct answer *a)
{
    struct hits hits = { &a->body, 3 };

    if (!is_query(s, q, a)) {
        qdrant_refuse(a, 400, "Format error in JSON body: a query");
        return;
    }
    buf_puts(&a->body, "{\"result\":{\"points\":[");
    points_each(s->points, put_hit, &hits);
    buf_puts(&a->body, "]},\"status\":\"ok\",\"time\":0.001}");
}

static void count(struct service *s, struct answer *a)
{
    uint64_t distinct, bad;

    points_count(s->points, &distinct, &bad);
    buf_printf(&a->body, "{\"result\":{\"count\":%llu},\"status\":\"ok\"}",
               (unsigned long long)distinct);
}

/* ---- the collection ---- */

static void make(struct service *s, const struct request *q, struct answer *a)
{
    struct request vectors = *q;
    struct json_value v, size, distance;
    int64_t dim;
    char metric[24];

    if (!request_member(q, "vectors", &v) || v.type != JSON_OBJECT) {
        qdrant_refuse(a, 400, "Format error in JSON body: no vectors");
        return;
    }
    vectors.body = v.raw;
    request_member(&vectors, "size", &size);
    request_member(&vectors, "distance", &distance);
    if (!json_integer(&size, &dim) || distance.type != JSON_STRING) {
        qdrant_refuse(a, 400, "Format error in JSON body: no size");
        return;
    }
    snprintf(metric, sizeof metric, "%.*s", (int)distance.raw.len,
             distance.raw.ptr);
    if (!points_make(s->points, (size_t)dim, metric))
        qdrant_refuse(a, 409, "Wrong input: the collection already exists!");
    else
        buf_puts(&a->body,
                 "{\"result\":true,\"status\":\"ok\",\"time\":0.001}");
}

static void describe(struct service *s, struct answer *a)
{
    uint64_t distinct, bad;
    size_t dim;
    char metric[24];

    if (!points_shape(s->points, &dim, metric)) {
        qdrant_refuse(a, 404, "Not found: Collection doesn't exist!");
        return;
    }
    points_count(s->points, &distinct, &bad);
    buf_printf(&a->body,
               "{\"result\":{\"status\":\"green\",\"points_count\":%llu,"
               "\"config\":{\"params\":{\"vectors\":{\"size\":%zu,"
               "\"distance\":\"%s\"}},\"metadata\":",
               (unsigned long long)distinct, dim, metric);
    points_noted(s->points, "{}", &a->body);
    buf_puts(&a->body, "}},\"status\":\"ok\",\"time\":0}");
}

static void update(struct service *s, const struct request *q,
                   struct answer *a)
{
    struct json_value v;

    if (!reply_member(q->body, "metadata", &v) || v.type != JSON_OBJECT) {
        qdrant_refuse(a, 400, "Format error in JSON body");
        return;
    }
    points_note(s->points, v.raw);
    buf_puts(&a->body, "{\"result\":true,\"status\":\"ok\",\"time\":0}");
}

/* ---- the face ---- */

static bool qdrant_mine(const struct request *q)
{
    return request_begins(q, "/collections/");
}

static bool qdrant_upserts(const struct request *q)
{
    return request_ends(q, "/points") && request_is(q, "PUT");
}

static void qdrant_answer(struct service *s, const struct request *q,
                          struct answer *a)
{
    if (request_ends(q, "/points/count"))
        count(s, a);
    else if (request_ends(q, "/points/query"))
        search(s, q, a);
    else if (qdrant_upserts(q))
        upsert(s, q, a);
    else if (request_ends(q, "/points"))
        lookup(s, q, a);
    else if (request_is(q, "PUT"))
        make(s, q, a);
    else if (request_is(q, "PATCH"))
        update(s, q, a);
    else if (request_is(q, "GET"))
        describe(s, a);
    else
        a->status = 404; /* no such route, without a word */
}

const struct dialect dialect_qdrant = {
    .name = "qdrant",
    .mine = qdrant_mine,
    .upserts = qdrant_upserts,
    .answer = qdrant_answer,
    .refuse = qdrant_refuse,
};
