/*
 * One conversation with a PostgreSQL server: libpq without its blocking
 * calls, so that a stop ends any wait within 100 ms and time-outs hold. Only
 * the look-up of a host's name blocks, as libpq has no other.
 *
 * Connections  Made when first needed and again after one was lost; `hello`
 *              is run on each new one. A statement that breaks off leaves no
 *              connection behind: the server rolls back what was open.
 * Security     No password in the URL. Off the loopback the server is
 *              verified unless the URL's sslmode or allow_cleartext says less.
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
 * There is a connection; *fresh: it was made by this call.
 *
 * fails    NETWORK, TIMEOUT, AUTH, CONFIG, SERVER, STOPPED, MEMORY.
 */
bool pg_link_up(struct pg_link *l, bool *fresh, struct error *err);

/* Run it now, and on every new connection from now on; the text is copied.
 * The link must be up. fails as pg_ask(). */
bool pg_link_on_connect(struct pg_link *l, const char *sql, struct error *err);

/* What goes with a statement's $1, $2, ...; all of type text or text[]. */
struct pg_params {
    int count;
    const char *const *value;
    const int *length; /* NULL: all are texts; else bytes of each */
    bool arrays;       /* all are text[] in binary form */
};

/*
 * One statement, its result in *out (may be NULL), cleared by the caller.
 *
 * fails    as above, and by SQLSTATE: QUOTA (disk full), REFUSED (data),
 *          CONFIG (names, types, dimension), SERVER (deadlock, shutdown).
 */
bool pg_ask(struct pg_link *l, const char *sql, const struct pg_params *params,
            PGresult **out, struct error *err);

/* Statements in one transaction, of which one is a COPY FROM STDIN that is
 * fed these bytes; none with len 0. */
bool pg_run(struct pg_link *l, const char *sql, struct text copy,
            struct error *err);

/* The name as SQL wants it, appended; the link must be up. */
bool pg_quote(struct pg_link *l, struct text name, struct buf *to,
              struct error *err);

/* `err` says that the server went away under an idle connection. */
bool pg_link_was_stale(const struct error *err);

#endif
