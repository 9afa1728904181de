/*
 * This file writes an object as Weaviate's gRPC interface wants it. Texts,
 * numbers and booleans are members of a google.protobuf.Struct; lists and
 * objects are messages of their own, by type, at each level again.
 *
 * Source      v1/batch.proto and v1/base.proto of github.com/weaviate/weaviate
 *             1.35, and what adapters/handlers/grpc/v1/batch makes of them.
 */
#include "config.h"
#include "store/weaviate/weaviate_parts.h"

#include "store/store_struct.h"
#include "store/store_value.h"
#include "util/protobuf.h"
#include "util/uuid.h"

/* Numbers of the fields. */
enum {
    OBJECTS = 1, /* BatchObjectsRequest */
    OBJECT_UUID = 1, OBJECT_PROPERTIES = 3, OBJECT_COLLECTION = 4,
    OBJECT_TENANT = 5, OBJECT_VECTOR = 6, OBJECT_VECTORS = 23,
    VECTORS_NAME = 1, VECTORS_BYTES = 3, VECTORS_TYPE = 4, SINGLE_FP32 = 1,
    PLAIN = 1, /* what is neither a list nor an object: a Struct */
    LIST_VALUES = 1, LIST_NAME = 2, LIST_DOUBLES = 3
};

enum { HEADS = 64 };

/* The fields of the messages that hold properties: an object's own ones, and
 * those of an object inside another. */
struct weaviate_level {
    unsigned numbers, texts, booleans, object, objects, empty;
};
static const struct weaviate_level outer = { 4, 6, 7, 8, 9, 10 };
static const struct weaviate_level inner = { 2, 4, 5, 6, 7, 10 };

static void weaviate_put_inner(struct buf *b, unsigned field,
                               struct text object);

static void weaviate_put_name(struct buf *b, const struct json_value *name)
{
    store_put_decoded(b, LIST_NAME, name->raw, name->escaped);
}

/* Doubles, packed. */
static void weaviate_put_doubles(struct buf *b, struct json_cursor *c)
{
    size_t mark = proto_open(b, LIST_DOUBLES, HEADS);
    struct json_value v;

    while (json_element(c) && json_value(c, &v))
        proto_put_raw_double(b, struct_number(&v));
    proto_close(b, mark);
}

static void weaviate_put_texts(struct buf *b, struct json_cursor *c)
{
    struct json_value v;

    while (json_element(c) && json_value(c, &v))
        store_put_decoded(b, LIST_VALUES, v.raw, v.escaped);
}

static void weaviate_put_booleans(struct buf *b, struct json_cursor *c)
{
    struct json_value v;

    while (json_element(c) && json_value(c, &v))
        proto_put_bool(b, LIST_VALUES, v.type == JSON_TRUE);
}

static void weaviate_put_objects(struct buf *b, struct json_cursor *c)
{
    struct json_value v;

    while (json_element(c) && json_value(c, &v))
        weaviate_put_inner(b, LIST_VALUES, v.raw);
}

/* All elements have one type: store_meta_takes() saw to it. */
static void weaviate_put_list(struct buf *b, const struct weaviate_level *at,
                              const struct json_value *name, struct text list)
{
    enum json_type type;
    struct json_cursor c;
    size_t mark;

    json_begin(&c, list.ptr, list.len);
    if (!json_enter_array(&c) || !json_peek(&c, &type)) {
        store_put_decoded(b, at->empty, name->raw, name->escaped);
        return;
    }
    mark = proto_open(b, type == JSON_NUMBER   ? at->numbers
                         : type == JSON_STRING ? at->texts
                         : type == JSON_OBJECT ? at->objects
                                               : at->booleans,
                      list.len);
    if (type == JSON_NUMBER)
        weaviate_put_doubles(b, &c);
    else if (type == JSON_STRING)
        weaviate_put_texts(b, &c);
    else if (type == JSON_OBJECT)
        weaviate_put_objects(b, &c);
    else
        weaviate_put_booleans(b, &c);
    weaviate_put_name(b, name);
    proto_close(b, mark);
}

static void weaviate_put_typed(struct buf *b, const struct weaviate_level *at,
                               const struct json_value *name,
                               const struct json_value *v)
{
    size_t mark;

    if (v->type == JSON_ARRAY)
        weaviate_put_list(b, at, name, v->raw);
    if (v->type != JSON_OBJECT)
        return;
    mark = proto_open(b, at->object, v->raw.len + HEADS);
    weaviate_put_inner(b, LIST_VALUES, v->raw);
    weaviate_put_name(b, name);
    proto_close(b, mark);
}

/* An object inside another: first what its Struct takes, then the rest. It is
 * as deep as the reader lets JSON be. */
static void weaviate_put_inner(struct buf *b, unsigned field,
                               struct text object)
{
    size_t mark = proto_open(b, field, object.len + HEADS), plain;
    struct json_cursor c;
    struct json_value name, v;

    plain = proto_open(b, PLAIN, object.len);
    json_begin(&c, object.ptr, object.len);
    json_enter_object(&c);
    while (json_member(&c, &name) && json_value(&c, &v))
        if (v.type < JSON_ARRAY)
            struct_put_member(b, &name, &v, false);
    proto_close(b, plain);
    json_begin(&c, object.ptr, object.len);
    json_enter_object(&c);
    while (json_member(&c, &name) && json_value(&c, &v))
        weaviate_put_typed(b, &inner, &name, &v);
    proto_close(b, mark);
}

/* Our own two properties and the plain ones of the metadata. */
static void weaviate_put_plain(struct buf *b, const struct store_meta *m,
                               const struct upsert_item *item)
{
    size_t mark = proto_open(b, PLAIN, item->text.len + item->metadata.len);
    struct json_cursor c;
    struct json_value name, v;

    struct_put_string(b, "doc_id", item->id);
    if (m->text_key)
        struct_put_text(b, m->text_key, item);
    if (store_meta_whole(m, item))
        struct_put_string(b, "metadata", item->metadata);
    if (store_meta_begin(m, item, &c))
        while (store_meta_next(&c, &name, &v))
            if (v.type < JSON_ARRAY)
                struct_put_member(b, &name, &v, store_meta_as_text(m, &v));
    proto_close(b, mark);
}

static void weaviate_put_properties(struct buf *b, const struct store_meta *m,
                                    const struct upsert_item *item)
{
    size_t mark = proto_open(b, OBJECT_PROPERTIES,
                             item->text.len + item->metadata.len + HEADS);
    struct json_cursor c;
    struct json_value name, v;

    weaviate_put_plain(b, m, item);
    if (store_meta_begin(m, item, &c))
        while (store_meta_next(&c, &name, &v))
            weaviate_put_typed(b, &outer, &name, &v);
    proto_close(b, mark);
}

static void weaviate_put_vector(struct buf *b, const char *name,
                                const float *vector, size_t dim)
{
    size_t mark, size = dim * sizeof *vector;

    if (!*name) {
        proto_put_head(b, OBJECT_VECTOR, size);
        proto_put_raw_floats(b, vector, dim);
        return;
    }
    mark = proto_open(b, OBJECT_VECTORS, size + HEADS);
    proto_put_text(b, VECTORS_NAME, text_of(name));
    proto_put_u64(b, VECTORS_TYPE, SINGLE_FP32);
    proto_put_head(b, VECTORS_BYTES, size);
    proto_put_raw_floats(b, vector, dim);
    proto_close(b, mark);
}

void weaviate_put_message(struct store *s, struct buf *b,
                          const struct upsert_item *item)
{
    const struct weaviate *w = (const struct weaviate *)s;
    char uuid[UUID_SIZE];
    size_t mark = proto_open(b, OBJECTS, s->dim * sizeof *item->vector +
                                             item->text.len +
                                             item->metadata.len + HEADS);

    uuid_of(item->id.ptr, item->id.len, uuid);
    proto_put_text(b, OBJECT_UUID, text_of(uuid));
    proto_put_text(b, OBJECT_COLLECTION, text_of(w->http.name.data));
    if (w->tenant)
        proto_put_text(b, OBJECT_TENANT, text_of(w->tenant));
    weaviate_put_properties(b, &w->http.meta, item);
    weaviate_put_vector(b, w->class.vector, item->vector, s->dim);
    proto_close(b, mark);
}
