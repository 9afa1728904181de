/*
 * Failures that a hand takes up, some at a time: to be sent again, to be given
 * up, or to fail anew because the corpus has them no more.
 *
 * A row read from the ledger may be old news, since an earlier retry of its
 * document may have ended meanwhile. So the id is entered as in flight, then
 * the ledger is committed, then the row is asked for again. What is owed by
 * then is forgiven, once: nobody else can touch it before the id is left.
 *
 * Threads     The background's own.
 */
#ifndef BATCHTOP_ENGINE_RETRY_CLAIM_H
#define BATCHTOP_ENGINE_RETRY_CLAIM_H

#include "engine/recorder.h"

enum { OWED_MAX = RETRY_BATCH_MAX };

enum claim_wish { CLAIM_SEND, CLAIM_FAIL, CLAIM_SKIP };

struct claim_row {
    enum claim_wish wish;
    size_t doc;            /* CLAIM_SEND: which of the batch */
    size_t id_at;          /* of x.id among ids */
    struct fault_record x; /* CLAIM_SEND: the doc alone */
};

struct retry_claim {
    struct run *run;
    struct ledger_view *view;
    struct claim_row row[OWED_MAX];
    size_t count;
    struct buf ids;
    uint64_t forgiven, busy; /* so far; busy: under way, or ended meanwhile */
};

void retry_claim_release(struct retry_claim *o);

/* Take a row up; its id is copied. False, and busy, when it is under way. */
bool retry_claim_add(struct retry_claim *o, enum claim_wish wish,
                     const struct fault_record *x, size_t doc);
/* The row added last was not meant. */
void retry_claim_take_back(struct retry_claim *o);
static inline bool retry_claim_full(const struct retry_claim *o)
{
    return o->count == OWED_MAX;
}

/*
 * Do what was wished for with the rows that are owed still. Of the documents
 * to be sent, those that are not are taken out of the batch (DOC_SUPERSEDED);
 * sending it is the caller's.
 *
 * fails    LOCAL, MEMORY: nothing can be told of the rows left; they stay
 *          owed as they were.
 * blocks   for a commit of the ledger.
 */
bool retry_claim_settle(struct retry_claim *o, struct batch *b,
                        struct error *err);

#endif
