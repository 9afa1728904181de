/*
 * Bring documents through a service, whatever it says: requests of as many as
 * go in, and after a failure what policy.h decides.
 *
 *   AGAIN    wait where there is reason to, then the same request
 *   PROVE    ask the service for a proof first
 *   HALVE    the two halves one after the other, each to its end; when both
 *            passed whole, the ceiling learns the size that failed
 *   LATER    the document waits in the redo heap, a try counted; without room
 *            there the worker waits itself
 *   HOLD     the stage holds until the operator resumes
 *
 * Where a stage has several endpoints and one is out, its documents go to
 * another. While the breaker is open one probe at a time is sent: the proof,
 * or where there is none a request of one document.
 *
 * Time, sleep, the switch and chance come from the host: the same code runs
 * in a worker (stage.h) and in a simulation.
 *
 * Threads     The worker's own.
 */
#ifndef BATCHTOP_FLOW_DISPATCH_H
#define BATCHTOP_FLOW_DISPATCH_H

#include "flow/ceiling.h"
#include "flow/gate.h"
#include "flow/policy.h"

enum defer_flags {
    DEFER_COUNTS = 1, /* the wait is behind a try that counts */
    DEFER_ALONE = 2   /* it is to be sent alone when it comes back */
};

/* What a request of a stage is. */
struct dispatch_ops {
    /* How many of the n items from `first` fit into one request, at least
     * one, and the tokens they are about. */
    size_t (*cut)(void *ctx, size_t first, size_t n, double *tokens);
    /* Send a prefix; *taken of them were in it. True when it succeeded; used
     * is what the service counted. */
    bool (*send)(void *ctx, size_t first, size_t n, size_t *taken,
                 double *used, struct error *err);
    /* Ask for a proof with so many texts: SERVED, ANSWERS, ABSENT, or REFUSED
     * with *err. NULL: there is nothing to ask. */
    enum proof (*prove)(void *ctx, size_t texts, struct error *err);
    /* The proof is worth the same as a request, SERVED or REFUSED: it may be
     * the probe. */
    bool proof_is_work;
    /* Item i is final. */
    void (*fail)(void *ctx, size_t i, const struct error *err);
    /* Item i waits for delay_ms; false when there is no room to wait. */
    bool (*defer)(void *ctx, size_t i, const struct error *err,
                  int64_t delay_ms, unsigned flags);
    unsigned (*tries)(void *ctx, size_t i); /* attempts that counted */
    void (*tried)(void *ctx, size_t i);     /* one more of them */
    size_t (*request_bytes)(void *ctx);     /* of the last request */
};

enum dispatch_mood { MOOD_BUSY, MOOD_LIMITED, MOOD_BACKOFF };

/* Where a dispatch runs. */
struct dispatch_host {
    int64_t (*now_ms)(void *host);
    double (*chance)(void *host); /* in [0, 1) */
    /* Wait while the stage is held, and until the price of so many tokens is
     * set aside; false once stopping. */
    bool (*go)(void *host, double tokens);
    /* What was set aside is not needed: nothing was sent. */
    void (*unsent)(void *host);
    bool (*stopping)(void *host);
    bool (*sleep)(void *host, int64_t ms); /* false once stopping */
    /* Hold the stage: it is the hand's turn. */
    void (*hold)(void *host, const struct error *err);
    /* Another endpoint works. */
    bool (*elsewhere)(void *host);
    /* What it does now, for whoever looks; wait_ms until it goes on. */
    void (*mood)(void *host, enum dispatch_mood mood, int64_t wait_ms,
                 const char *reason);
    /* A request came back after so many microseconds: `taken` items were in
     * it, or it was a proof (0). */
    void (*sent)(void *host, size_t taken, int64_t took_us, bool fine);
    /* It waits for this, not for a document's sake. */
    void (*waits)(void *host, const struct error *err);
    /* No hand can mend that, so do not wait for one: the run ends. */
    void (*end)(void *host, const struct error *err);
};

struct dispatch {
    const struct dispatch_ops *ops;
    void *ctx;
    const struct dispatch_host *host;
    void *host_ctx;
    struct gate *gate;
    struct ceiling *ceiling;
    struct witness *witness;
    unsigned retries; /* --retries */
    bool all;         /* --on-error all */
    bool counts_items; /* the service counts items as requests */
    /* [dispatch] of the request that is being sent */
    size_t asked, stored, unserved; /* items; of the reply: stored, failed */
    struct error item_err;          /* what failed one of them */
};

/* Bring items first..first+n-1 to an end or into the redo heap. False when the
 * run is stopping: what was not reached is untouched. */
bool dispatch(struct dispatch *d, size_t first, size_t n);

/* So many items of the reply were stored; told before the others' errors. */
static inline void dispatch_stored(struct dispatch *d, size_t n)
{
    d->stored = n;
}

/* An item's own error inside a reply that succeeded as a whole, told while
 * `send` runs. Without room to wait, a try counted all the same, and where the
 * stage holds, the item stays open: dispatch it again. */
void dispatch_item(struct dispatch *d, size_t i, const struct error *err);

#endif
