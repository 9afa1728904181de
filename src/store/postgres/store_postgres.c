/*
 * This file stores records in PostgreSQL, with pgvector if the server has it.
 *
 *     COPY into a temporary table, in binary; then
 *     INSERT INTO table SELECT .. ON CONFLICT (id) DO UPDATE
 *
 * go as one message, so they are one transaction and two round trips, and a
 * lost connection leaves nothing half done. ?copy=no sends the rows as four
 * arrays instead, for servers and poolers that have no COPY or no temporary
 * tables; vectors then travel as text.
 *
 * Only use shows that the server has closed an idle connection: we then send
 * the transaction once more on a new one.
 *
 * Source      pgvector 0.8 (https://github.com/pgvector/pgvector), PostgreSQL
 *             15 (https://www.postgresql.org/docs/15/protocol-message-formats
 *             .html).
 */
#include "config.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/postgres/pg_table.h"
#include "store/store_place.h"
#include "store/wanted.h"
#include "util/str.h"

enum { GOOD_COUNT = 1000, NAME_MAX_BYTES = 127 };

/* How to connect and how rows travel, not where they are. */
static const char *const form[] = { "copy", "sslmode", "sslrootcert",
                                    "connect_timeout", "application_name",
                                    NULL };

struct postgres {
    struct store base;
    struct pg_link *link;
    struct pg_table table;
    struct pg_rows rows;
    struct buf url, sql;
    bool create, read_only, no_copy;
    bool known; /* pg_table_look() was done */
    int64_t timeout_ms;
};

/* ---- open and close ---- */

static void postgres_close(struct store *s)
{
    struct postgres *p = (struct postgres *)s;

    if (!p)
        return;
    pg_link_free(p->link);
    pg_table_release(&p->table);
    pg_rows_release(&p->rows);
    buf_release(&p->url);
    buf_release(&p->sql);
    free(p);
}

static bool take_parameter(struct postgres *p, struct text name,
                           struct text value, bool *ours, struct error *err)
{
    *ours = true;
    if (text_is(name, "table")) {
        if (value.len == 0 || value.len > NAME_MAX_BYTES ||
            memchr(value.ptr, '%', value.len))
            return error_set(err, ERROR_CONFIG, 0,
                             "table= takes a name or schema.name");
        buf_clear(&p->table.name);
        buf_put(&p->table.name, value.ptr, value.len);
    } else if (text_is(name, "copy")) {
        p->no_copy = text_is(value, "no");
        if (!p->no_copy && !text_is(value, "yes"))
            return error_set(err, ERROR_CONFIG, 0, "copy= takes yes or no");
    } else {
        *ours = false;
    }
    return true;
}

/* Take our parameters out; the others are libpq's. */
static bool postgres_take_url(struct postgres *p, const char *url,
                              struct error *err)
{
    size_t len = strcspn(url, "?");
    const char *at = url + len;
    char sign = '?';

    buf_puts(&p->table.name, "documents");
    buf_put(&p->url, url, len);
    while (*at) {
        size_t n = strcspn(++at, "&"), name = strcspn(at, "=&");
        struct text value = { at + name + (name < n), n - name - (name < n) };
        bool ours;

        if (!take_parameter(p, (struct text){ at, name }, value, &ours, err))
            return false;
        if (!ours) {
            buf_putc(&p->url, sign);
            buf_put(&p->url, at, n);
            sign = '&';
        }
        at += n;
    }
    buf_cstr(&p->url);
    buf_cstr(&p->table.name);
    return !(p->url.failed || p->table.name.failed) ||
           error_memory(err, "for a store");
}

static struct store *postgres_open(const struct store_ops *ops,
                                   const struct store_config *cfg,
                                   struct error *err)
{
    struct pg_link_config link = { .key = cfg->key,
                                   .cacert = cfg->cacert,
                                   .allow_cleartext = cfg->allow_cleartext,
                                   .stop_fd = cfg->stop_fd,
                                   .timeout_ms = cfg->timeout_ms };
    struct postgres *p = calloc(1, sizeof *p);

    if (!p) {
        error_memory(err, "for a store");
        return NULL;
    }
    p->base.ops = ops;
    p->base.dim = cfg->dim;
    p->base.good_count = GOOD_COUNT;
    p->create = cfg->create && !cfg->read_only;
    p->read_only = cfg->read_only;
    p->timeout_ms = cfg->timeout_ms;
    if (postgres_take_url(p, cfg->url, err)) {
        link.url = p->url.data;
        p->link = pg_link_new(&link, err);
    }
    if (!p->link) {
        postgres_close(&p->base);
        return NULL;
    }
    return &p->base;
}

/* ---- the table ---- */

static const char *table_name(struct postgres *p)
{
    return buf_cstr(&p->table.name);
}

/* A server that is stuck gives up before we do. */
static bool postgres_begin_session(struct postgres *p, struct error *err)
{
    if (p->no_copy || p->read_only)
        return true;
    buf_clear(&p->sql);
    if (p->timeout_ms > 0)
        buf_printf(&p->sql, "SET statement_timeout = %lld;",
                   (long long)p->timeout_ms);
    buf_puts(&p->sql, buf_cstr(&p->table.hello));
    return pg_link_on_connect(p->link, buf_cstr(&p->sql), err);
}

static bool postgres_get_table(struct store *s, bool *there, struct error *err)
{
    struct postgres *p = (struct postgres *)s;
    bool fresh;

    return pg_link_up(p->link, &fresh, err) &&
           pg_table_look(&p->table, p->link, there, err);
}

static bool postgres_create_table(struct store *s, struct error *err)
{
    struct postgres *p = (struct postgres *)s;

    return pg_table_create(&p->table, p->link, s->dim, s->note, sizeof s->note,
                           err);
}

static bool postgres_check_table(struct store *s, struct error *err)
{
    static const struct store_place any = { .noun = "table" };
    struct postgres *p = (struct postgres *)s;
    size_t dim;

    p->known = pg_table_stored_dim(&p->table, p->link, &dim, err) &&
               store_place_suits(s, &any, table_name(p), dim, "", err) &&
               postgres_begin_session(p, err);
    return p->known;
}

static bool postgres_look_at_table(struct postgres *p, struct error *err)
{
    static const struct store_place place = { .noun = "table",
                                              .look = postgres_get_table,
                                              .create = postgres_create_table,
                                              .agree = postgres_check_table };

    return store_place_ready(&p->base, &place, table_name(p),
                             p->create && p->base.dim, err);
}

/* Make sure that a connection can take records. */
static bool postgres_make_ready(struct postgres *p, bool *fresh,
                                struct error *err)
{
    *fresh = false;
    if (!p->known && !postgres_look_at_table(p, err))
        return false;
    return pg_link_up(p->link, fresh, err);
}

/* ---- upsert ---- */

static bool send_rows(struct postgres *p, struct error *err)
{
    const struct buf *a = p->rows.array;
    const char *value[4];
    int length[4];

    if (!p->no_copy)
        return pg_run(p->link, p->table.copy.data,
                      (struct text){ p->rows.copy.data, p->rows.copy.len },
                      err);
    for (size_t i = 0; i < 4; i++) {
        value[i] = a[i].data;
        length[i] = (int)a[i].len;
    }
    return pg_ask(p->link, p->table.unnest.data,
                  &(struct pg_params){ 4, value, length, true }, NULL, err);
}

static bool write_rows(struct postgres *p, struct error *err)
{
    const struct buf *a = p->rows.array;
    enum pg_vectors how = p->table.how;
    bool fine = p->no_copy
                    ? pg_rows_arrays(&p->rows, p->base.dim, how, err)
                    : pg_rows_copy(&p->rows, p->base.dim, how, err);

    p->base.sent_bytes = p->no_copy
                             ? a[0].len + a[1].len + a[2].len + a[3].len
                             : p->rows.copy.len;
    return fine;
}

static bool postgres_deliver(struct postgres *p, struct error *err)
{
    bool fresh, fine;

    for (int attempt = 0;; attempt++) {
        if (!postgres_make_ready(p, &fresh, err))
            return false;
        fine = send_rows(p, err);
        p->base.wire_sent += p->base.sent_bytes;
        if (fine || fresh || attempt > 0 || !pg_link_was_stale(err))
            return fine;
    }
}

/* Before we pay for anything, run the same statement without rows. It shows
 * what is wrong with privileges, types and indexes. */
static bool postgres_rehearse(struct postgres *p, struct error *err)
{
    size_t none;
    bool fresh;

    return postgres_make_ready(p, &fresh, err) &&
           pg_rows_take(&p->rows, NULL, 0, p->base.dim, p->table.how, 0,
                        &none, err) &&
           write_rows(p, err) && send_rows(p, err);
}

static bool postgres_preflight(struct store *s, struct error *err)
{
    struct postgres *p = (struct postgres *)s;

    p->known = false;
    if (!postgres_look_at_table(p, err))
        return false;
    if (p->read_only)
        return true;
    return pg_index_note(&p->table, p->link, s->note, sizeof s->note, err) &&
           (postgres_rehearse(p, err) ||
            error_wrap(err, "table %s", table_name(p)));
}

static bool postgres_takes(const struct store *s, struct upsert_item *item,
                           struct buf *room)
{
    (void)s;
    (void)room;
    return pg_rows_takes(item);
}

static bool postgres_upsert(struct store *s, struct upsert_item *items,
                            size_t n, size_t *taken, struct error *err)
{
    struct postgres *p = (struct postgres *)s;
    bool fresh;

    if (s->limit_count && n > s->limit_count)
        n = s->limit_count;
    *taken = n; /* if there is no table to ask */
    if (!p->known && !postgres_make_ready(p, &fresh, err))
        return false;
    if (!pg_rows_take(&p->rows, items, n, s->dim, p->table.how,
                      store_cut_bytes(s), taken, err) ||
        !write_rows(p, err))
        return false;
    s->sent_count = *taken;
    if (p->rows.count > 0 && !postgres_deliver(p, err))
        return false;
    pg_rows_stored(&p->rows);
    return true;
}

/* ---- questions ---- */

static bool postgres_ask(struct postgres *p, const char *sql,
                         const struct pg_params *params, PGresult **out,
                         struct error *err)
{
    bool fresh;

    return postgres_make_ready(p, &fresh, err) &&
           pg_ask(p->link, sql, params, out, err);
}

/* Find the rows of these ids. */
static bool find_ids(struct postgres *p, const struct buf *list, PGresult **r,
                     struct error *err)
{
    const char *value = list->data;
    int length = (int)list->len;

    if (list->failed)
        return error_memory(err, "for ids");
    buf_clear(&p->sql);
    buf_printf(&p->sql, "SELECT \"id\" FROM %s WHERE \"id\" = ANY($1)",
               p->table.quoted.data);
    return postgres_ask(p, buf_cstr(&p->sql),
                        &(struct pg_params){ 1, &value, &length, true }, r,
                        err);
}

static bool postgres_lookup(struct store *s, const struct text *ids, size_t n,
                            bool *present, struct error *err)
{
    struct postgres *p = (struct postgres *)s;
    struct buf list = { 0 };
    PGresult *r = NULL;
    struct wanted w;
    bool fresh, fine;

    if (!postgres_make_ready(p, &fresh, err) ||
        !wanted_init(&w, ids, n, false, present, err))
        return false;
    pg_put_texts(&list, ids, n);
    fine = find_ids(p, &list, &r, err);
    for (int i = 0; fine && i < PQntuples(r); i++)
        wanted_mark(&w, (struct text){ PQgetvalue(r, i, 0),
                                       (size_t)PQgetlength(r, i, 0) });
    PQclear(r);
    buf_release(&list);
    wanted_release(&w);
    return fine;
}

static bool postgres_count(struct store *s, uint64_t *n, struct error *err)
{
    struct postgres *p = (struct postgres *)s;
    PGresult *r = NULL;
    bool fresh, fine;

    if (!postgres_make_ready(p, &fresh, err))
        return false;
    buf_clear(&p->sql);
    buf_printf(&p->sql, "SELECT count(*) FROM %s", p->table.quoted.data);
    fine = postgres_ask(p, buf_cstr(&p->sql), NULL, &r, err);
    if (fine && (PQntuples(r) != 1 || !str_parse_u64(PQgetvalue(r, 0, 0), n)))
        fine = error_set(err, ERROR_PROTOCOL, 0, "the answer has no count");
    PQclear(r);
    return fine;
}

static bool take_hits(const PGresult *r, struct store_hit *hits, size_t k,
                      size_t *got, struct error *err)
{
    for (int i = 0; i < PQntuples(r) && *got < k; i++) {
        struct store_hit *hit = &hits[(*got)++];

        buf_clear(&hit->id);
        buf_clear(&hit->text);
        buf_puts(&hit->id, PQgetvalue(r, i, 0));
        buf_puts(&hit->text, PQgetvalue(r, i, 1));
        if (!str_parse_double(PQgetvalue(r, i, 2), &hit->score))
            hit->score = 0; /* a row without a vector */
        if (hit->id.failed || hit->text.failed)
            return error_memory(err, "for a hit");
    }
    return true;
}

static bool postgres_search(struct store *s, const float *query, size_t k,
                            struct store_hit *hits, size_t *got,
                            struct error *err)
{
    struct postgres *p = (struct postgres *)s;
    struct buf vector = { 0 };
    const char *value[2];
    PGresult *r = NULL;
    char most[24];
    bool fresh, fine;

    *got = 0;
    if (!postgres_make_ready(p, &fresh, err))
        return false;
    pg_put_vector_text(&vector, query, s->dim, p->table.how);
    snprintf(most, sizeof most, "%zu", k);
    value[0] = buf_cstr(&vector);
    value[1] = most;
    pg_table_search(&p->table, &p->sql);
    fine =
        postgres_ask(p, buf_cstr(&p->sql),
                     &(struct pg_params){ 2, value, NULL, false }, &r, err) &&
        take_hits(r, hits, k, got, err);
    PQclear(r);
    buf_release(&vector);
    return fine;
}

static bool postgres_keep(struct store *s, const char *json,
                          struct error *err)
{
    struct postgres *p = (struct postgres *)s;
    bool fresh;

    return postgres_make_ready(p, &fresh, err) &&
           pg_kept_write(&p->table, p->link, json, err);
}

static bool postgres_kept(struct store *s, struct buf *to, struct error *err)
{
    struct postgres *p = (struct postgres *)s;
    bool fresh;

    return postgres_make_ready(p, &fresh, err) &&
           pg_kept_read(&p->table, p->link, to, err);
}

const struct store_ops store_postgres = {
    .name = "postgres",
    .summary = "postgres://USER@HOST:PORT/DATABASE?table=T, PostgreSQL with "
               "pgvector (&copy=no: without COPY)",
    .key_env = "PGPASSWORD",
    .form = form,
    .remote = true,
    .open = postgres_open,
    .preflight = postgres_preflight,
    .takes = postgres_takes,
    .upsert = postgres_upsert,
    .search = postgres_search,
    .lookup = postgres_lookup,
    .count = postgres_count,
    .keep = postgres_keep,
    .kept = postgres_kept,
    .close = postgres_close,
};
