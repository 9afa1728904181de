/*
 * What comes before the first request: keys, providers, preflight.
 */
#ifndef BATCHTOP_ENGINE_JOB_PREPARE_H
#define BATCHTOP_ENGINE_JOB_PREPARE_H

#include "engine/engine.h"

/* Find providers, endpoints and keys for the options: no network. *e is filled
 * but for the gates, and cfg is for its first endpoint; endpoints_release() in
 * any case. CONFIG names what is missing. */
bool prepare_embedder(const struct options *opt,
                      const struct embedder_ops **ops,
                      struct embedder_config *cfg, struct endpoints *e,
                      struct error *err);
/* Say in front which embedder it was; returns false. */
bool prepare_embed_error(const struct options *opt, struct error *err);
bool prepare_store(const struct options *opt, const char *url,
                   const struct store_ops **ops, struct store_config *cfg,
                   struct endpoints *e, struct error *err);

/* The store's URL by the options, or the file beside the corpus; CONFIG when
 * it is longer than fits. */
bool prepare_store_url(const struct options *opt, char *to, size_t size,
                       struct error *err);

/* Ask until it succeeds, a failure that does not pass, or --retries are used
 * up; the operator is told what is waited for. The steward's. */
bool prepare_patiently(struct run *r,
                       bool (*ask)(struct run *r, struct error *err),
                       struct error *err);

/* Open and preflight the first embedder and the first store, learn dimension
 * and limits. Called by the steward, once. */
bool prepare_run(struct run *r, struct error *err);

/* The provider's instance for this worker, with this key; and away with it. */
bool prepare_open(struct worker *w, const char *key, struct error *err);
void prepare_close(struct worker *w);

/* Start workers up to the wanted numbers; words for the operator when that
 * does not work. Called by the steward. */
void prepare_staff(struct run *r);

/* A key was refused that nobody has given: name the variable that should hold
 * it before the error's words. */
void prepare_name_key(const struct run *r, bool embeds, struct error *err);

/* What a hand has to do where the service refuses the worker's key: a variable
 * cannot be mended under a run, a file can. */
void prepare_key_remedy(const struct worker *w, char *to, size_t size);

/* After a resume from a hold: read the key again and open the provider anew.
 * Called by the worker; false when that failed and the stage holds again. */
bool prepare_keys(struct worker *w);

#endif
