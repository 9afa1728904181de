/*
 * This file checks each member of a document's metadata by the rules of its
 * store: type, name, and whether a number keeps its value. The first misfit
 * refuses the document, in a sentence with its name; the others are written in
 * the store's form.
 */
#include "config.h"
#include "store/store_meta.h"

#include <ctype.h>
#include <stdio.h>

#include "store/meta_parts.h"
#include "store/store_number.h"
#include "util/json.h"
#include "util/str.h"

bool store_meta_init(struct store_meta *m, const char *metadata,
                     const char *text, const struct meta_rules *rules,
                     struct error *err)
{
    m->rules = rules;
    m->as_json = metadata && strcmp(metadata, "json") == 0;
    m->text_key = text ? text : "text";
    if (strcmp(m->text_key, "none") == 0)
        m->text_key = NULL;
    if (metadata && !m->as_json && strcmp(metadata, "fields") != 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "--store: metadata=%s is neither fields nor json",
                         metadata);
    return true;
}

/* ---- what a value is ---- */

static enum json_type store_meta_type(enum json_type type)
{
    return type == JSON_FALSE ? JSON_TRUE : type;
}

/* The type of the list's elements; JSON_NULL if it is not one scalar type. */
static enum json_type list_type(struct text list, bool *empty)
{
    enum json_type type = JSON_NULL;
    struct json_cursor c;
    struct json_value v;

    *empty = true;
    json_begin(&c, list.ptr, list.len);
    if (!json_enter_array(&c))
        return JSON_NULL;
    while (json_element(&c) && json_value(&c, &v)) {
        if (v.type == JSON_NULL || v.type >= JSON_ARRAY ||
            (!*empty && store_meta_type(v.type) != type)) {
            *empty = false;
            return JSON_NULL;
        }
        type = store_meta_type(v.type);
        *empty = false;
    }
    return type;
}

/* What is wrong with it, "is a list of numbers"; NULL: nothing. */
static const char *bad_list(const struct meta_rules *r, struct text list)
{
    bool empty;
    enum json_type type;

    if (r->also & META_OBJECTS)
        return NULL;
    type = list_type(list, &empty);
    if (!(r->also & (META_STRINGS | META_LISTS)))
        return "is a list";
    if (empty)
        return r->also & META_FILLED ? "is an empty list" : NULL;
    if (type == JSON_STRING || (type != JSON_NULL && r->also & META_LISTS))
        return NULL;
    return type == JSON_NUMBER ? "is a list of numbers"
           : type == JSON_TRUE ? "is a list of booleans"
                               : "is a list of mixed or nested values";
}

static const char *bad_number(const struct meta_rules *r,
                              const struct json_value *v)
{
    const struct text json = v->raw;
    bool exact53 = r->also & META_EXACT53 ||
                   (r->also & META_NESTED53 && v->type >= JSON_ARRAY);

    if (number_inside(json, number_is_huge))
        return "has a number beyond 1.8e308";
    if (exact53 && number_inside(json, number_is_long))
        return "has an integer above 2^53, which would be rounded (a text "
               "keeps it)";
    if (r->also & META_EXACT64 && number_inside(json, number_over_int64))
        return "has an integer beyond 64 bits, which would be rounded (a text "
               "keeps it)";
    return NULL;
}

static const char *store_meta_bad_value(const struct meta_rules *r,
                                        const struct json_value *v,
                                        struct buf *room)
{
    const char *why = NULL;

    if (v->type == JSON_ARRAY)
        why = bad_list(r, v->raw);
    else if (v->type == JSON_OBJECT && !(r->also & META_OBJECTS))
        why = "is an object";
    if (!why && r->inner_name)
        why = meta_inside(v, r->inner_name, room);
    return why;
}

/* ---- one member ---- */

static bool store_meta_refuse(const struct store_meta *m,
                              struct upsert_item *item, struct text member,
                              const char *is)
{
    char name[48];

    str_printable(name, sizeof name, member);
    return store_item_refused(item,
                              "the metadata's member \"%s\" %s; %s takes %s "
                              "(?metadata=json in the URL: all as one text)",
                              name, is, m->rules->store, m->rules->takes);
}

/* Values that the store would take but not keep unchanged. */
static bool refuse_loss(struct upsert_item *item, struct text member,
                        const char *is)
{
    char name[48];

    str_printable(name, sizeof name, member);
    return store_item_refused(item,
                              "the metadata's member \"%s\" %s "
                              "(?metadata=json in the URL: all as one text)",
                              name, is);
}

/* Is it the text's name, once its first letter is in lower case? */
static bool is_the_texts(const struct store_meta *m, struct text name)
{
    const char *key = m->text_key;

    if (!key || m->rules->also & META_TEXT_APART || name.len != strlen(key))
        return false;
    return text_is(name, key) ||
           (m->rules->also & META_LOWERED && name.len > 0 &&
            tolower((unsigned char)name.ptr[0]) ==
                tolower((unsigned char)key[0]) &&
            memcmp(name.ptr + 1, key + 1, name.len - 1) == 0);
}

static bool name_fits(const struct store_meta *m, struct text name,
                      struct upsert_item *item)
{
    const char *why = NULL;
    char shown[48];

    if (is_the_texts(m, name)) {
        str_printable(shown, sizeof shown, name);
        return store_item_refused(item,
                                  "the metadata has a member \"%s\", where "
                                  "the text of the document goes: ?text=OTHER "
                                  "in the URL moves it", shown);
    }
    if (name.len == 0)
        why = "has an empty name";
    else if (m->rules->bad_name)
        why = m->rules->bad_name(name);
    return !why || store_meta_refuse(m, item, name, why);
}

static bool store_meta_member_fits(const struct store_meta *m,
                                   const struct json_value *key,
                                   const struct json_value *v,
                                   struct upsert_item *item, struct buf *room)
{
    const char *why = store_meta_bad_value(m->rules, v, room), *loss = NULL;
    struct text name;

    if (v->type == JSON_NUMBER || v->type >= JSON_ARRAY)
        loss = bad_number(m->rules, v);
    buf_clear(room);
    json_decode(key, room);
    name = (struct text){ room->data ? room->data : "", room->len };
    return name_fits(m, name, item) &&
           (!why || store_meta_refuse(m, item, name, why)) &&
           (!loss || refuse_loss(item, name, loss));
}

/* Weaviate takes "Pos" for "pos": the last one of them would win. */
static bool twins_fit(const struct store_meta *m, struct upsert_item *item,
                      struct buf *room)
{
    struct text big, small;
    char is[128], other[48];

    if (!(m->rules->also & META_LOWERED) ||
        !meta_twins(item->metadata, room, &big, &small))
        return true;
    str_printable(other, sizeof other, small);
    snprintf(is, sizeof is, "stands beside \"%s\", and %s makes its first "
                            "letter small", other, m->rules->store);
    return refuse_loss(item, big, is);
}

bool store_meta_takes(const struct store_meta *m, struct upsert_item *item,
                      struct buf *room)
{
    struct json_cursor c;
    struct json_value key, v;

    if (item->metadata.len == 0 || text_is(item->metadata, "null") ||
        m->as_json)
        return true;
    json_begin(&c, item->metadata.ptr, item->metadata.len);
    if (!json_enter_object(&c))
        return store_item_refused(item, "the metadata is not an object; %s "
                                  "takes members only (?metadata=json in the "
                                  "URL: all as one text)", m->rules->store);
    while (json_member(&c, &key) && json_value(&c, &v))
        if (v.type != JSON_NULL &&
            !store_meta_member_fits(m, &key, &v, item, room))
            return false;
    return twins_fit(m, item, room);
}

/* ---- writing ---- */

static bool has_metadata(const struct upsert_item *item)
{
    return item->metadata.len > 0 && !text_is(item->metadata, "null");
}

bool store_meta_whole(const struct store_meta *m,
                      const struct upsert_item *item)
{
    return m->as_json && has_metadata(item);
}

bool store_meta_begin(const struct store_meta *m,
                      const struct upsert_item *item, struct json_cursor *c)
{
    if (m->as_json || !has_metadata(item))
        return false;
    json_begin(c, item->metadata.ptr, item->metadata.len);
    return json_enter_object(c);
}

bool store_meta_next(struct json_cursor *c, struct json_value *name,
                     struct json_value *v)
{
    while (json_member(c, name) && json_value(c, v))
        if (v->type != JSON_NULL)
            return true;
    return false;
}

bool store_meta_as_text(const struct store_meta *m,
                        const struct json_value *v)
{
    unsigned also = m->rules->also;

    return v->type == JSON_NUMBER &&
           ((also & META_DOUBLES && number_is_long(v->raw)) ||
            (also & META_INT64 && number_is_no_int64(v->raw)));
}

static void store_meta_put_value(struct buf *b, const struct store_meta *m,
                                 const struct json_value *v)
{
    bool quote = v->type == JSON_STRING || store_meta_as_text(m, v);

    if (quote)
        buf_putc(b, '"');
    buf_put(b, v->raw.ptr, v->raw.len);
    if (quote)
        buf_putc(b, '"');
}

void store_meta_put(struct buf *b, const struct store_meta *m,
                    const struct upsert_item *item, bool comma)
{
    struct json_cursor c;
    struct json_value key, v;

    if (store_meta_whole(m, item)) {
        buf_puts(b, comma ? ",\"metadata\":" : "\"metadata\":");
        json_put_string(b, item->metadata);
    }
    if (!store_meta_begin(m, item, &c))
        return;
    while (store_meta_next(&c, &key, &v)) {
        buf_puts(b, comma ? ",\"" : "\"");
        buf_put(b, key.raw.ptr, key.raw.len);
        buf_puts(b, "\":");
        store_meta_put_value(b, m, &v);
        comma = true;
    }
}
