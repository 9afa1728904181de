/*
 * Connects a worker's dispatch with the run: control, meter, failure log,
 * clock.
 *
 * Threads     The worker's own.
 */
#ifndef BATCHTOP_ENGINE_STAGE_H
#define BATCHTOP_ENGINE_STAGE_H

#include "engine/engine.h"
#include "flow/dispatch.h"

/* Bring w->item[first .. end - 1] to an end: see dispatch(). */
bool stage_dispatch(struct worker *w, const struct dispatch_ops *ops,
                    size_t first, size_t end);
/* The same for one request's worth of the first n: see dispatch_request(). */
bool stage_dispatch_request(struct worker *w, const struct dispatch_ops *ops,
                            size_t n, size_t *done);

#endif
