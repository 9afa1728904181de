/*
 * A retry budget: retries may be a share of the calls, and a few a second in
 * any case, so that they do not bury a sick service.
 *
 * Pure: the caller brings the clock.
 * Threads     None; the caller's lock or thread.
 */
#ifndef BATCHTOP_FLOW_ALLOWANCE_H
#define BATCHTOP_FLOW_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

struct allowance {
    double share, per_s, most, level;
    uint64_t calls; /* as of the last look */
    int64_t last_ms;
};

/* share: retries per call; per_s: retries a second without any call; most: the
 * largest balance, which is there at the start. */
void allowance_init(struct allowance *a, double share, double per_s,
                    double most, int64_t now_ms);
/* After so many calls in all: may a retry be made? */
bool allowance_left(struct allowance *a, uint64_t calls, int64_t now_ms);
void allowance_use(struct allowance *a); /* it was made */

#endif
