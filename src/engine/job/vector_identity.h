/*
 * How a run's vectors are made: reported once, and kept with them.
 *
 * Threads     The ticker, once, before the workers start.
 */
#ifndef BATCHTOP_ENGINE_JOB_VECTOR_IDENTITY_H
#define BATCHTOP_ENGINE_JOB_VECTOR_IDENTITY_H

#include "engine/engine.h"

/* Tell the operator what the table of known models chose, and that vectors are
 * cut. Call it after the first embedder's preflight. */
void vector_identity_say(struct run *r);

/* Compare with what the store keeps, and keep this run's beside its vectors.
 *
 * fails    CONFIG: its vectors were made in another way. */
bool vector_identity_keep(struct run *r, struct store *s, struct error *err);

#endif
