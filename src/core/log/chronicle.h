/*
 * What the log of a run tells of states, holds, services and failures: it
 * compares the run with what it saw a second ago, and writes down what began
 * and what ended. So the log is the same whoever looks, and if nobody does.
 *
 * What comes and goes many times a minute (a rate limit) is one event at its
 * beginning and one when it has not come back for a while.
 *
 * Threads     One.
 */
#ifndef BATCHTOP_CORE_LOG_CHRONICLE_H
#define BATCHTOP_CORE_LOG_CHRONICLE_H

#include "core/control.h"
#include "core/log/notices.h"
#include "flow/gate.h"

struct chronicle;

struct chronicle *chronicle_new(void); /* NULL without memory */
void chronicle_free(struct chronicle *c);

/* The snapshot that the next look compares, for the caller to fill; it asks for
 * no events, since they come from here. */
struct snapshot *chronicle_snapshot(struct chronicle *c);

/* What the snapshot does not say. */
struct chronicle_facts {
    const struct gate_stats *gate; /* the embedder's, the store's */
    bool held[HOLD_COUNT];
    char memory[160]; /* why reading holds for memory; "" */
};

/* Once a second. */
void chronicle_look(struct chronicle *c, const struct chronicle_facts *f,
                    struct notices *n);

#endif
