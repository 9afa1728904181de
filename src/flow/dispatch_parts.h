/*
 * What the two files of dispatch.h share.
 *
 * Threads     The worker's own.
 */
#ifndef BATCHTOP_FLOW_DISPATCH_PARTS_H
#define BATCHTOP_FLOW_DISPATCH_PARTS_H

#include "flow/dispatch.h"

enum passage {
    PASSED,
    PASSED_AS_PROBE, /* the breaker is open: send a small request */
    ENDING,          /* the run stops */
    ELSEWHERE        /* the service is out while another endpoint works */
};

/* Wait until the gate admits a request of so many items and tokens. */
enum passage dispatch_pass(struct dispatch *d, size_t items, double tokens);
/* The request came back, and tells the gate: `chance` is set here. */
void dispatch_leave(struct dispatch *d, const struct gate_answer *answer);
bool dispatch_outage(struct dispatch *d);

/* Ask for a proof with so many texts, through the gate. Sets *err unless it is
 * SERVED, ANSWERS or ABSENT. */
enum proof dispatch_prove(struct dispatch *d, size_t texts,
                          struct error *err);
/* The breaker is open and it is this worker's turn: it passed the gate, and a
 * proof is worth a request. */
void dispatch_probe(struct dispatch *d);

static inline int64_t now_of(struct dispatch *d)
{
    return d->host->now_ms(d->ctx);
}

static inline int64_t now_us_of(struct dispatch *d)
{
    return d->host->now_us(d->ctx);
}

static inline uint64_t served_by(struct dispatch *d)
{
    return atomic_load(&d->witness->served);
}

#endif
