/* A document that the store would refuse by rules that we know fails before we
 * pay for its embedding. */
#ifndef BATCHTOP_ENGINE_JOB_STORE_RULES_H
#define BATCHTOP_ENGINE_JOB_STORE_RULES_H

#include "engine/worker.h"

/* Set run->store_rules, an instance that asks nothing but knows what the first
 * one learned in its preflight. Call it before the workers start. fails as
 * store_ops.open. */
bool store_rules_open(struct run *r, const struct store *first,
                      struct error *err);
void store_rules_close(struct run *r);

/* Documents that the store would refuse leave the batch as failures of the
 * upsert stage. Allocates nothing for the others. */
void store_rules_check(struct worker *w, struct batch *b);

#endif
