/*
 * A look at one failed document: its text out of the corpus and the whole of
 * its error out of the ledger, for the screen. Reading it may take a while (a
 * compressed corpus is read from its beginning), so it has a thread of its own,
 * which is started by the first look; the newest one asked for counts.
 *
 * Threads     look_ask(), look_fill(): any. The rest: the run's owner.
 */
#ifndef BATCHTOP_ENGINE_LOOK_H
#define BATCHTOP_ENGINE_LOOK_H

#include "engine/engine.h"

struct look;

struct look *look_new(struct run *r);
void look_end(struct look *l); /* the run is stopping: join */
void look_free(struct look *l);

/* For the document at select.source and .pos, whose record begins at byte
 * `value`. MEMORY when there is no thread for it. */
bool look_ask(struct look *l, const struct command *c, struct error *err);
/* What was found last. */
void look_fill(struct look *l, struct snapshot *s);

#endif
