/* The parts of pg_link.c besides the exchange itself. */
#ifndef BATCHTOP_STORE_POSTGRES_PG_PARTS_H
#define BATCHTOP_STORE_POSTGRES_PG_PARTS_H

#include <libpq-fe.h>

#include "util/error.h"

enum { PG_OPTIONS_MAX = 64 };

/* Connection parameters for libpq: pairs, NULL behind the last. The options own
 * the URL's texts. */
struct pg_options {
    PQconninfoOption *parsed;
    const char *name[PG_OPTIONS_MAX], *value[PG_OPTIONS_MAX];
    size_t count;
    char host[128]; /* for messages, printable */
    bool local;     /* loopback or a socket of this machine */
};

/* fails    CONFIG (bad URL, a password in it), MEMORY. */
bool pg_options_parse(struct pg_options *o, const char *url,
                      struct error *err);
/* Later ones win. */
void pg_options_add(struct pg_options *o, const char *name, const char *value);
const char *pg_options_get(const struct pg_options *o, const char *name);
/* Check that nobody else can read the file of passwords: libpq would complain
 * on standard error, over the screen. fails CONFIG. */
bool pg_options_passfile(const struct pg_options *o, struct error *err);
void pg_options_release(struct pg_options *o);

/* Set err to the meaning of a failed statement. Returns false. */
bool pg_result_error(const PGresult *r, const char *host, struct error *err);
/* The same for a connection that failed or was lost. */
bool pg_conn_error(PGconn *conn, const char *host, struct error *err);

#endif
