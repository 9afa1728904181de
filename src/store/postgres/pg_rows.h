/*
 * The records of one request in PostgreSQL's binary forms: a COPY stream, or
 * four arrays of texts if there is no COPY.
 *
 * Rows are sorted by id, so that two workers lock rows in the same order and
 * cannot deadlock, and of equal ids the last one counts. A record that
 * PostgreSQL cannot hold (a NUL) is left out and gets `why`.
 *
 * Source  COPY: https://www.postgresql.org/docs/15/sql-copy.html, Binary
 *         Format; arrays: array_send(); vector: vector_recv() of pgvector.
 */
#ifndef BATCHTOP_STORE_POSTGRES_PG_ROWS_H
#define BATCHTOP_STORE_POSTGRES_PG_ROWS_H

#include "store/store.h"

enum pg_vectors {
    PG_VECTOR, /* pgvector's: int16 dim, int16 0, floats */
    PG_REALS   /* real[]: an array of one dimension */
};

struct pg_rows {
    struct buf copy;     /* the whole stream */
    struct buf array[4]; /* id, text, metadata, embedding */
    size_t count;        /* rows in either */
    struct upsert_item **order; /* sorted, equal ids side by side */
    size_t items, cap;
};

void pg_rows_release(struct pg_rows *r);

/* False: item->why says what PostgreSQL cannot hold in the record. */
bool pg_rows_takes(struct upsert_item *item);

/*
 * Take the longest prefix that fits into `limit` bytes (0: any number) of a
 * COPY stream; *taken of them, at least one of any size.
 *
 * fails    MEMORY.
 */
bool pg_rows_take(struct pg_rows *r, struct upsert_item *items, size_t n,
                  size_t dim, enum pg_vectors how, size_t limit,
                  size_t *taken, struct error *err);

/* Write what was taken. fails MEMORY. */
bool pg_rows_copy(struct pg_rows *r, size_t dim, enum pg_vectors how,
                  struct error *err);
bool pg_rows_arrays(struct pg_rows *r, size_t dim, enum pg_vectors how,
                    struct error *err);

/* All that was written is in the table: mark the items, equal ids too. */
void pg_rows_stored(struct pg_rows *r);

/* Append texts as one text[] in binary form; those with a NUL as NULL. */
void pg_put_texts(struct buf *to, const struct text *t, size_t n);

/* "[1,2]" or "{1,2}", appended. */
void pg_put_vector_text(struct buf *to, const float *v, size_t dim,
                        enum pg_vectors how);

#endif
