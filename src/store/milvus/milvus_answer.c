/* This file reads what Milvus answers over gRPC: a status in each message, the
 * schema of a collection, and columns of ids, texts and numbers. */
#include "config.h"
#include "store/milvus/milvus_parts.h"

#include <stdlib.h>

#include "store/store_grpc.h"
#include "store/store_reply.h"
#include "util/protobuf.h"

/* Numbers of the fields, in the order of their messages' use below. */
enum {
    STATUS_OLD_CODE = 1, STATUS_REASON = 2, STATUS_CODE = 3,
    DESCRIBED_SCHEMA = 2,
    SCHEMA_FIELDS = 4, SCHEMA_DYNAMIC = 5,
    FIELD_NAME = 2, FIELD_PRIMARY = 3, FIELD_TYPE = 5, FIELD_PARAMS = 6,
    FIELD_AUTO_ID = 8, FIELD_DEFAULT = 11, FIELD_IS_DYNAMIC = 12,
    FIELD_NULLABLE = 15, FIELD_OUTPUT = 16,
    PAIR_KEY = 1, PAIR_VALUE = 2,
    INDEXES = 2, INDEX_PARAMS = 3, INDEX_FIELD = 4,
    MUTATION_UPSERTED = 8,
    COLUMNS = 2, COLUMN_NAME = 2, COLUMN_SCALARS = 3,
    SCALAR_LONG = 3, SCALAR_STRING = 6, SCALAR_JSON = 9, DATA = 1,
    FOUND = 2, FOUND_COLUMNS = 3, FOUND_SCORES = 4, FOUND_IDS = 5,
    IDS_TEXT = 2
};

/* A code of before 2.3 has no number of today. */
bool milvus_read_status(struct text status, int64_t *code, struct text *reason,
                        struct error *err)
{
    struct proto_cursor c;
    struct proto_field f;
    uint64_t old = 0, now = 0;

    *reason = text_of("");
    proto_begin(&c, status);
    while (proto_next(&c, &f)) {
        if (proto_is(&f, STATUS_OLD_CODE, PROTO_VARINT))
            old = f.value;
        else if (proto_is(&f, STATUS_CODE, PROTO_VARINT))
            now = f.value;
        else if (proto_is(&f, STATUS_REASON, PROTO_BYTES))
            *reason = f.bytes;
    }
    *code = (int64_t)(now ? now : old ? 65535 : 0);
    return !c.bad || store_grpc_nonsense("status", err);
}

/* ---- the collection ---- */

static void milvus_copy_name(char *to, size_t size, struct text t)
{
    size_t n = t.len < size ? t.len : size - 1;

    memcpy(to, t.ptr ? t.ptr : "", n);
    to[n] = '\0';
}

static struct text milvus_pair(struct text pair, const char *key)
{
    struct proto_field k, v;

    return proto_find(pair, PAIR_KEY, PROTO_BYTES, &k) &&
                   text_is(k.bytes, key) &&
                   proto_find(pair, PAIR_VALUE, PROTO_BYTES, &v)
               ? v.bytes
               : text_of("");
}

static void milvus_take_param(struct milvus_field *f, struct text pair)
{
    char number[24];

    milvus_copy_name(number, sizeof number, milvus_pair(pair, "max_length"));
    if (number[0])
        f->most = strtoul(number, NULL, 10);
    milvus_copy_name(number, sizeof number, milvus_pair(pair, "dim"));
    if (number[0])
        f->dim = strtoul(number, NULL, 10);
}

static enum milvus_kind milvus_known_kind(uint64_t type)
{
    switch (type) {
    case MILVUS_BOOL: case MILVUS_INT8: case MILVUS_INT16: case MILVUS_INT32:
    case MILVUS_INT64: case MILVUS_FLOAT: case MILVUS_DOUBLE:
    case MILVUS_VARCHAR: case MILVUS_JSON: case MILVUS_VECTOR:
        return (enum milvus_kind)type;
    default:
        return MILVUS_OTHER;
    }
}

static bool milvus_take_schema_field(struct milvus_shape *s, struct text field)
{
    struct milvus_field *to = &s->field[s->count];
    struct proto_cursor c;
    struct proto_field f;
    bool own = false, auto_id = false;

    *to = (struct milvus_field){ .kind = MILVUS_OTHER };
    proto_begin(&c, field);
    while (proto_next(&c, &f))
        switch (f.number) {
        case FIELD_NAME:
            milvus_copy_name(to->name, sizeof to->name, f.bytes);
            break;
        case FIELD_PRIMARY: to->primary = f.value; break;
        case FIELD_TYPE: to->kind = milvus_known_kind(f.value); break;
        case FIELD_PARAMS: milvus_take_param(to, f.bytes); break;
        case FIELD_AUTO_ID: auto_id = f.value; break;
        case FIELD_DEFAULT: to->optional = true; break;
        case FIELD_NULLABLE: to->optional |= f.value != 0; break;
        case FIELD_OUTPUT: to->made |= f.value != 0; break;
        case FIELD_IS_DYNAMIC: own = f.value; break;
        default: break;
        }
    if (own) /* the one behind enable_dynamic_field */
        return !c.bad;
    s->auto_id |= to->primary && auto_id;
    milvus_take_field(s);
    return !c.bad;
}

bool milvus_read_schema(struct text reply, struct milvus_shape *shape,
                        struct error *err)
{
    static const unsigned path[] = { DESCRIBED_SCHEMA, 0 };
    struct proto_cursor c;
    struct proto_field f;
    struct text schema;

    *shape = (struct milvus_shape){ .typed = true };
    if (!proto_at(reply, path, &schema))
        return store_grpc_nonsense("schema", err);
    proto_begin(&c, schema);
    while (proto_next(&c, &f)) {
        if (proto_is(&f, SCHEMA_DYNAMIC, PROTO_VARINT))
            shape->dynamic = f.value;
        else if (proto_is(&f, SCHEMA_FIELDS, PROTO_BYTES) &&
                 shape->count < MILVUS_FIELDS)
            c.bad |= !milvus_take_schema_field(shape, f.bytes);
    }
    if (!c.bad && shape->count > 0)
        return true;
    shape->count = 0;
    return store_grpc_nonsense("fields", err);
}

static bool milvus_is_vectors(const struct milvus_shape *s, struct text index)
{
    struct proto_field f;

    return s->vector && proto_find(index, INDEX_FIELD, PROTO_BYTES, &f) &&
           text_is(f.bytes, s->vector->name);
}

bool milvus_read_index(struct text reply, struct milvus_shape *shape,
                       struct error *err)
{
    struct proto_cursor c, inside;
    struct proto_field f, param;

    proto_begin(&c, reply);
    while (proto_next(&c, &f)) {
        if (!proto_is(&f, INDEXES, PROTO_BYTES) ||
            !milvus_is_vectors(shape, f.bytes))
            continue;
        proto_begin(&inside, f.bytes);
        while (proto_next(&inside, &param)) {
            struct text metric;

            if (!proto_is(&param, INDEX_PARAMS, PROTO_BYTES))
                continue;
            metric = milvus_pair(param.bytes, "metric_type");
            if (metric.len > 0)
                milvus_copy_name(shape->metric, sizeof shape->metric, metric);
        }
    }
    return !c.bad || store_grpc_nonsense("indexes", err);
}

/* ---- numbers and ids ---- */

bool milvus_read_mutation(struct text reply, uint64_t *upserted,
                          struct error *err)
{
    return proto_find_u64(reply, MUTATION_UPSERTED, upserted) ||
           store_grpc_nonsense("upsert_cnt", err);
}

/* The column of that name, or the only one where the server names none. */
static bool milvus_find_column(struct text reply, const char *name,
                               struct text *column)
{
    struct proto_cursor c;
    struct proto_field f, own;
    bool found = false;

    proto_begin(&c, reply);
    while (proto_next(&c, &f))
        if (proto_is(&f, COLUMNS, PROTO_BYTES) &&
            (!proto_find(f.bytes, COLUMN_NAME, PROTO_BYTES, &own) ||
             text_is(own.bytes, name))) {
            *column = f.bytes;
            found = true;
        }
    return found && !c.bad;
}

/* The first of packed numbers. */
static bool milvus_first(struct text packed, uint64_t *n)
{
    unsigned shift = 0;

    for (size_t i = 0; i < packed.len && shift < 64; i++, shift += 7) {
        unsigned char byte = (unsigned char)packed.ptr[i];

        *n |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

bool milvus_read_number(struct text reply, uint64_t *n, struct error *err)
{
    static const unsigned path[] = { COLUMN_SCALARS, SCALAR_LONG, 0 };
    struct proto_cursor c;
    struct proto_field f;
    struct text column, longs;

    *n = 0;
    if (!milvus_find_column(reply, "count(*)", &column) ||
        !proto_at(column, path, &longs))
        return store_grpc_nonsense("count(*)", err);
    proto_begin(&c, longs);
    while (proto_next(&c, &f)) {
        if (proto_is(&f, DATA, PROTO_VARINT))
            *n = f.value;
        else if (proto_is(&f, DATA, PROTO_BYTES))
            c.bad |= !milvus_first(f.bytes, n);
    }
    return !c.bad || store_grpc_nonsense("count(*)", err);
}

bool milvus_read_column(struct text reply, const char *name,
                        void (*found)(void *ctx, struct text id), void *ctx,
                        struct error *err)
{
    static const unsigned path[] = { COLUMN_SCALARS, SCALAR_STRING, 0 };
    struct proto_cursor c;
    struct proto_field f;
    struct text column, texts;

    if (!milvus_find_column(reply, name, &column) ||
        !proto_at(column, path, &texts))
        return true; /* no rows */
    proto_begin(&c, texts);
    while (proto_next(&c, &f))
        if (proto_is(&f, DATA, PROTO_BYTES))
            found(ctx, f.bytes);
    return !c.bad || store_grpc_nonsense("ids", err);
}

/* ---- hits ---- */

static void milvus_take_scores(struct text packed, struct store_hit *hits,
                               size_t k)
{
    for (size_t i = 0; i < k && (i + 1) * sizeof(float) <= packed.len; i++) {
        const unsigned char *p =
            (const unsigned char *)packed.ptr + i * sizeof(float);
        const struct proto_field f = {
            .form = PROTO_FIXED32,
            .value = (uint32_t)p[0] | (uint32_t)p[1] << 8 |
                     (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24
        };

        hits[i].score = proto_float(&f);
    }
}

static size_t milvus_take_ids(struct text ids, struct store_hit *hits,
                              size_t k)
{
    struct proto_cursor c;
    struct proto_field f;
    size_t n = 0;

    proto_begin(&c, ids);
    while (n < k && proto_next(&c, &f))
        if (proto_is(&f, DATA, PROTO_BYTES))
            buf_put(&hits[n++].id, f.bytes.ptr, f.bytes.len);
    return n;
}

/* A text in a column of its own, or as a member of dynamic ones. */
static void milvus_take_text(struct text value, const char *member,
                             struct buf *to)
{
    struct json_value v;

    if (!member)
        buf_put(to, value.ptr, value.len);
    else if (reply_member(value, member, &v))
        reply_put(to, &v);
}

static void milvus_take_texts(struct text column, const char *text,
                              struct store_hit *hits, size_t k)
{
    static const unsigned own[] = { COLUMN_SCALARS, SCALAR_STRING, 0 };
    static const unsigned dynamic[] = { COLUMN_SCALARS, SCALAR_JSON, 0 };
    struct proto_cursor c;
    struct proto_field f;
    struct text data;
    const char *member = NULL;
    size_t n = 0;

    if (!proto_at(column, own, &data)) {
        member = text;
        if (!proto_at(column, dynamic, &data))
            return;
    } else if (!proto_find(column, COLUMN_NAME, PROTO_BYTES, &f) ||
               !text_is(f.bytes, text)) {
        return;
    }
    proto_begin(&c, data);
    while (n < k && proto_next(&c, &f))
        if (proto_is(&f, DATA, PROTO_BYTES))
            milvus_take_text(f.bytes, member, &hits[n++].text);
}

bool milvus_read_found(struct text reply, const char *text,
                       struct store_hit *hits, size_t k, size_t *got,
                       struct error *err)
{
    static const unsigned path[] = { FOUND, 0 }, ids[] = { IDS_TEXT, 0 };
    struct proto_cursor c;
    struct proto_field f;
    struct text found, texts;
    bool fine = true;

    *got = 0;
    for (size_t i = 0; i < k; i++) {
        buf_clear(&hits[i].id);
        buf_clear(&hits[i].text);
    }
    if (!proto_at(reply, path, &found))
        return store_grpc_nonsense("results", err);
    proto_begin(&c, found);
    while (proto_next(&c, &f)) {
        if (proto_is(&f, FOUND_SCORES, PROTO_BYTES))
            milvus_take_scores(f.bytes, hits, k);
        else if (proto_is(&f, FOUND_IDS, PROTO_BYTES) &&
                 proto_at(f.bytes, ids, &texts))
            *got = milvus_take_ids(texts, hits, k);
        else if (proto_is(&f, FOUND_COLUMNS, PROTO_BYTES) && text)
            milvus_take_texts(f.bytes, text, hits, k);
    }
    for (size_t i = 0; i < *got; i++)
        fine = fine && !hits[i].id.failed && !hits[i].text.failed;
    if (!fine)
        return error_memory(err, "for hits");
    return !c.bad || store_grpc_nonsense("hits", err);
}
