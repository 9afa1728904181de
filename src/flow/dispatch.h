/*
 * Bring documents through a service: send requests with as many as fit, and do
 * after a failure what policy.h decides.
 *
 *   AGAIN    wait if there is a reason to, then send the same request
 *   PROVE    ask the service for a proof first
 *   HALVE    send the two halves one after the other, each to its end; if both
 *            pass whole, the ceiling learns the size that failed
 *   LATER    the document waits in the redo heap, by exponential backoff, and a
 *            try counts; without room there the worker waits
 *   FAIL     it is final: a dead letter, in the ledger
 *   HOLD     the stage holds until the operator resumes
 *   END      the run ends
 *
 * If a stage has several endpoints and one is out, its documents go to another.
 * While the circuit breaker is open, one probe at a time is sent (half-open):
 * the proof, or if there is none, a request of one document.
 *
 * Time, sleep, the switch and chance come from the host: the same code runs
 * in a worker (stage.h) and in a simulation.
 *
 * Threads     The worker's own.
 */
#ifndef BATCHTOP_FLOW_DISPATCH_H
#define BATCHTOP_FLOW_DISPATCH_H

#include "api/snapshot.h"
#include "data/batch.h"
#include "flow/ceiling.h"
#include "flow/gate.h"
#include "flow/policy.h"

/* A document, in the batch that owns it. */
struct item {
    struct batch *batch;
    size_t at;
};

static inline struct doc *item_doc(const struct item *item)
{
    return &item->batch->docs[item->at];
}

/* Does this item begin another request than the one before it? It does if one
 * of the two failed alone and is now sent alone. */
static inline bool item_goes_apart(const struct item *item)
{
    return (item_doc(item - 1)->flags | item_doc(item)->flags) & DOC_ALONE;
}

/* Documents that go to the service together, and the outcome. */
struct request {
    const struct item *item;
    size_t n;
    size_t taken;   /* the first so many were in the request */
    size_t bytes;   /* its size */
    double used;    /* as the service counted; 0: it does not count */
    /* For a reply that succeeded as a whole: */
    size_t stored, unserved; /* items that were stored, that failed */
    struct error item_err;   /* what failed one of them */
};

struct dispatch;

/* What the requests of a stage are. */
struct dispatch_ops {
    /* How many of the n items fit into one request, at least one, with an
     * estimate of their tokens. item_goes_apart() ends a request, too. */
    size_t (*cut)(void *ctx, const struct item *item, size_t n,
                  double *tokens);
    /* Send a prefix; set `taken` (n at first) and the size. True when it
     * succeeded; then set `stored`, and call dispatch_item() for each item that
     * failed. */
    bool (*send)(struct dispatch *d, struct request *rq, struct error *err);
    /* Ask for a proof with so many texts: SERVED, ANSWERS, ABSENT, or REFUSED
     * with *err. NULL: there is nothing to ask. */
    enum proof (*prove)(void *ctx, size_t texts, struct error *err);
    /* SERVED or REFUSED, the proof is worth a request, so it may be the
     * probe. */
    bool proof_is_work;
};

enum defer_flags {
    DEFER_COUNTS = 1, /* the wait follows a try that counts */
    DEFER_ALONE = 2   /* send it alone when it comes back */
};

/* Where a dispatch runs. */
struct dispatch_host {
    int64_t (*now_ms)(void *ctx);
    int64_t (*now_us)(void *ctx); /* of the same clock */
    double (*chance)(void *ctx); /* in [0, 1) */
    /* Wait while the stage is held, and until the price of so many tokens is
     * reserved; false once stopping. */
    bool (*go)(void *ctx, double tokens);
    void (*sleep)(void *ctx, int64_t ms); /* a stop ends it */
    /* What the worker does now, for the screen; wait_ms until it goes on. */
    void (*state)(void *ctx, enum worker_state state, int64_t wait_ms,
                  const char *reason);
    /* Does another endpoint work? If so, give back the price set aside. */
    bool (*elsewhere)(void *ctx);
    /* A request came back after so many microseconds: `taken` items were in
     * it, or it was a proof (0). */
    void (*sent)(void *ctx, size_t taken, int64_t took_us, bool fine);
    /* The worker waits for this, not because of a document. */
    void (*waits)(void *ctx, const struct error *err);
    /* Hold the stage until a person ends the hold. */
    void (*hold)(void *ctx, const struct error *err);
    /* No person can mend this, so end the run without a hold. */
    void (*end)(void *ctx, const struct error *err);
    /* The item is final. */
    void (*fail)(void *ctx, const struct item *item, const struct error *err);
    /* Make the item wait for delay_ms; false without room. */
    bool (*defer)(void *ctx, const struct item *item, const struct error *err,
                  int64_t delay_ms, unsigned flags);
};

struct dispatch {
    const struct dispatch_ops *ops;
    const struct dispatch_host *host;
    void *ctx; /* of both */
    struct gate *gate;
    struct ceiling *ceiling;
    struct witness *witness;
    unsigned retries; /* --retries */
    bool all;         /* --on-error all */
    bool counts_items; /* the service counts items as requests */
    struct gate_ticket ticket; /* dispatch's own, 0 at first */
};

/* Bring the items to an end or into the redo heap. False when the run is
 * stopping; the items that it did not reach are untouched. */
bool dispatch(struct dispatch *d, const struct item *item, size_t n);

/* The same for one request's worth: send a request for a prefix of the n >= 1
 * items and bring that to an end, whatever it takes; *done is how many items it
 * was. dispatch() is this until none is left. False: *done is 0. */
bool dispatch_request(struct dispatch *d, const struct item *item, size_t n,
                      size_t *done);

/* Report an item's own error inside a reply that succeeded as a whole; `send`
 * calls it after it set rq->stored. Without room to wait (the try counts), or
 * if the stage holds, the item stays open: dispatch it again. */
void dispatch_item(struct dispatch *d, struct request *rq,
                   const struct item *item, const struct error *err);

#endif
