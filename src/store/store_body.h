/* The body of an upsert request: as many records as fit, cut by count and by
 * the bytes really written; and the pieces of records. For any protocol. */
#ifndef BATCHTOP_STORE_STORE_BODY_H
#define BATCHTOP_STORE_STORE_BODY_H

#include "store/store.h"

enum { STORE_COLUMNS = 4 };

/*
 * How a body is put together. Rows: one column, `head[0]` R `between` R ..
 * `end`. Columns: the same for each, one after another, before `end`.
 */
struct store_shape {
    size_t columns;
    const char *head[STORE_COLUMNS], *between, *end;
    /* Instead of head[0], for a body with bytes that no text can hold; with it
     * `between` and `end` may be NULL for nothing. Clears the column. */
    void (*begin)(struct store *s, struct buf *column);
    /* Append one record that the store takes to each column; the caller puts
     * `between`. */
    void (*put)(struct store *s, struct buf *column,
                const struct upsert_item *item);
};

/*
 * Put records into the columns until one exceeds limit_count or the bytes, and
 * take that one out again; column[0] is then the whole body. Records that the
 * store would refuse stay out, get `why` and count among *taken. Sets
 * sent_count (records in the body; 0: send nothing) and sent_bytes. Clears
 * `stored` and `why` first.
 *
 * fails    SIZE (one record alone is too large), MEMORY.
 */
bool store_body(struct store *s, struct buf *column,
                const struct store_shape *shape, struct upsert_item *items,
                size_t n, size_t *taken, struct error *err);
/* Did this one of the taken go into the body? */
bool store_body_has(const struct upsert_item *item);
/* All that went in are stored. */
void store_body_stored(struct upsert_item *items, size_t taken);

/* For `takes`: set item->why (REFUSED, about the document), return false. */
bool store_item_refused(struct upsert_item *item, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Floats as the shortest JSON that reads back to the same, or as base64 of
 * little-endian float32 with quotes. */
void store_put_vector(struct buf *b, const float *v, size_t dim);
void store_put_base64(struct buf *b, const float *v, size_t dim);
/* A record's own id as JSON: a number if it was one. */
void store_put_id(struct buf *b, const struct upsert_item *item);
/* A JSON value without its line ends, which can only be white space: for
 * formats with a value on each line. */
void store_put_on_one_line(struct buf *b, struct text json);
/* A record's own text as a JSON string. */
void store_put_text(struct buf *b, const struct upsert_item *item);

#endif
