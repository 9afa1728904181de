/*
 * The questions to embedder and store before the first paid request: whether
 * they answer, the dimension, how much a request may have, what it costs, how
 * the vectors that the store has were made.
 *
 * Threads     The ticker's, once.
 */
#ifndef BATCHTOP_ENGINE_PREFLIGHT_H
#define BATCHTOP_ENGINE_PREFLIGHT_H

#include "engine/engine.h"

/* Open and ask the first embedder and the first store; the run knows their
 * dimension and limits then. */
bool preflight(struct run *r, struct error *err);

#endif
