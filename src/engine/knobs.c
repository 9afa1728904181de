/* This file reads and changes settings: most are counters of the run that start
 * with an option's value; the gates of the endpoints keep the rates. */
#include "config.h"
#include "engine/engine.h"

#include "sys/clock.h"

static counter *knob_counter(struct run *r, enum knob k)
{
    counter *const at[KNOB_COUNT] = {
        [KNOB_EMBED_BATCH] = &r->embed_batch,
        [KNOB_UPSERT_BATCH] = &r->upsert_batch,
        [KNOB_EMBED_WORKERS] = &r->embed.wanted_workers,
        [KNOB_UPSERT_WORKERS] = &r->upsert.wanted_workers,
        [KNOB_MEMORY_PCT] = &r->memory_pct,
    };

    return at[k];
}

static int64_t knob_max(struct run *r, enum knob k)
{
    if (k == KNOB_EMBED_WORKERS)
        return (int64_t)r->embed.max_workers;
    if (k == KNOB_UPSERT_WORKERS)
        return (int64_t)r->upsert.max_workers;
    if (k == KNOB_EMBED_BATCH && atomic_load(&r->ready) && r->max_texts)
        return (int64_t)r->max_texts;
    return knob_facts[k].max;
}

/* What it began with; of a rate, and of what is not known yet, 0. */
static int64_t knob_start(struct run *r, enum knob k)
{
    const struct options *opt = r->opt;
    const uint64_t start[KNOB_COUNT] = {
        [KNOB_EMBED_BATCH] = opt->embed_batch,
        [KNOB_UPSERT_BATCH] = opt->store_batch      ? opt->store_batch
                              : atomic_load(&r->ready) ? r->store_good
                                                       : 0,
        [KNOB_EMBED_WORKERS] = opt->embed_workers,
        [KNOB_UPSERT_WORKERS] = opt->store_workers,
        [KNOB_MEMORY_PCT] = opt->max_memory,
    };
    int64_t most = knob_max(r, k);

    return start[k] < (uint64_t)most ? (int64_t)start[k] : most;
}

static int64_t set_rate(struct run *r, enum knob k, uint64_t value)
{
    struct gate_stats g;
    int64_t now = clock_ms();

    gate_stats(r->embed.endpoints.at[0].gate, now, &g); /* all alike */
    endpoints_set_rate(&r->embed.endpoints, k == KNOB_RPM ? value : g.rpm,
                       k == KNOB_TPM ? value : g.tpm, now);
    return (int64_t)(k == KNOB_RPM ? g.rpm : g.tpm);
}

bool knob_set(struct run *r, enum knob k, int64_t value, int64_t *old,
              struct error *err)
{
    if ((unsigned)k >= KNOB_COUNT)
        return error_set(err, ERROR_CONFIG, 0, "there is no such setting");
    if (value < knob_facts[k].min || value > knob_max(r, k))
        return error_set(err, ERROR_CONFIG, 0, "%s takes %lld to %lld",
                         knob_facts[k].name, (long long)knob_facts[k].min,
                         (long long)knob_max(r, k));
    *old = knob_counter(r, k) ? (int64_t)atomic_exchange(knob_counter(r, k),
                                                         (uint64_t)value)
                              : set_rate(r, k, (uint64_t)value);
    return true;
}

void knobs_fill(struct run *r, struct snapshot *s)
{
    struct gate_stats g;

    gate_stats(r->embed.endpoints.at[0].gate, s->now_ms, &g);
    for (enum knob k = 0; k < KNOB_COUNT; k++) {
        s->knob[k] = knob_counter(r, k) ? (int64_t)counted(knob_counter(r, k))
                     : k == KNOB_RPM    ? (int64_t)g.rpm
                                        : (int64_t)g.tpm;
        s->knob_max[k] = knob_max(r, k);
        s->knob_start[k] = knob_start(r, k);
    }
}
