/*
 * A connection to a PostgreSQL server: libpq without its blocking calls, so
 * that a stop ends any wait within 100 ms and time-outs hold. Only the look-up
 * of a host's name blocks, since libpq has no other.
 *
 * Connections  It connects when first needed and again after a loss, and runs
 *              `hello` on each new connection. An interrupted statement closes
 *              its connection, so the server rolls back.
 * Security     No password in the URL. Off the loopback it verifies the server
 *              unless the URL's sslmode or allow_cleartext says less.
 * Threads      One worker per link.
 * Source       libpq 15, https://www.postgresql.org/docs/15/libpq-async.html;
 *              SQLSTATEs: appendix A of the same.
 */
#ifndef BATCHTOP_STORE_POSTGRES_PG_LINK_H
#define BATCHTOP_STORE_POSTGRES_PG_LINK_H

#include <libpq-fe.h>

#include "util/buf.h"
#include "util/error.h"

struct pg_link;

struct pg_link_config {
    const char *url; /* postgres://..., without parameters of ours */
    const char *key; /* NULL: PGPASSWORD, ~/.pgpass or none */
    const char *cacert;
    bool allow_cleartext;
    int stop_fd;
    int64_t timeout_ms; /* 0: 120 s */
};

/* Judges the URL; touches no network. fails CONFIG, MEMORY. */
struct pg_link *pg_link_new(const struct pg_link_config *cfg,
                            struct error *err);
void pg_link_free(struct pg_link *l);

/*
 * Make sure that there is a connection; *fresh: this call made it.
 *
 * fails    NETWORK, TIMEOUT, AUTH, CONFIG, SERVER, STOPPED, MEMORY.
 */
bool pg_link_up(struct pg_link *l, bool *fresh, struct error *err);

/* Run it now, and on every new connection from now on; copies the text. The
 * link must be up. fails as pg_ask(). */
bool pg_link_on_connect(struct pg_link *l, const char *sql, struct error *err);

/* The values of a statement's $1, $2, ...; all of type text or text[]. */
struct pg_params {
    int count;
    const char *const *value;
    const int *length; /* NULL: all are texts; else the bytes of each */
    bool arrays;       /* all are text[] in binary form */
};

/*
 * Run one statement; the caller clears its result in *out (may be NULL).
 *
 * fails    as above, and by SQLSTATE: QUOTA (disk full), REFUSED (data),
 *          CONFIG (names, types, dimension), SERVER (deadlock, shutdown).
 */
bool pg_ask(struct pg_link *l, const char *sql, const struct pg_params *params,
            PGresult **out, struct error *err);

/* Run statements in one transaction, one of which is a COPY FROM STDIN of these
 * bytes; none with len 0. */
bool pg_run(struct pg_link *l, const char *sql, struct text copy,
            struct error *err);

/* Append the name quoted for SQL; the link must be up. */
bool pg_quote(struct pg_link *l, struct text name, struct buf *to,
              struct error *err);

/* Does `err` mean that the server closed an idle connection? */
bool pg_link_was_stale(const struct error *err);

#endif
