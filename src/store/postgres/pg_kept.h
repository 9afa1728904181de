/* How a table's vectors were made, as the comment on the table, the only text
 * that PostgreSQL keeps with it. Comments of others stay. */
#ifndef BATCHTOP_STORE_POSTGRES_PG_KEPT_H
#define BATCHTOP_STORE_POSTGRES_PG_KEPT_H

#include "store/postgres/pg_table.h"

/* Call both after pg_table_look(), with the link up; they fail as pg_ask()
 * does. Write also fails with CONFIG: the table has another comment. Read
 * appends nothing then. */
bool pg_kept_write(const struct pg_table *t, struct pg_link *l,
                   const char *json, struct error *err);
bool pg_kept_read(const struct pg_table *t, struct pg_link *l, struct buf *to,
                  struct error *err);

#endif
