/* This file keeps the store's JSON as the table's comment. A comment counts as
 * ours only if it begins as that JSON does; we neither read nor replace any
 * other. */
#include "config.h"
#include "store/postgres/pg_table.h"

#include <string.h>

/* The beginning of the JSON of kept(); comments of others begin otherwise. */
static const char ours[] = "{\"embed\":";

static bool pg_kept_is_ours(const char *comment)
{
    return strncmp(comment, ours, sizeof ours - 1) == 0;
}

/* Read the comment as it is; "" for none. */
static bool read_comment(const struct pg_table *t, struct pg_link *l,
                         struct buf *to, struct error *err)
{
    const char *name = t->quoted.data;
    PGresult *r = NULL;
    bool fine = pg_ask(l, "SELECT obj_description($1::regclass, 'pg_class')",
                       &(struct pg_params){ 1, &name, NULL, false }, &r, err);

    if (fine && PQntuples(r) == 1 && !PQgetisnull(r, 0, 0))
        buf_puts(to, PQgetvalue(r, 0, 0));
    PQclear(r);
    return fine;
}

bool pg_kept_read(const struct pg_table *t, struct pg_link *l, struct buf *to,
                  struct error *err)
{
    struct buf comment = { 0 };
    bool fine = read_comment(t, l, &comment, err);

    if (fine && pg_kept_is_ours(buf_cstr(&comment)))
        buf_put(to, comment.data, comment.len);
    buf_release(&comment);
    return fine;
}

/* COMMENT takes no parameters: a literal, whose backslashes E'' keeps. */
static void put_literal(struct buf *to, const char *text)
{
    buf_puts(to, "E'");
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            buf_putc(to, *text);
        buf_putc(to, *text);
    }
    buf_putc(to, '\'');
}

bool pg_kept_write(const struct pg_table *t, struct pg_link *l,
                   const char *json, struct error *err)
{
    struct buf b = { 0 };
    bool fine = read_comment(t, l, &b, err);

    if (fine && b.len > 0 && !pg_kept_is_ours(buf_cstr(&b)))
        fine = error_set(err, ERROR_CONFIG, 0,
                         "table %s has a comment already", t->name.data);
    buf_clear(&b);
    buf_printf(&b, "COMMENT ON TABLE %s IS ", t->quoted.data);
    put_literal(&b, json);
    fine = fine && pg_ask(l, buf_cstr(&b), NULL, NULL, err);
    buf_release(&b);
    return fine;
}
