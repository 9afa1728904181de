/* This file checks a record against a Milvus collection before it is paid for:
 * fields have types, and VarChar fields a length in bytes. */
#include "config.h"
#include "store/milvus/milvus_fits.h"

#include "store/store_reply.h"

/* Bytes of a JSON string once decoded, if they may be too many. */
static size_t decoded_size(struct text raw, size_t most, struct buf *room)
{
    if (raw.len <= most)
        return raw.len;
    buf_clear(room);
    json_decode_raw(raw, room);
    return room->len;
}

static bool milvus_size_fits(const struct milvus_field *f, size_t size,
                             const char *remedy, struct upsert_item *item)
{
    return !f->most || size <= f->most ||
           store_item_refused(item,
                              "the text for the field \"%s\" has %zu bytes, "
                              "the collection takes %zu%s", f->name, size,
                              f->most, remedy);
}

static bool string_fits(const struct milvus_field *f, struct text raw,
                        const char *remedy, struct upsert_item *item,
                        struct buf *room)
{
    return milvus_size_fits(f, decoded_size(raw, f->most, room), remedy, item);
}

/* ---- types, where records go over gRPC ---- */

bool milvus_whole(const struct json_value *v, int64_t *n)
{
    struct json_value number = *v;

    if (v->type == JSON_STRING && v->raw.len > 0)
        number.type = JSON_NUMBER;
    return json_integer(&number, n);
}

static bool milvus_is_within(const struct json_value *v, int64_t most)
{
    int64_t n;

    return milvus_whole(v, &n) && n <= most && n >= -most - 1;
}

/* What the field takes and the value is not; NULL: it is. */
static const char *milvus_wanted_type(const struct milvus_field *f,
                                      const struct json_value *v)
{
    switch (f->kind) {
    case MILVUS_VARCHAR:
        return v->type == JSON_STRING || v->type < JSON_ARRAY ? NULL : "a text";
    case MILVUS_JSON:
        return NULL;
    case MILVUS_BOOL:
        return v->type == JSON_TRUE || v->type == JSON_FALSE ? NULL
                                                             : "true or false";
    case MILVUS_FLOAT:
    case MILVUS_DOUBLE:
        return v->type == JSON_NUMBER ? NULL : "a number";
    case MILVUS_INT8:
        return milvus_is_within(v, INT8_MAX) ? NULL : "an integer of 8 bits";
    case MILVUS_INT16:
        return milvus_is_within(v, INT16_MAX) ? NULL : "an integer of 16 bits";
    case MILVUS_INT32:
        return milvus_is_within(v, INT32_MAX) ? NULL : "an integer of 32 bits";
    case MILVUS_INT64:
        return milvus_is_within(v, INT64_MAX) ? NULL : "an integer of 64 bits";
    default:
        return "a type that is not written over gRPC (?format=json in the URL "
               "takes REST)";
    }
}

static bool milvus_type_fits(const struct milvus_shape *s,
                             const struct milvus_field *f,
                             const struct json_value *v,
                             struct upsert_item *item)
{
    const char *wanted = s->typed && v->type != JSON_NULL
                             ? milvus_wanted_type(f, v)
                             : NULL;

    return !wanted ||
           store_item_refused(item, "the metadata's member \"%s\" does not "
                                    "fit the collection's field, which takes "
                                    "%s", f->name, wanted);
}

/* ---- members ---- */

static bool milvus_member_fits(const struct milvus_shape *s,
                               const struct json_value *key,
                               const struct json_value *v,
                               struct upsert_item *item, struct buf *room)
{
    const struct milvus_field *f = NULL;
    char name[48];

    for (size_t i = 0; i < s->count && !f; i++)
        if (json_is(key, s->field[i].name))
            f = &s->field[i];
    reply_word(key, name, sizeof name);
    if (f && (f == s->id || f == s->vector))
        return store_item_refused(item, "the metadata has a member \"%s\", "
                                        "which is the collection's %s", name,
                                  f == s->id ? "id" : "vector");
    if (!f && !s->dynamic && v->type != JSON_NULL)
        return store_item_refused(item, "the metadata has a member \"%s\", "
                                        "and the collection neither such a "
                                        "field nor dynamic ones", name);
    if (f && !milvus_type_fits(s, f, v, item))
        return false;
    return !f || v->type != JSON_STRING ||
           string_fits(f, v->raw, "", item, room);
}

/* Does the record give the field a value of its own? */
static bool milvus_has_member(const struct upsert_item *item, const char *name)
{
    struct json_cursor c;
    struct json_value key, v;
    bool has = false;

    if (item->metadata.len == 0)
        return false;
    json_begin(&c, item->metadata.ptr, item->metadata.len);
    if (!json_enter_object(&c))
        return false;
    while (json_member(&c, &key) && json_value(&c, &v))
        if (json_is(&key, name))
            has = v.type != JSON_NULL;
    return has;
}

/* Over gRPC a column has a value for each record, or says that it has none. */
static bool milvus_has_all(const struct milvus_shape *s,
                           const struct store_meta *meta,
                           struct upsert_item *item)
{
    for (size_t i = 0; s->typed && i < s->count; i++) {
        const struct milvus_field *f = &s->field[i];
        bool ours = f == s->id || f == s->vector || f->optional || f->made ||
                    (meta->text_key && strcmp(f->name, meta->text_key) == 0);

        if (!ours &&
            !(store_meta_whole(meta, item) &&
              strcmp(f->name, "metadata") == 0) &&
            (meta->as_json || !milvus_has_member(item, f->name)))
            return store_item_refused(item,
                                      "the metadata has no member \"%s\", and "
                                      "the collection's field must not be null",
                                      f->name);
    }
    return true;
}

static bool metadata_fits(const struct milvus_shape *s,
                          const struct store_meta *meta,
                          struct upsert_item *item, struct buf *room)
{
    struct json_cursor c;
    struct json_value key, v;

    if (meta->as_json) {
        const struct milvus_field *f =
            milvus_field(s, text_of("metadata"));

        return !f || milvus_size_fits(f, item->metadata.len, "", item);
    }
    if (item->metadata.len == 0)
        return true;
    json_begin(&c, item->metadata.ptr, item->metadata.len);
    if (!json_enter_object(&c))
        return true; /* store_meta_takes() has the words */
    while (json_member(&c, &key) && json_value(&c, &v))
        if (!milvus_member_fits(s, &key, &v, item, room))
            return false;
    return true;
}

static bool milvus_id_fits(const struct milvus_shape *s,
                           struct upsert_item *item)
{
    size_t most = s->id->most;

    return !most || item->id.len <= most ||
           store_item_refused(item,
                              "the id has %zu bytes, the collection's field "
                              "\"%s\" takes %zu (a new job with --id hash "
                              "makes short ones)",
                              item->id.len, s->id->name, most);
}

static bool text_fits(const struct milvus_shape *s,
                      const struct store_meta *meta, struct upsert_item *item,
                      struct buf *room)
{
    const char *key = meta->text_key;
    const struct milvus_field *f =
        key ? milvus_field(s, text_of(key)) : NULL;

    return !f || string_fits(f, item->text,
                             " (?text=none in the URL leaves the text out)",
                             item, room);
}

bool milvus_fits(const struct milvus_shape *shape,
                 const struct store_meta *meta, struct upsert_item *item,
                 struct buf *room)
{
    return milvus_id_fits(shape, item) &&
           metadata_fits(shape, meta, item, room) &&
           milvus_has_all(shape, meta, item) &&
           text_fits(shape, meta, item, room);
}
