/*
 * The table that a PostgreSQL store fills, and the statements for it.
 *
 *     id text PRIMARY KEY, text text, metadata jsonb,
 *     embedding vector(N), halfvec(N) or real[]
 *
 * The table may have other columns if they need no value from us.
 */
#ifndef BATCHTOP_STORE_POSTGRES_PG_TABLE_H
#define BATCHTOP_STORE_POSTGRES_PG_TABLE_H

#include "store/postgres/pg_link.h"
#include "store/postgres/pg_rows.h"

struct pg_table {
    struct buf name;   /* as given: "docs" or "schema.docs" */
    struct buf quoted; /* quoted for SQL; empty until pg_table_look() */
    enum pg_vectors how;
    char type[160]; /* of the vectors that we send: "public.vector" */
    char schema[96]; /* of pgvector's types and operators, quoted */
    bool half;
    size_t dim;     /* 0: the column takes any */
    struct buf hello, copy, unnest; /* statements */
};

void pg_table_release(struct pg_table *t);

/*
 * Look at the table and prepare the statements.
 *
 * *there    false: there is no such table.
 * fails     CONFIG (a column is missing or of another type), and as pg_ask().
 *           The link must be up.
 */
bool pg_table_look(struct pg_table *t, struct pg_link *l, bool *there,
                   struct error *err);

/* Make it, with pgvector if the server has it, in whatever schema: a vector, or
 * a halfvec if only that can be indexed. `note` (size bytes) says when it made
 * neither, or no index is possible. fails CONFIG, AUTH and as pg_ask(). */
bool pg_table_create(struct pg_table *t, struct pg_link *l, size_t dim,
                     char *note, size_t size, struct error *err);

/* The dimension of the stored vectors; 0: none, or unknown. */
bool pg_table_stored_dim(struct pg_table *t, struct pg_link *l, size_t *dim,
                         struct error *err);

/* Append the statement that finds the $2 nearest to $1. */
void pg_table_search(const struct pg_table *t, struct buf *sql);

/* Before a run: an existing index makes filling slow, and one for another
 * distance serves no search. `note` (size bytes) is unchanged if there is
 * nothing to report. fails as pg_ask(). Call pg_table_look() first. */
bool pg_index_note(const struct pg_table *t, struct pg_link *l, char *note,
                   size_t size, struct error *err);

/* How the vectors were made, as the comment on the table, the only text that
 * PostgreSQL keeps with it. Comments of others stay. Call both after
 * pg_table_look(), with the link up; they fail as pg_ask() does. Write also
 * fails with CONFIG: the table has another comment. Read appends nothing then.
 */
bool pg_kept_write(const struct pg_table *t, struct pg_link *l,
                   const char *json, struct error *err);
bool pg_kept_read(const struct pg_table *t, struct pg_link *l, struct buf *to,
                  struct error *err);

#endif
