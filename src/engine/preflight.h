/*
 * The questions to embedder and store before the first paid request: do they
 * answer, what is the dimension, how large may a request be, what does it cost,
 * how were the store's vectors made?
 *
 * Threads     The ticker's, once.
 */
#ifndef BATCHTOP_ENGINE_PREFLIGHT_H
#define BATCHTOP_ENGINE_PREFLIGHT_H

#include "engine/engine.h"

/* Open and ask the first embedder and store; then the run knows their dimension
 * and limits. */
bool preflight(struct run *r, struct error *err);

#endif
