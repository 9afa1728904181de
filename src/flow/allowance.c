/* This file keeps the budget as a level that calls and time raise and retries
 * lower, as in a token bucket. */
#include "config.h"
#include "flow/allowance.h"

void allowance_init(struct allowance *a, double share, double per_s,
                    double most, int64_t now_ms)
{
    *a = (struct allowance){ .share = share, .per_s = per_s, .most = most,
                             .level = most, .last_ms = now_ms };
}

bool allowance_left(struct allowance *a, uint64_t calls, int64_t now_ms)
{
    a->level += a->share * (double)(calls - a->calls) +
                a->per_s * (double)(now_ms - a->last_ms) / 1000;
    a->calls = calls;
    a->last_ms = now_ms;
    if (a->level > a->most)
        a->level = a->most;
    return a->level >= 1;
}

void allowance_use(struct allowance *a)
{
    a->level -= 1;
}
