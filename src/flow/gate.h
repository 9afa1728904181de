/*
 * The gate before a service: rate limits, concurrency, throttling by the
 * service, and a circuit breaker for outages. One per endpoint, for all workers
 * that use it.
 *
 * Pure policy on the instants that callers give; callers wait outside.
 *
 * Throttle   a LIMITED answer closes the gate for everyone until its time.
 *            Without a time, the limit becomes half of the requests in flight,
 *            and grows by one for every round that succeeds (AIMD: additive
 *            increase, multiplicative decrease). An unavailable server that
 *            gives a time also closes the gate, but narrows nothing.
 * Pacing     if headers say what is left of a limit, the gate spaces the
 *            requests out before that is used up.
 * Breaker    GATE_TRIP errors in a row of those that error_is_outage() names
 *            open it. Then it is half-open for one probe at a time, at
 *            intervals that grow to two seconds (more only if the service asks
 *            for it), and the first answer closes it. While it is open,
 *            failures are the service's, not the document's.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_FLOW_GATE_H
#define BATCHTOP_FLOW_GATE_H

#include "net/http.h"
#include "util/error.h"

#include <stddef.h>

enum { GATE_TRIP = 4, GATE_PROBE_MS = 100, GATE_PROBE_CAP_MS = 2000 };

enum gate_why {
    GATE_OPEN,
    GATE_REQUESTS,   /* rpm */
    GATE_TOKENS,     /* tpm */
    GATE_CONCURRENT, /* max_concurrent, or fewer after a throttle */
    GATE_THROTTLED,  /* the service throttled a request */
    GATE_PACED,      /* its headers say that little of its limit is left */
    GATE_OUTAGE      /* the breaker is open */
};

/* What the caller waits for, in a word or two. */
const char *gate_word(enum gate_why why);

struct gate;

struct gate *gate_new(uint64_t rpm, uint64_t tpm, size_t concurrent);
void gate_free(struct gate *g);

/* Enter with a request of so many tokens. `requests` is 1, or the number of its
 * texts if the service counts those. Returns 0, or the ms to wait before asking
 * again and *why. 0 with GATE_OUTAGE makes the request a probe: send a small
 * one. */
int64_t gate_enter(struct gate *g, double requests, double tokens,
                   int64_t now_ms, enum gate_why *why);
/* The request came back: err NULL when it succeeded. `used`, the tokens that
 * the service counted (0: unknown), corrects the estimate. unit in [0,1) is for
 * the jitter. Returns for how many ms LIMITED closed the gate. */
int64_t gate_leave(struct gate *g, const struct error *err, double estimated,
                   double used, int64_t now_ms, double unit);
/* A reply that succeeded as a whole, and left, throttled some of its items
 * (err, LIMITED): the gate closes as for a request, but the wait does not grow
 * from reply to reply. */
void gate_throttled(struct gate *g, const struct error *err, int64_t now_ms,
                    double unit);
/* What entered tells nothing about the service. */
void gate_cancel(struct gate *g);
/* Learn from a reply's headers about the limits, after a request of so many
 * tokens: if another such request does not fit, wait for its share. */
void gate_pace(struct gate *g, const struct http_pace *pace, double tokens,
               int64_t now_ms);

/* Milliseconds for which the service's state keeps everybody out, apart from
 * the rates; 0: it is open, or a probe is due. */
int64_t gate_closed_ms(struct gate *g, int64_t now_ms, enum gate_why *why);

void gate_set_rate(struct gate *g, uint64_t rpm, uint64_t tpm,
                   int64_t now_ms);
/* The run was paused: no refill for that time. */
void gate_skip(struct gate *g, int64_t now_ms);
/* Try again at once: the operator resumed. */
void gate_reset(struct gate *g, int64_t now_ms);

struct gate_stats {
    uint64_t rpm, tpm;
    /* Used in the last minute. In the first minute: what a minute at that pace
     * uses, so that a limit that is the bottleneck shows as full. */
    uint64_t requests_min, tokens_min;
    size_t in_flight;
    size_t concurrent; /* requests that may be in flight; 0: no limit */
    bool adapted;      /* fewer than max_concurrent, by throttles */
    bool outage;
    uint64_t outages; /* so far */
    int64_t throttled_ms, probe_ms; /* until the gate opens; 0: it is open */
    int64_t throttle_ms;            /* length of the whole throttle */
    int64_t trouble_ms; /* for so long it only failed or throttled; -1: it
                           served, or got no request */
    uint64_t tokens_most; /* of a minute, by its headers; 0: they do not say */
    struct error last;              /* of trouble, outage or throttle */
};
void gate_stats(struct gate *g, int64_t now_ms, struct gate_stats *out);

#endif
