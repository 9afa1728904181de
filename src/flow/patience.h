/*
 * How long a run waits for a person who ends a hold, or for a service that
 * answers again. Without a bound a nightly job would wait for ever, and no exit
 * status would tell.
 *
 * Threads     Pure.
 */
#ifndef BATCHTOP_FLOW_PATIENCE_H
#define BATCHTOP_FLOW_PATIENCE_H

#include "options/options.h"
#include "util/error.h"

/* Durations in ms; -1: for ever. */
struct patience {
    int64_t hold_ms;   /* for a person: key, quota, budget, configuration */
    int64_t outage_ms; /* for what may pass: service, disk, memory */
};

/* By --hold-limit, --outage-limit and --on-error; the defaults depend on
 * whether a person can see the run. */
struct patience patience_of(const struct options *opt, bool attended);

/*
 * The clock of a service that does not serve, for outage_ms: the time that is
 * lost to it. It runs from the first failure or throttle on.
 *
 * What ends it is service worth the name: after failures a request of as many
 * documents as the largest of those that failed, or as much time in which it
 * served as was lost; after throttles alone any answer, since a throttle says
 * itself that the service works. A request of one document that fits on a full
 * disk, or a proof, only turns the clock back for as long as no request fails.
 *
 * The caller's lock.
 */
struct trouble {
    bool is;         /* there is trouble */
    bool serves;     /* the last request was served */
    size_t owed;     /* documents in the largest that failed; 0: throttles */
    int64_t lost_ms; /* when it turned: lost, less what was served */
    int64_t turn_ms; /* when it began to serve or to fail */
};

/* None, or the operator resumes. */
void trouble_end(struct trouble *t);
/* A request of so many documents failed; 0: it was throttled. True: trouble
 * begins. */
bool trouble_failed(struct trouble *t, size_t documents, int64_t now_ms);
/* A request of so many documents was answered. */
void trouble_answered(struct trouble *t, size_t documents, int64_t now_ms);
/* Time lost, less what was served since; -1: there is no trouble. */
int64_t trouble_ms(const struct trouble *t, int64_t now_ms);

/*
 * The wait of a start for the first answer that helps. Here nothing was ever
 * served, so the address or the account may be wrong, and no wait is without an
 * end: a failure uses up a try; "later" (a throttle) uses up none, but has a
 * minute, the longest window of a limit that names no time, or what
 * --outage-limit says. A time that the service names is waited for once.
 *
 * One thread.
 */
struct opening {
    uint64_t retries;  /* --retries */
    uint64_t failures; /* so far */
    int64_t began_ms;
    int64_t named_ms;  /* the longest that the service named; 0: none */
    int64_t later_ms;  /* for "later"; -1: for ever */
    int64_t outage_ms; /* of struct patience */
};

enum opening_next {
    OPENING_AGAIN,   /* ask again, after the delay */
    OPENING_REFUSED, /* another try does not help, or all are used up */
    OPENING_LATER,   /* it said "later" for too long */
    OPENING_OUTAGE   /* --outage-limit is over, or is before the delay is */
};

struct opening opening_of(const struct options *opt, const struct patience *p,
                          int64_t now_ms);
/* A question failed so; the next one would be delay_ms from now. */
enum opening_next opening_failed(struct opening *o, const struct error *err,
                                 int64_t delay_ms, int64_t now_ms);

#endif
