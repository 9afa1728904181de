/*
 * Commands that take their time: retry, skip, export. One thread, in order.
 */
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
/* One is queued, at work or waits for the end. */
bool background_busy(struct background *b);
/* Everything else is final: retries for the end are due. With `ending` there
 * will be no more of anything, and they are dropped, in words. */
void background_all_final(struct background *b, bool ending);
/* How many retries wait for that. */
size_t background_at_end(struct background *b);

#endif
