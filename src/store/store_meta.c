#include "config.h"
#include "store/store_meta.h"

#include "util/json.h"
#include "util/str.h"

bool store_meta_init(struct store_meta *m, const struct store_http *s,
                     const struct meta_rules *rules, struct error *err)
{
    const char *metadata = store_http_option(s, "metadata");
    const char *text = store_http_option(s, "text");

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

void store_meta_release(struct store_meta *m)
{
    buf_release(&m->name);
}

/* ---- what a value is ---- */

static enum json_type plain(enum json_type type)
{
    return type == JSON_FALSE ? JSON_TRUE : type;
}

/* What the list holds; JSON_NULL when it is not of one scalar type. */
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
            (!*empty && plain(v.type) != type)) {
            *empty = false;
            return JSON_NULL;
        }
        type = plain(v.type);
        *empty = false;
    }
    return type;
}

static bool list_fits(const struct meta_rules *r, const struct json_value *v)
{
    bool empty;
    enum json_type type;

    if (r->also & META_OBJECTS)
        return true;
    if (!(r->also & (META_STRINGS | META_LISTS)))
        return false;
    type = list_type(v->raw, &empty);
    return empty || type == JSON_STRING ||
           (type != JSON_NULL && (r->also & META_LISTS));
}

/* An integer above 2^53 loses digits as a double. */
static bool is_long_integer(struct text number)
{
    static const char most[] = "9007199254740992";
    size_t n = sizeof most - 1;

    if (number.len > 0 && number.ptr[0] == '-')
        number = (struct text){ number.ptr + 1, number.len - 1 };
    for (size_t i = 0; i < number.len; i++)
        if (strchr(".eE", number.ptr[i]))
            return false;
    return number.len > n ||
           (number.len == n && memcmp(number.ptr, most, n) > 0);
}

/* Without a point, and no integer of 64 bits: 1e5 is none either. */
static bool is_beyond_int64(const struct json_value *number)
{
    int64_t n;

    return !memchr(number->raw.ptr, '.', number->raw.len) &&
           !json_integer(number, &n);
}

/* Below 1e308, by the places of its digits and its exponent: no locale and no
 * rounding in it. */
static bool is_finite(struct text number)
{
    long places = 0, exponent = 0;
    bool digits = false, point = false;
    size_t i;

    for (i = 0; i < number.len && !strchr("eE", number.ptr[i]); i++) {
        char c = number.ptr[i];

        point |= c == '.';
        if (c < '0' || c > '9')
            continue;
        if (digits || c != '0')
            places += point ? 0 : 1;
        else
            places -= point ? 1 : 0;
        digits |= c != '0';
    }
    for (i++; i < number.len && exponent < 100000; i++)
        if (number.ptr[i] >= '0' && number.ptr[i] <= '9')
            exponent = exponent * 10 + (number.ptr[i] - '0');
    if (memmem(number.ptr, number.len, "e-", 2) ||
        memmem(number.ptr, number.len, "E-", 2))
        exponent = -exponent;
    return !digits || places + exponent <= 308;
}

/* ---- one member ---- */

static bool refuse(struct store_meta *m, struct upsert_item *item,
                   const char *is)
{
    char name[48];

    str_printable(name, sizeof name,
                  (struct text){ m->name.data, m->name.len });
    return store_item_refused(item,
                              "the metadata's member \"%s\" %s; %s takes %s "
                              "(?metadata=json in the URL: all as one text)",
                              name, is, m->rules->store, m->rules->takes);
}

static bool refuse_type(struct store_meta *m, struct upsert_item *item,
                        const struct json_value *v)
{
    bool empty;
    enum json_type type;

    if (v->type == JSON_OBJECT)
        return refuse(m, item, "is an object");
    type = list_type(v->raw, &empty);
    return refuse(m, item,
                  type == JSON_NUMBER ? "is a list of numbers"
                  : type == JSON_TRUE ? "is a list of booleans"
                  : type == JSON_NULL && !empty
                      ? "is a list of mixed or nested values"
                      : "is a list");
}

static bool name_fits(struct store_meta *m, const struct json_value *key,
                      struct upsert_item *item)
{
    const char *why = NULL;
    struct text name;

    buf_clear(&m->name);
    json_decode(key, &m->name);
    name = (struct text){ m->name.data ? m->name.data : "", m->name.len };
    if (m->text_key && text_is(name, m->text_key))
        return store_item_refused(item,
                                  "the metadata has a member \"%s\", where "
                                  "the text of the document goes: ?text=OTHER "
                                  "in the URL moves it", m->text_key);
    if (name.len == 0)
        why = "has an empty name";
    else if (m->rules->bad_name)
        why = m->rules->bad_name(name);
    return !why || refuse(m, item, why);
}

static bool put_value(struct buf *b, struct store_meta *m,
                      const struct json_value *v, struct upsert_item *item)
{
    bool quote = false;

    switch (v->type) {
    case JSON_ARRAY:
        if (!list_fits(m->rules, v))
            return refuse_type(m, item, v);
        break;
    case JSON_OBJECT:
        if (!(m->rules->also & META_OBJECTS))
            return refuse_type(m, item, v);
        break;
    case JSON_NUMBER:
        if (!is_finite(v->raw))
            return refuse(m, item, "is a number beyond 1e308");
        quote = (m->rules->also & META_DOUBLES && is_long_integer(v->raw)) ||
                (m->rules->also & META_INT64 && is_beyond_int64(v));
        break;
    case JSON_STRING:
        quote = true;
        break;
    default:
        break;
    }
    if (quote)
        buf_putc(b, '"');
    buf_put(b, v->raw.ptr, v->raw.len);
    if (quote)
        buf_putc(b, '"');
    return true;
}

static bool put_members(struct buf *b, struct store_meta *m,
                        struct upsert_item *item, bool comma)
{
    struct json_cursor c;
    struct json_value key, v;

    json_begin(&c, item->metadata.ptr, item->metadata.len);
    if (!json_enter_object(&c))
        return store_item_refused(item, "the metadata is not an object; %s "
                                  "takes members only (?metadata=json in the "
                                  "URL: all as one text)", m->rules->store);
    while (json_member(&c, &key) && json_value(&c, &v)) {
        if (v.type == JSON_NULL)
            continue;
        if (!name_fits(m, &key, item))
            return false;
        buf_puts(b, comma ? ",\"" : "\"");
        buf_put(b, key.raw.ptr, key.raw.len);
        buf_puts(b, "\":");
        if (!put_value(b, m, &v, item))
            return false;
        comma = true;
    }
    return true;
}

bool store_meta_put(struct buf *b, struct store_meta *m,
                    struct upsert_item *item, bool comma)
{
    if (item->metadata.len == 0 || text_is(item->metadata, "null"))
        return true;
    if (!m->as_json)
        return put_members(b, m, item, comma);
    buf_puts(b, comma ? ",\"metadata\":" : "\"metadata\":");
    json_put_string(b, item->metadata);
    return true;
}
