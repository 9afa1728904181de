/*
 * The embedder and the store of the options: which they are, how to open them,
 * and where. It uses no network and opens nothing.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_ENGINE_JOB_PROVIDERS_H
#define BATCHTOP_ENGINE_JOB_PROVIDERS_H

#include "embed/embedder.h"
#include "flow/endpoints.h"
#include "options/options.h"
#include "store/store.h"

/* Fills *e except the gates, and cfg for its first endpoint; call
 * endpoints_release() in any case. CONFIG names what is missing. */
bool providers_embedder(const struct options *opt,
                        const struct embedder_ops **ops,
                        struct embedder_config *cfg, struct endpoints *e,
                        struct error *err);
bool providers_store(const struct options *opt, const char *url,
                     const struct store_ops **ops, struct store_config *cfg,
                     struct endpoints *e, struct error *err);

/* The store's URL from the options, or the file beside the corpus; CONFIG when
 * it is too long. */
bool providers_store_url(const struct options *opt, char *to, size_t size,
                         struct error *err);
/* Put the embedder's name before the error; returns false. */
bool providers_embed_error(const struct options *opt, struct error *err);

#endif
