/*
 * What --embed-extra and --query-extra add to a request: the members of one
 * JSON object.
 *
 * Threads     The caller's.
 */
#ifndef BATCHTOP_EMBED_EXTRA_H
#define BATCHTOP_EMBED_EXTRA_H

#include "util/buf.h"
#include "util/error.h"

/* Whether `json` is one object without a secret in it, for it is kept with the
 * job; "" is none. `option` is named when it is not. fails    CONFIG. */
bool extra_check(const char *json, const char *option, struct error *err);

/*
 * Append the members, each behind a comma, to a request that is complete but
 * for its last bracket; NULL and "" have none. `ours` is the whole request
 * without them, so that none is there twice.
 *
 * fails    CONFIG: `ours` has a member already. MEMORY.
 */
bool extra_put(struct buf *to, const char *json, struct text ours,
               const char *option, struct error *err);

#endif
