/*
 * The number of workers of each stage: as many as its gates want requests in
 * flight, within the bounds of crew.h, or as many as a person pinned.
 *
 * Threads     The ticker's, at each tick; a worker that finds a place empty
 *             rings for one (worker.c).
 */
#ifndef BATCHTOP_ENGINE_STAFFING_H
#define BATCHTOP_ENGINE_STAFFING_H

#include "engine/engine.h"

/* Tell the gates their bounds, take their widths and batch sizes over, and
 * start the wanted workers that do not run yet; a notice says when that fails.
 * Once the run is ready. */
void staffing_start(struct run *r);

#endif
