/* For the tests of stores behind HTTP: one store against one fakeapi. */
#ifndef BATCHTOP_TESTS_SUPPORT_STORE_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_STORE_TOOLS_H

#include "tests/contract/contract_store.h"
#include "tests/support/fakeapi/fakeapi.h"
#include "tests/support/tap.h"

enum { TOOL_DIM = 4, TOOL_ITEMS = 4 };

struct tool {
    const struct store_ops *ops;
    struct fakeapi *api;
    char url[128];
    const char *key;
    struct store *store;
    struct upsert_item items[TOOL_ITEMS]; /* "a".."d" */
};

struct store *tool_open(struct tool *t, size_t dim, bool create,
                        struct error *err);

/* `form` is the URL with %d for the port. */
void tool_start(struct tool *t, const struct store_ops *ops, const char *form,
                const struct fakeapi_options *o);
void tool_stop(struct tool *t);

/* contract_store() against a fakeapi, with tool_fetch() where k has none; then
 * the same with a key, "Header: how s3cret", which stands there alone. */
void tool_contract(struct contract_store *k, const char *form,
                   const struct fakeapi_options *o, const char *key);

/* Started, opened, made and ready. */
void tool_ready(struct tool *t, const struct store_ops *ops, const char *form);
struct upsert_item *tool_items(struct tool *t);

/* All four go, in one request. */
void tool_upsert(struct tool *t);

/* Open it as where gRPC has its usual port beside REST's (tests have none): here
 * that is fakeapi's own. The preflight notes this of the wire. */
void tool_choose_wire(struct tool *t, bool create, const char *says);
/* A worker's store follows it, takes its place and upserts the items. */
void tool_follow(struct tool *t);

/* Store the items, ask for the nearest five: fakeapi answers with three, the
 * best at 0.9. */
void tool_search(struct tool *t);

/* For contract_store, where the payload has text and metadata (as it is, or
 * ?metadata=json's text) as members; ctx is the fakeapi. */
bool tool_fetch(void *ctx, struct text id, struct buf *text,
                struct buf *metadata);
void tool_script(struct tool *t, int status, const char *body);

/* An answer to an upsert, and what it must mean. */
struct tool_refusal {
    int status;
    const char *body;
    enum error_kind kind;
    const char *says;
};

void tool_refusals(struct tool *t, const struct tool_refusal *rows, size_t n);

/* Metadata, and what is said of a record with it; NULL: it is stored. */
struct tool_metadata {
    const char *json, *says;
};

void tool_metadata(struct tool *t, const struct tool_metadata *rows, size_t n);

/* The last request's head and body hold these words (or not). */
bool tool_asked(struct tool *t, const char *words);

/* preflight fails so. */
void tool_unfit(struct tool *t, size_t dim, bool create, enum error_kind kind,
                const char *says);

#endif
