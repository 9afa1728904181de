/*
 * This file speaks Qdrant's gRPC: it writes each message field by field into
 * the body. The numbers of the fields are those of points.proto,
 * collections.proto and json_with_int.proto.
 */
#include "config.h"
#include "store/qdrant/qdrant_grpc.h"

#include "store/qdrant/qdrant_grpc_reply.h"
#include "store/store_body.h"
#include "store/store_number.h"
#include "store/store_reply.h"
#include "store/store_value.h"
#include "store/store_wire.h"
#include "util/uuid.h"

enum {
    NAME = 1,           /* of the collection, in every request */
    UUID_FIELD = 2,     /* of PointId */
    COSINE = 1,         /* of Distance */
    FRAME = 120,        /* bytes of a point beside vector, text and metadata */
    /* Decoders stop at 100: two for the points, two for the payload's entry. */
    DEEPEST = 90
};

/* Begin a request about the collection. */
static void qdrant_ask(struct store_http *q, const char *method)
{
    store_grpc_to(q, method);
    proto_put_text(q->body, NAME, (struct text){ q->name.data, q->name.len });
}

/* ---- the collection ---- */

bool qdrant_grpc_look(struct store_http *q, bool *there, struct error *err)
{
    qdrant_ask(q, "/qdrant.Collections/Get");
    return store_grpc_look(q, there, err);
}

/* vectors_config = 10 { params = 1 { size = 1, distance = 2 } } */
bool qdrant_grpc_create(struct store_http *q, struct error *err)
{
    static const char *const there[] = { "already exists", NULL };
    size_t config, params;

    qdrant_ask(q, "/qdrant.Collections/Create");
    config = proto_open(q->body, 10, 0);
    params = proto_open(q->body, 1, 0);
    proto_put_u64(q->body, 1, q->base.dim);
    proto_put_u64(q->body, 2, COSINE);
    proto_close(q->body, params);
    proto_close(q->body, config);
    return store_grpc_send(q, err) &&
           (q->reply.grpc == 0 || http_says(&q->reply, there) ||
            store_http_refused(q, err));
}

bool qdrant_grpc_shape(const struct store_http *q, struct qdrant_shape *shape,
                       struct error *err)
{
    return qdrant_message_shape(store_grpc_answer(q), shape, err);
}

/* ---- upsert ---- */

bool qdrant_grpc_is_deep(struct text metadata)
{
    return store_value_is_deep(metadata, DEEPEST);
}

const char *qdrant_grpc_lacks(struct text metadata)
{
    if (number_inside(metadata, number_over_int64))
        return "an integer beyond 63 bits, which gRPC would round";
    return qdrant_grpc_is_deep(metadata) ? "more levels than gRPC takes" : NULL;
}

static void qdrant_put_own_id(struct buf *b, const struct upsert_item *item)
{
    const struct json_value v = { .type = JSON_NUMBER, .raw = item->id };
    int64_t n;

    if (item->id_number && qdrant_is_plain_number(item->id) &&
        json_integer(&v, &n))
        proto_put_u64(b, qdrant_value.integer, (uint64_t)n);
    else
        proto_put_text(b, qdrant_value.string, item->id);
}

/* An entry of the payload, open for its value. */
struct qdrant_open_entry {
    size_t entry, value;
};

static struct qdrant_open_entry qdrant_open(struct buf *b, const char *key,
                                            size_t guess)
{
    struct qdrant_open_entry e;

    e.entry = proto_open(b, 3, guess + strlen(key) + 6);
    proto_put_text(b, PROTO_MAP_KEY, text_of(key));
    e.value = proto_open(b, PROTO_MAP_VALUE, guess);
    return e;
}

static void qdrant_close_entry(struct buf *b, struct qdrant_open_entry e)
{
    proto_close(b, e.value);
    proto_close(b, e.entry);
}

static void qdrant_put_payload(struct buf *b, const struct upsert_item *item,
                               struct buf *room)
{
    struct qdrant_open_entry e = qdrant_open(b, "_id", item->id.len + 2);

    qdrant_put_own_id(b, item);
    qdrant_close_entry(b, e);
    e = qdrant_open(b, "text", item->text.len + 3);
    store_put_decoded(b, qdrant_value.string, item->text, item->text_escaped);
    qdrant_close_entry(b, e);
    if (item->metadata.len == 0)
        return;
    e = qdrant_open(b, "metadata", item->metadata.len);
    store_put_value(b, &qdrant_value, item->metadata, room);
    qdrant_close_entry(b, e);
}

/* vectors = 4 { vector = 1 { data = 1 } } */
static void qdrant_put_vector(struct buf *b, const float *v, size_t dim)
{
    size_t vector = proto_floats_size(1, dim);

    proto_put_head(b, 4, 1 + proto_varint_size(vector) + vector);
    proto_put_head(b, 1, vector);
    proto_put_floats(b, 1, v, dim);
}

/* points = 3 { id = 1 { uuid = 2 }, payload = 3, vectors = 4 } */
static void qdrant_grpc_put_point(struct store *s, struct buf *b,
                                  const struct upsert_item *item)
{
    struct buf room = { 0 };
    char id[UUID_SIZE];
    size_t point = proto_open(b, 3, s->dim * sizeof(float) + item->text.len +
                                        item->id.len + item->metadata.len +
                                        FRAME);

    uuid_of(item->id.ptr, item->id.len, id);
    proto_put_head(b, 1, UUID_SIZE + 1);
    proto_put_text(b, UUID_FIELD, (struct text){ id, UUID_SIZE - 1 });
    qdrant_put_payload(b, item, &room);
    qdrant_put_vector(b, item->vector, s->dim);
    proto_close(b, point);
    buf_release(&room);
}

/* wait = 2 */
static void qdrant_grpc_begin(struct store *s, struct buf *body)
{
    struct store_http *q = (struct store_http *)s;

    qdrant_ask(q, "/qdrant.Points/Upsert");
    proto_put_bool(body, 2, true);
}

bool qdrant_grpc_upsert(struct store_http *q, struct upsert_item *items,
                        size_t n, size_t *taken, struct error *err)
{
    static const struct store_shape shape = { .columns = 1,
                                              .begin = qdrant_grpc_begin,
                                              .put = qdrant_grpc_put_point };

    if (!store_body(&q->base, q->body, &shape, items, n, taken, err))
        return false;
    if (q->base.sent_count > 0 &&
        (!store_grpc_ask(q, err) ||
         !qdrant_message_update(store_grpc_answer(q), err)))
        return false;
    store_body_stored(items, *taken);
    return true;
}

/* ---- questions ---- */

/* ids = 2, with_payload = 4 { enable = 1 }, with_vectors = 5 { enable = 1 } */
static void qdrant_put_lookup(struct buf *b, const struct text *ids, size_t n,
                              bool vectors)
{
    for (size_t i = 0; i < n; i++) {
        proto_put_head(b, 2, 2 + ids[i].len);
        proto_put_text(b, UUID_FIELD, ids[i]);
    }
    for (unsigned field = 4; field <= 5; field++) {
        proto_put_head(b, field, 2);
        proto_put_bool(b, 1, vectors && field == 5);
    }
}

bool qdrant_grpc_lookup(struct store_http *q, const struct text *ids, size_t n,
                        void (*found)(void *ctx, struct text id), void *ctx,
                        struct error *err)
{
    qdrant_ask(q, "/qdrant.Points/Get");
    qdrant_put_lookup(q->body, ids, n, false);
    return store_grpc_ask(q, err) &&
           qdrant_message_ids(store_grpc_answer(q), found, ctx, err);
}

bool qdrant_grpc_has(struct store_http *q, const struct upsert_item *item,
                     bool *same, struct error *err)
{
    char id[UUID_SIZE];
    struct text floats;

    uuid_of(item->id.ptr, item->id.len, id);
    qdrant_ask(q, "/qdrant.Points/Get");
    qdrant_put_lookup(q->body, &(struct text){ id, UUID_SIZE - 1 }, 1, true);
    if (!store_grpc_ask(q, err))
        return false;
    *same = qdrant_message_vector(store_grpc_answer(q), &floats) &&
            store_wire_fits(floats, item->vector, q->base.dim);
    return true;
}

/* exact = 3 */
bool qdrant_grpc_count(struct store_http *q, uint64_t *n, struct error *err)
{
    qdrant_ask(q, "/qdrant.Points/Count");
    proto_put_bool(q->body, 3, true);
    return store_grpc_ask(q, err) &&
           qdrant_message_count(store_grpc_answer(q), n, err);
}

/* query = 3 { nearest = 1 { dense = 2 { data = 1 } } }, limit = 8,
 * with_payload = 11 { enable = 1 } */
static void qdrant_put_query(struct buf *b, const float *query, size_t dim,
                             size_t k)
{
    size_t dense = proto_floats_size(1, dim);
    size_t nearest = 1 + proto_varint_size(dense) + dense;

    proto_put_head(b, 3, 1 + proto_varint_size(nearest) + nearest);
    proto_put_head(b, 1, nearest);
    proto_put_head(b, 2, dense);
    proto_put_floats(b, 1, query, dim);
    proto_put_u64(b, 8, k);
    proto_put_head(b, 11, 2);
    proto_put_bool(b, 1, true);
}

bool qdrant_grpc_search(struct store_http *q, const float *query, size_t k,
                        struct store_hit *hits, size_t *got, struct error *err)
{
    qdrant_ask(q, "/qdrant.Points/Query");
    qdrant_put_query(q->body, query, q->base.dim, k);
    if (store_grpc_ask(q, err))
        return qdrant_message_hits(store_grpc_answer(q), hits, k, got, err);
    return q->reply.status == 501
               ? error_wrap(err, "search needs Qdrant 1.10 or later")
               : false;
}

/* ---- how the vectors were made ---- */

/* metadata = 10 */
bool qdrant_grpc_keep(struct store_http *q, const char *json,
                      struct error *err)
{
    struct buf room = { 0 };
    size_t entry, v;

    qdrant_ask(q, "/qdrant.Collections/Update");
    entry = proto_open(q->body, 10, 0);
    proto_put_text(q->body, PROTO_MAP_KEY, text_of(STORE_KEPT));
    v = proto_open(q->body, PROTO_MAP_VALUE, 0);
    store_put_value(q->body, &qdrant_value, text_of(json), &room);
    proto_close(q->body, v);
    proto_close(q->body, entry);
    buf_release(&room);
    return store_grpc_ask(q, err);
}

bool qdrant_grpc_kept(struct store_http *q, struct buf *to, struct error *err)
{
    qdrant_ask(q, "/qdrant.Collections/Get");
    return store_grpc_ask(q, err) &&
           qdrant_message_kept(store_grpc_answer(q), to, err);
}
