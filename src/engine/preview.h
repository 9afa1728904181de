/*
 * The preview of a failed document for the screen: its text from the corpus and
 * its whole error from the ledger. Reading may take a while (a compressed
 * corpus is read from its beginning), so it has a thread of its own, which the
 * first request starts; only the newest request counts.
 *
 * Threads     preview_ask(), preview_fill(): any. The rest: the run's owner.
 */
#ifndef BATCHTOP_ENGINE_PREVIEW_H
#define BATCHTOP_ENGINE_PREVIEW_H

#include "engine/engine.h"

struct preview;

struct preview *preview_new(struct run *r);
void preview_end(struct preview *p); /* the run is stopping: join */
void preview_free(struct preview *p);

/* Request the document at select.source and .pos, whose record begins at byte
 * `value`. MEMORY without a thread for it. */
bool preview_ask(struct preview *p, const struct command *c, struct error *err);
/* What was found last. */
void preview_fill(struct preview *p, struct snapshot *s);

#endif
