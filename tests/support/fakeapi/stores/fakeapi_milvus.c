/*
 * /v2/vectordb as Milvus has it: it says no with status 200 and a code, but
 * for a key that is wrong.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

#include <stdlib.h>

enum { MOST_ID = 512, MOST_TEXT = 65535 };

static void say_no(struct answer *a, int code, const char *message)
{
    buf_clear(&a->body);
    buf_printf(&a->body, "{\"code\":%d,\"message\":\"%s\"}", code, message);
}

static void milvus_refuse(struct answer *a, int status, const char *message)
{
    if (status == 401 || status == 404 || status == 413)
        a->status = status;
    say_no(a,
           status == 401   ? 1800
           : status == 413 ? 1102
           : status == 429 ? 8
           : status == 500 ? 2
                           : 65535,
           message);
}

/* ---- the collection ---- */

static void make(struct service *s, const struct request *q, struct answer *a)
{
    static const char word[] = "\"dim\":";
    const char *dim = q->body.len ? memmem(q->body.ptr, q->body.len, word,
                                           sizeof word - 1)
                                  : NULL;

    if (!dim) {
        say_no(a, 1802, "missing required parameters, error: dim");
        return;
    }
    points_make(s->points, strtoul(dim + sizeof word - 1, NULL, 10), "COSINE");
    buf_puts(&a->body, "{\"code\":0,\"data\":{}}");
}

static bool missing(struct service *s, size_t *dim, struct answer *a)
{
    if (points_shape(s->points, dim, NULL))
        return false;
    say_no(a, 100, "can't find collection[database=default][collection=it]: "
                   "collection not found");
    return true;
}

static void describe(struct service *s, struct answer *a)
{
    size_t dim;

    if (missing(s, &dim, a))
        return;
    buf_printf(&a->body,
               "{\"code\":0,\"data\":{\"autoId\":false,\"collectionName\":"
               "\"it\",\"enableDynamicField\":true,\"fields\":["
               "{\"id\":100,\"name\":\"id\",\"primaryKey\":true,\"type\":"
               "\"VarChar\",\"params\":[{\"key\":\"max_length\",\"value\":"
               "\"%d\"}]},{\"id\":101,\"name\":\"vector\",\"primaryKey\":"
               "false,\"type\":\"FloatVector\",\"params\":[{\"key\":\"dim\","
               "\"value\":\"%zu\"}]},{\"id\":102,\"name\":\"text\","
               "\"primaryKey\":false,\"type\":\"VarChar\",\"params\":[{"
               "\"key\":\"max_length\",\"value\":\"%d\"}]}],\"indexes\":[{"
               "\"fieldName\":\"vector\",\"indexName\":\"vector\","
               "\"metricType\":\"COSINE\"}],\"load\":\"LoadStateLoaded\"}}",
               MOST_ID, dim, MOST_TEXT);
}

/* ---- upsert ---- */

static const char *put_row(struct service *s, const struct request *row,
                           size_t dim, struct answer *a)
{
    struct json_value id, vector, text;
    size_t got;

    request_member(row, "id", &id);
    request_member(row, "vector", &vector);
    request_member(row, "text", &text);
    if (id.type != JSON_STRING)
        return "the id is no text";
    if (vector.type != JSON_ARRAY || !read_vector(vector.raw, a, &got))
        return "missing vector field: vector";
    if (got != dim)
        return "[]float32 size doesn't equal to vector dimension";
    buf_clear(&a->room);
    json_decode(&id, &a->room);
    if (a->room.len > MOST_ID)
        return "length of varchar field id exceeds max length";
    points_take(s->points, &id, &text, row->body, dim, a);
    return NULL;
}

static void upsert(struct service *s, const struct request *q,
                   struct answer *a)
{
    struct json_cursor c;
    struct json_value v;
    size_t n = 0, dim;

    if (missing(s, &dim, a))
        return;
    if (!request_enter(q, "data", &c)) {
        say_no(a, 1801, "can only accept json format request");
        return;
    }
    for (; json_element(&c) && json_value(&c, &v); n++) {
        struct request row = { .body = v.raw };
        const char *why = s->o->no_store ? NULL : put_row(s, &row, dim, a);

        if (why) {
            say_no(a, 1804, why);
            return;
        }
    }
    s->upserted += n;
    buf_printf(&a->body,
               "{\"code\":0,\"cost\":0,\"data\":{\"upsertCount\":%zu,"
               "\"upsertIds\":[]}}", n);
}

/* ---- questions ---- */

static void count(struct service *s, struct answer *a)
{
    uint64_t distinct, bad;

    points_count(s->points, &distinct, &bad);
    buf_printf(&a->body,
               "{\"code\":0,\"cost\":0,\"data\":[{\"count(*)\":\"%llu\"}]}",
               (unsigned long long)distinct);
}

/* The ids behind `id in `, which are JSON again. */
static void rows_of(struct service *s, struct text filter, struct answer *a)
{
    struct json_cursor c;
    struct json_value id;
    struct buf key = { 0 };
    const char *comma = "";

    json_begin(&c, filter.ptr, filter.len);
    if (!json_enter_array(&c)) {
        say_no(a, 1100, "failed to create query plan: cannot parse expression");
        return;
    }
    buf_puts(&a->body, "{\"code\":0,\"cost\":0,\"data\":[");
    while (json_element(&c) && json_value(&c, &id)) {
        buf_clear(&key);
        json_decode(&id, &key);
        if (!points_has(s->points, (struct text){ key.data, key.len }))
            continue;
        buf_printf(&a->body, "%s{\"id\":", comma);
        buf_put(&a->body, raw_of(&id).ptr, raw_of(&id).len);
        buf_putc(&a->body, '}');
        comma = ",";
    }
    buf_puts(&a->body, "]}");
    buf_release(&key);
}

static void query(struct service *s, const struct request *q,
                  struct answer *a)
{
    static const char start[] = "id in ";
    struct json_value filter;
    struct buf text = { 0 };
    size_t skip = sizeof start - 1;

    request_member(q, "filter", &filter);
    json_decode(&filter, &text);
    if (text.len == 0)
        count(s, a);
    else if (text.len > skip && memcmp(text.data, start, skip) == 0)
        rows_of(s, (struct text){ text.data + skip, text.len - skip }, a);
    else
        say_no(a, 1100, "failed to create query plan: cannot parse expression");
    buf_release(&text);
}

struct hits {
    struct buf *to;
    int count;
};

static bool put_hit(void *ctx, const struct point *x, bool good)
{
    struct hits *h = ctx;
    struct request row = { .body = x->payload };
    struct json_value text;

    (void)good;
    request_member(&row, "text", &text);
    buf_printf(h->to, "%s{\"distance\":0.%d,\"id\":%.*s,\"text\":",
               h->count ? "," : "", 9 - h->count, (int)x->id.len, x->id.ptr);
    buf_put(h->to, raw_of(&text).ptr, raw_of(&text).len);
    buf_putc(h->to, '}');
    return ++h->count < 3;
}

/* Any three, as in the other dialects. */
static void search(struct service *s, struct answer *a)
{
    struct hits h = { &a->body, 0 };

    buf_puts(&a->body, "{\"code\":0,\"cost\":0,\"data\":[");
    points_each(s->points, put_hit, &h);
    buf_puts(&a->body, "]}");
}

/* ---- the face ---- */

static bool milvus_mine(const struct request *q)
{
    return request_begins(q, "/v2/vectordb/");
}

static bool milvus_upserts(const struct request *q)
{
    return request_ends(q, "/entities/upsert");
}

static void milvus_answer(struct service *s, const struct request *q,
                          struct answer *a)
{
    size_t dim;

    if (request_ends(q, "/collections/describe"))
        describe(s, a);
    else if (request_ends(q, "/collections/create"))
        make(s, q, a);
    else if (milvus_upserts(q))
        upsert(s, q, a);
    else if (missing(s, &dim, a))
        return;
    else if (request_ends(q, "/entities/query"))
        query(s, q, a);
    else if (request_ends(q, "/entities/search"))
        search(s, a);
    else
        milvus_refuse(a, 404, "404 page not found");
}

const struct dialect dialect_milvus = {
    .name = "milvus",
    .mine = milvus_mine,
    .upserts = milvus_upserts,
    .answer = milvus_answer,
    .refuse = milvus_refuse,
};
