/*
 * The body of an upsert request: as many records as fit, cut by count and by
 * the bytes that were really written; and the pieces that records are made of.
 * For any protocol.
 */
#ifndef BATCHTOP_STORE_STORE_BODY_H
#define BATCHTOP_STORE_STORE_BODY_H

#include "store/store.h"

enum { STORE_COLUMNS = 4 };

/*
 * How a body is put together. Rows: one column, `head[0]` R `between` R ..
 * `end`. Columns: each of them so, one behind the other, before `end`.
 */
struct store_shape {
    size_t columns;
    const char *head[STORE_COLUMNS], *between, *end;
    /* Append one record, one that the store takes, to each column; `between`
     * is put there by the caller. */
    void (*put)(struct store *s, struct buf *column,
                const struct upsert_item *item);
};

/*
 * Records go into the columns until one too many for limit_count or the bytes;
 * that one is taken out again. column[0] is then the whole body. Those that the
 * store would not take do not go in, have `why` and count among *taken. Sets
 * sent_count (records in the body: none means that nothing is to be sent) and
 * sent_bytes. Clears `stored` and `why` first.
 *
 * fails    SIZE (one record alone is too large), MEMORY.
 */
bool store_body(struct store *s, struct buf *column,
                const struct store_shape *shape, struct upsert_item *items,
                size_t n, size_t *taken, struct error *err);
/* This one of the taken went into the body. */
bool store_body_has(const struct upsert_item *item);
/* All that went in are stored. */
void store_body_stored(struct upsert_item *items, size_t taken);

/* For `takes`: fill item->why (REFUSED, the document's), return false. */
bool store_item_refused(struct upsert_item *item, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Floats as the shortest JSON that reads back to the same, or as base64 of
 * little-endian float32 with quotes. */
void store_put_vector(struct buf *b, const float *v, size_t dim);
void store_put_base64(struct buf *b, const float *v, size_t dim);
/* A record's own id as JSON: a number where it was one. */
void store_put_id(struct buf *b, const struct upsert_item *item);
/* A JSON value as it is but for its line ends, which can only be blanks: for
 * formats with a value on each line. */
void store_put_on_one_line(struct buf *b, struct text json);
/* A record's own text as a JSON string. */
void store_put_text(struct buf *b, const struct upsert_item *item);

#endif
