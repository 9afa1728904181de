/*
 * Do ledger and store agree? The ledger is ahead of its store when somebody
 * deleted, emptied, replaced or restored the store: then a resume would skip
 * documents that are nowhere.
 *
 * The store is asked through an instance of its own that changes nothing, so
 * what --create would make is seen to be missing: is it there, how many
 * records has it, and has it some ids of the ledger, the newest and others all
 * over. A count below the ledger's proves nothing (ids may repeat in a corpus,
 * counts may lag), so more ids are asked for then; an id that is missing does.
 *
 * Threads     Before the run begins, or the ticker: not both at once.
 */
#ifndef BATCHTOP_ENGINE_JOB_STORE_CHECK_H
#define BATCHTOP_ENGINE_JOB_STORE_CHECK_H

#include "engine/engine.h"

enum store_check {
    STORE_HAS_ALL,     /* it has them, or nothing is done yet */
    STORE_UNASKED,     /* it does not answer that: err says why, code ENOTSUP
                          where it never does */
    STORE_ASKED_LATER, /* not to be reached just now: err */
    STORE_REFUSED      /* FOREIGN when it lost some, else what stands in the
                          way: err */
};

/* Ask about the ledger of that path, live or archived. Blocks for the store's
 * answers: before the run begins 10 s for each, then --timeout. */
enum store_check store_check_ask(struct run *r, const char *ledger,
                                 struct error *err);

/* As a job is opened, before its ledger is changed: refuse what the store
 * lost; with --accept-store say how much it is. A store that cannot be reached
 * yet is asked by store_check_late(). */
bool store_check_early(struct run *r, struct error *err);
/* The ticker, first of all: with the patience of the preflight. */
bool store_check_late(struct run *r, struct error *err);
/* The run is at its end: does a file that it filled have it all? LOCAL. */
bool store_check_at_end(struct run *r, struct error *err);

/* What is committed by now is not asked for any more, by any run: somebody
 * knows better. Lasts with the next commit. */
bool store_check_accept(struct run *r, struct error *err);
/* How many documents were accepted as lost, by the ledger of that path. */
uint64_t store_check_accepted_as_lost(const char *ledger);

#endif
