/*
 * How long a run waits for what may never come: a hand that ends a hold, a
 * service that answers again. Without a bound a nightly job would wait for
 * ever, and no status would tell.
 *
 * Threads     Pure.
 */
#ifndef BATCHTOP_FLOW_PATIENCE_H
#define BATCHTOP_FLOW_PATIENCE_H

#include "options/options.h"

/* Durations in ms; -1: for ever. */
struct patience {
    int64_t hold_ms;   /* for a hand: key, quota, budget, configuration */
    int64_t outage_ms; /* for what may mend itself: service, disk, memory */
};

/* By --hold-limit, --outage-limit and --on-error; what they leave open depends
 * on whether somebody is there to see it. */
struct patience patience_of(const struct options *opt, bool attended);

#endif
