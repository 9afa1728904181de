/* This file writes metadata as google.protobuf.Struct: names, and values that
 * are null, a double, a text, a boolean or a list of these. */
#include "config.h"
#include "store/store_struct.h"

#include <stdlib.h>

#include "store/store_value.h"

/* Numbers of the fields in struct.proto; those of a Value are value_google. */
enum {
    FIELDS = 1, /* of a Struct: an entry of the map */
    LIST_VALUES = 1
};

/* Room for the heads of what is inside a message. */
enum { HEADS = 8 };

double struct_number(const struct json_value *number)
{
    /* A bracket or a comma ends it; LC_NUMERIC stays "C": see main.c */
    return strtod(number->raw.ptr, NULL);
}

void struct_put_string(struct buf *b, const char *name, struct text decoded)
{
    size_t entry = proto_open(b, FIELDS, strlen(name) + decoded.len + HEADS);
    size_t value;

    proto_put_text(b, PROTO_MAP_KEY, text_of(name));
    value = proto_open(b, PROTO_MAP_VALUE, decoded.len + HEADS);
    proto_put_text(b, value_google.string, decoded);
    proto_close(b, value);
    proto_close(b, entry);
}

void struct_put_text(struct buf *b, const char *name,
                     const struct upsert_item *item)
{
    size_t size = item->text.len + HEADS;
    size_t entry = proto_open(b, FIELDS, strlen(name) + size), value;

    proto_put_text(b, PROTO_MAP_KEY, text_of(name));
    value = proto_open(b, PROTO_MAP_VALUE, size);
    store_put_decoded(b, value_google.string, item->text, item->text_escaped);
    proto_close(b, value);
    proto_close(b, entry);
}

static void struct_put_scalar(struct buf *b, const struct json_value *v,
                              bool as_text)
{
    if (v->type == JSON_STRING || as_text)
        store_put_decoded(b, value_google.string, v->raw, v->escaped);
    else if (v->type == JSON_NUMBER)
        proto_put_double(b, value_google.real, struct_number(v));
    else if (v->type == JSON_NULL)
        proto_put_u64(b, value_google.null, 0);
    else
        proto_put_bool(b, value_google.boolean, v->type == JSON_TRUE);
}

static void struct_put_list(struct buf *b, struct text list)
{
    size_t mark = proto_open(b, value_google.list, list.len);
    struct json_cursor c;
    struct json_value v;

    json_begin(&c, list.ptr, list.len);
    json_enter_array(&c);
    while (json_element(&c) && json_value(&c, &v)) {
        size_t one = proto_open(b, LIST_VALUES, v.raw.len + HEADS);

        struct_put_scalar(b, &v, false);
        proto_close(b, one);
    }
    proto_close(b, mark);
}

void struct_put_member(struct buf *b, const struct json_value *name,
                       const struct json_value *v, bool as_text)
{
    size_t entry = proto_open(b, FIELDS, name->raw.len + v->raw.len + HEADS);
    size_t value;

    store_put_decoded(b, PROTO_MAP_KEY, name->raw, name->escaped);
    value = proto_open(b, PROTO_MAP_VALUE, v->raw.len + HEADS);
    if (v->type == JSON_ARRAY)
        struct_put_list(b, v->raw);
    else
        struct_put_scalar(b, v, as_text);
    proto_close(b, value);
    proto_close(b, entry);
}

void struct_put_meta(struct buf *b, const struct store_meta *m,
                     const struct upsert_item *item)
{
    struct json_cursor c;
    struct json_value name, v;

    if (store_meta_whole(m, item))
        struct_put_string(b, "metadata", item->metadata);
    if (!store_meta_begin(m, item, &c))
        return;
    while (store_meta_next(&c, &name, &v))
        struct_put_member(b, &name, &v, store_meta_as_text(m, &v));
}
