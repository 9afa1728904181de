/* This file does one thing to the gates of all endpoints in most of its calls.
 * The sums for the screen add up what the endpoints may use; a stage counts as
 * throttled only while all of them are. */
#include "config.h"
#include "flow/endpoints.h"

#include <stdlib.h>
#include <string.h>

bool endpoints_make(struct endpoints *e, uint64_t rpm, uint64_t tpm,
                    size_t concurrent)
{
    for (size_t i = 0; i < e->count; i++) {
        e->at[i].gate = gate_new(rpm, tpm, concurrent);
        if (!e->at[i].gate)
            return false;
    }
    return true;
}

void endpoint_wipe(char *key)
{
    if (!key)
        return;
    explicit_bzero(key, strlen(key));
    free(key);
}

void endpoints_release(struct endpoints *e)
{
    for (size_t i = 0; i < e->count; i++) {
        gate_free(e->at[i].gate);
        endpoint_wipe(e->at[i].key);
    }
    e->count = 0;
}

struct endpoint *endpoints_of(struct endpoints *e, size_t worker)
{
    return &e->at[worker % e->count];
}

void endpoints_set_rate(struct endpoints *e, uint64_t rpm, uint64_t tpm,
                        int64_t now_ms)
{
    for (size_t i = 0; i < e->count; i++)
        gate_set_rate(e->at[i].gate, rpm, tpm, now_ms);
}

void endpoints_skip(struct endpoints *e, int64_t now_ms)
{
    for (size_t i = 0; i < e->count; i++)
        gate_skip(e->at[i].gate, now_ms);
}

void endpoints_probe_now(struct endpoints *e, int64_t now_ms)
{
    for (size_t i = 0; i < e->count; i++)
        gate_probe_now(e->at[i].gate, now_ms);
}

void endpoints_reset(struct endpoints *e, int64_t now_ms)
{
    for (size_t i = 0; i < e->count; i++) {
        gate_reset(e->at[i].gate, now_ms);
        witness_mended(&e->at[i].witness);
    }
}

static bool endpoint_is_open(const struct gate_stats *g)
{
    return !g->outage && g->throttled_ms == 0;
}

static int64_t opens_in(const struct gate_stats *g)
{
    return g->outage ? g->probe_ms : g->throttled_ms;
}

/* The words and the latency stay those of the first. */
static void endpoints_add_seek(struct seek_stats *to,
                               const struct seek_stats *s)
{
    to->width = to->width && s->width ? to->width + s->width : 0;
    to->knee = to->knee && s->knee ? to->knee + s->knee : 0;
    to->docs_per_s += s->docs_per_s;
    to->per_s += s->per_s;
}

void endpoints_stats(struct endpoints *e, int64_t now_ms,
                     struct gate_stats *out)
{
    gate_stats(e->at[0].gate, now_ms, out);
    for (size_t i = 1; i < e->count; i++) {
        struct gate_stats g;

        gate_stats(e->at[i].gate, now_ms, &g);
        out->rpm += g.rpm;
        out->tpm += g.tpm;
        out->requests_min += g.requests_min;
        out->tokens_min += g.tokens_min;
        out->in_flight += g.in_flight;
        endpoints_add_seek(&out->seek, &g.seek);
        if (g.trouble_ms < out->trouble_ms)
            out->trouble_ms = g.trouble_ms;
        if (endpoint_is_open(out) ||
            (!endpoint_is_open(&g) && opens_in(&g) >= opens_in(out)))
            continue;
        out->outage = g.outage;
        out->throttled_ms = g.throttled_ms;
        out->throttle_ms = g.throttle_ms;
        out->probe_ms = g.probe_ms;
        out->last = g.last;
    }
}

bool endpoints_other_open(struct endpoints *e, const struct gate *than,
                          int64_t now_ms)
{
    for (size_t i = 0; i < e->count; i++) {
        struct gate_stats g;

        if (e->at[i].gate == than)
            continue;
        gate_stats(e->at[i].gate, now_ms, &g);
        if (endpoint_is_open(&g))
            return true;
    }
    return false;
}
