/*
 * Qdrant as gRPC has it, beside its REST interface: the same points, whichever
 * way they came.
 *
 * Source      the .proto files of qdrant-client 1.20 (PyPI).
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"
#include "tests/support/fakeapi/fakeapi_value.h"

#include <stdio.h>

enum { COMPLETED = 2, ACKNOWLEDGED = 1, GREEN = 1, HITS = 3 };

/* qdrant.Value, of json_with_int.proto. */
static const struct value_form qdrant_value = {
    .null = 1, .number = 2, .integer = 3, .string = 4, .boolean = 5,
    .object = 6, .list = 7
};

static const char *const distances[] = { "", "Cosine", "Euclid", "Dot",
                                         "Manhattan" };

/* The statuses of gRPC that its server answers with. */
static void qdrant_grpc_refuse(struct answer *a, int status,
                               const char *message)
{
    static const struct {
        int status, grpc;
    } of[] = { { 400, 3 },  { 401, 16 }, { 403, 7 },  { 404, 5 }, { 409, 6 },
               { 413, 11 }, { 429, 8 },  { 500, 13 }, { 501, 12 } };

    a->status = status;
    a->grpc = 14;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (of[i].status == status)
            a->grpc = of[i].grpc;
    buf_clear(&a->body);
    if (status == 413)
        buf_puts(&a->body, "Error, decoded message length too large: ");
    buf_puts(&a->body, message);
}

/* ---- upsert ---- */

/* The floats of a point: Vectors.vector (1), and in it DenseVector (101) or the
 * older data (1). */
static bool grpc_vector(struct text vectors, struct answer *a, size_t *dim)
{
    struct text vector = pb_find(vectors, 1);
    struct text dense = pb_find(vector, 101);
    struct pb m = pb_of(dense.ptr ? dense : vector);
    struct pb_field f;
    size_t most = vector.len / sizeof(float);

    *dim = 0;
    answer_vector(a, most + 1);
    while (pb_next(&m, &f))
        if (f.number == 1 && !pb_floats(&f, a->vector, dim, most))
            return false;
    return !m.broken && *dim > 0;
}

/* The value of the payload under this key. */
static struct text payload_value(struct text point, const char *key)
{
    struct pb m = pb_of(point);
    struct pb_field f;

    while (pb_next(&m, &f))
        if (f.number == 3 && f.wire == PB_BYTES &&
            text_is(pb_find(f.bytes, 1), key))
            return pb_find(f.bytes, 2);
    return (struct text){ NULL, 0 };
}

/* An id as the points have it: a UUID, or a number in digits. */
static struct text grpc_id(struct text id, char number[24])
{
    struct text uuid = pb_find(id, 2);

    if (uuid.ptr)
        return uuid;
    snprintf(number, 24, "%llu", (unsigned long long)pb_find_value(id, 1));
    return text_of(number);
}

static bool grpc_dim_fits(struct service *s, size_t got, struct answer *a)
{
    size_t dim;
    char why[100];

    if (!points_shape(s->points, &dim, NULL) || dim == got)
        return true;
    snprintf(why, sizeof why,
             "Wrong input: Vector dimension error: expected dim: %zu, got %zu",
             dim, got);
    qdrant_grpc_refuse(a, 400, why);
    return false;
}

static bool grpc_put_point(struct service *s, struct text point,
                           struct answer *a)
{
    char number[24];
    struct point x = { .key = grpc_id(pb_find(point, 1), number),
                       .text = pb_find(payload_value(point, "text"), 4) };
    struct text own = payload_value(point, "_id");
    size_t behind_id;

    if (!grpc_vector(pb_find(point, 4), a, &x.dim)) {
        qdrant_grpc_refuse(a, 400, "a point without a vector");
        return false;
    }
    if (!grpc_dim_fits(s, x.dim, a))
        return false;
    x.vector = a->vector;
    buf_clear(&a->room);
    if (!s->o->light) {
        if (own.ptr && !value_to_json(&qdrant_value, own, &a->room))
            return false;
        behind_id = a->room.len;
        if (!value_map_to_json(&qdrant_value, point, 3, &a->room))
            return false;
        x.id = (struct text){ a->room.data, behind_id };
        x.payload = (struct text){ a->room.data + behind_id,
                                   a->room.len - behind_id };
    }
    points_put(s->points, &x);
    return true;
}

static void grpc_upsert(struct service *s, struct text message,
                        struct answer *a)
{
    struct pb m = pb_of(message);
    struct pb_field f;
    size_t result;

    while (pb_next(&m, &f)) {
        if (f.number != 3 || f.wire != PB_BYTES)
            continue;
        if (!s->o->no_store && !grpc_put_point(s, f.bytes, a)) {
            if (!a->grpc)
                qdrant_grpc_refuse(a, 500, "a point that is no message");
            return;
        }
        s->upserted++;
    }
    if (m.broken) {
        qdrant_grpc_refuse(a, 500, "failed to decode Protobuf message");
        return;
    }
    result = pb_open(&a->body, 1);
    pb_put_value(&a->body, 1, 1);
    pb_put_value(&a->body, 2, pb_find_value(message, 2) ? COMPLETED
                                                              : ACKNOWLEDGED);
    pb_close(&a->body, result);
    pb_put_double(&a->body, 2, 0.001);
}

/* ---- questions ---- */

static void grpc_count(struct service *s, struct text message,
                       struct answer *a)
{
    uint64_t distinct, bad;
    size_t result = pb_open(&a->body, 1);

    (void)message;
    points_count(s->points, &distinct, &bad);
    pb_put_value(&a->body, 1, distinct);
    pb_close(&a->body, result);
    pb_put_double(&a->body, 2, 0.001);
}

/* vectors = 4 { vector = 1 { data = 1 } } */
static void grpc_put_vector(struct service *s, struct text key,
                            struct answer *a)
{
    size_t vectors = pb_open(&a->body, 4), vector = pb_open(&a->body, 1);
    uint64_t changed;

    buf_clear(&a->room);
    points_vector(s->points, key, &a->room, &changed);
    pb_put_bytes(&a->body, 1, (struct text){ a->room.data, a->room.len });
    pb_close(&a->body, vector);
    pb_close(&a->body, vectors);
}

static void grpc_lookup(struct service *s, struct text message,
                        struct answer *a)
{
    struct pb m = pb_of(message);
    struct pb_field f;
    char number[24];

    while (pb_next(&m, &f)) {
        size_t found;

        if (f.number != 2 || f.wire != PB_BYTES ||
            !points_has(s->points, grpc_id(f.bytes, number)))
            continue;
        found = pb_open(&a->body, 1);
        pb_put_bytes(&a->body, 1, f.bytes);
        if (pb_find_value(pb_find(message, 5), 1))
            grpc_put_vector(s, grpc_id(f.bytes, number), a);
        pb_close(&a->body, found);
    }
    pb_put_double(&a->body, 2, 0.001);
}

struct grpc_hits {
    struct buf *to;
    int left;
};

static bool grpc_put_hit(void *ctx, const struct point *x, bool good)
{
    struct grpc_hits *h = ctx;
    size_t hit = pb_open(h->to, 1), id = pb_open(h->to, 1);

    (void)good;
    pb_put_bytes(h->to, 2, x->key);
    pb_close(h->to, id);
    value_map_from_json(&qdrant_value, x->payload, 2, h->to);
    pb_put_float(h->to, 3, (float)(6 + h->left) / 10);
    pb_close(h->to, hit);
    return --h->left > 0;
}

/* Any three points with falling scores, as its REST twin has it. */
static void grpc_query(struct service *s, struct text message,
                       struct answer *a)
{
    struct grpc_hits hits = { &a->body, HITS };
    struct text query = pb_find(message, 3);
    struct text dense = pb_find(pb_find(query, 1), 2);

    if (!dense.ptr) {
        qdrant_grpc_refuse(a, 400, "no query by a dense vector");
        return;
    }
    points_each(s->points, grpc_put_hit, &hits);
    pb_put_double(&a->body, 2, 0.001);
}

/* ---- the collection ---- */

static void grpc_done(struct answer *a)
{
    pb_put_value(&a->body, 1, 1);
    pb_put_double(&a->body, 2, 0.001);
}

static void grpc_note(struct service *s, struct text message, uint32_t number,
                      struct answer *a)
{
    buf_clear(&a->room);
    if (value_map_to_json(&qdrant_value, message, number, &a->room) &&
        a->room.len > 2)
        points_note(s->points, (struct text){ a->room.data, a->room.len });
}

static void grpc_create(struct service *s, struct text message,
                        struct answer *a)
{
    struct text params = pb_find(pb_find(message, 10), 1);
    uint64_t dim = pb_find_value(params, 1);
    uint64_t distance = pb_find_value(params, 2);

    if (dim == 0 || distance == 0 ||
        distance >= sizeof distances / sizeof *distances) {
        qdrant_grpc_refuse(a, 400, "Wrong input: no size, or no distance");
    } else if (!points_make(s->points, dim, distances[distance])) {
        qdrant_grpc_refuse(a, 409, "Wrong input: Collection already exists!");
    } else {
        grpc_note(s, message, 18, a);
        grpc_done(a);
    }
}

static void grpc_update(struct service *s, struct text message,
                        struct answer *a)
{
    grpc_note(s, message, 10, a);
    grpc_done(a);
}

static uint64_t distance_number(const char *word)
{
    for (size_t i = 1; i < sizeof distances / sizeof *distances; i++)
        if (strcmp(word, distances[i]) == 0)
            return i;
    return 0;
}

static void put_shape(struct buf *to, size_t dim, const char *metric)
{
    size_t params = pb_open(to, 1), vectors = pb_open(to, 5);
    size_t one = pb_open(to, 1);

    pb_put_value(to, 1, dim);
    pb_put_value(to, 2, distance_number(metric));
    pb_close(to, one);
    pb_close(to, vectors);
    pb_close(to, params);
}

static void grpc_describe(struct service *s, struct text message,
                          struct answer *a)
{
    uint64_t distinct, bad;
    size_t dim, info, config;
    char metric[24];

    (void)message;
    if (!points_shape(s->points, &dim, metric)) {
        qdrant_grpc_refuse(a, 404, "Not found: Collection doesn't exist!");
        return;
    }
    points_count(s->points, &distinct, &bad);
    info = pb_open(&a->body, 1);
    pb_put_value(&a->body, 1, GREEN);
    config = pb_open(&a->body, 7);
    put_shape(&a->body, dim, metric);
    buf_clear(&a->room);
    points_noted(s->points, "{}", &a->room);
    value_map_from_json(&qdrant_value,
                        (struct text){ a->room.data, a->room.len }, 7,
                        &a->body);
    pb_close(&a->body, config);
    pb_put_value(&a->body, 9, distinct);
    pb_close(&a->body, info);
    pb_put_double(&a->body, 2, 0.001);
}

static void grpc_health(struct service *s, struct text message,
                        struct answer *a)
{
    (void)s;
    (void)message;
    pb_put_bytes(&a->body, 1, text_of("qdrant - vector search engine"));
    pb_put_bytes(&a->body, 2, text_of("1.19.0"));
}

/* ---- the face ---- */

static const struct {
    const char *path;
    void (*answer)(struct service *s, struct text message, struct answer *a);
} calls[] = {
    { "/qdrant.Points/Upsert", grpc_upsert },
    { "/qdrant.Points/Get", grpc_lookup },
    { "/qdrant.Points/Count", grpc_count },
    { "/qdrant.Points/Query", grpc_query },
    { "/qdrant.Collections/Get", grpc_describe },
    { "/qdrant.Collections/Create", grpc_create },
    { "/qdrant.Collections/Update", grpc_update },
    { "/qdrant.Qdrant/HealthCheck", grpc_health },
};

static bool qdrant_grpc_mine(const struct request *q)
{
    return request_begins(q, "/qdrant.");
}

static bool qdrant_grpc_upserts(const struct request *q)
{
    return request_ends(q, "Points/Upsert");
}

static void qdrant_grpc_answer(struct service *s, const struct request *q,
                               struct answer *a)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(q->path, calls[i].path) == 0) {
            calls[i].answer(s, q->body, a);
            return;
        }
    qdrant_grpc_refuse(a, 501, "");
}

const struct dialect dialect_qdrant_grpc = {
    .name = "qdrant_grpc",
    .mine = qdrant_grpc_mine,
    .upserts = qdrant_grpc_upserts,
    .answer = qdrant_grpc_answer,
    .refuse = qdrant_grpc_refuse,
};
