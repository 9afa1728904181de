/*
 * This file writes the records of an upsert as Milvus' gRPC interface wants
 * them: a column for each field of the collection, with a value for each
 * record, and one of JSON objects for what is no field. The vectors are one
 * column of floats.
 *
 * Source      milvus.proto and schema.proto of github.com/milvus-io/milvus-
 *             proto 2.6.
 */
#include "config.h"
#include "store/milvus/milvus_parts.h"

#include "store/store_struct.h"
#include "store/store_value.h"
#include "util/protobuf.h"

/* Numbers of the fields. */
enum {
    UPSERT_DATABASE = 2, UPSERT_COLLECTION = 3, UPSERT_FIELDS = 5,
    UPSERT_ROWS = 7,
    FIELD_TYPE = 1, FIELD_NAME = 2, FIELD_SCALARS = 3, FIELD_VECTORS = 4,
    FIELD_DYNAMIC = 6, FIELD_VALID = 7,
    VECTORS_DIM = 1, VECTORS_FLOATS = 2,
    SCALAR_BOOL = 1, SCALAR_INT = 2, SCALAR_LONG = 3, SCALAR_FLOAT = 4,
    SCALAR_DOUBLE = 5, SCALAR_STRING = 6, SCALAR_JSON = 9,
    DATA = 1
};

/* Room for heads; the most bytes of a record's share of a column beyond its
 * value. */
enum { HEADS = 64, SHARE = 12 };

/* The records of a request: those of the items that went. */
struct rows {
    const struct milvus *m;
    const struct upsert_item *item;
    size_t count; /* of items */
};

/* ---- how many fit ---- */

/* At most so many bytes: texts are decoded, members stay as they are. */
static size_t milvus_most_bytes(const struct milvus *m,
                                const struct upsert_item *item)
{
    return item->id.len + m->http.base.dim * sizeof *item->vector +
           item->text.len + item->metadata.len * (1 + m->http.meta.as_json) +
           (m->shape.count + 2) * SHARE;
}

/* As store_body() does it. */
static size_t milvus_cut(struct milvus *m, struct upsert_item *items, size_t n)
{
    struct store *s = &m->http.base;
    size_t cut = store_cut_bytes(s), size = HEADS * (m->shape.count + 2), i;

    s->sent_count = 0;
    for (i = 0; i < n; i++) {
        items[i].stored = false;
        items[i].why.text[0] = '\0';
        if (s->limit_count && s->sent_count == s->limit_count)
            break;
        if (!s->ops->takes(s, &items[i], &m->room))
            continue;
        size += milvus_most_bytes(m, &items[i]);
        if (cut && size > cut && i > 0)
            break;
        s->sent_count++;
    }
    return i;
}

/* ---- a record's value for a field ---- */

/* The member of the metadata with the field's name. */
static bool milvus_find_member(const struct rows *r, const char *name,
                               const struct upsert_item *item,
                               struct json_value *v)
{
    struct json_cursor c;
    struct json_value key, one;
    bool found = false;

    if (!store_meta_begin(&r->m->http.meta, item, &c))
        return false;
    while (store_meta_next(&c, &key, &one))
        if (json_is(&key, name)) {
            *v = one;
            found = true;
        }
    return found;
}

static bool milvus_is_whole_field(const struct rows *r, const char *name,
                                  const struct upsert_item *item)
{
    return strcmp(name, "metadata") == 0 &&
           store_meta_whole(&r->m->http.meta, item);
}

/* False: it has none, which is null. A text has no quotes. */
static bool milvus_find_value(const struct rows *r,
                              const struct milvus_field *f,
                              const struct upsert_item *item,
                              struct json_value *v)
{
    const char *text = r->m->http.meta.text_key;

    *v = (struct json_value){ .type = JSON_STRING };
    if (text && strcmp(f->name, text) == 0) {
        v->raw = item->text;
        v->escaped = item->text_escaped;
        return true;
    }
    if (milvus_is_whole_field(r, f->name, item)) {
        v->raw = item->metadata;
        return true;
    }
    return milvus_find_member(r, f->name, item, v);
}

/* ---- values of one type ---- */

/* A text that is the whole metadata is no JSON string yet. */
static void milvus_put_json(struct buf *b, const struct json_value *v,
                            bool whole)
{
    size_t mark = proto_open(b, DATA, v->raw.len + 2);

    if (whole) {
        json_put_string(b, v->raw);
    } else {
        buf_puts(b, v->type == JSON_STRING ? "\"" : "");
        buf_put(b, v->raw.ptr, v->raw.len);
        buf_puts(b, v->type == JSON_STRING ? "\"" : "");
    }
    proto_close(b, mark);
}

/* milvus_typed_fits() has refused what is of another type. */
static void milvus_put_value(struct buf *b, const struct milvus_field *f,
                             const struct json_value *v, bool whole)
{
    int64_t n = 0;

    if (f->kind == MILVUS_VARCHAR)
        store_put_decoded(b, DATA, v->raw, v->escaped);
    else if (f->kind == MILVUS_JSON)
        milvus_put_json(b, v, whole);
    else if (f->kind == MILVUS_BOOL)
        proto_put_bool(b, DATA, v->type == JSON_TRUE);
    else if (f->kind == MILVUS_FLOAT)
        proto_put_float(b, DATA, (float)struct_number(v));
    else if (f->kind == MILVUS_DOUBLE)
        proto_put_double(b, DATA, struct_number(v));
    else if (milvus_whole(v, &n))
        proto_put_u64(b, DATA, (uint64_t)n);
}

static unsigned milvus_scalar(enum milvus_kind kind)
{
    return kind == MILVUS_VARCHAR  ? SCALAR_STRING
           : kind == MILVUS_JSON   ? SCALAR_JSON
           : kind == MILVUS_BOOL   ? SCALAR_BOOL
           : kind == MILVUS_FLOAT  ? SCALAR_FLOAT
           : kind == MILVUS_DOUBLE ? SCALAR_DOUBLE
           : kind == MILVUS_INT64  ? SCALAR_LONG
                                   : SCALAR_INT;
}

/* ---- columns ---- */

static size_t milvus_open_column(struct buf *b, const struct milvus_field *f,
                                 size_t guess)
{
    size_t mark = proto_open(b, UPSERT_FIELDS, guess);

    proto_put_u64(b, FIELD_TYPE, f->kind);
    proto_put_text(b, FIELD_NAME, text_of(f->name));
    return mark;
}

/* Which records have a value: said where a field may have none. */
static void milvus_put_valid(struct buf *b, const struct rows *r,
                             const struct milvus_field *f)
{
    struct json_value v;

    if (!f->optional)
        return;
    for (size_t i = 0; i < r->count; i++)
        if (store_body_has(&r->item[i]))
            proto_put_bool(b, FIELD_VALID,
                           milvus_find_value(r, f, &r->item[i], &v));
}

static void milvus_put_scalars(struct buf *b, const struct rows *r,
                               const struct milvus_field *f, size_t guess)
{
    size_t column = milvus_open_column(b, f, guess);
    size_t scalars = proto_open(b, FIELD_SCALARS, guess);
    size_t data = proto_open(b, milvus_scalar(f->kind), guess);
    struct json_value v;

    for (size_t i = 0; i < r->count; i++)
        if (store_body_has(&r->item[i]) &&
            milvus_find_value(r, f, &r->item[i], &v))
            milvus_put_value(b, f, &v, milvus_is_whole_field(r, f->name,
                                                             &r->item[i]));
    proto_close(b, data);
    proto_close(b, scalars);
    milvus_put_valid(b, r, f);
    proto_close(b, column);
}

static void milvus_put_ids(struct buf *b, const struct rows *r, size_t guess)
{
    size_t column = milvus_open_column(b, r->m->shape.id, guess);
    size_t scalars = proto_open(b, FIELD_SCALARS, guess);
    size_t data = proto_open(b, SCALAR_STRING, guess);

    for (size_t i = 0; i < r->count; i++)
        if (store_body_has(&r->item[i]))
            proto_put_text(b, DATA, r->item[i].id);
    proto_close(b, data);
    proto_close(b, scalars);
    proto_close(b, column);
}

/* Its size is known: nothing moves. */
static void milvus_put_vectors(struct buf *b, const struct rows *r)
{
    const struct store *s = &r->m->http.base;
    size_t size = s->sent_count * s->dim * sizeof(float);
    size_t column = milvus_open_column(b, r->m->shape.vector, size + HEADS);
    size_t vectors = proto_open(b, FIELD_VECTORS, size + HEADS / 2), floats;

    proto_put_u64(b, VECTORS_DIM, s->dim);
    floats = proto_open(b, VECTORS_FLOATS, size + HEADS / 4);
    proto_put_head(b, DATA, size);
    for (size_t i = 0; i < r->count; i++)
        if (store_body_has(&r->item[i]))
            proto_put_raw_floats(b, r->item[i].vector, s->dim);
    proto_close(b, floats);
    proto_close(b, vectors);
    proto_close(b, column);
}

/* ---- what is no field ---- */

static void milvus_put_dynamic_name(struct buf *b, size_t start,
                                    struct text raw)
{
    buf_puts(b, b->len > start ? ",\"" : "{\"");
    buf_put(b, raw.ptr, raw.len);
    buf_puts(b, "\":");
}

/* The name is letters, digits, "-", "_" and ".". */
static bool milvus_is_dynamic(const struct rows *r, const char *name)
{
    return name && !milvus_field(&r->m->shape, text_of(name));
}

static bool milvus_is_field(const struct milvus_shape *s,
                            const struct json_value *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (json_is(name, s->field[i].name))
            return true;
    return false;
}

static void milvus_put_dynamic_value(struct buf *b, const struct store_meta *m,
                                     const struct json_value *v)
{
    bool quote = v->type == JSON_STRING || store_meta_as_text(m, v);

    buf_puts(b, quote ? "\"" : "");
    buf_put(b, v->raw.ptr, v->raw.len);
    buf_puts(b, quote ? "\"" : "");
}

static void milvus_put_object(struct buf *b, const struct rows *r,
                              const struct upsert_item *item)
{
    const struct store_meta *m = &r->m->http.meta;
    size_t mark = proto_open(b, DATA, item->metadata.len + 2), start = b->len;
    struct json_cursor c;
    struct json_value name, v;

    if (milvus_is_dynamic(r, m->text_key)) {
        milvus_put_dynamic_name(b, start, text_of(m->text_key));
        store_put_text(b, item);
    }
    if (store_meta_whole(m, item) && milvus_is_dynamic(r, "metadata")) {
        milvus_put_dynamic_name(b, start, text_of("metadata"));
        json_put_string(b, item->metadata);
    }
    if (store_meta_begin(m, item, &c))
        while (store_meta_next(&c, &name, &v))
            if (!milvus_is_field(&r->m->shape, &name)) {
                milvus_put_dynamic_name(b, start, name.raw);
                milvus_put_dynamic_value(b, m, &v);
            }
    buf_puts(b, b->len > start ? "}" : "{}");
    proto_close(b, mark);
}

static void milvus_put_dynamic(struct buf *b, const struct rows *r,
                               size_t guess)
{
    static const struct milvus_field meta = { .name = "$meta",
                                              .kind = MILVUS_JSON };
    size_t column = milvus_open_column(b, &meta, guess);
    size_t scalars = proto_open(b, FIELD_SCALARS, guess);
    size_t data = proto_open(b, SCALAR_JSON, guess);

    for (size_t i = 0; i < r->count; i++)
        if (store_body_has(&r->item[i]))
            milvus_put_object(b, r, &r->item[i]);
    proto_close(b, data);
    proto_close(b, scalars);
    proto_put_bool(b, FIELD_DYNAMIC, true);
    proto_close(b, column);
}

/* ---- the request ---- */

static void milvus_put_columns(struct buf *b, const struct rows *r)
{
    const struct milvus_shape *s = &r->m->shape;
    size_t ids = 0, texts = 0, metadata = 0;

    for (size_t i = 0; i < r->count; i++) {
        ids += r->item[i].id.len + 2;
        texts += r->item[i].text.len + 2;
        metadata += r->item[i].metadata.len + 2;
    }
    for (size_t i = 0; i < s->count; i++) {
        const struct milvus_field *f = &s->field[i];
        const char *text = r->m->http.meta.text_key;

        if (f == s->id)
            milvus_put_ids(b, r, ids);
        else if (f == s->vector)
            milvus_put_vectors(b, r);
        else if (!f->made && f->kind != MILVUS_OTHER)
            milvus_put_scalars(b, r, f,
                               text && strcmp(f->name, text) == 0 ? texts
                                                                  : metadata);
    }
    if (s->dynamic)
        milvus_put_dynamic(b, r, metadata);
}

bool milvus_put_upsert(struct milvus *m, struct buf *b,
                       struct upsert_item *items, size_t n, size_t *taken,
                       struct error *err)
{
    struct store *s = &m->http.base;
    struct rows rows = { m, items, milvus_cut(m, items, n) };
    const char *database = store_http_option(&m->http, "database");
    size_t start = b->len;

    *taken = rows.count;
    if (database)
        proto_put_text(b, UPSERT_DATABASE, text_of(database));
    proto_put_text(b, UPSERT_COLLECTION, text_of(m->http.name.data));
    proto_put_u64(b, UPSERT_ROWS, s->sent_count);
    milvus_put_columns(b, &rows);
    s->sent_bytes = b->len - start;
    if (b->failed || m->room.failed)
        return error_memory(err, "for a request");
    if (!s->limit_bytes || s->sent_bytes <= s->limit_bytes ||
        s->sent_count == 0)
        return true;
    error_set(err, ERROR_SIZE, 0,
              "one record takes %zu bytes, a request may have %zu",
              s->sent_bytes, s->limit_bytes);
    err->about = ABOUT_DOCUMENT;
    return false;
}
