/*
 * How a search puts its query to the model: as the vectors that it looks
 * among were made, whether or not anybody says so again.
 *
 * Threads     The caller's.
 */
#ifndef BATCHTOP_CMD_ASKS_H
#define BATCHTOP_CMD_ASKS_H

#include "engine/job/stored_identity.h"

/*
 * What is known of the vectors' making: by the store, else by the ledger at
 * `path`, or where that is NULL by a job of the checkpoint folder with this
 * store. Nothing known is no failure.
 *
 * fails    as the store's kept() does.
 */
bool asks_find(struct stored_identity *k, struct store *s, const char *url,
               const char *path, const struct options *opt, struct error *err);

/* Embedder and dimension into the options, where nobody gave them now.
 * fails    CONFIG: given ones are not those of the vectors in `place`. */
bool asks_fill_options(struct options *opt, const struct stored_identity *k,
                       const char *place, struct error *err);

/* How to put a query to this embedder; likewise. */
bool asks_phrasing(struct phrasing *p, const struct options *opt,
                   const struct embedder_ops *ops,
                   const struct stored_identity *k, const char *place,
                   struct error *err);

#endif
