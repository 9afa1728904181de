/*
 * The keys of the services, by the options and the environment. It keeps
 * nothing: each call reads the file or the variable again.
 *
 * Ownership   The caller owns a key and ends it with endpoint_wipe().
 * Threads     Any.
 */
#ifndef BATCHTOP_ENGINE_JOB_CREDENTIALS_H
#define BATCHTOP_ENGINE_JOB_CREDENTIALS_H

#include "embed/embedder.h"
#include "options/options.h"
#include "store/store.h"

/* *key for endpoint i of the embedder, or for the store; NULL: there is none.
 * fails    CONFIG, LOCAL: it is not where it should be, or is unreadable. */
bool credentials_embedder(const struct options *opt,
                          const struct embedder_ops *ops, size_t i,
                          char **key, struct error *err);
bool credentials_store(const struct options *opt, const struct store_ops *ops,
                       char **key, struct error *err);

/* The variable that holds it or should hold it; "": it is in a file, there is
 * none, or its name may be the key itself. */
const char *credentials_embedder_variable(const struct options *opt,
                                          const struct embedder_ops *ops,
                                          size_t i);
const char *credentials_store_variable(const struct options *opt,
                                       const struct store_ops *ops);

#endif
