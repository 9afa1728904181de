/* This file writes rows as bytes in network order. A field begins with its
 * length, which we fill in after we wrote the field; we fill in an array's
 * count of elements in the same way. */
#include "config.h"
#include "store/postgres/pg_rows.h"

#include <endian.h>
#include <stdlib.h>

#include "store/store_body.h"
#include "util/floats.h"
#include "util/json.h"

enum {
    TEXT_OID = 25,
    FLOAT4_OID = 700,
    ROW_BYTES = 2 + 4 * 4 + 1, /* field count, four lengths, jsonb's version */
    ENVELOPE = 11 + 4 + 4 + 2,
    ARRAY_HEAD = 5 * 4
};

static void pg_rows_put16(struct buf *b, size_t n)
{
    uint16_t big = htobe16((uint16_t)n);

    buf_put(b, &big, sizeof big);
}

static void pg_rows_put32(struct buf *b, uint32_t n)
{
    uint32_t big = htobe32(n);

    buf_put(b, &big, sizeof big);
}

void pg_rows_release(struct pg_rows *r)
{
    buf_release(&r->copy);
    for (size_t i = 0; i < 4; i++)
        buf_release(&r->array[i]);
    free(r->order);
    *r = (struct pg_rows){ .count = 0 };
}

/* ---- which records, in which order ---- */

static size_t vector_bytes(size_t dim, enum pg_vectors how)
{
    return how == PG_VECTOR ? 4 + 4 * dim : ARRAY_HEAD + 8 * dim;
}

/* Later records of one id come later. */
static int pg_rows_by_id(const void *a, const void *b)
{
    const struct upsert_item *x = *(struct upsert_item *const *)a;
    const struct upsert_item *y = *(struct upsert_item *const *)b;
    size_t len = x->id.len < y->id.len ? x->id.len : y->id.len;
    int order = len ? memcmp(x->id.ptr, y->id.ptr, len) : 0;

    if (order == 0 && x->id.len != y->id.len)
        return x->id.len < y->id.len ? -1 : 1;
    if (order == 0)
        return x < y ? -1 : x > y;
    return order;
}

static bool pg_rows_same_id(const struct upsert_item *x,
                            const struct upsert_item *y)
{
    return text_equal(x->id, y->id);
}

static bool pg_rows_make_room(struct pg_rows *r, size_t n, struct error *err)
{
    struct upsert_item **grown;

    if (n <= r->cap)
        return true;
    grown = realloc(r->order, n * sizeof *grown);
    if (!grown)
        return error_memory(err, "for %zu rows", n);
    r->order = grown;
    r->cap = n;
    return true;
}

bool pg_rows_take(struct pg_rows *r, struct upsert_item *items, size_t n,
                  size_t dim, enum pg_vectors how, size_t limit,
                  size_t *taken, struct error *err)
{
    size_t bytes = ENVELOPE, fixed = ROW_BYTES + vector_bytes(dim, how), i;

    *taken = n > 0;
    if (!pg_rows_make_room(r, n, err))
        return false;
    for (i = 0; i < n; i++) {
        /* A text does not grow when it is decoded. */
        bytes += fixed + items[i].id.len + items[i].text.len +
                 items[i].metadata.len;
        if (limit && bytes > limit && i > 0)
            break;
        r->order[i] = &items[i];
    }
    *taken = r->items = i;
    if (i > 1)
        qsort(r->order, i, sizeof *r->order, pg_rows_by_id);
    return true;
}

/* ---- what PostgreSQL cannot hold ---- */

static bool has_nul(struct text t)
{
    return t.len > 0 && memchr(t.ptr, '\0', t.len);
}

/* \u0000 in raw JSON: behind an even number of other backslashes. */
static bool escapes_nul(struct text raw)
{
    const char *p = raw.ptr, *end = text_end(raw);

    while (p && (p = memmem(p, (size_t)(end - p), "\\u0000", 6))) {
        const char *first = p;

        while (first > raw.ptr && first[-1] == '\\')
            first--;
        if ((p - first) % 2 == 0)
            return true;
        p += 6;
    }
    return false;
}

bool pg_rows_takes(struct upsert_item *item)
{
    const char *where = NULL;

    if (has_nul(item->id))
        where = "id";
    else if (item->text_escaped && escapes_nul(item->text))
        where = "text";
    else if (escapes_nul(item->metadata))
        where = "metadata";
    return !where || store_item_refused(item, "the %s has a NUL character, "
                                              "which PostgreSQL cannot hold",
                                        where);
}

/* The next row: the last one of an id, if PostgreSQL can hold it. */
static struct upsert_item *pg_rows_next(struct pg_rows *r, size_t *i)
{
    while (*i < r->items) {
        struct upsert_item *item = r->order[(*i)++];
        bool last = *i == r->items || !pg_rows_same_id(item, r->order[*i]);

        if (last && pg_rows_takes(item))
            return item;
    }
    return NULL;
}

void pg_rows_stored(struct pg_rows *r)
{
    for (size_t i = r->items; i-- > 0;) {
        struct upsert_item *item = r->order[i];
        struct upsert_item *later = i + 1 < r->items ? r->order[i + 1] : NULL;

        if (later && pg_rows_same_id(item, later)) {
            item->stored = later->stored;
            item->why = later->why;
        } else {
            item->stored = pg_rows_takes(item);
        }
    }
}

/* ---- vectors ---- */

static void pg_rows_put_vector(struct buf *b, const float *v, size_t dim)
{
    char *to = buf_reserve(b, 8 + 4 * dim);

    if (!to)
        return;
    pg_rows_put32(b, (uint32_t)(4 + 4 * dim));
    pg_rows_put16(b, dim);
    pg_rows_put16(b, 0);
    to = b->data + b->len;
    for (size_t i = 0; i < dim; i++) {
        uint32_t bits;

        memcpy(&bits, v + i, sizeof bits);
        bits = htobe32(bits);
        memcpy(to + 4 * i, &bits, sizeof bits);
    }
    b->len += 4 * dim;
}

static void put_array_head(struct buf *b, uint32_t oid, size_t n)
{
    pg_rows_put32(b, 1); /* dimensions */
    pg_rows_put32(b, 1); /* there may be NULLs */
    pg_rows_put32(b, oid);
    pg_rows_put32(b, (uint32_t)n);
    pg_rows_put32(b, 1); /* the first index */
}

static void put_reals(struct buf *b, const float *v, size_t dim)
{
    const uint32_t four = htobe32(4);
    char *to = buf_reserve(b, 4 + ARRAY_HEAD + 8 * dim);

    if (!to)
        return;
    pg_rows_put32(b, (uint32_t)(ARRAY_HEAD + 8 * dim));
    put_array_head(b, FLOAT4_OID, dim);
    to = b->data + b->len;
    for (size_t i = 0; i < dim; i++) {
        uint32_t bits;

        memcpy(&bits, v + i, sizeof bits);
        bits = htobe32(bits);
        memcpy(to + 8 * i, &four, sizeof four);
        memcpy(to + 8 * i + 4, &bits, sizeof bits);
    }
    b->len += 8 * dim;
}

void pg_put_vector_text(struct buf *to, const float *v, size_t dim,
                        enum pg_vectors how)
{
    char *at = buf_reserve(to, dim * (FLOAT_TEXT_MAX + 1) + 2), *end;

    if (!at)
        return;
    end = float_put_array(at, v, dim);
    if (how == PG_REALS) {
        *at = '{';
        end[-1] = '}';
    }
    to->len += (size_t)(end - at);
}

/* ---- rows ---- */

/* Leave room for a field's length, which is known later. */
static size_t begin_field(struct buf *b)
{
    pg_rows_put32(b, 0);
    return b->len;
}

static void end_field(struct buf *b, size_t start)
{
    uint32_t big = htobe32((uint32_t)(b->len - start));

    if (!b->failed)
        memcpy(b->data + start - sizeof big, &big, sizeof big);
}

static void put_field(struct buf *b, struct text t)
{
    pg_rows_put32(b, (uint32_t)t.len);
    buf_put(b, t.ptr, t.len);
}

static void pg_rows_put_text(struct buf *b, const struct upsert_item *item)
{
    size_t start = begin_field(b);

    if (item->text_escaped)
        json_decode_raw(item->text, b);
    else
        buf_put(b, item->text.ptr, item->text.len);
    end_field(b, start);
}

static void pg_rows_put_metadata(struct buf *b, struct text metadata)
{
    if (metadata.len == 0) {
        pg_rows_put32(b, UINT32_MAX); /* NULL */
        return;
    }
    pg_rows_put32(b, (uint32_t)metadata.len + 1);
    buf_putc(b, 1); /* the version of jsonb's binary form */
    buf_put(b, metadata.ptr, metadata.len);
}

static bool pg_rows_check_memory(struct pg_rows *r, bool failed,
                                 struct error *err)
{
    return !failed || error_memory(err, "for %zu rows", r->items);
}

bool pg_rows_copy(struct pg_rows *r, size_t dim, enum pg_vectors how,
                  struct error *err)
{
    static const char signature[] = "PGCOPY\n\377\r\n";
    const struct upsert_item *item;
    struct buf *b = &r->copy;
    size_t i = 0;

    buf_clear(b);
    r->count = 0;
    buf_put(b, signature, sizeof signature); /* its NUL belongs to it */
    pg_rows_put32(b, 0);                     /* flags */
    pg_rows_put32(b, 0);                     /* no extension */
    for (; (item = pg_rows_next(r, &i)); r->count++) {
        pg_rows_put16(b, 4);
        put_field(b, item->id);
        pg_rows_put_text(b, item);
        pg_rows_put_metadata(b, item->metadata);
        (how == PG_VECTOR ? pg_rows_put_vector : put_reals)(b, item->vector,
                                                            dim);
    }
    pg_rows_put16(b, 0xffff);
    return pg_rows_check_memory(r, b->failed, err);
}

/* ---- arrays ---- */

/* The number of elements is known only at the end. */
static void pg_rows_end_array(struct buf *b, size_t n)
{
    uint32_t big = htobe32((uint32_t)n);

    if (!b->failed)
        memcpy(b->data + 12, &big, sizeof big);
}

bool pg_rows_arrays(struct pg_rows *r, size_t dim, enum pg_vectors how,
                    struct error *err)
{
    struct buf *id = &r->array[0], *text = &r->array[1],
               *metadata = &r->array[2], *vector = &r->array[3];
    const struct upsert_item *item;
    bool failed = false;
    size_t i = 0;

    for (size_t a = 0; a < 4; a++) {
        buf_clear(&r->array[a]);
        put_array_head(&r->array[a], TEXT_OID, 0);
    }
    for (r->count = 0; (item = pg_rows_next(r, &i)); r->count++) {
        size_t start;

        put_field(id, item->id);
        pg_rows_put_text(text, item);
        if (item->metadata.len > 0)
            put_field(metadata, item->metadata);
        else
            pg_rows_put32(metadata, UINT32_MAX);
        start = begin_field(vector);
        pg_put_vector_text(vector, item->vector, dim, how);
        end_field(vector, start);
    }
    for (size_t a = 0; a < 4; a++) {
        pg_rows_end_array(&r->array[a], r->count);
        failed = failed || r->array[a].failed;
    }
    return pg_rows_check_memory(r, failed, err);
}

void pg_put_texts(struct buf *to, const struct text *t, size_t n)
{
    put_array_head(to, TEXT_OID, n);
    for (size_t i = 0; i < n; i++)
        if (has_nul(t[i]))
            pg_rows_put32(to, UINT32_MAX);
        else
            put_field(to, t[i]);
}
