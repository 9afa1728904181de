/*
 * Count the open failures as the ledger has them, exact to the row.
 *
 * Threads     The ticker's; failure_recount_owed(): the recorder's.
 */
#ifndef BATCHTOP_ENGINE_RECORDER_FAILURE_RECOUNT_H
#define BATCHTOP_ENGINE_RECORDER_FAILURE_RECOUNT_H

#include "engine/engine.h"

/* Each kind in the failure log. */
bool failure_recount(struct run *r, struct error *err);
/* The run has ended, perhaps in a retry, and the ledger is current: what that
 * claimed and did not bring to an end counts as failed again, since it is still
 * owed. False: nothing changed. */
bool failure_recount_owed(struct run *r);

#endif
