/*
 * The settings of a run as they are: read, changed, and told in a snapshot.
 * Their words and bounds are in api/command_words.h.
 */
#ifndef BATCHTOP_ENGINE_KNOBS_H
#define BATCHTOP_ENGINE_KNOBS_H

#include "engine/engine.h"

/* Change it. *old is what it was.
 *
 * fails    CONFIG: there is no such setting, or it does not take that value. */
bool knob_set(struct run *r, enum knob k, int64_t value, int64_t *old,
              struct error *err);
/* What they are, may be, and were in the beginning. */
void knobs_fill(struct run *r, struct snapshot *s);

#endif
