/*
 * Which changes of state a log tells. What a person does and what ends the run
 * it tells at once. What comes and goes by itself (running, throttled, held,
 * retrying) it tells when that has lasted for STATES_STEADY_MS and the line of
 * the last such change is old enough; how much of the time went to it stands in
 * the lines of progress. So a service that throttles many times a minute does
 * not fill a log.
 *
 * Pure. Threads: the caller's.
 */
#ifndef BATCHTOP_HOST_PLAIN_STATES_H
#define BATCHTOP_HOST_PLAIN_STATES_H

#include "api/snapshot.h"

enum { STATES_STEADY_MS = 10000 };

struct plain_states {
    enum run_state told;  /* by the last line, */
    char reason[sizeof((struct snapshot *)0)->reason]; /* and why */
    int64_t told_ms;
    bool any;             /* a line told one that comes and goes by itself */
    enum run_state state; /* at the last look */
    int64_t since_ms;     /* this state has lasted since */
    int64_t looked_ms;
    int64_t spent_ms[RUN_FAILED + 1], all_ms; /* of the share */
};

/* Take the state of now; true: a line is due. least_ms: between the lines of
 * two changes that come by themselves. The caller says it, then calls
 * plain_states_tell(). */
bool plain_states_look(struct plain_states *x, const struct snapshot *s,
                       int64_t least_ms);
void plain_states_tell(struct plain_states *x, const struct snapshot *s);

/* How much of the time since plain_states_begin_share() the run was in a state,
 * in whole percent. */
int plain_states_share(const struct plain_states *x, enum run_state state);
void plain_states_begin_share(struct plain_states *x);

#endif
