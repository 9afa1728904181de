/*
 * The embedder and the store that the options mean: which they are, how they
 * are to be opened, and where. No network, and nothing is opened.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_ENGINE_JOB_PROVIDERS_H
#define BATCHTOP_ENGINE_JOB_PROVIDERS_H

#include "embed/embedder.h"
#include "flow/endpoints.h"
#include "options/options.h"
#include "store/store.h"

/* *e is filled but for the gates, and cfg is for its first endpoint;
 * endpoints_release() in any case. CONFIG names what is missing. */
bool providers_embedder(const struct options *opt,
                        const struct embedder_ops **ops,
                        struct embedder_config *cfg, struct endpoints *e,
                        struct error *err);
bool providers_store(const struct options *opt, const char *url,
                     const struct store_ops **ops, struct store_config *cfg,
                     struct endpoints *e, struct error *err);

/* The store's URL by the options, or the file beside the corpus; CONFIG when
 * it is longer than fits. */
bool providers_store_url(const struct options *opt, char *to, size_t size,
                         struct error *err);
/* Say in front which embedder it was; returns false. */
bool providers_embed_error(const struct options *opt, struct error *err);

#endif
