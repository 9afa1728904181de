/*
 * What failed is sent again, or given up for good: the commands RETRY and
 * SKIP. Which ones, the ledger says; the documents come out of the corpus.
 *
 * Threads     The background's (engine/background.h). What came of it goes onto
 *             the message line.
 */
#ifndef BATCHTOP_ENGINE_FAILURE_RETRY_H
#define BATCHTOP_ENGINE_FAILURE_RETRY_H

#include "engine/engine.h"

/* Read the chosen ones anew and put them before everything else that waits
 * for an embedder. Returns when they are in the queue, or the run stops. */
void failure_retry(struct run *r, const struct command *c);
void failure_skip(struct run *r, const struct failure_select *select);

#endif
