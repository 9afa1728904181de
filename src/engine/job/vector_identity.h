/*
 * How a run's vectors are made: said once, and kept with them.
 *
 * Threads     The ticker, once, before the workers start.
 */
#ifndef BATCHTOP_ENGINE_JOB_VECTOR_IDENTITY_H
#define BATCHTOP_ENGINE_JOB_VECTOR_IDENTITY_H

#include "engine/engine.h"

/* To the operator: what the table of known models chose, and that vectors are
 * cut. The first embedder has passed its preflight. */
void vector_identity_say(struct run *r);

/* Compare with what the store keeps, and keep this run's beside its vectors.
 *
 * fails    CONFIG: its vectors were made otherwise. */
bool vector_identity_keep(struct run *r, struct store *s, struct error *err);

#endif
