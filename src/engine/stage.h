/*
 * Where a worker's dispatch meets the run: the switch, the meter, the failure
 * log, the clock.
 *
 * Threads     The worker's own.
 */
#ifndef BATCHTOP_ENGINE_STAGE_H
#define BATCHTOP_ENGINE_STAGE_H

#include "flow/dispatch.h"
#include "engine/engine.h"

/* A dispatch of this worker's, for one batch or several. */
struct dispatch stage_dispatch(struct worker *w, const struct dispatch_ops *ops,
                               void *ctx);

#endif
