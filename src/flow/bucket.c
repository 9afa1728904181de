/*
 * This file is a token bucket. Its level at an instant is the level at last_ms
 * plus the refill since, at most the burst. A take stores both anew, so each
 * millisecond counts exactly once, however long callers sleep, and over any
 * window
 *
 *     taken <= level at its start + refill in it <= burst + rate
 *
 * We round a wait up to whole milliseconds. The bucket keeps what refills in
 * the rounded part as long as the burst has room; only a burst below one
 * request plus a millisecond of refill loses it.
 */
#include "config.h"
#include "flow/bucket.h"

#include <math.h>

/* Sums of doubles may miss a token by this much: not worth a wait. */
static const double slack = 1e-6;

/* The longest wait: a month. A caller that asks again gets the rest. */
static const double wait_limit_ms = 30.0 * 24 * 3600 * 1000;

static void bucket_refill(struct bucket *b, int64_t now_ms)
{
    if (now_ms <= b->last_ms)
        return;
    if (b->level < b->burst)
        b->level = fmin(b->burst,
                        b->level + (double)(now_ms - b->last_ms) * b->per_ms);
    b->last_ms = now_ms;
}

void bucket_init(struct bucket *b, double per_min, double burst,
                 int64_t now_ms)
{
    *b = (struct bucket){ .per_ms = per_min > 0 ? per_min / 60000 : 0,
                          .burst = burst,
                          .level = burst,
                          .last_ms = now_ms };
}

void bucket_set(struct bucket *b, double per_min, double burst,
                int64_t now_ms)
{
    bucket_refill(b, now_ms);
    b->per_ms = per_min > 0 ? per_min / 60000 : 0;
    b->burst = burst;
    b->level = fmin(b->level, burst);
}

int64_t bucket_take(struct bucket *b, double n, int64_t now_ms)
{
    double missing;

    if (b->per_ms <= 0)
        return 0;
    bucket_refill(b, now_ms);
    missing = fmin(n, b->burst) - b->level;
    if (missing > slack)
        return (int64_t)fmin(ceil((missing - slack) / b->per_ms),
                             wait_limit_ms);
    b->level -= n;
    return 0;
}

void bucket_adjust(struct bucket *b, double more, int64_t now_ms)
{
    if (b->per_ms <= 0)
        return;
    bucket_refill(b, now_ms);
    b->level = fmin(b->burst, b->level - more);
}

int64_t bucket_skip(struct bucket *b, int64_t now_ms)
{
    int64_t skipped = now_ms - b->last_ms;

    if (skipped <= 0)
        return 0;
    b->last_ms = now_ms;
    return b->per_ms > 0 ? skipped : 0;
}
