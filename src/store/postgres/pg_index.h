/* What to report about the indexes on the vectors of a table. */
#ifndef BATCHTOP_STORE_POSTGRES_PG_INDEX_H
#define BATCHTOP_STORE_POSTGRES_PG_INDEX_H

#include "store/postgres/pg_table.h"

/*
 * Before a run: an existing index makes filling slow, and one for another
 * distance serves no search. `note` (size bytes) is unchanged if there is
 * nothing to report. fails as pg_ask(). Call pg_table_look() first.
 */
bool pg_index_note(const struct pg_table *t, struct pg_link *l, char *note,
                   size_t size, struct error *err);

#endif
