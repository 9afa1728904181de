/*
 * The number of workers: as many as wanted, which may grow during a run.
 *
 * Threads     The ticker's.
 */
#ifndef BATCHTOP_ENGINE_STAFFING_H
#define BATCHTOP_ENGINE_STAFFING_H

#include "engine/engine.h"

/* Start the wanted workers that do not run yet; a notice says when that
 * fails. */
void staffing_start(struct run *r);

#endif
