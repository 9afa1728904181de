/*
 * What holds the rest of a run up: a limit, or the stage with a full queue
 * before it and room behind it.
 *
 * Pure.
 */
#ifndef BATCHTOP_CORE_BOTTLENECK_H
#define BATCHTOP_CORE_BOTTLENECK_H

#include "api/snapshot.h"

/* Set limit_now; for a run that is RUNNING, reads and has a second of history,
 * also bottleneck and bottleneck_why. It needs state, stages and queues. */
void bottleneck_fill(struct snapshot *s);

/* What bottleneck would be, whatever the state: "READ", "EMBED", "UPSERT" or
 * "LIMIT". */
const char *bottleneck_word(const struct snapshot *s);

#endif
