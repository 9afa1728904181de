/* JSON to messages and back, for payloads: what a store was given is asked for
 * as JSON, whatever wire it came by. */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_value.h"

#include <stdio.h>
#include <stdlib.h>

#include "util/json.h"

enum { DEEPEST = 60 };

const struct value_form google_value = { .null = 1, .number = 2, .string = 3,
                                         .boolean = 4, .object = 5, .list = 6 };

/* ---- to JSON ---- */

static bool put_value(const struct value_form *form, struct text value,
                      int depth, struct buf *to);

/* The shortest of the usual forms that reads back to the same. */
static void put_number(struct buf *to, double d)
{
    char text[40];

    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, d);
        if (strtod(text, NULL) == d)
            break;
    }
    buf_puts(to, text);
}

static bool put_map(const struct value_form *form, struct text message,
                    uint32_t number, int depth, struct buf *to)
{
    struct pb m = pb_of(message);
    struct pb_field f;
    bool first = true;

    buf_putc(to, '{');
    while (pb_next(&m, &f)) {
        if (f.number != number || f.wire != PB_BYTES)
            continue;
        if (!first)
            buf_putc(to, ',');
        first = false;
        json_put_string(to, pb_find(f.bytes, 1));
        buf_putc(to, ':');
        if (!put_value(form, pb_find(f.bytes, 2), depth, to))
            return false;
    }
    buf_putc(to, '}');
    return !m.broken;
}

static bool put_list_of(const struct value_form *form, struct text list,
                        int depth, struct buf *to)
{
    struct pb m = pb_of(list);
    struct pb_field f;
    bool first = true;

    buf_putc(to, '[');
    while (pb_next(&m, &f)) {
        if (!first)
            buf_putc(to, ',');
        first = false;
        if (f.number != 1 || f.wire != PB_BYTES ||
            !put_value(form, f.bytes, depth, to))
            return false;
    }
    buf_putc(to, ']');
    return !m.broken;
}

static bool put_value(const struct value_form *form, struct text value,
                      int depth, struct buf *to)
{
    struct pb m = pb_of(value);
    struct pb_field f;

    if (depth > DEEPEST || !pb_next(&m, &f))
        return false;
    if (f.number == form->object && f.wire == PB_BYTES)
        return put_map(form, f.bytes, 1, depth + 1, to);
    if (f.number == form->list && f.wire == PB_BYTES)
        return put_list_of(form, f.bytes, depth + 1, to);
    if (f.number == form->string && f.wire == PB_BYTES)
        json_put_string(to, f.bytes);
    else if (f.number == form->number && f.wire == PB_FIXED64)
        put_number(to, pb_double(&f));
    else if (form->integer && f.number == form->integer)
        buf_printf(to, "%lld", (long long)f.value);
    else if (f.number == form->boolean)
        buf_puts(to, f.value ? "true" : "false");
    else if (f.number == form->null)
        buf_puts(to, "null");
    else
        return false;
    return true;
}

bool value_to_json(const struct value_form *form, struct text value,
                   struct buf *to)
{
    return put_value(form, value, 0, to);
}

bool value_map_to_json(const struct value_form *form, struct text message,
                       uint32_t number, struct buf *to)
{
    return put_map(form, message, number, 0, to);
}

/* ---- from JSON, which is known to be good ---- */

static void from_json(const struct value_form *form,
                      const struct json_value *v, struct buf *to);

static void from_list(const struct value_form *form, struct text json,
                      struct buf *to)
{
    struct json_cursor c;
    struct json_value v;
    size_t list = pb_open(to, form->list);

    json_begin(&c, json.ptr, json.len);
    json_enter_array(&c);
    while (json_element(&c) && json_value(&c, &v)) {
        size_t one = pb_open(to, 1);

        from_json(form, &v, to);
        pb_close(to, one);
    }
    pb_close(to, list);
}

static void from_number(const struct value_form *form,
                        const struct json_value *v, struct buf *to)
{
    int64_t n;

    if (form->integer && json_integer(v, &n))
        pb_put_value(to, form->integer, (uint64_t)n);
    else
        pb_put_double(to, form->number, strtod(v->raw.ptr, NULL));
}

static void from_string(uint32_t number, const struct json_value *v,
                        struct buf *to)
{
    struct buf decoded = { 0 };

    json_decode(v, &decoded);
    pb_put_bytes(to, number, (struct text){ decoded.data, decoded.len });
    buf_release(&decoded);
}

static void from_json(const struct value_form *form,
                      const struct json_value *v, struct buf *to)
{
    size_t object;

    switch (v->type) {
    case JSON_NULL:
        pb_put_value(to, form->null, 0);
        break;
    case JSON_FALSE:
    case JSON_TRUE:
        pb_put_value(to, form->boolean, v->type == JSON_TRUE);
        break;
    case JSON_NUMBER:
        from_number(form, v, to);
        break;
    case JSON_STRING:
        from_string(form->string, v, to);
        break;
    case JSON_ARRAY:
        from_list(form, v->raw, to);
        break;
    case JSON_OBJECT:
        object = pb_open(to, form->object);
        value_map_from_json(form, v->raw, 1, to);
        pb_close(to, object);
        break;
    }
}

void value_map_from_json(const struct value_form *form, struct text json,
                         uint32_t number, struct buf *to)
{
    struct json_cursor c;
    struct json_value key, v;

    json_begin(&c, json.ptr, json.len);
    json_enter_object(&c);
    while (json_member(&c, &key) && json_value(&c, &v)) {
        size_t entry = pb_open(to, number), value;

        from_string(1, &key, to);
        value = pb_open(to, 2);
        from_json(form, &v, to);
        pb_close(to, value);
        pb_close(to, entry);
    }
}
