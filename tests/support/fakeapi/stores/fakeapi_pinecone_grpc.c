/*
 * Pinecone's upsert and statistics as gRPC has them, beside its REST interface:
 * the same points, whichever way they came.
 *
 * Source      db_data_2025-04.proto of pinecone 7.3 (PyPI).
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"
#include "tests/support/fakeapi/fakeapi_value.h"

#include <stdio.h>

enum {
    REQUEST_VECTORS = 1,
    VECTOR_ID = 1, VECTOR_VALUES = 2, VECTOR_METADATA = 3,
    UPSERTED = 1, DIMENSION = 2, STRING_VALUE = 3, MOST = 1000
};

static void pinecone_grpc_refuse(struct answer *a, int status,
                                 const char *message)
{
    static const struct {
        int status, grpc;
    } of[] = { { 400, 3 },  { 401, 16 }, { 403, 7 }, { 404, 5 },
               { 413, 11 }, { 429, 8 },  { 501, 12 } };

    a->status = status;
    a->grpc = 14;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (of[i].status == status)
            a->grpc = of[i].grpc;
    buf_clear(&a->body);
    if (status == 413)
        buf_puts(&a->body, "Error, message length too large: ");
    buf_puts(&a->body, message);
}

static struct text metadata_text(struct text metadata)
{
    struct pb m = pb_of(metadata);
    struct pb_field f;

    while (pb_next(&m, &f))
        if (f.number == 1 && f.wire == PB_BYTES &&
            text_is(pb_find(f.bytes, 1), "text"))
            return pb_find(pb_find(f.bytes, 2), STRING_VALUE);
    return (struct text){ NULL, 0 };
}

static const char *put_values(struct service *s, struct text vector,
                              struct answer *a, size_t *dim)
{
    static char why[100];
    struct pb m = pb_of(vector);
    struct pb_field f;
    size_t most = vector.len / sizeof(float) + 1;

    *dim = 0;
    answer_vector(a, most);
    while (pb_next(&m, &f))
        if (f.number == VECTOR_VALUES &&
            !pb_floats(&f, a->vector, dim, most))
            return "values are no floats";
    if (*dim == s->o->dim)
        return NULL;
    snprintf(why, sizeof why, "Vector dimension %zu does not match the "
             "dimension of the index %zu", *dim, s->o->dim);
    return why;
}

static const char *put_vector_of(struct service *s, struct text vector,
                                 struct answer *a)
{
    struct text metadata = pb_find(vector, VECTOR_METADATA);
    struct point x = { .key = pb_find(vector, VECTOR_ID),
                       .text = metadata_text(metadata) };
    const char *why = put_values(s, vector, a, &x.dim);
    size_t behind_id;

    if (why || x.key.len == 0)
        return why ? why : "Vector ID is missing";
    buf_clear(&a->room);
    json_put_string(&a->room, x.key);
    behind_id = a->room.len;
    if (!value_map_to_json(&google_value, metadata, 1, &a->room))
        return "metadata are no Struct";
    x.id = (struct text){ a->room.data, behind_id };
    x.payload = (struct text){ a->room.data + behind_id,
                               a->room.len - behind_id };
    x.vector = a->vector;
    points_put(s->points, &x);
    return NULL;
}

static void pinecone_grpc_upsert(struct service *s, struct text message,
                                 struct answer *a)
{
    struct pb m = pb_of(message);
    struct pb_field f;
    size_t n = 0;

    while (pb_next(&m, &f)) {
        const char *why;

        if (f.number != REQUEST_VECTORS || f.wire != PB_BYTES)
            continue;
        why = s->o->no_store ? NULL : put_vector_of(s, f.bytes, a);
        if (why || ++n > MOST) {
            pinecone_grpc_refuse(a, 400, why ? why
                                             : "Request size exceeds the "
                                               "maximum supported");
            return;
        }
    }
    if (m.broken) {
        pinecone_grpc_refuse(a, 400, "failed to decode Protobuf message");
        return;
    }
    s->upserted += n;
    pb_put_value(&a->body, UPSERTED, n);
}

static bool pinecone_grpc_mine(const struct request *q)
{
    return request_begins(q, "/VectorService/");
}

static bool pinecone_grpc_upserts(const struct request *q)
{
    return request_ends(q, "/Upsert");
}

static void pinecone_grpc_answer(struct service *s, const struct request *q,
                                 struct answer *a)
{
    if (pinecone_grpc_upserts(q))
        pinecone_grpc_upsert(s, q->body, a);
    else if (request_ends(q, "/DescribeIndexStats"))
        pb_put_value(&a->body, DIMENSION, s->o->dim);
    else
        pinecone_grpc_refuse(a, 501, "");
}

const struct dialect dialect_pinecone_grpc = {
    .name = "pinecone_grpc",
    .mine = pinecone_grpc_mine,
    .upserts = pinecone_grpc_upserts,
    .answer = pinecone_grpc_answer,
    .refuse = pinecone_grpc_refuse,
};
