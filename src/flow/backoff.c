/* This file computes the wait: it doubles with each try up to a cap, and chance
 * takes up to nine tenths off. It is never below the service's own time. */
#include "config.h"
#include "flow/backoff.h"

int64_t backoff_ms(unsigned tries, int64_t retry_after_ms, double unit)
{
    int64_t wait = BACKOFF_BASE_MS;

    for (unsigned i = 1; i < tries && wait < BACKOFF_CAP_MS; i++)
        wait *= 2;
    if (wait > BACKOFF_CAP_MS)
        wait = BACKOFF_CAP_MS;
    wait = (int64_t)((double)wait * (0.1 + 0.9 * unit));
    return wait > retry_after_ms ? wait : retry_after_ms;
}
