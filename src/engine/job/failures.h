/*
 * The failures as the ledger keeps them: all of them, which the memory of
 * core/failure_log.h need not have.
 *
 * Threads     Any that may wait for the disk.
 */
#ifndef BATCHTOP_ENGINE_JOB_FAILURES_H
#define BATCHTOP_ENGINE_JOB_FAILURES_H

#include "engine/engine.h"

/* How long to wait until the ledger has what just happened. */
enum { FAILURES_FLUSH_MS = 10000 };

/* The run's ledger, to read in; the caller closes it. */
struct ledger_view *failures_view(struct run *r, struct error *err);
/* Count the open ones anew, exact to the row. */
bool failures_recount(struct run *r, struct error *err);

#endif
