/*
 * The endpoints of a stage: a service may have several URLs or keys, and each
 * has a gate of its own. Worker i uses endpoint i modulo their count.
 *
 * Threads     Make them before the workers; then any (gates lock themselves).
 */
#ifndef BATCHTOP_FLOW_ENDPOINTS_H
#define BATCHTOP_FLOW_ENDPOINTS_H

#include "flow/gate.h"
#include "flow/policy.h"

enum { ENDPOINTS_MAX = 32 };

struct endpoint {
    const char *url; /* borrowed; NULL: the provider's own */
    char *key;       /* owned, wiped at the end; NULL: none */
    struct gate *gate;
    struct witness witness;
};

struct endpoints {
    size_t count; /* at least 1 once made */
    struct endpoint at[ENDPOINTS_MAX];
};

/* A gate for each of e->count endpoints. False without memory. */
bool endpoints_make(struct endpoints *e, uint64_t rpm, uint64_t tpm,
                    size_t concurrent);
void endpoints_release(struct endpoints *e); /* half made is fine */

void endpoint_wipe(char *key); /* overwrite and free; NULL is fine */

struct endpoint *endpoints_of(struct endpoints *e, size_t worker);

void endpoints_set_rate(struct endpoints *e, uint64_t rpm, uint64_t tpm,
                        int64_t now_ms);
void endpoints_skip(struct endpoints *e, int64_t now_ms);
void endpoints_probe_now(struct endpoints *e, int64_t now_ms);
void endpoints_reset(struct endpoints *e, int64_t now_ms);

/* Limits and uses added up. Outage and throttle are set only if no endpoint is
 * open; then by the one that opens first. Trouble is that of the endpoint that
 * served last. What is sought is that of the first, with widths and rates added
 * up. */
void endpoints_stats(struct endpoints *e, int64_t now_ms,
                     struct gate_stats *out);
/* Does another endpoint than this one work? */
bool endpoints_other_open(struct endpoints *e, const struct gate *than,
                          int64_t now_ms);

#endif
