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

#endif
