/*
 * A search must put its query to the model in the way in which the stored
 * vectors were made, even if no option says so again.
 *
 * Threads     The caller's.
 */
#ifndef BATCHTOP_CMD_ASKS_H
#define BATCHTOP_CMD_ASKS_H

#include "engine/job/stored_identity.h"

/*
 * Find out how the vectors were made: from the store, else from the ledger at
 * `path` or (NULL) of a job with this store in the checkpoint folder. It is no
 * failure to find nothing.
 *
 * fails    as the store's kept() does.
 */
bool asks_find(struct stored_identity *k, struct store *s, const char *url,
               const char *path, const struct options *opt, struct error *err);

/* Set embedder and dimension in the options unless the user gave them.
 * fails    CONFIG: given ones are not those of the vectors in `place`. */
bool asks_fill_options(struct options *opt, const struct stored_identity *k,
                       const char *place, struct error *err);

/* The same for how to put a query to this embedder. */
bool asks_phrasing(struct phrasing *p, const struct options *opt,
                   const struct embedder_ops *ops,
                   const struct stored_identity *k, const char *place,
                   struct error *err);

#endif
