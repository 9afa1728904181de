/*
 * What holds the rest of a run up: a limit, or the stage with a full queue
 * before it and room behind it.
 *
 * Pure.
 */
#ifndef BATCHTOP_CORE_BOTTLENECK_H
#define BATCHTOP_CORE_BOTTLENECK_H

#include "api/snapshot.h"

/* Fill in limit_now; of a run that is RUNNING and reads, once it has a second
 * of history, bottleneck and bottleneck_why, too. State, stages and queues are
 * read. */
void bottleneck_fill(struct snapshot *s);

#endif
