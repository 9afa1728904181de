/*
 * Do ledger and store agree? If somebody deleted, emptied, replaced or restored
 * the store, the ledger is ahead of it: then a resume would skip documents that
 * are nowhere.
 *
 * We ask the store through an instance of its own that changes nothing, so that
 * what --create would make shows as missing: does it exist, how many records
 * has it, and has it some ids of the ledger, the newest and others from
 * everywhere? A count below the ledger's proves nothing (ids may repeat in a
 * corpus, counts may lag), so we then ask for more ids; a missing id does.
 *
 * Threads     Before the run begins, or the ticker: never both at once.
 */
#ifndef BATCHTOP_ENGINE_JOB_STORE_CHECK_H
#define BATCHTOP_ENGINE_JOB_STORE_CHECK_H

#include "engine/engine.h"

enum store_check {
    STORE_HAS_ALL,     /* it has them, or nothing is done yet */
    STORE_UNASKED,     /* it does not answer: err says why; code ENOTSUP: it
                          never does */
    STORE_ASKED_LATER, /* not reachable just now: err */
    STORE_REFUSED      /* err: FOREIGN when it lost some, else the obstacle */
};

/* Ask about the ledger at that path, live or archived. Blocks for the store's
 * answers: 10 s for each before the run begins, then --timeout. */
enum store_check store_check_ask(struct run *r, const char *ledger,
                                 struct error *err);

/* Called as a job is opened, before its ledger changes: refuse if the store
 * lost documents; with --accept-store say how many. store_check_late() asks a
 * store that cannot be reached yet. */
bool store_check_early(struct run *r, struct error *err);
/* For the ticker, at first, with the patience of the preflight. */
bool store_check_late(struct run *r, struct error *err);
/* At the end of the run: does a file that it filled have everything? LOCAL. */
bool store_check_at_end(struct run *r, struct error *err);

/* No run asks for what is committed by now any more, since the user accepted
 * it. Durable with the next commit. */
bool store_check_accept(struct run *r, struct error *err);
/* How many documents were accepted as lost, by the ledger at that path. */
uint64_t store_check_accepted_as_lost(const char *ledger);

#endif
