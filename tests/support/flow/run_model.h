/*
 * A run in virtual time, for tests of what its screen says about the time left:
 * workers that send requests to a service whose speed and moods are a script,
 * and the truth about its end. Everything follows from the seed.
 */
#ifndef TESTS_SUPPORT_RUN_MODEL_H
#define TESTS_SUPPORT_RUN_MODEL_H

#include <stdbool.h>
#include <stdint.h>

enum { MODEL_STEP_MS = 50, MODEL_WORKERS = 64 };

/* How a run goes on from some second; the work of a request is batch x size. */
struct model_phase {
    double at_s;
    double latency_s; /* of a request */
    double per_min;   /* requests that may start a minute; 0: any number */
    int width;        /* requests in flight */
    int batch;        /* documents in each */
    bool stands;      /* pause, hold, outage: nothing starts */
    bool fails;       /* and what is in flight is lost */
    bool by_hand;     /* a person changed a setting */
    double waits_s;   /* one throttle of so many seconds begins here */
};

struct model_plan {
    const char *name;
    double total; /* documents */
    double spread; /* of sizes and latencies, as the factor of one sigma */
    /* A service that serves so many requests a minute by the clock, then
     * throttles everybody until the minute is over; 0: it does not. */
    int window;
    /* By which part of it what is left is taken for too much, until when. */
    double misjudged, judged_at_s;
    struct model_phase phase[8]; /* the last has latency 0 */
};

struct model_request {
    int64_t start_ms, end_ms; /* 0: none */
    double work;
};

struct model {
    const struct model_plan *plan;
    uint64_t seed;
    int64_t now_ms, next_start_ms, throttled_to_ms;
    int64_t changed_ms; /* when something last changed */
    double done, taken; /* documents of mean size */
    int phase, minute, served;
    struct model_request request[MODEL_WORKERS];
};

void model_begin(struct model *m, const struct model_plan *plan,
                 uint64_t seed);
/* One step; false when all is done. */
bool model_step(struct model *m);
const struct model_phase *model_now(const struct model *m);
bool model_throttled(const struct model *m);
/* What is left, as the run knows it. */
double model_left(const struct model *m);
/* Seconds to the end if all stays as it is; what stands is not waited for. */
double model_truth_s(const struct model *m);

#endif
