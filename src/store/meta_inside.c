/* This file finds in one pass the first value inside a list or an object that a
 * store with one type per name would not take. */
#include "config.h"
#include "store/meta_parts.h"

static enum json_type meta_inside_type(const struct json_value *v)
{
    return v->type == JSON_FALSE ? JSON_TRUE : v->type;
}

static const char *inside_list(struct text list,
                               bool (*name_fits)(struct text name),
                               struct buf *room)
{
    enum json_type first = JSON_NULL;
    const char *why = NULL;
    struct json_cursor c;
    struct json_value v;

    json_begin(&c, list.ptr, list.len);
    if (!json_enter_array(&c))
        return NULL;
    while (!why && json_element(&c) && json_value(&c, &v)) {
        if (v.type == JSON_NULL)
            return "has a null within a list";
        if (v.type == JSON_ARRAY)
            return "has a list within a list";
        if (first != JSON_NULL && first != meta_inside_type(&v))
            return "has a list of mixed values";
        first = meta_inside_type(&v);
        why = meta_inside(&v, name_fits, room);
    }
    return why;
}

static bool key_fits(const struct json_value *key,
                     bool (*name_fits)(struct text name), struct buf *room)
{
    if (!key->escaped)
        return name_fits(key->raw);
    buf_clear(room);
    json_decode(key, room);
    return room->failed || name_fits((struct text){ room->data, room->len });
}

static const char *inside_object(struct text object,
                                 bool (*name_fits)(struct text name),
                                 struct buf *room)
{
    const char *why = NULL;
    struct json_cursor c;
    struct json_value key, v;

    json_begin(&c, object.ptr, object.len);
    if (!json_enter_object(&c))
        return NULL;
    while (!why && json_member(&c, &key) && json_value(&c, &v)) {
        if (!key_fits(&key, name_fits, room))
            return "has a name inside that is not letters, digits and \"_\"";
        why = meta_inside(&v, name_fits, room);
    }
    return why;
}

const char *meta_inside(const struct json_value *v,
                        bool (*name_fits)(struct text name), struct buf *room)
{
    if (v->type == JSON_ARRAY)
        return inside_list(v->raw, name_fits, room);
    if (v->type == JSON_OBJECT)
        return inside_object(v->raw, name_fits, room);
    return NULL;
}
