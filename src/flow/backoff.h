/* When to try again: exponential backoff with jitter and a service's own
 * time. */
#ifndef BATCHTOP_FLOW_BACKOFF_H
#define BATCHTOP_FLOW_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_BASE_MS = 500, BACKOFF_CAP_MS = 60000 };

/* ms to wait before try `tries` + 1 (tries >= 1): base * 2^(tries-1), capped,
 * times a factor in [0.1, 1.0] from `unit` in [0, 1). When the service named
 * a delay (retry_after_ms >= 0) the result is at least that. */
int64_t backoff_ms(unsigned tries, int64_t retry_after_ms, double unit);

#endif
