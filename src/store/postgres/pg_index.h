/* The indexes on the vectors of a table: what is to be said of them. */
#ifndef BATCHTOP_STORE_POSTGRES_PG_INDEX_H
#define BATCHTOP_STORE_POSTGRES_PG_INDEX_H

#include "store/postgres/pg_table.h"

/*
 * Before a run: an index that is there makes filling slow, and one for another
 * distance serves no search. `note` (size bytes) stays as it is when there is
 * nothing to say. fails as pg_ask(). The table was looked at.
 */
bool pg_index_note(const struct pg_table *t, struct pg_link *l, char *note,
                   size_t size, struct error *err);

#endif
