/*
 * Open failures that a retry or skip claims, some at a time, to send them
 * again, to give them up, or to fail them again because the corpus has them no
 * more.
 *
 * A row that was read from the ledger may be out of date, since an earlier
 * retry of its document may have ended meanwhile. So the claim enters the id as
 * in flight, makes the recorder commit and reads the row again. A failure that
 * is still open then leaves the failed count exactly once: nobody else can
 * change it before its id is free.
 *
 * Threads     The background's own.
 */
#ifndef BATCHTOP_ENGINE_RETRY_CLAIM_H
#define BATCHTOP_ENGINE_RETRY_CLAIM_H

#include "engine/recorder/recorder.h"

enum { CLAIM_ROWS = RETRY_BATCH_MAX };

enum claim_purpose { CLAIM_SEND, CLAIM_FAIL, CLAIM_SKIP };

struct claim_row {
    enum claim_purpose purpose;
    size_t at; /* CLAIM_SEND: which document of the batch */
    struct doc doc;
    struct failure failure;    /* `texts` has its texts, from */
    size_t id_at, message_at;  /* these bytes on */
};

struct retry_claim {
    struct run *run;
    struct ledger_view *view;
    struct claim_row row[CLAIM_ROWS];
    size_t count;
    struct buf texts;
    uint64_t granted; /* so far: they left the failed count */
    uint64_t busy;    /* so far: in flight, or no longer open */
    bool failed;      /* it has failed: claim nothing else */
    struct error err; /* failed */
};

/* Bring the ledger up to date and open a view of it. */
void retry_claim_open(struct retry_claim *c, struct run *r);
/* Call back with each open failure, until one fails or it returns false. */
void retry_claim_each(struct retry_claim *c,
                      bool (*each)(void *arg, const struct failure *f),
                      void *arg);
void retry_claim_close(struct retry_claim *c);

/* Claim a failure and copy its texts. False, and busy, when its document is in
 * flight. */
bool retry_claim_add(struct retry_claim *c, enum claim_purpose purpose,
                     const struct doc *d, const struct failure *f, size_t at);
/* Drop the row that was added last. */
void retry_claim_take_back(struct retry_claim *c);
static inline bool retry_claim_full(const struct retry_claim *c)
{
    return c->count == CLAIM_ROWS;
}

/*
 * Do what the rows were claimed for, if they are still open. It takes documents
 * that are not out of the batch (DOC_SUPERSEDED); the caller sends the rest.
 *
 * fails    LOCAL, MEMORY: the rows that are left stay open as they were.
 * blocks   for a commit of the ledger.
 */
bool retry_claim_settle(struct retry_claim *c, struct batch *b);

#endif
