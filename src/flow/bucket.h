/*
 * A token bucket: pure arithmetic on the time that callers give. Reserve, then
 * wait outside: a wait never counts twice, so no window of 60 s sees more than
 * rate + burst.
 *
 * Threads     None of its own: the owner's lock.
 */
#ifndef BATCHTOP_FLOW_BUCKET_H
#define BATCHTOP_FLOW_BUCKET_H

#include <stdint.h>

struct bucket {
    double per_ms;   /* refill; 0: no limit */
    double burst;    /* most tokens it holds */
    double level;    /* may be negative after a correction */
    int64_t last_ms; /* instant of `level` */
};

/* per_min 0: unlimited. The bucket starts full. */
void bucket_init(struct bucket *b, double per_min, double burst,
                 int64_t now_ms);
/* Change the rate from now on; the level stays (cut to the new burst). */
void bucket_set(struct bucket *b, double per_min, double burst,
                int64_t now_ms);
/* Take n tokens and return 0, or take none and return the ms to wait. A request
 * for more than the burst passes when the bucket is full, and leaves it in
 * debt. */
int64_t bucket_take(struct bucket *b, double n, int64_t now_ms);
/* Correct an estimate afterwards: more > 0 takes, < 0 gives back. */
void bucket_adjust(struct bucket *b, double more, int64_t now_ms);
/* We were paused or suspended: no refill for that time. Returns how long; 0
 * when there is no limit. */
int64_t bucket_skip(struct bucket *b, int64_t now_ms);

#endif
