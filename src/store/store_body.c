/* This file lets a store write one record at a time into the body, through a
 * function of its own. It takes out again a record that makes the body too
 * large, so it always counts the real size, never an estimate. */
#include "config.h"
#include "store/store_body.h"

#include <stdarg.h>
#include <stdio.h>

#include "util/base64.h"
#include "util/floats.h"
#include "util/json.h"

/* A body in the making. */
struct making {
    struct store *s;
    struct buf *column;
    const struct store_shape *shape;
    struct buf room;            /* scratch of store_ops.takes */
    size_t mark[STORE_COLUMNS]; /* where the present record begins */
    size_t fixed;               /* bytes outside of records */
};

static void store_body_begin(struct making *m)
{
    m->fixed = m->shape->end ? strlen(m->shape->end) : 0;
    buf_clear(m->column);
    buf_reserve(m->column, m->s->sent_bytes); /* of the last one */
    if (m->shape->begin)
        m->shape->begin(m->s, m->column);
    else
        buf_puts(m->column, m->shape->head[0]);
    for (size_t c = 1; c < m->shape->columns; c++) {
        buf_clear(&m->column[c]);
        m->fixed += strlen(m->shape->head[c]);
    }
}

static size_t store_body_size(const struct making *m)
{
    size_t size = m->fixed;

    for (size_t c = 0; c < m->shape->columns; c++)
        size += m->column[c].len;
    return size;
}

static void store_body_remove_last(struct making *m)
{
    for (size_t c = 0; c < m->shape->columns; c++)
        m->column[c].len = m->mark[c];
}

static bool store_body_takes(struct making *m, struct upsert_item *item)
{
    const struct store_ops *ops = m->s->ops;

    return !ops->takes || ops->takes(m->s, item, &m->room);
}

/* It may be one too many. */
static void store_body_add(struct making *m, const struct upsert_item *item)
{
    for (size_t c = 0; c < m->shape->columns; c++) {
        m->mark[c] = m->column[c].len;
        if (m->s->sent_count > 0 && m->shape->between)
            buf_puts(&m->column[c], m->shape->between);
    }
    m->shape->put(m->s, m->column, item);
}

static void store_body_finish(struct making *m)
{
    struct buf *body = m->column;

    for (size_t c = 1; c < m->shape->columns; c++) {
        buf_puts(body, m->shape->head[c]);
        buf_put(body, m->column[c].data, m->column[c].len);
        if (m->column[c].failed)
            body->failed = true;
    }
    if (m->shape->end)
        buf_puts(body, m->shape->end);
    m->s->sent_bytes = body->len;
    buf_release(&m->room);
}

bool store_body(struct store *s, struct buf *column,
                const struct store_shape *shape, struct upsert_item *items,
                size_t n, size_t *taken, struct error *err)
{
    struct making m = { .s = s, .column = column, .shape = shape };
    size_t limit = s->limit_bytes, cut = store_cut_bytes(s), i;

    store_body_begin(&m);
    s->sent_count = 0;
    for (i = 0; i < n; i++) {
        items[i].stored = false;
        items[i].why.text[0] = '\0';
        if (s->limit_count && s->sent_count == s->limit_count)
            break;
        if (!store_body_takes(&m, &items[i]))
            continue;
        store_body_add(&m, &items[i]);
        if (cut && store_body_size(&m) > cut && i > 0) {
            store_body_remove_last(&m);
            break;
        }
        s->sent_count++;
    }
    store_body_finish(&m);
    *taken = i;
    if (column->failed)
        return error_memory(err, "for a request");
    if (!limit || column->len <= limit || s->sent_count == 0)
        return true;
    error_set(err, ERROR_SIZE, 0,
              "one record takes %zu bytes, a request may have %zu",
              column->len, limit);
    err->about = ABOUT_DOCUMENT;
    return false;
}

bool store_body_has(const struct upsert_item *item)
{
    return item->why.text[0] == '\0';
}

void store_body_stored(struct upsert_item *items, size_t taken)
{
    for (size_t i = 0; i < taken; i++)
        items[i].stored = store_body_has(&items[i]);
}

bool store_item_refused(struct upsert_item *item, const char *format, ...)
{
    char text[sizeof item->why.text];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    error_set(&item->why, ERROR_REFUSED, 0, "%s", text);
    item->why.about = ABOUT_DOCUMENT;
    return false;
}

/* ---- pieces of records ---- */

void store_put_vector(struct buf *b, const float *v, size_t dim)
{
    char *to = buf_reserve(b, dim * (FLOAT_TEXT_MAX + 1) + 2);

    if (to)
        b->len += (size_t)(float_put_array(to, v, dim) - to);
}

void store_put_base64(struct buf *b, const float *v, size_t dim)
{
    char *to = buf_reserve(b, base64_length(dim * sizeof *v) + 2);

    if (!to)
        return;
    buf_putc(b, '"');
    b->len += (size_t)(base64_encode_floats(to + 1, v, dim) - to - 1);
    buf_putc(b, '"');
}

void store_put_id(struct buf *b, const struct upsert_item *item)
{
    if (item->id_number)
        buf_put(b, item->id.ptr, item->id.len);
    else
        json_put_string(b, item->id);
}

void store_put_on_one_line(struct buf *b, struct text json)
{
    size_t start = b->len;

    buf_put(b, json.ptr, json.len);
    for (size_t i = start; i < b->len; i++)
        if (b->data[i] == '\n' || b->data[i] == '\r')
            b->data[i] = ' ';
}

void store_put_text(struct buf *b, const struct upsert_item *item)
{
    buf_putc(b, '"');
    buf_put(b, item->text.ptr, item->text.len);
    buf_putc(b, '"');
}
