/*
 * The gate before a service: rate limits, how many requests are in flight,
 * throttling by the service, and a circuit breaker for outages. One per
 * endpoint, for all workers that use it.
 *
 * Pure policy on the instants that callers give; callers wait outside.
 *
 * Seeking    gate_seek() bounds how many requests may be in flight and how many
 *            documents are in each; seek.h finds out what is best within. A
 *            worker takes documents only while its place among the endpoint's
 *            workers is below gate_width(), and gate_enter() holds that up
 *            whatever the workers do. Without gate_seek() the number is
 *            `concurrent`, less after throttles.
 * Throttle   a LIMITED answer closes the gate for everyone until its time.
 *            Without a time, until the requests that went with it have come
 *            back; seek.h narrows. An unavailable server that gives a time also
 *            closes the gate, but narrows nothing.
 * Pacing     if headers say what is left of a limit, the gate spaces the
 *            requests out before that is used up.
 * Breaker    GATE_TRIP errors in a row of those that error_is_outage() names
 *            open it. Then it is half-open for one probe at a time, at
 *            intervals that grow to two seconds (more only if the service asks
 *            for it), and the first answer closes it. While it is open,
 *            failures are the service's, not the document's.
 * Trouble    the clock of what is lost to a service that only fails or
 *            throttles, for --outage-limit. One small request that passes does
 *            not end it: where a disk is full, one of a few documents fits now
 *            and then. After failures it runs on until a request of as many
 *            documents is served as the largest that failed, or until as much
 *            time was served as lost; a throttle ends with the first answer.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_FLOW_GATE_H
#define BATCHTOP_FLOW_GATE_H

#include "flow/seek/seek.h"
#include "net/http.h"
#include "util/error.h"

#include <stddef.h>

enum { GATE_TRIP = 4, GATE_PROBE_MS = 100, GATE_PROBE_CAP_MS = 2000 };

enum gate_why {
    GATE_OPEN,
    GATE_REQUESTS,   /* rpm */
    GATE_TOKENS,     /* tpm */
    GATE_CONCURRENT, /* as many as are wanted are in flight */
    GATE_THROTTLED,  /* the service throttled a request */
    GATE_PACED,      /* its headers say that little of its limit is left, or it
                        refused what was faster */
    GATE_OUTAGE      /* the breaker is open */
};

/* What the caller waits for, in a word or two. */
const char *gate_word(enum gate_why why);

struct gate;

struct gate *gate_new(uint64_t rpm, uint64_t tpm, size_t concurrent);
void gate_free(struct gate *g);

/* Other bounds for the requests in flight and their documents, at any time: see
 * seek.h. */
void gate_seek(struct gate *g, const struct seek_bounds *bounds,
               int64_t now_ms);
/* How many workers of this endpoint should take documents now: as many as the
 * requests that it wants in flight, less those that still wait for the gate
 * with documents in hand; at least 1. It may change whenever a request comes
 * back, so a worker that is beyond it looks again then. SIZE_MAX: any
 * number. */
size_t gate_width(struct gate *g);
/* Documents that it wants in a request; 0: it has no opinion. */
size_t gate_batch(struct gate *g);
/* A worker below gate_width() did not send for so many microseconds because it
 * had no documents (STARVED), could not hand them on (BLOCKED), or was not to
 * (PAUSED): that time teaches nothing. Call it after each wait, and after each
 * slice of a long one. dispatch_pass() does it for pauses, holds and the
 * budget, and the gate itself for its limits: callers tell the first two. */
void gate_seek_unfair(struct gate *g, enum seek_unfair why, int64_t us);
/* What it found, for the ledger; width 0: nothing yet. */
void gate_knee(struct gate *g, struct seek_knee *out);

/* A request from its worker's first question until it came back. The worker's
 * own. */
struct gate_ticket {
    double requests; /* 1, or the number of its texts if the service counts
                        those */
    double tokens;   /* estimated */
    bool waits;      /* asks in vain, until others come back */
    bool inside;     /* between enter and leave */
    struct seek_ticket seek;
};

/* Enter with t->requests and t->tokens, the rest of the ticket 0 at first.
 * Returns 0, or the ms to wait before asking again with the same ticket and
 * *why. 0 with GATE_OUTAGE makes the request a probe: send a small one. Who
 * enters leaves or cancels; who gives up asking cancels, too. */
int64_t gate_enter(struct gate *g, struct gate_ticket *t, int64_t now_ms,
                   enum gate_why *why);

/* What entered tells nothing about the service; or it gives up asking. Nothing
 * changes where it did neither. */
void gate_cancel(struct gate *g, struct gate_ticket *t);

/* How a request came back. */
struct gate_answer {
    const struct error *err; /* NULL: it succeeded */
    double used;       /* tokens as the service counted; 0: unknown */
    size_t documents;  /* that it served */
    size_t asked;      /* documents in the request; 0: of a proof */
    int64_t took_us;
    double chance;     /* in [0, 1), for the jitter */
};

/* The request came back. Returns for how many ms LIMITED closed the gate. */
int64_t gate_leave(struct gate *g, struct gate_ticket *t,
                   const struct gate_answer *a, int64_t now_ms);
/* A reply that succeeded as a whole, and left, throttled some of its items
 * (err, LIMITED): the gate closes as for a request, but the wait does not grow
 * from reply to reply. */
void gate_throttled(struct gate *g, const struct gate_ticket *t,
                    const struct error *err, int64_t now_ms, double unit);
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
/* In an outage, the next probe is due now: the service may be mended. */
void gate_probe_now(struct gate *g, int64_t now_ms);
/* Try again at once: the operator resumed. */
void gate_reset(struct gate *g, int64_t now_ms);

struct gate_stats {
    uint64_t rpm, tpm;
    /* Used in the last minute. In the first minute: what a minute at that pace
     * uses, so that a limit that is the bottleneck shows as full. */
    uint64_t requests_min, tokens_min;
    size_t in_flight;
    bool outage;
    uint64_t outages; /* so far */
    int64_t throttled_ms, probe_ms; /* until the gate opens; 0: it is open */
    int64_t throttle_ms;            /* length of the whole throttle */
    int64_t trouble_ms; /* time lost to failures and throttles, less what was
                           served since; -1: it serves, or got no request */
    uint64_t tokens_most; /* of a minute, by its headers; 0: they do not say */
    struct error last;              /* of trouble, outage or throttle */
    struct seek_stats seek; /* its width: requests that may be in flight */
};
void gate_stats(struct gate *g, int64_t now_ms, struct gate_stats *out);

#endif
