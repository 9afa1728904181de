/*
 * Elasticsearch below /es/, OpenSearch below /os/: an index with a vector
 * field, _bulk with an item for each document, and the questions.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

#include <stdio.h>

#include "store/store_reply.h"

/* A refusal as the server words it. */
static void say_no(struct answer *a, int status, const char *type,
                   const char *reason)
{
    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body,
               "{\"error\":{\"root_cause\":[],\"type\":\"%s\","
               "\"reason\":\"%s\"},\"status\":%d}", type, reason, status);
}

static void elastic_refuse(struct answer *a, int status, const char *message)
{
    say_no(a, status,
           status == 401 ? "security_exception"
           : status == 429 ? "es_rejected_execution_exception" : "exception",
           message);
}

static bool is_open(const struct request *q)
{
    return request_begins(q, "/os/");
}

/* ---- the index ---- */

static void present(const struct request *q, struct answer *a)
{
    buf_printf(&a->body, "{\"name\":\"n\",\"version\":{%s\"number\":\"%s\"}}",
               is_open(q) ? "\"distribution\":\"opensearch\"," : "",
               is_open(q) ? "2.17.1" : "8.15.3");
}

static void describe(struct service *s, const struct request *q,
                     struct answer *a)
{
    size_t dim;

    if (!points_shape(s->points, &dim, NULL)) {
        say_no(a, 404, "index_not_found_exception", "no such index [docs]");
        return;
    }
    if (request_is(q, "PUT")) {
        static const char *const path[] = { "_meta", NULL };
        struct json_value v;

        if (!reply_find(q->body, path, &v))
            return say_no(a, 400, "mapper_parsing_exception", "no _meta");
        points_note(s->points, v.raw);
        buf_puts(&a->body, "{\"acknowledged\":true}");
        return;
    }
    buf_puts(&a->body, "{\"docs-000001\":{\"mappings\":{\"_meta\":");
    points_noted(s->points, "{}", &a->body);
    buf_puts(&a->body, ",\"properties\":{"
                       "\"text\":{\"type\":\"text\"},\"embedding\":");
    if (is_open(q))
        buf_printf(&a->body, "{\"type\":\"knn_vector\",\"dimension\":%zu,"
                             "\"method\":{\"space_type\":\"cosinesimil\"}}",
                   dim);
    else
        buf_printf(&a->body, "{\"type\":\"dense_vector\",\"dims\":%zu,"
                             "\"similarity\":\"cosine\"}", dim);
    buf_printf(&a->body, ",\"metadata\":{\"type\":\"%s\"}}}}}",
               is_open(q) ? "flat_object" : "flattened");
}

static void make(struct service *s, const struct request *q,
                 struct answer *a)
{
    struct request at = *q;
    struct json_value v, dim;
    static const char *const path[] = { "mappings", "properties",
                                        "embedding", NULL };
    int64_t n = 0;

    for (size_t i = 0; path[i]; i++) {
        request_member(&at, path[i], &v);
        at.body = v.raw;
    }
    request_member(&at, is_open(q) ? "dimension" : "dims", &dim);
    if (!json_integer(&dim, &n))
        elastic_refuse(a, 400, "no vector field in the mapping");
    else if (!points_make(s->points, (size_t)n, "cosine"))
        say_no(a, 400, "resource_already_exists_exception",
               "index [docs] already exists");
    else
        buf_puts(&a->body, "{\"acknowledged\":true}");
}

/* ---- _bulk ---- */

static struct text next_line(struct text *rest)
{
    const char *end = memchr(rest->ptr, '\n', rest->len);
    struct text line = { rest->ptr, end ? (size_t)(end - rest->ptr) : 0 };

    if (end) {
        rest->len -= line.len + 1;
        rest->ptr = end + 1;
    }
    return line;
}

static const char *put_document(struct service *s, struct text action,
                                struct text source, struct answer *a)
{
    struct request in = { .body = action };
    struct json_value index, id, vector, text;
    struct point x = { .payload = source };
    size_t dim;

    request_member(&in, "index", &index);
    in.body = index.raw;
    request_member(&in, "_id", &id);
    in.body = source;
    request_member(&in, "embedding", &vector);
    request_member(&in, "text", &text);
    if (id.type != JSON_STRING || id.raw.len == 0)
        return "an action without an id";
    if (vector.type != JSON_ARRAY || !read_vector(vector.raw, a, &x.dim))
        return "failed to parse field [embedding]";
    if (points_shape(s->points, &dim, NULL) && dim != x.dim)
        return "The [dense_vector] field [embedding] has a different number "
               "of dimensions than defined in the mapping";
    buf_clear(&a->room);
    json_decode(&text, &a->room);
    x.key = x.id = raw_of(&id);
    x.text = (struct text){ a->room.data, a->room.len };
    x.vector = a->vector;
    points_put(s->points, &x);
    return NULL;
}

static void put_refusal(struct answer *a, int status, const char *type,
                        const char *reason)
{
    buf_printf(&a->body,
               "{\"index\":{\"status\":%d,\"error\":{\"type\":\"%s\","
               "\"reason\":\"%s\"}}}", status, type, reason);
}

static void put_item(struct service *s, struct text action, struct text source,
                     struct answer *a)
{
    const char *why = NULL;

    if (s->o->docs_per_s && !points_room(s->points, s->o->docs_per_s)) {
        put_refusal(a, 429, "es_rejected_execution_exception",
                    "rejected execution: queue capacity = 1");
        return;
    }
    if (!s->o->no_store)
        why = put_document(s, action, source, a);
    if (why)
        put_refusal(a, 400, "document_parsing_exception", why);
    else
        buf_puts(&a->body, "{\"index\":{\"status\":201}}");
    s->upserted += why == NULL;
}

static void bulk(struct service *s, const struct request *q, struct answer *a)
{
    struct text rest = q->body;
    const char *comma = "";

    if (rest.len == 0 || rest.ptr[rest.len - 1] != '\n') {
        elastic_refuse(a, 400, "The bulk request must be terminated by a "
                               "newline [\\\\n]");
        return;
    }
    buf_puts(&a->body, "{\"errors\":false,\"items\":[");
    for (; rest.len > 0; comma = ",") {
        struct text action = next_line(&rest), source = next_line(&rest);

        buf_puts(&a->body, comma);
        put_item(s, action, source, a);
    }
    buf_puts(&a->body, "]}");
}

/* ---- questions ---- */

static void mget(struct service *s, const struct request *q, struct answer *a)
{
    struct json_cursor c;
    struct json_value id;
    const char *comma = "";

    if (!request_enter(q, "ids", &c)) {
        elastic_refuse(a, 400, "no ids");
        return;
    }
    buf_puts(&a->body, "{\"docs\":[");
    for (; json_element(&c) && json_value(&c, &id); comma = ",") {
        buf_printf(&a->body, "%s{\"_id\":%.*s,\"found\":%s}", comma,
                   (int)raw_of(&id).len, raw_of(&id).ptr,
                   points_has(s->points, raw_of(&id)) ? "true" : "false");
    }
    buf_puts(&a->body, "]}");
}

static void count(struct service *s, struct answer *a)
{
    uint64_t distinct, bad;

    points_count(s->points, &distinct, &bad);
    buf_printf(&a->body, "{\"count\":%llu,\"_shards\":{}}",
               (unsigned long long)distinct);
}

struct hits {
    struct buf *to;
    int count;
};

/* Cosines 0.9, 0.8 and 0.7 as the service scores them. */
static bool put_hit(void *ctx, const struct point *x, bool good)
{
    static const char *const scores[] = { "0.95", "0.9", "0.85" };
    struct hits *h = ctx;
    struct request source = { .body = x->payload };
    struct json_value text;

    (void)good;
    request_member(&source, "text", &text);
    buf_printf(h->to, "%s{\"_id\":%.*s,\"_score\":%s,\"_source\":{\"text\":",
               h->count ? "," : "", (int)x->id.len, x->id.ptr,
               scores[h->count]);
    buf_put(h->to, raw_of(&text).ptr, raw_of(&text).len);
    buf_puts(h->to, "}}");
    return ++h->count < 3;
}

static void search(struct service *s, const struct request *q,
                   struct answer *a)
{
    struct hits h = { &a->body, 0 };
    struct json_value v;

    if (!request_member(q, is_open(q) ? "query" : "knn", &v) ||
        v.type != JSON_OBJECT) {
        elastic_refuse(a, 400, "unknown query");
        return;
    }
    buf_puts(&a->body, "{\"took\":1,\"hits\":{\"total\":{},\"hits\":[");
    points_each(s->points, put_hit, &h);
    buf_puts(&a->body, "]}}");
}

/* ---- the face ---- */

static bool elastic_mine(const struct request *q)
{
    return request_begins(q, "/es/") || is_open(q);
}

static bool elastic_upserts(const struct request *q)
{
    return request_ends(q, "/_bulk");
}

static void elastic_answer(struct service *s, const struct request *q,
                           struct answer *a)
{
    if (elastic_upserts(q))
        bulk(s, q, a);
    else if (request_ends(q, "/_mget"))
        mget(s, q, a);
    else if (request_ends(q, "/_count"))
        count(s, a);
    else if (request_ends(q, "/_refresh"))
        buf_puts(&a->body, "{\"_shards\":{}}");
    else if (request_ends(q, "/_search"))
        search(s, q, a);
    else if (request_ends(q, "/_mapping"))
        describe(s, q, a);
    else if (request_ends(q, "/_settings"))
        buf_puts(&a->body, "{\"docs-000001\":{\"settings\":{"
                           "\"index.number_of_shards\":\"1\"}}}");
    else if (request_is(q, "PUT"))
        make(s, q, a);
    else
        present(q, a);
}

const struct dialect dialect_elastic = {
    .name = "elastic",
    .mine = elastic_mine,
    .upserts = elastic_upserts,
    .answer = elastic_answer,
    .refuse = elastic_refuse,
};
