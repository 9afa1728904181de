/*
 * Let a store finish what it put off while the run filled it: SQLite makes its
 * index over ids.
 *
 * Threads     The ticker.
 */
#ifndef BATCHTOP_ENGINE_JOB_STORE_FINISH_H
#define BATCHTOP_ENGINE_JOB_STORE_FINISH_H

#include "engine/engine.h"

/* Once all is stored and recorded. What fails is a notice, since the records
 * are safe without it. May take a minute at ten million documents. False: the
 * run was stopped meanwhile; a resume does it. */
bool store_finish(struct run *r);

#endif
