/*
 * Commands that take their time: retry, skip, export. One thread, in order.
 */
#ifndef BATCHTOP_ENGINE_CHORES_H
#define BATCHTOP_ENGINE_CHORES_H

#include "engine/engine.h"

struct chores;

struct chores *chores_new(struct run *r);
bool chores_start(struct chores *c, struct error *err);
void chores_end(struct chores *c); /* the run is stopping: join */
void chores_free(struct chores *c);

/* Queue a command; false when too many wait. */
bool chores_add(struct chores *c, const struct command *command);
/* One is queued, at work or waits for the end. */
bool chores_busy(struct chores *c);
/* Everything else is final: retries for the end are due. With `ending` there
 * will be no more of anything, and they are dropped, in words. */
void chores_all_final(struct chores *c, bool ending);
/* How many retries wait for that. */
size_t chores_count_at_end(struct chores *c);

#endif
