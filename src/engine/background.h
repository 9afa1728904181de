/* Commands that take time: retry, skip, export. One thread does them in
 * order. */
#ifndef BATCHTOP_ENGINE_BACKGROUND_H
#define BATCHTOP_ENGINE_BACKGROUND_H

#include "engine/engine.h"

struct background;

struct background *background_new(struct run *r);
bool background_start(struct background *b, struct error *err);
void background_end(struct background *b); /* the run is stopping: join */
void background_free(struct background *b);

/* Queue a command; false when too many wait. */
bool background_add(struct background *b, const struct command *command);
/* Is one queued, at work, or waiting for the end? */
bool background_busy(struct background *b);
/* Everything else is final, so retries for the end are due. With `ending` the
 * run does no more work: drop them, with a notice. */
void background_all_final(struct background *b, bool ending);
/* How many retries wait for the end. */
size_t background_at_end(struct background *b);

#endif
