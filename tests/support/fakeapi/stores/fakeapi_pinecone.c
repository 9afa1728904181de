/*
 * The data plane of a Pinecone index: upsert, fetch, query, statistics. The
 * index is there, its dimension the first record's or --dim's.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

#include <stdio.h>
#include <stdlib.h>

static void pinecone_refuse(struct answer *a, int status, const char *message)
{
    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body, "{\"code\":3,\"message\":\"%s\",\"details\":[]}",
               message);
}

/* ---- upsert ---- */

static const char *put_record(struct service *s, const struct request *record,
                              struct answer *a)
{
    static char why[100];
    struct json_value id, values, metadata, text = { .type = JSON_NULL };
    struct request meta;
    size_t dim;

    if (!request_member(record, "id", &id) || id.type != JSON_STRING ||
        id.raw.len == 0)
        return "Vector ID is missing";
    request_member(record, "values", &values);
    request_member(record, "metadata", &metadata);
    meta.body = metadata.raw;
    if (metadata.type == JSON_OBJECT)
        request_member(&meta, "text", &text);
    if (values.type != JSON_ARRAY || !read_vector(values.raw, a, &dim))
        return "Expected an array of numbers";
    if (dim != s->o->dim) {
        snprintf(why, sizeof why, "Vector dimension %zu does not match the "
                 "dimension of the index %zu", dim, s->o->dim);
        return why;
    }
    points_take(s->points, &id, &text, metadata.raw, dim, a);
    return NULL;
}

static void upsert(struct service *s, const struct request *q,
                   struct answer *a)
{
    struct json_cursor c;
    struct json_value v;
    size_t n = 0;

    if (!request_enter(q, "vectors", &c)) {
        pinecone_refuse(a, 400, "Invalid request");
        return;
    }
    for (; json_element(&c) && json_value(&c, &v); n++) {
        struct request record = { .body = v.raw };
        const char *why = s->o->no_store ? NULL : put_record(s, &record, a);

        if (why) {
            pinecone_refuse(a, 400, why);
            return;
        }
    }
    if (n > 1000) {
        pinecone_refuse(a, 400, "Request size exceeds the maximum supported");
        return;
    }
    s->upserted += n;
    buf_printf(&a->body, "{\"upsertedCount\":%zu}", n);
}

/* ---- questions ---- */

static void percent_decode(struct text t, struct buf *to)
{
    for (size_t i = 0; i < t.len; i++) {
        char hex[3] = "";

        if (t.ptr[i] != '%' || i + 2 >= t.len) {
            buf_putc(to, t.ptr[i]);
            continue;
        }
        memcpy(hex, t.ptr + i + 1, 2);
        buf_putc(to, (char)strtoul(hex, NULL, 16));
        i += 2;
    }
}

static void fetch(struct service *s, const struct request *q,
                  struct answer *a)
{
    const char *p = q->path, *comma = "";
    struct buf id = { 0 };

    buf_puts(&a->body, "{\"vectors\":{");
    while ((p = strstr(p, "ids="))) {
        p += 4;
        buf_clear(&id);
        percent_decode((struct text){ p, strcspn(p, "&") }, &id);
        if (!points_has(s->points, (struct text){ id.data, id.len }))
            continue;
        buf_puts(&a->body, comma);
        json_put_string(&a->body, (struct text){ id.data, id.len });
        buf_puts(&a->body, ":{\"values\":[1,2]}");
        comma = ",";
    }
    buf_puts(&a->body, "},\"namespace\":\"\",\"usage\":{\"readUnits\":1}}");
    buf_release(&id);
}

struct hits {
    struct buf *to;
    int count;
};

static bool put_hit(void *ctx, const struct point *x, bool good)
{
    struct hits *h = ctx;

    (void)good;
    buf_printf(h->to, "%s{\"id\":%.*s,\"score\":0.%d,\"metadata\":",
               h->count ? "," : "", (int)x->id.len, x->id.ptr, 9 - h->count);
    buf_put(h->to, x->payload.ptr, x->payload.len);
    buf_putc(h->to, '}');
    return ++h->count < 3;
}

/* Any three, as in the other dialects. */
static void search(struct service *s, struct answer *a)
{
    struct hits h = { &a->body, 0 };

    buf_puts(&a->body, "{\"matches\":[");
    points_each(s->points, put_hit, &h);
    buf_puts(&a->body, "],\"namespace\":\"\"}");
}

static void describe(struct service *s, struct answer *a)
{
    uint64_t distinct, bad;

    points_count(s->points, &distinct, &bad);
    buf_printf(&a->body,
               "{\"namespaces\":{\"__default__\":{\"vectorCount\":%llu},"
               "\"ns\":{\"vectorCount\":%llu}},\"dimension\":%zu,"
               "\"indexFullness\":0,\"totalVectorCount\":%llu,"
               "\"metric\":\"cosine\",\"vectorType\":\"dense\"}",
               (unsigned long long)distinct, (unsigned long long)distinct,
               s->o->dim, (unsigned long long)distinct);
}

/* ---- the face ---- */

static bool pinecone_mine(const struct request *q)
{
    return request_begins(q, "/vectors/") ||
           request_begins(q, "/describe_index_stats") ||
           (request_begins(q, "/query") && request_is(q, "POST"));
}

static bool pinecone_upserts(const struct request *q)
{
    return request_begins(q, "/vectors/upsert");
}

static void pinecone_answer(struct service *s, const struct request *q,
                            struct answer *a)
{
    if (pinecone_upserts(q))
        upsert(s, q, a);
    else if (request_begins(q, "/vectors/fetch"))
        fetch(s, q, a);
    else if (request_begins(q, "/query"))
        search(s, a);
    else
        describe(s, a);
}

const struct dialect dialect_pinecone = {
    .name = "pinecone",
    .mine = pinecone_mine,
    .upserts = pinecone_upserts,
    .answer = pinecone_answer,
    .refuse = pinecone_refuse,
};
