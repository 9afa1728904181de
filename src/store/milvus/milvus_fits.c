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
    return !f || v->type != JSON_STRING ||
           string_fits(f, v->raw, "", item, room);
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
           text_fits(shape, meta, item, room);
}
