/* This file looks the table up in the catalogue and checks its columns, or
 * makes the table with the best type for vectors that the server offers. It
 * writes the statements that fill and search the table once, after that. */
#include "config.h"
#include "store/postgres/pg_table.h"

#include <stdio.h>
#include <stdlib.h>

#include "util/str.h"

static const char columns[] = "\"id\", \"text\", \"metadata\", \"embedding\"";
static const char on_conflict[] =
    " ON CONFLICT (\"id\") DO UPDATE SET \"text\" = EXCLUDED.\"text\", "
    "\"metadata\" = EXCLUDED.\"metadata\", "
    "\"embedding\" = EXCLUDED.\"embedding\"";

void pg_table_release(struct pg_table *t)
{
    buf_release(&t->name);
    buf_release(&t->quoted);
    buf_release(&t->hello);
    buf_release(&t->copy);
    buf_release(&t->unnest);
}

/* ---- statements ---- */

/* COPY fills the staging table; INSERT then fills ours from it. */
static bool write_statements(struct pg_table *t, struct error *err)
{
    const char *table = buf_cstr(&t->quoted);

    buf_clear(&t->hello);
    buf_clear(&t->copy);
    buf_clear(&t->unnest);
    buf_printf(&t->hello,
               "CREATE TEMPORARY TABLE IF NOT EXISTS batchtop_stage("
               "\"id\" text, \"text\" text, \"metadata\" jsonb, "
               "\"embedding\" %s) ON COMMIT DELETE ROWS", t->type);
    buf_printf(&t->copy,
               "COPY pg_temp.batchtop_stage FROM STDIN (FORMAT BINARY);"
               "INSERT INTO %s(%s) SELECT %s FROM pg_temp.batchtop_stage%s",
               table, columns, columns, on_conflict);
    buf_printf(&t->unnest,
               "INSERT INTO %s(%s) SELECT u.i, u.t, u.m::jsonb, u.e::%s "
               "FROM unnest($1, $2, $3, $4) AS u(i, t, m, e)%s",
               table, columns, t->type, on_conflict);
    buf_cstr(&t->hello);
    buf_cstr(&t->copy);
    buf_cstr(&t->unnest);
    return !(t->hello.failed || t->copy.failed || t->unnest.failed) ||
           error_memory(err, "for statements");
}

void pg_table_search(const struct pg_table *t, struct buf *sql)
{
    char far[256]; /* how far a row is away */

    buf_clear(sql);
    if (t->how == PG_REALS) {
        buf_printf(sql,
                   "SELECT \"id\", \"text\", (SELECT sum(a::float8 * b) / "
                   "nullif(sqrt(sum(a::float8 * a)) * "
                   "sqrt(sum(b::float8 * b)), 0) "
                   "FROM unnest(\"embedding\", $1::real[]) AS u(a, b)) AS s "
                   "FROM %s ORDER BY s DESC NULLS LAST LIMIT $2",
                   t->quoted.data);
        return;
    }
    snprintf(far, sizeof far, "\"embedding\" OPERATOR(%s.<=>) $1::%s.%s",
             t->schema, t->schema, t->half ? "halfvec" : "vector");
    /* The same words twice: else an index would not be used. */
    buf_printf(sql,
               "SELECT \"id\", \"text\", 1 - (%s) FROM %s ORDER BY %s LIMIT $2",
               far, t->quoted.data, far);
}

/* ---- looking ---- */

/* "schema.docs" and "docs", each part quoted. */
static bool quote_name(struct pg_table *t, struct pg_link *l,
                       struct error *err)
{
    const char *name = buf_cstr(&t->name), *dot = strchr(name, '.');

    buf_clear(&t->quoted);
    if (dot) {
        struct text schema = { name, (size_t)(dot - name) };

        if (!pg_quote(l, schema, &t->quoted, err))
            return false;
        buf_putc(&t->quoted, '.');
        name = dot + 1;
    }
    return pg_quote(l, text_of(name), &t->quoted, err);
}

enum { NAME, TYPE, SCHEMA, TYPMOD, SPELT }; /* of look_sql's columns */

static const char look_sql[] =
    "SELECT a.attname, t.typname, quote_ident(n.nspname), a.atttypmod, "
    "format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a "
    "JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
    "JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace "
    "WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 "
    "AND NOT a.attisdropped";

static int pg_table_row_of(const PGresult *r, const char *column)
{
    for (int i = 0; i < PQntuples(r); i++)
        if (strcmp(PQgetvalue(r, i, NAME), column) == 0)
            return i;
    return -1;
}

static bool wrong_column(const struct pg_table *t, const char *column,
                         const char *is, const char *wanted,
                         struct error *err)
{
    char name[64], type[48];

    str_printable(name, sizeof name, (struct text){ t->name.data,
                                                    t->name.len });
    if (!is)
        return error_set(err, ERROR_CONFIG, 0,
                         "table %s has no column %s (%s): add it or name "
                         "another table", name, column, wanted);
    str_printable(type, sizeof type, text_of(is));
    return error_set(err, ERROR_CONFIG, 0,
                     "column %s of table %s is %s; it has to be %s", column,
                     name, type, wanted);
}

static bool check_column(const struct pg_table *t, const PGresult *r,
                         const char *column, const char *const *types,
                         const char *wanted, struct error *err)
{
    int row = pg_table_row_of(r, column);

    if (row < 0)
        return wrong_column(t, column, NULL, wanted, err);
    for (; *types; types++)
        if (strcmp(PQgetvalue(r, row, TYPE), *types) == 0)
            return true;
    return wrong_column(t, column, PQgetvalue(r, row, SPELT), wanted, err);
}

static void take_embedding(struct pg_table *t, const PGresult *r)
{
    int row = pg_table_row_of(r, "embedding");
    long typmod = strtol(PQgetvalue(r, row, TYPMOD), NULL, 10);
    const char *type = PQgetvalue(r, row, TYPE);

    t->half = strcmp(type, "halfvec") == 0;
    t->how = type[0] == '_' ? PG_REALS : PG_VECTOR;
    t->dim = t->how == PG_VECTOR && typmod > 0 ? (size_t)typmod : 0;
    snprintf(t->schema, sizeof t->schema, "%s", PQgetvalue(r, row, SCHEMA));
    if (t->how == PG_REALS)
        snprintf(t->type, sizeof t->type, "real[]");
    else if (t->dim)
        snprintf(t->type, sizeof t->type, "%s.vector(%zu)", t->schema, t->dim);
    else
        snprintf(t->type, sizeof t->type, "%s.vector", t->schema);
}

static bool take_columns(struct pg_table *t, const PGresult *r,
                         struct error *err)
{
    static const char *const texts[] = { "text", "varchar", NULL };
    static const char *const jsons[] = { "jsonb", NULL };
    static const char *const vectors[] = { "vector", "halfvec", "_float4",
                                           NULL };

    if (!check_column(t, r, "id", texts, "text", err) ||
        !check_column(t, r, "text", texts, "text", err) ||
        !check_column(t, r, "metadata", jsons, "jsonb", err) ||
        !check_column(t, r, "embedding", vectors,
                      "vector(N), halfvec(N) or real[]", err))
        return false;
    take_embedding(t, r);
    return write_statements(t, err);
}

bool pg_table_look(struct pg_table *t, struct pg_link *l, bool *there,
                   struct error *err)
{
    PGresult *r = NULL;
    const char *name;
    bool fine;

    if (!quote_name(t, l, err))
        return false;
    name = buf_cstr(&t->quoted);
    if (!pg_ask(l, look_sql, &(struct pg_params){ 1, &name, NULL, false }, &r,
                err))
        return false;
    *there = PQntuples(r) > 0;
    fine = !*there || take_columns(t, r, err);
    PQclear(r);
    return fine;
}

/* ---- making ---- */

enum { INDEX_VECTOR = 2000, INDEX_HALFVEC = 4000 }; /* of pgvector's indexes */

/* What the server has of pgvector. */
struct offer {
    char schema[96]; /* of its types, quoted; "": it has none */
    bool half;       /* halfvec, too */
    bool can_be;     /* CREATE EXTENSION would make it */
};

/* The first type vector on the search path, else that of the extension, which
 * may be in another schema. */
static const char offer_sql[] =
    "WITH v AS (SELECT t.typnamespace AS n FROM pg_catalog.pg_type t "
    "WHERE t.typname = 'vector' AND (t.oid = to_regtype('vector') OR "
    "t.typnamespace IN (SELECT extnamespace FROM pg_catalog.pg_extension "
    "WHERE extname = 'vector')) "
    "ORDER BY t.oid = to_regtype('vector') DESC NULLS LAST LIMIT 1) "
    "SELECT (SELECT quote_ident(s.nspname) FROM pg_catalog.pg_namespace s, v "
    "WHERE s.oid = v.n), "
    "EXISTS(SELECT FROM pg_catalog.pg_type h, v WHERE h.typname = 'halfvec' "
    "AND h.typnamespace = v.n), "
    "EXISTS(SELECT FROM pg_available_extensions WHERE name = 'vector')";

static bool ask_offer(struct pg_link *l, struct offer *o, struct error *err)
{
    PGresult *r = NULL;

    *o = (struct offer){ .half = false };
    if (!pg_ask(l, offer_sql, NULL, &r, err))
        return false;
    if (PQntuples(r) == 1) {
        snprintf(o->schema, sizeof o->schema, "%s", PQgetvalue(r, 0, 0));
        o->half = PQgetvalue(r, 0, 1)[0] == 't';
        o->can_be = PQgetvalue(r, 0, 2)[0] == 't';
    }
    PQclear(r);
    return true;
}

static bool make_extension(struct pg_link *l, struct error *err)
{
    if (pg_ask(l, "CREATE EXTENSION IF NOT EXISTS vector", NULL, NULL, err))
        return true;
    if (err->kind == ERROR_AUTH)
        error_wrap(err, "an administrator has to run CREATE EXTENSION vector");
    return false;
}

/* The column's type; note one that is too long for pgvector's indexes. */
static void choose_type(const struct offer *o, size_t dim, struct buf *type,
                        char *note, size_t size)
{
    bool half = dim > INDEX_VECTOR && dim <= INDEX_HALFVEC && o->half;

    if (!o->schema[0]) {
        buf_puts(type, "real[]");
        snprintf(note, size,
                 "the server has no pgvector: embedding is a real[], which "
                 "is searched without an index");
        return;
    }
    buf_printf(type, "%s.%s(%zu)", o->schema, half ? "halfvec" : "vector",
               dim);
    if (half)
        snprintf(note, size,
                 "embedding is a halfvec(%zu), of half precision: pgvector "
                 "indexes no vector above %d dimensions", dim, INDEX_VECTOR);
    else if (dim > INDEX_VECTOR)
        snprintf(note, size,
                 "%zu dimensions: no index is possible above %d, a search "
                 "reads every row (--dim asks the embedder for fewer)", dim,
                 o->half ? INDEX_HALFVEC : INDEX_VECTOR);
}

bool pg_table_create(struct pg_table *t, struct pg_link *l, size_t dim,
                     char *note, size_t size, struct error *err)
{
    struct buf sql = { 0 }, type = { 0 };
    struct offer o;
    bool fine;

    if (!ask_offer(l, &o, err) ||
        (!o.schema[0] && o.can_be &&
         !(make_extension(l, err) && ask_offer(l, &o, err))))
        return false;
    choose_type(&o, dim, &type, note, size);
    buf_printf(&sql,
               "CREATE TABLE IF NOT EXISTS %s(\"id\" text PRIMARY KEY, "
               "\"text\" text, \"metadata\" jsonb, \"embedding\" %s NOT NULL)",
               buf_cstr(&t->quoted), buf_cstr(&type));
    fine = pg_ask(l, buf_cstr(&sql), NULL, NULL, err);
    buf_release(&type);
    buf_release(&sql);
    return fine || error_wrap(err, "making the table");
}

bool pg_table_stored_dim(struct pg_table *t, struct pg_link *l, size_t *dim,
                         struct error *err)
{
    struct buf sql = { 0 };
    PGresult *r = NULL;
    bool fine;

    *dim = t->dim;
    if (t->dim)
        return true;
    if (t->how == PG_REALS)
        buf_puts(&sql, "SELECT array_length(\"embedding\", 1)");
    else
        buf_printf(&sql, "SELECT %s.vector_dims(\"embedding\")", t->schema);
    buf_printf(&sql, " FROM %s WHERE \"embedding\" IS NOT NULL LIMIT 1",
               t->quoted.data);
    fine = pg_ask(l, buf_cstr(&sql), NULL, &r, err);
    if (fine && PQntuples(r) == 1)
        *dim = strtoul(PQgetvalue(r, 0, 0), NULL, 10);
    PQclear(r);
    buf_release(&sql);
    return fine;
}
