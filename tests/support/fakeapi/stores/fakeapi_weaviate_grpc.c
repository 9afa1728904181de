/*
 * Weaviate's batches as gRPC has them, beside its REST interface: the same
 * points, whichever way they came. Objects inside objects are the business of
 * the service's own stubs (tests/e2e/grpc_stubs.sh): here they are left out.
 *
 * Source      v1/batch.proto of weaviate-client 4.24 (PyPI); statuses and words
 *             of the server of version 1.35.2.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"
#include "tests/support/fakeapi/fakeapi_value.h"

#include <stdio.h>

#include "util/uuid.h"

enum {
    REQUEST_OBJECTS = 1,
    OBJECT_UUID = 1, OBJECT_PROPERTIES = 3, OBJECT_VECTOR = 6,
    OBJECT_VECTORS = 23, VECTORS_BYTES = 3,
    PLAIN = 1, TEXTS = 6, EMPTY = 10, LIST_VALUES = 1, LIST_NAME = 2,
    STRING_VALUE = 3,
    REPLY_ERRORS = 2, ERROR_INDEX = 1, ERROR_WORDS = 2
};

/* Only a message above the limit has a status of its own. */
static void weaviate_grpc_refuse(struct answer *a, int status,
                                 const char *message)
{
    a->status = status;
    a->grpc = status == 413 || status == 429 ? 8 : status == 503 ? 14 : 2;
    buf_clear(&a->body);
    buf_printf(&a->body, "%s%s",
               status == 401   ? "extract auth: unauthorized: "
               : status == 413 ? "grpc: received message larger than max: "
                               : "",
               message);
}

/* ---- an object ---- */

static struct text plain_value(struct text plain, const char *name)
{
    struct pb m = pb_of(plain);
    struct pb_field f;

    while (pb_next(&m, &f))
        if (f.number == 1 && f.wire == PB_BYTES &&
            text_is(pb_find(f.bytes, 1), name))
            return pb_find(pb_find(f.bytes, 2), STRING_VALUE);
    return (struct text){ NULL, 0 };
}

static void put_texts(struct text list, struct buf *to)
{
    struct pb m = pb_of(list);
    struct pb_field f;
    const char *comma = "[";

    json_put_string(to, pb_find(list, LIST_NAME));
    buf_putc(to, ':');
    while (pb_next(&m, &f))
        if (f.number == LIST_VALUES && f.wire == PB_BYTES) {
            buf_puts(to, comma);
            json_put_string(to, f.bytes);
            comma = ",";
        }
    buf_putc(to, ']');
}

/* The properties as one JSON object. */
static bool put_payload(struct text properties, struct buf *to)
{
    struct pb m = pb_of(properties);
    struct pb_field f;

    if (!value_map_to_json(&google_value, pb_find(properties, PLAIN), 1, to))
        return false;
    to->len--; /* the bracket */
    while (pb_next(&m, &f)) {
        if (f.wire != PB_BYTES || (f.number != TEXTS && f.number != EMPTY))
            continue;
        buf_putc(to, ',');
        if (f.number == TEXTS) {
            put_texts(f.bytes, to);
        } else {
            json_put_string(to, f.bytes);
            buf_puts(to, ":[]");
        }
    }
    buf_putc(to, '}');
    return !m.broken;
}

/* Floats, packed, one after another. */
static bool object_vector(struct text object, struct answer *a, size_t *dim)
{
    struct text floats = pb_find(object, OBJECT_VECTOR);
    struct pb_field f = { .wire = PB_BYTES };

    if (!floats.ptr)
        floats = pb_find(pb_find(object, OBJECT_VECTORS), VECTORS_BYTES);
    f.bytes = floats;
    *dim = 0;
    answer_vector(a, floats.len / sizeof(float) + 1);
    return floats.len > 0 && pb_floats(&f, a->vector, dim,
                                       floats.len / sizeof(float));
}

/* NULL, or what is wrong with it. */
static const char *put_object(struct service *s, struct text object,
                              struct answer *a)
{
    static char why[120];
    struct text properties = pb_find(object, OBJECT_PROPERTIES);
    struct text plain = pb_find(properties, PLAIN);
    struct point x = { .key = pb_find(object, OBJECT_UUID),
                       .text = plain_value(plain, "text") };
    size_t dim = points_dim(s->points), behind_id;

    if (!uuid_is(x.key.ptr, x.key.len))
        return "invalid UUID length";
    if (!object_vector(object, a, &x.dim))
        return "no vector";
    if (dim && x.dim != dim) {
        snprintf(why, sizeof why, "new node has a vector with length %zu. "
                 "Existing nodes have vectors with length %zu", x.dim, dim);
        return why;
    }
    buf_clear(&a->room);
    json_put_string(&a->room, plain_value(plain, "doc_id"));
    behind_id = a->room.len;
    if (!put_payload(properties, &a->room))
        return "no properties";
    x.id = (struct text){ a->room.data, behind_id };
    x.payload = (struct text){ a->room.data + behind_id,
                               a->room.len - behind_id };
    x.vector = a->vector;
    points_put(s->points, &x);
    return NULL;
}

static void put_error(struct buf *to, uint64_t index, const char *words)
{
    size_t error = pb_open(to, REPLY_ERRORS);

    pb_put_value(to, ERROR_INDEX, index);
    pb_put_bytes(to, ERROR_WORDS, text_of(words));
    pb_close(to, error);
}

static void put_count(struct service *s, struct buf *to)
{
    uint64_t distinct, bad;
    size_t single = pb_open(to, 2);

    points_count(s->points, &distinct, &bad);
    pb_put_value(to, 1, distinct);
    pb_close(to, single);
}

/* The object of an id: filters = 40 { value_text = 4 }. */
static void put_found(struct service *s, struct text message, struct buf *to)
{
    struct buf floats = { 0 };
    uint64_t changed = 0;
    size_t result, metadata;

    if (points_vector(s->points, pb_find(pb_find(message, 40), 4), &floats,
                      &changed)) {
        result = pb_open(to, 2);
        metadata = pb_open(to, 2);
        pb_put_value(to, 5, changed);
        pb_close(to, metadata);
        pb_close(to, result);
    }
    buf_release(&floats);
}

/* ---- the face ---- */

static bool weaviate_grpc_mine(const struct request *q)
{
    return request_begins(q, "/weaviate.v1.");
}

static bool weaviate_grpc_upserts(const struct request *q)
{
    return request_ends(q, "/BatchObjects");
}

static void weaviate_grpc_answer(struct service *s, const struct request *q,
                                 struct answer *a)
{
    struct pb m = pb_of(q->body);
    struct pb_field f;
    const char *why;
    uint64_t n = 0;

    if (request_ends(q, "/Aggregate")) {
        put_count(s, &a->body);
        return;
    }
    if (request_ends(q, "/Search")) {
        put_found(s, q->body, &a->body);
        return;
    }
    if (!weaviate_grpc_upserts(q)) {
        weaviate_grpc_refuse(a, 501, "unknown method");
        a->grpc = 12;
        return;
    }
    for (; pb_next(&m, &f); n++) {
        if (f.number != REQUEST_OBJECTS || f.wire != PB_BYTES)
            continue;
        why = s->o->no_store ? NULL : put_object(s, f.bytes, a);
        if (why)
            put_error(&a->body, n, why);
        s->upserted += why == NULL;
    }
    if (m.broken)
        weaviate_grpc_refuse(a, 500, "error unmarshalling request");
}

const struct dialect dialect_weaviate_grpc = {
    .name = "weaviate_grpc",
    .mine = weaviate_grpc_mine,
    .upserts = weaviate_grpc_upserts,
    .answer = weaviate_grpc_answer,
    .refuse = weaviate_grpc_refuse,
};
