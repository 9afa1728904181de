/*
 * How many workers there are: as many as wanted, which grows under a run.
 *
 * Threads     The ticker's.
 */
#ifndef BATCHTOP_ENGINE_STAFFING_H
#define BATCHTOP_ENGINE_STAFFING_H

#include "engine/engine.h"

/* Start those that are wanted and not there yet: words for the operator when
 * that does not work. */
void staffing_start(struct run *r);

#endif
