/*
 * The commands RETRY and SKIP: send failed documents again, or give them up for
 * good. The ledger lists them; the corpus has the documents.
 *
 * Threads     The background thread (engine/background.h). A notice tells the
 *             result.
 */
#ifndef BATCHTOP_ENGINE_FAILURE_RETRY_H
#define BATCHTOP_ENGINE_FAILURE_RETRY_H

#include "engine/engine.h"

/* Read the selected ones again and put them before everything else that waits
 * for an embedder. Returns when they are in the queue, or the run stops. */
void failure_retry(struct run *r, const struct command *c);
void failure_skip(struct run *r, const struct failure_select *select);

#endif
