/*
 * Decide in which state a run is, and why: what ends it comes before what holds
 * it, and that before what a service does.
 *
 * Pure.
 */
#ifndef BATCHTOP_CORE_RUN_STATE_H
#define BATCHTOP_CORE_RUN_STATE_H

#include "api/snapshot.h"
#include "core/control.h"
#include "flow/gate.h"

/* The memory guard lets go so many points lower than it holds. */
enum { MEMORY_RELEASE_PCT = 3 };

struct run_facts {
    bool done; /* what was read is final */
    bool stopping, draining;
    bool starting; /* there is work, and the preflight is not done */
    bool held;     /* by that cause; reason and remedy say more */
    enum hold_cause cause;
    const struct gate_stats *gate; /* the embedder's, the store's */
};

/* Uses reading_done, waiting and in_flight of the snapshot. Reason and remedy
 * are the hold's before; they become the service's if that is the cause.
 * RETRYING without a reason: all that is left waits for another try. */
enum run_state run_state_of(const struct run_facts *f, struct snapshot *s);
/* Set the reason of a hold for memory: what is used now, and where the guard
 * lets go. */
void run_state_say_memory(struct snapshot *s);
/* Set the service that throttles or is out: for how long, and until when. */
void run_state_fill_wait(struct snapshot *s, const struct gate_stats gate[2]);

#endif
