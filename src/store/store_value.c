/*
 * This file turns JSON into messages and back. A stack of marks, one for each
 * container that is open, takes the place of recursion.
 */
#include "config.h"
#include "store/store_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/str.h"

enum {
    ITEMS = 1,   /* entries of an object, values of a list */
    SMALL = 100, /* a guess of a size: one byte of length */
    NUMBER_BYTES = 64,
    DEEP = 64 /* levels of an answer that we read */
};

const struct value_form value_google = {
    .null = 1, .real = 2, .string = 3, .boolean = 4, .object = 5, .list = 6
};

/* ---- scalars ---- */

void store_put_decoded(struct buf *b, unsigned field, struct text raw,
                       bool escaped)
{
    size_t mark;

    if (!escaped) {
        proto_put_text(b, field, raw);
        return;
    }
    mark = proto_open(b, field, raw.len);
    json_decode_raw(raw, b);
    proto_close(b, mark);
}

/* LC_NUMERIC stays "C": see main.c. */
static double value_double(struct text raw, struct buf *room)
{
    char text[NUMBER_BYTES];

    if (raw.len < sizeof text) {
        memcpy(text, raw.ptr, raw.len);
        text[raw.len] = '\0';
        return strtod(text, NULL);
    }
    buf_clear(room);
    buf_put(room, raw.ptr, raw.len);
    return strtod(buf_cstr(room), NULL);
}

/* -0 is a double wherever it is told from 0. */
static void value_put_number(struct buf *b, const struct value_form *form,
                             const struct json_value *v, struct buf *room)
{
    int64_t n;

    if (form->integer && !text_is(v->raw, "-0") && json_integer(v, &n))
        proto_put_u64(b, form->integer, (uint64_t)n);
    else
        proto_put_double(b, form->real, value_double(v->raw, room));
}

static void value_put_scalar(struct buf *b, const struct value_form *form,
                             const struct json_value *v, struct buf *room)
{
    switch (v->type) {
    case JSON_STRING:
        store_put_decoded(b, form->string, v->raw, v->escaped);
        break;
    case JSON_NUMBER:
        value_put_number(b, form, v, room);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        proto_put_bool(b, form->boolean, v->type == JSON_TRUE);
        break;
    default:
        proto_put_u64(b, form->null, 0);
    }
}

/* ---- containers ---- */

/* A container that is open, and the item of it that is. */
struct value_level {
    bool object;
    size_t container, entry, value;
};

struct value_writer {
    struct buf *b, *room;
    const struct value_form *form;
    struct json_cursor c;
    struct value_level level[JSON_DEPTH_DEFAULT + 1];
    size_t depth;
};

/* Step into the container at the cursor, of about so many bytes. */
static bool value_enter(struct value_writer *w, bool object, size_t guess)
{
    struct value_level *l = &w->level[w->depth];

    if (!(object ? json_enter_object(&w->c) : json_enter_array(&w->c)))
        return false;
    l->object = object;
    l->container = proto_open(
        w->b, object ? w->form->object : w->form->list, guess);
    w->depth++;
    return true;
}

/* Open the next item; false: there is none, or an error. */
static bool value_next(struct value_writer *w)
{
    struct value_level *l = &w->level[w->depth - 1];
    struct json_value key;

    if (!(l->object ? json_member(&w->c, &key) : json_element(&w->c)))
        return false;
    l->entry = proto_open(w->b, ITEMS, SMALL);
    l->value = l->entry;
    if (l->object) {
        store_put_decoded(w->b, PROTO_MAP_KEY, key.raw, key.escaped);
        l->value = proto_open(w->b, PROTO_MAP_VALUE, SMALL);
    }
    return true;
}

static void value_close_item(struct value_writer *w)
{
    struct value_level *l = &w->level[w->depth - 1];

    if (l->object)
        proto_close(w->b, l->value);
    proto_close(w->b, l->entry);
}

/* The value at the cursor: a scalar at once, a container's items later. */
static bool value_begin(struct value_writer *w, size_t guess)
{
    struct json_value v;
    enum json_type type;

    if (!json_peek(&w->c, &type))
        return false;
    if (type == JSON_OBJECT || type == JSON_ARRAY)
        return value_enter(w, type == JSON_OBJECT, guess);
    if (!json_value(&w->c, &v))
        return false;
    value_put_scalar(w->b, w->form, &v, w->room);
    return true;
}

static bool value_put_items(struct value_writer *w)
{
    while (w->depth > 0) {
        size_t depth = w->depth;

        if (!value_next(w)) {
            if (w->c.why)
                return false;
            proto_close(w->b, w->level[--w->depth].container);
            if (w->depth > 0)
                value_close_item(w);
            continue;
        }
        if (!value_begin(w, SMALL))
            return false;
        if (w->depth == depth)
            value_close_item(w);
    }
    return true;
}

void store_put_value(struct buf *b, const struct value_form *form,
                     struct text json, struct buf *room)
{
    struct value_writer w;

    /* Not by an initializer, which would clear all levels. */
    w.b = b;
    w.room = room;
    w.form = form;
    w.depth = 0;
    json_begin(&w.c, json.ptr, json.len);
    if (!value_begin(&w, json.len) || !value_put_items(&w))
        b->failed = true;
}

bool store_value_is_deep(struct text json, unsigned most)
{
    unsigned deep = 0;

    if (json.len < most) /* a list takes two bytes for its two levels */
        return false;
    for (size_t i = 0; i < json.len; i++)
        switch (json.ptr[i]) {
        case '{':
        case '[':
            deep += json.ptr[i] == '{' ? 3 : 2;
            if (deep > most)
                return true;
            break;
        case '}':
        case ']':
            deep -= json.ptr[i] == '}' ? 3 : 2;
            break;
        case '"':
            while (++i < json.len && json.ptr[i] != '"')
                i += json.ptr[i] == '\\';
            break;
        default:
            break;
        }
    return false;
}

/* ---- back to JSON ---- */

static void value_json_number(struct buf *to, double x)
{
    if (isfinite(x))
        buf_printf(to, "%.17g", x);
    else
        buf_puts(to, "null");
}

static void value_json_scalar(struct buf *to, const struct value_form *form,
                              const struct proto_field *f)
{
    if (f->number == form->string)
        json_put_string(to, f->bytes);
    else if (f->number == form->real)
        value_json_number(to, proto_double(f));
    else if (f->number == form->boolean)
        buf_puts(to, f->value ? "true" : "false");
    else if (form->integer && f->number == form->integer)
        buf_printf(to, "%lld", (long long)(int64_t)f->value);
    else
        buf_puts(to, "null");
}

/* A container whose items are being read. */
struct value_reading {
    struct proto_cursor items;
    bool object, comma;
};

/* The field of a Value; no field at all is a null. */
static bool value_field(struct text message, const struct value_form *form,
                        struct proto_field *kind)
{
    struct proto_cursor c;
    struct proto_field f;

    *kind = (struct proto_field){ .number = form->null };
    proto_begin(&c, message);
    while (proto_next(&c, &f)) {
        bool bytes = f.number == form->string || f.number == form->object ||
                     f.number == form->list;

        if (bytes ? f.form == PROTO_BYTES
                  : f.form == (f.number == form->real ? PROTO_FIXED64
                                                      : PROTO_VARINT))
            *kind = f;
    }
    return !c.bad;
}

/* Write the value, or open it: then it is the top of the stack. */
static bool value_json_begin(struct buf *to, const struct value_form *form,
                             struct text message, struct value_reading *top,
                             size_t *depth)
{
    struct proto_field kind;

    if (!value_field(message, form, &kind))
        return false;
    if (kind.number != form->object && kind.number != form->list) {
        value_json_scalar(to, form, &kind);
        return true;
    }
    if (*depth == DEEP)
        return false;
    top[1] = (struct value_reading){ .object = kind.number == form->object };
    proto_begin(&top[1].items, kind.bytes);
    buf_putc(to, top[1].object ? '{' : '[');
    ++*depth;
    return true;
}

/* What is before an item's value: a comma, its name. *item becomes that
 * value. */
static void value_json_item(struct buf *to, struct value_reading *r,
                            struct proto_field *item)
{
    struct proto_field name, value = { .bytes = { NULL, 0 } };

    if (r->comma)
        buf_putc(to, ',');
    r->comma = true;
    if (!r->object)
        return;
    if (!proto_find(item->bytes, PROTO_MAP_KEY, PROTO_BYTES, &name))
        name.bytes = text_of("");
    json_put_string(to, name.bytes);
    buf_putc(to, ':');
    proto_find(item->bytes, PROTO_MAP_VALUE, PROTO_BYTES, &value);
    *item = value;
}

bool store_value_json(struct buf *to, const struct value_form *form,
                      struct text message)
{
    struct value_reading stack[DEEP + 1] = { 0 };
    struct proto_field item;
    size_t depth = 0;

    if (!value_json_begin(to, form, message, stack, &depth))
        return false;
    while (depth > 0) {
        struct value_reading *r = &stack[depth];

        if (!proto_next(&r->items, &item)) {
            if (r->items.bad)
                return false;
            buf_putc(to, r->object ? '}' : ']');
            depth--;
            continue;
        }
        if (!proto_is(&item, ITEMS, PROTO_BYTES))
            continue;
        value_json_item(to, r, &item);
        if (!value_json_begin(to, form, item.bytes, r, &depth))
            return false;
    }
    return true;
}
