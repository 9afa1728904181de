/*
 * What comes before the first request: keys, providers, preflight.
 */
#ifndef BATCHTOP_CORE_PREPARE_H
#define BATCHTOP_CORE_PREPARE_H

#include "core/engine.h"

/* Find providers and keys for the options: no network. *key: the caller's to
 * wipe and free (NULL: none). CONFIG names what is missing. */
bool prepare_embedder(const struct options *opt,
                      const struct embedder_ops **ops,
                      struct embedder_config *cfg, char **key,
                      struct error *err);
bool prepare_store(const struct options *opt, const char *url,
                   const struct store_ops **ops, struct store_config *cfg,
                   char **key, struct error *err);
void prepare_wipe(char *key); /* overwrite and free; NULL is fine */

/* The store's URL by the options, or the file beside the corpus; CONFIG when
 * it is longer than fits. */
bool prepare_store_url(const struct options *opt, char *to, size_t size,
                       struct error *err);

/* Open and preflight the first embedder and the first store, learn dimension
 * and limits. Called by the steward, once. */
bool prepare_run(struct run *r, struct error *err);

/* Start workers up to the wanted numbers; words for the operator when that
 * does not work. Called by the steward. */
void prepare_staff(struct run *r);

#endif
