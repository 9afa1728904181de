/*
 * MilvusService as gRPC has it, beside the REST interface: the same points,
 * whichever way they came. A collection has the fields id, vector and text, and
 * dynamic ones; an answer has a status of its own.
 *
 * Source      milvus.proto and schema.proto of pymilvus 2.6 (PyPI); words of
 *             the server of version 2.3.5.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"
#include "tests/support/fakeapi/fakeapi_proto.h"

#include <stdio.h>
#include <stdlib.h>

#include "util/floats.h"

enum {
    STATUS = 1, REASON = 2, CODE = 3,
    CREATE_SCHEMA = 4, SCHEMA_FIELDS = 4, SCHEMA_DYNAMIC = 5,
    FIELD_NAME = 2, FIELD_PRIMARY = 3, FIELD_TYPE = 5, FIELD_PARAMS = 6,
    PAIR_KEY = 1, PAIR_VALUE = 2,
    DESCRIBED_SCHEMA = 2, INDEXES = 2, INDEX_PARAMS = 3, INDEX_FIELD = 4,
    COLUMNS = 5, ROWS = 7, COLUMN_NAME = 2, SCALARS = 3, VECTORS = 4,
    FLOATS = 2, LONGS = 3, STRINGS = 6, OBJECTS = 9, DATA = 1,
    UPSERTED = 8, EXPRESSION = 4, FOUND_COLUMNS = 2,
    FOUND = 2, HIT_COLUMNS = 3, HIT_SCORES = 4, HIT_IDS = 5, IDS_TEXT = 2,
    VARCHAR = 21, FLOAT_VECTOR = 101, HITS = 3
};

/* What refuses a call before Milvus sees it; Milvus' own refusals are in its
 * answers. */
static void milvus_grpc_refuse(struct answer *a, int status,
                               const char *message)
{
    a->status = status;
    a->grpc = status == 401                    ? 16
              : status == 413 || status == 429 ? 8
              : status == 501                  ? 12
                                               : 14;
    buf_clear(&a->body);
    buf_printf(&a->body, "%s%s",
               status == 413 ? "grpc: received message larger than max: " : "",
               message);
}

static void put_status(struct buf *to, uint64_t code, const char *reason)
{
    size_t status = pb_open(to, STATUS);

    if (code) {
        pb_put_value(to, CODE, code);
        pb_put_bytes(to, REASON, text_of(reason));
    }
    pb_close(to, status);
}

static bool missing_there(struct service *s, size_t *dim, struct answer *a)
{
    if (points_shape(s->points, dim, NULL))
        return false;
    put_status(&a->body, 100, "collection not found[database=default]");
    return true;
}

/* ---- the collection ---- */

static void put_pair(struct buf *to, uint32_t number, const char *key,
                     const char *value)
{
    size_t pair = pb_open(to, number);

    pb_put_bytes(to, PAIR_KEY, text_of(key));
    pb_put_bytes(to, PAIR_VALUE, text_of(value));
    pb_close(to, pair);
}

static void put_field(struct buf *to, const char *name, uint64_t type,
                      const char *key, size_t n)
{
    size_t field = pb_open(to, SCHEMA_FIELDS);
    char value[24];

    snprintf(value, sizeof value, "%zu", n);
    pb_put_bytes(to, FIELD_NAME, text_of(name));
    if (strcmp(name, "id") == 0)
        pb_put_value(to, FIELD_PRIMARY, 1);
    pb_put_value(to, FIELD_TYPE, type);
    put_pair(to, FIELD_PARAMS, key, value);
    pb_close(to, field);
}

static void call_describe(struct service *s, struct text message,
                          struct answer *a)
{
    size_t dim, schema;

    (void)message;
    if (missing_there(s, &dim, a))
        return;
    put_status(&a->body, 0, NULL);
    schema = pb_open(&a->body, DESCRIBED_SCHEMA);
    put_field(&a->body, "id", VARCHAR, "max_length", 512);
    put_field(&a->body, "vector", FLOAT_VECTOR, "dim", dim);
    put_field(&a->body, "text", VARCHAR, "max_length", 65535);
    pb_put_value(&a->body, SCHEMA_DYNAMIC, 1);
    pb_close(&a->body, schema);
}

static void call_indexes(struct service *s, struct text message,
                         struct answer *a)
{
    size_t index;

    (void)s;
    (void)message;
    put_status(&a->body, 0, NULL);
    index = pb_open(&a->body, INDEXES);
    put_pair(&a->body, INDEX_PARAMS, "metric_type", "COSINE");
    pb_put_bytes(&a->body, INDEX_FIELD, text_of("vector"));
    pb_close(&a->body, index);
}

static size_t dim_of(struct text schema)
{
    struct pb m = pb_of(schema);
    struct pb_field f;
    char number[24];

    while (pb_next(&m, &f)) {
        struct text pair = pb_find(f.bytes, FIELD_PARAMS);
        struct text value = pb_find(pair, PAIR_VALUE);

        if (f.number != SCHEMA_FIELDS || f.wire != PB_BYTES ||
            !text_is(pb_find(pair, PAIR_KEY), "dim"))
            continue;
        snprintf(number, sizeof number, "%.*s", (int)value.len, value.ptr);
        return strtoul(number, NULL, 10);
    }
    return 0;
}

/* It answers with a status alone. */
static void call_create(struct service *s, struct text message,
                        struct answer *a)
{
    size_t dim = dim_of(pb_find(message, CREATE_SCHEMA));

    if (dim > 0) {
        points_make(s->points, dim, "COSINE");
    } else {
        pb_put_value(&a->body, CODE, 1100);
        pb_put_bytes(&a->body, REASON, text_of("dimension is not defined"));
    }
}

static void call_fine(struct service *s, struct text message,
                      struct answer *a)
{
    (void)s;
    (void)message;
    (void)a;
}

/* ---- upsert ---- */

struct columns {
    struct text vectors;
    struct pb ids, texts, objects; /* what is left of each */
};

static struct pb data_of(struct text column, uint32_t kind)
{
    return pb_of(pb_find(pb_find(column, SCALARS), kind));
}

static struct columns columns_of(struct text message)
{
    struct columns c = { .vectors = { NULL, 0 } };
    struct pb m = pb_of(message);
    struct pb_field f;

    while (pb_next(&m, &f)) {
        struct text name = pb_find(f.bytes, COLUMN_NAME);

        if (f.number != COLUMNS || f.wire != PB_BYTES)
            continue;
        if (text_is(name, "id"))
            c.ids = data_of(f.bytes, STRINGS);
        else if (text_is(name, "text"))
            c.texts = data_of(f.bytes, STRINGS);
        else if (text_is(name, "vector"))
            c.vectors = pb_find(pb_find(pb_find(f.bytes, VECTORS), FLOATS),
                                DATA);
        else
            c.objects = data_of(f.bytes, OBJECTS);
    }
    return c;
}

/* {"text":"..","n":1}: as REST has it. */
static void put_row(struct buf *to, struct text text, struct text object)
{
    buf_puts(to, "{\"text\":");
    json_put_string(to, text);
    if (object.len > 2) {
        buf_putc(to, ',');
        buf_put(to, object.ptr + 1, object.len - 2);
    }
    buf_putc(to, '}');
}

static bool take_row(struct service *s, struct columns *c, size_t dim,
                     struct answer *a)
{
    struct pb_field id, text = { .number = 0 }, object = { .number = 0 };
    const struct pb_field floats = { .wire = PB_BYTES,
                                     .bytes = { c->vectors.ptr,
                                                dim * sizeof(float) } };
    struct point x = { .dim = 0 };
    size_t behind_id;

    if (!pb_next(&c->ids, &id) || c->vectors.len < dim * sizeof(float))
        return false;
    pb_next(&c->texts, &text);
    pb_next(&c->objects, &object);
    answer_vector(a, dim);
    if (!pb_floats(&floats, a->vector, &x.dim, dim))
        return false;
    c->vectors.ptr += dim * sizeof(float);
    c->vectors.len -= dim * sizeof(float);
    buf_clear(&a->room);
    json_put_string(&a->room, id.bytes);
    behind_id = a->room.len;
    put_row(&a->room, text.bytes, object.bytes);
    x.key = id.bytes;
    x.text = text.bytes;
    x.id = (struct text){ a->room.data, behind_id };
    x.payload = (struct text){ a->room.data + behind_id,
                               a->room.len - behind_id };
    x.vector = a->vector;
    points_put(s->points, &x);
    return true;
}

static void call_upsert(struct service *s, struct text message,
                        struct answer *a)
{
    struct columns c = columns_of(message);
    size_t rows = pb_find_value(message, ROWS), dim;

    if (missing_there(s, &dim, a))
        return;
    if (c.vectors.len != rows * dim * sizeof(float)) {
        put_status(&a->body, 65535,
                   "the length of float data should divide the dim");
        return;
    }
    for (size_t i = 0; i < rows && !s->o->no_store; i++)
        if (!take_row(s, &c, dim, a)) {
            put_status(&a->body, 1100, "the num_rows is not equal to passed");
            return;
        }
    s->upserted += rows;
    put_status(&a->body, 0, NULL);
    pb_put_value(&a->body, UPSERTED, rows);
}

/* ---- questions ---- */

/* A column of one name, whose values are put between. */
static void put_number(struct buf *to, uint64_t n)
{
    size_t column = pb_open(to, FOUND_COLUMNS), scalars, longs;

    pb_put_bytes(to, COLUMN_NAME, text_of("count(*)"));
    scalars = pb_open(to, SCALARS);
    longs = pb_open(to, LONGS);
    pb_put_value(to, DATA, n);
    pb_close(to, longs);
    pb_close(to, scalars);
    pb_close(to, column);
}

/* The ids behind `id in `, as JSON. */
static void put_present(struct service *s, struct text list, struct buf *to)
{
    struct json_cursor c;
    struct json_value id;
    struct buf key = { 0 };

    json_begin(&c, list.ptr, list.len);
    json_enter_array(&c);
    while (json_element(&c) && json_value(&c, &id)) {
        buf_clear(&key);
        json_decode(&id, &key);
        if (points_has(s->points, (struct text){ key.data, key.len }))
            pb_put_bytes(to, DATA, (struct text){ key.data, key.len });
    }
    buf_release(&key);
}

static void call_query(struct service *s, struct text message,
                       struct answer *a)
{
    struct text ask = pb_find(message, EXPRESSION);
    uint64_t distinct, bad;
    size_t column, scalars, texts, dim;

    if (missing_there(s, &dim, a))
        return;
    put_status(&a->body, 0, NULL);
    if (ask.len <= 6) {
        points_count(s->points, &distinct, &bad);
        put_number(&a->body, distinct);
        return;
    }
    column = pb_open(&a->body, FOUND_COLUMNS);
    scalars = pb_open(&a->body, SCALARS);
    texts = pb_open(&a->body, STRINGS);
    put_present(s, (struct text){ ask.ptr + 6, ask.len - 6 }, &a->body);
    pb_close(&a->body, texts);
    pb_close(&a->body, scalars);
    pb_close(&a->body, column);
}

struct hits {
    struct buf ids, texts;
    float scores[HITS];
    int count;
};

static bool take_hit(void *ctx, const struct point *x, bool good)
{
    struct hits *h = ctx;
    struct request row = { .body = x->payload };
    struct json_value text;
    struct buf decoded = { 0 };

    (void)good;
    request_member(&row, "text", &text);
    json_decode(&text, &decoded);
    pb_put_bytes(&h->ids, DATA, x->key);
    pb_put_bytes(&h->texts, DATA, (struct text){ decoded.data, decoded.len });
    h->scores[h->count] = (float)(9 - h->count) / 10;
    buf_release(&decoded);
    return ++h->count < HITS;
}

/* Any three, as in the other dialects. */
static void call_search(struct service *s, struct text message,
                        struct answer *a)
{
    struct hits h = { .count = 0 };
    size_t found, column, scalars, ids;

    (void)message;
    points_each(s->points, take_hit, &h);
    put_status(&a->body, 0, NULL);
    found = pb_open(&a->body, FOUND);
    column = pb_open(&a->body, HIT_COLUMNS);
    pb_put_bytes(&a->body, COLUMN_NAME, text_of("text"));
    scalars = pb_open(&a->body, SCALARS);
    pb_put_bytes(&a->body, STRINGS, (struct text){ h.texts.data,
                                                   h.texts.len });
    pb_close(&a->body, scalars);
    pb_close(&a->body, column);
    if (FLOATS_TURNED)
        float_turn(h.scores, h.scores, (size_t)h.count);
    pb_put_bytes(&a->body, HIT_SCORES,
                 (struct text){ (const char *)h.scores,
                                (size_t)h.count * sizeof *h.scores });
    ids = pb_open(&a->body, HIT_IDS);
    pb_put_bytes(&a->body, IDS_TEXT, (struct text){ h.ids.data, h.ids.len });
    pb_close(&a->body, ids);
    pb_close(&a->body, found);
    buf_release(&h.ids);
    buf_release(&h.texts);
}

/* ---- the face ---- */

static const struct {
    const char *method;
    void (*answer)(struct service *s, struct text message, struct answer *a);
} calls[] = {
    { "/DescribeCollection", call_describe },
    { "/DescribeIndex", call_indexes },
    { "/CreateCollection", call_create },
    { "/CreateIndex", call_fine },
    { "/LoadCollection", call_fine },
    { "/Upsert", call_upsert },
    { "/Query", call_query },
    { "/Search", call_search },
};

static bool milvus_grpc_mine(const struct request *q)
{
    return request_begins(q, "/milvus.proto.milvus.MilvusService/");
}

static bool milvus_grpc_upserts(const struct request *q)
{
    return request_ends(q, "/Upsert");
}

static void milvus_grpc_answer(struct service *s, const struct request *q,
                               struct answer *a)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (request_ends(q, calls[i].method)) {
            calls[i].answer(s, q->body, a);
            return;
        }
    milvus_grpc_refuse(a, 501, "unknown method");
}

const struct dialect dialect_milvus_grpc = {
    .name = "milvus_grpc",
    .mine = milvus_grpc_mine,
    .upserts = milvus_grpc_upserts,
    .answer = milvus_grpc_answer,
    .refuse = milvus_grpc_refuse,
};
