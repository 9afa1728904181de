/*
 * /api/v2 as Chroma has it: records as columns, addressed by the collection's
 * UUID; the dimension is the first record's.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

#include <stdio.h>

#include "store/store_reply.h"
#include "util/base64.h"

#define COLLECTION "c0ffee00-0000-4000-8000-000000000001"
enum { MOST = 5461 };

static void chroma_refuse(struct answer *a, int status, const char *message)
{
    static const struct {
        int status;
        const char *word;
    } words[] = { { 400, "InvalidArgumentError" }, { 401, "AuthError" },
                  { 404, "NotFoundError" },        { 429, "RateLimitError" } };
    const char *word = "ChromaError";

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].status == status)
            word = words[i].word;
    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body, "{\"error\":\"%s\",\"message\":\"%s\"}", word,
               message);
}

/* ---- the collection ---- */

static void describe(struct service *s, struct answer *a)
{
    char metric[24];
    size_t dim;

    if (!points_shape(s->points, &dim, metric)) {
        chroma_refuse(a, 404, "Collection [it] does not exist");
        return;
    }
    dim = points_dim(s->points);
    buf_printf(&a->body,
               "{\"id\":\"" COLLECTION "\",\"name\":\"it\","
               "\"configuration_json\":{\"hnsw\":{\"space\":\"%s\"},"
               "\"spann\":null},\"metadata\":", metric);
    points_noted(s->points, "null", &a->body);
    buf_puts(&a->body, ",\"dimension\":");
    if (dim)
        buf_printf(&a->body, "%zu}", dim);
    else
        buf_puts(&a->body, "null}");
}

/* A collection without a space measures by l2, as the real one does. */
static void make(struct service *s, const struct request *q, struct answer *a)
{
    bool cosine = q->body.len && memmem(q->body.ptr, q->body.len,
                                        "\"space\":\"cosine\"", 16);

    points_make(s->points, 0, cosine ? "cosine" : "l2");
    describe(s, a);
}

/* ---- upsert ---- */

enum { IDS, VECTORS, TEXTS, METADATA, COLUMNS };

static bool scalars_only(const struct json_value *metadata)
{
    struct json_cursor c;
    struct json_value key, v, element;

    if (metadata->type == JSON_NULL)
        return true;
    json_begin(&c, metadata->raw.ptr, metadata->raw.len);
    if (!json_enter_object(&c))
        return false;
    while (json_member(&c, &key) && json_value(&c, &v)) {
        struct json_cursor list;

        if (v.type == JSON_OBJECT)
            return false;
        json_begin(&list, v.raw.ptr, v.raw.len);
        if (v.type != JSON_ARRAY || !json_enter_array(&list))
            continue;
        while (json_element(&list) && json_value(&list, &element))
            if (element.type == JSON_NULL || element.type >= JSON_ARRAY)
                return false;
    }
    return true;
}

/* Base64 of little-endian float32, or an array of numbers. */
static bool take_vector(const struct json_value *v, struct answer *a,
                        size_t *dim)
{
    size_t bytes = v->raw.len / 4 * 3;

    if (v->type == JSON_ARRAY)
        return read_vector(raw_of(v), a, dim);
    for (size_t i = 1; i <= 2 && i <= v->raw.len; i++)
        bytes -= v->raw.ptr[v->raw.len - i] == '=';
    *dim = bytes / sizeof(float);
    return v->type == JSON_STRING &&
           base64_floats(v->raw.ptr, v->raw.len, answer_vector(a, *dim + 1),
                         *dim);
}

static const char *put_record(struct service *s, struct json_value row[COLUMNS],
                              struct answer *a)
{
    static char why[100];
    struct buf key = { 0 }, payload = { 0 };
    struct point x = { .id = raw_of(&row[IDS]) };
    size_t dim = points_dim(s->points);

    if (row[IDS].raw.len == 0)
        return "Empty ID, ID must have at least one character";
    if (!scalars_only(&row[METADATA]))
        return "metadatas[0].k: data did not match any variant";
    if (!take_vector(&row[VECTORS], a, &x.dim))
        return "embeddings did not match any variant";
    if (dim && x.dim != dim) {
        snprintf(why, sizeof why, "Collection expecting embedding with "
                 "dimension of %zu, got %zu", dim, x.dim);
        return why;
    }
    json_decode(&row[IDS], &key);
    buf_clear(&a->room);
    json_decode(&row[TEXTS], &a->room);
    buf_puts(&payload, "{\"text\":");
    buf_put(&payload, raw_of(&row[TEXTS]).ptr, raw_of(&row[TEXTS]).len);
    buf_puts(&payload, ",\"metadata\":");
    buf_put(&payload, row[METADATA].raw.ptr, row[METADATA].raw.len);
    buf_putc(&payload, '}');
    x.key = (struct text){ key.data, key.len };
    x.payload = (struct text){ payload.data, payload.len };
    x.text = (struct text){ a->room.data, a->room.len };
    x.vector = a->vector;
    points_put(s->points, &x);
    buf_release(&key);
    buf_release(&payload);
    return NULL;
}

static void upsert(struct service *s, const struct request *q,
                   struct answer *a)
{
    static const char *const names[] = { "ids", "embeddings", "documents",
                                         "metadatas" };
    struct json_cursor c[COLUMNS];
    struct json_value row[COLUMNS];
    enum json_type type = JSON_NULL;
    size_t n = 0;

    for (int i = 0; i < COLUMNS; i++)
        if (!request_enter(q, names[i], &c[i])) {
            chroma_refuse(a, 422, "Failed to deserialize the JSON body");
            return;
        }
    for (; json_element(&c[IDS]) && json_value(&c[IDS], &row[IDS]); n++) {
        const char *why = NULL;

        for (int i = VECTORS; i < COLUMNS && !why; i++)
            if (!json_element(&c[i]) || !json_value(&c[i], &row[i]))
                why = "Inconsistent number of IDs, embeddings, documents";
        if (!why && n && row[VECTORS].type != type)
            why = "embeddings did not match any variant";
        if (!why && !s->o->no_store)
            why = put_record(s, row, a);
        if (why) {
            chroma_refuse(a, 400, why);
            return;
        }
        type = row[VECTORS].type;
    }
    s->upserted += n;
    buf_puts(&a->body, "{}");
}

/* ---- questions ---- */

static void get(struct service *s, const struct request *q, struct answer *a)
{
    struct json_cursor c;
    struct json_value id;
    struct buf key = { 0 };
    const char *comma = "";

    if (!request_enter(q, "ids", &c)) {
        chroma_refuse(a, 422, "Failed to deserialize the JSON body");
        return;
    }
    buf_puts(&a->body, "{\"ids\":[");
    while (json_element(&c) && json_value(&c, &id)) {
        buf_clear(&key);
        json_decode(&id, &key);
        if (!points_has(s->points, (struct text){ key.data, key.len }))
            continue;
        buf_puts(&a->body, comma);
        buf_put(&a->body, raw_of(&id).ptr, raw_of(&id).len);
        comma = ",";
    }
    buf_puts(&a->body, "],\"embeddings\":null,\"documents\":null,"
                       "\"metadatas\":null,\"include\":[]}");
    buf_release(&key);
}

struct hits {
    struct buf ids, texts, distances;
    int count;
};

static bool put_hit(void *ctx, const struct point *x, bool good)
{
    struct hits *h = ctx;
    const char *comma = h->count ? "," : "";
    struct json_value text = { .type = JSON_NULL };
    struct request payload = { .body = x->payload };

    (void)good;
    request_member(&payload, "text", &text);
    buf_printf(&h->ids, "%s%.*s", comma, (int)x->id.len, x->id.ptr);
    buf_puts(&h->texts, comma);
    buf_put(&h->texts, raw_of(&text).ptr, raw_of(&text).len);
    buf_printf(&h->distances, "%s0.%d", comma, 1 + h->count);
    return ++h->count < 3;
}

/* Any three, as in the other dialects. */
static void search(struct service *s, struct answer *a)
{
    struct hits h = { .count = 0 };

    points_each(s->points, put_hit, &h);
    buf_printf(&a->body, "{\"ids\":[[%s]],", buf_cstr(&h.ids));
    buf_printf(&a->body, "\"documents\":[[%s]],", buf_cstr(&h.texts));
    buf_printf(&a->body, "\"distances\":[[%s]],\"embeddings\":null}",
               buf_cstr(&h.distances));
    buf_release(&h.ids);
    buf_release(&h.texts);
    buf_release(&h.distances);
}

static void count(struct service *s, struct answer *a)
{
    uint64_t distinct, bad;

    points_count(s->points, &distinct, &bad);
    buf_printf(&a->body, "%llu", (unsigned long long)distinct);
}

/* ---- the face ---- */

static bool chroma_mine(const struct request *q)
{
    return request_begins(q, "/api/v2/");
}

static bool chroma_upserts(const struct request *q)
{
    return request_ends(q, "/upsert");
}

static void update(struct service *s, const struct request *q,
                   struct answer *a)
{
    struct json_value v;

    if (!reply_member(q->body, "new_metadata", &v) || !scalars_only(&v)) {
        chroma_refuse(a, 422, "expected a map of scalars");
        return;
    }
    points_note(s->points, v.raw);
    buf_puts(&a->body, "{}");
}

static void answer_records(struct service *s, const struct request *q,
                           struct answer *a)
{
    if (!strstr(q->path, COLLECTION))
        chroma_refuse(a, 404, "Collection does not exist.");
    else if (request_is(q, "PUT"))
        update(s, q, a);
    else if (request_ends(q, "/count"))
        count(s, a);
    else if (request_ends(q, "/query"))
        search(s, a);
    else if (request_ends(q, "/get"))
        get(s, q, a);
    else
        upsert(s, q, a);
}

static void chroma_answer(struct service *s, const struct request *q,
                          struct answer *a)
{
    if (request_ends(q, "/pre-flight-checks"))
        buf_printf(&a->body, "{\"max_batch_size\":%d,"
                             "\"supports_base64_encoding\":true}", MOST);
    else if (request_ends(q, "/collections"))
        make(s, q, a);
    else if (request_is(q, "GET") && !request_ends(q, "/count"))
        describe(s, a);
    else
        answer_records(s, q, a);
}

const struct dialect dialect_chroma = {
    .name = "chroma",
    .mine = chroma_mine,
    .upserts = chroma_upserts,
    .answer = chroma_answer,
    .refuse = chroma_refuse,
};
