/* This file lists the vector indexes of the table by one query to the system
 * catalogue, and writes a note that says whether one of them serves the cosine
 * distance of a search. */
#include "config.h"
#include "store/postgres/pg_table.h"

#include <stdio.h>

#include "util/str.h"

enum { INDEX, METHOD, OPERATORS }; /* of indexes_sql's columns */

/* Those of pgvector and of its relatives: none of PostgreSQL's own kinds. The
 * first column may be an expression, embedding::halfvec(3072). */
static const char indexes_sql[] =
    "SELECT i.relname, a.amname, o.opcname FROM pg_catalog.pg_index x "
    "JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid "
    "JOIN pg_catalog.pg_am a ON a.oid = i.relam "
    "JOIN pg_catalog.pg_opclass o ON o.oid = x.indclass[0] "
    "WHERE x.indrelid = to_regclass($1) AND a.amname NOT IN "
    "('btree', 'hash', 'gin', 'gist', 'brin', 'spgist') "
    "AND pg_get_indexdef(x.indexrelid, 1, false) LIKE '%embedding%' "
    "ORDER BY o.opcname LIKE '%cosine%' DESC";

/* The first row is of cosine if any is. */
static void pg_index_put_note(const PGresult *r, char *note, size_t size)
{
    char name[48], method[24], operators[40];

    str_printable(name, sizeof name, text_of(PQgetvalue(r, 0, INDEX)));
    str_printable(method, sizeof method, text_of(PQgetvalue(r, 0, METHOD)));
    str_printable(operators, sizeof operators,
                  text_of(PQgetvalue(r, 0, OPERATORS)));
    if (strstr(operators, "cosine"))
        snprintf(note, size,
                 "the table has the %s index %s, which slows filling (98 rows "
                 "a second against 17,620, measured): better make it "
                 "afterwards",
                 method, name);
    else
        snprintf(note, size,
                 "the %s index %s is for %s, not for cosine: no search will "
                 "use it, and it slows filling",
                 method, name, operators);
}

bool pg_index_note(const struct pg_table *t, struct pg_link *l, char *note,
                   size_t size, struct error *err)
{
    const char *name = t->quoted.data;
    PGresult *r = NULL;

    if (!pg_ask(l, indexes_sql, &(struct pg_params){ 1, &name, NULL, false },
                &r, err))
        return false;
    if (PQntuples(r) > 0)
        pg_index_put_note(r, note, size);
    PQclear(r);
    return true;
}
