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

#endif
