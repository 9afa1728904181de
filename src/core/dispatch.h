/*
 * What to do with a request's outcome, the same for every service: split what
 * is too large, isolate what is refused, wait where the service asks for it,
 * hold the stage where a hand is needed, defer what may pass later.
 *
 *   SIZE                 halve; the stage learns a ceiling (ceiling.h)
 *   REFUSED              bisect to the one bad document: at most 2 log2(n) + 1
 *   PROTOCOL             once more, then bisect
 *   LIMITED              wait at the gate; no attempt is used up
 *   NETWORK TIMEOUT      each document waits in the redo heap, a try counted;
 *   SERVER LOCAL MEMORY  while the breaker is open nothing is counted, nor is
 *                        it while the heap is full: the worker asks again
 *   AUTH QUOTA CONFIG    the stage holds until the operator resumes; so it does
 *                        when an outage turns out to be a page for people
 *
 * Where a stage has several endpoints and one is out, its items go to another.
 *
 * Threads     The worker's own.
 */
#ifndef BATCHTOP_CORE_DISPATCH_H
#define BATCHTOP_CORE_DISPATCH_H

#include "core/engine.h"

struct dispatch_ops {
    /* How many of the n items from `first` fit into one request, at least
     * one, and the tokens they are about. */
    size_t (*cut)(void *ctx, size_t first, size_t n, double *tokens);
    /* Send a prefix; *taken of them were in it. True when it succeeded; used
     * is what the service counted. */
    bool (*send)(void *ctx, size_t first, size_t n, size_t *taken,
                 double *used, struct error *err);
    /* Item i is final. */
    void (*fail)(void *ctx, size_t i, const struct error *err);
    /* Item i waits for delay_ms, which counts as a try or not; false when
     * there is no room to wait. */
    bool (*defer)(void *ctx, size_t i, const struct error *err,
                  int64_t delay_ms, bool counts);
    unsigned (*tries)(void *ctx, size_t i); /* attempts that counted */
    size_t (*request_bytes)(void *ctx);     /* of the last request */
};

/* Bring items first..first+n-1 to an end or into the redo heap. False when the
 * run is stopping: what was not reached is untouched. */
bool dispatch(struct worker *w, const struct dispatch_ops *ops, void *ctx,
              size_t first, size_t n);

/* An item's own error inside a reply that succeeded as a whole. Without room
 * to wait the item stays open: dispatch it again. */
void dispatch_item(struct worker *w, const struct dispatch_ops *ops, void *ctx,
                   size_t i, const struct error *err);

#endif
