/* The causes of failures in a status. */
#ifndef BATCHTOP_HOST_PLAIN_CAUSES_H
#define BATCHTOP_HOST_PLAIN_CAUSES_H

#include "api/snapshot.h"
#include "util/json_write.h"

/* "causes": [{"key","stage","kind","code","message","open","waiting","last",
 * "helps","per_30_s"}], and "healed": [{"what","count"}]. */
void plain_causes_json(struct json_writer *w, const struct snapshot *s);

#endif
