/*
 * For the tests of the PostgreSQL store: a private server, a session there
 * beside the store's, and records for it.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_PG_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_PG_TOOLS_H

#include <libpq-fe.h>

#include "store/store.h"
#include "tests/support/tap.h"

extern char pg_port[16];
extern PGconn *other; /* a session beside the store's */
extern const float east[4];

/* Start the server. False: why not was said, and *status is the program's. */
bool pg_start(int *status);

/* As cmocka's teardown of a group: no server and no folder. */
int pg_stop(void **state);

/* pg_server.sh's answer without its line end; its status. */
int pg_server(const char *what, char *answer, size_t size);
PGconn *session(void);

/* The first value of the answer; good until the next call. */
const char *sql(const char *text);

/* Of a table of the server; good until the next call. */
const char *url_of(const char *table);

/* A store that has passed its preflight, or NULL. */
struct store *open_with(struct store_config cfg, struct error *err);
struct store *open_at(const char *url, bool create, struct error *err);
struct store *must_open(const char *table);

/* One record, to the east. */
struct upsert_item item(const char *id, const char *text);
bool put(struct store *s, const char *id, const char *text, struct error *err);
void must_put(struct store *s, const char *id);

#endif
