/* This file reads and changes settings: most are counters of the run that start
 * with an option's value; the gates of the endpoints keep the rates, the purse
 * the budget. A counter is 0 where the setting is `auto`: then staffing.c finds
 * the number. */
#include "config.h"
#include "engine/engine.h"

#include "sys/clock.h"

static int64_t knob_budget(double usd)
{
    return (int64_t)(usd * KNOB_USD + 0.5);
}

static counter *knob_counter(struct run *r, enum knob k)
{
    counter *const at[KNOB_COUNT] = {
        [KNOB_EMBED_BATCH] = &r->embed_batch_pinned,
        [KNOB_UPSERT_BATCH] = &r->upsert_batch_pinned,
        [KNOB_EMBED_WORKERS] = &r->embed.pinned,
        [KNOB_UPSERT_WORKERS] = &r->upsert.pinned,
        [KNOB_MEMORY_PCT] = &r->memory_pct,
    };

    return at[k];
}

static int64_t knob_value(enum knob k, uint64_t kept)
{
    return kept == 0 && knob_facts[k].takes_auto ? KNOB_AUTO : (int64_t)kept;
}

static int64_t knob_max(struct run *r, enum knob k)
{
    if (k == KNOB_EMBED_WORKERS)
        return (int64_t)r->embed.crew.limit;
    if (k == KNOB_UPSERT_WORKERS)
        return (int64_t)r->upsert.crew.limit;
    if (k == KNOB_EMBED_BATCH && atomic_load(&r->ready) && r->max_texts)
        return (int64_t)r->max_texts;
    return knob_facts[k].max;
}

/* What it began with; of a rate 0. */
static int64_t knob_start(struct run *r, enum knob k)
{
    const struct options *opt = r->opt;
    const uint64_t start[KNOB_COUNT] = {
        [KNOB_EMBED_BATCH] = opt->embed_batch,
        [KNOB_UPSERT_BATCH] = opt->store_batch,
        [KNOB_MEMORY_PCT] = opt->max_memory,
        [KNOB_BUDGET] = (uint64_t)knob_budget(opt->budget),
    };
    uint64_t most = (uint64_t)knob_max(r, k);

    return knob_value(k, start[k] < most ? start[k] : most);
}

/* The number in force. */
static int64_t knob_now(struct run *r, enum knob k)
{
    switch (k) {
    case KNOB_EMBED_BATCH:
        return (int64_t)counted(&r->embed_batch);
    case KNOB_UPSERT_BATCH:
        return (int64_t)counted(&r->upsert_batch);
    case KNOB_EMBED_WORKERS:
        return (int64_t)counted(&r->embed.width);
    case KNOB_UPSERT_WORKERS:
        return (int64_t)counted(&r->upsert.width);
    default:
        return (int64_t)counted(knob_counter(r, k));
    }
}

/* A setting that no counter keeps. */
static int64_t knob_kept(struct run *r, enum knob k, const struct gate_stats *g)
{
    return k == KNOB_BUDGET ? knob_budget(purse_budget(&r->purse))
           : k == KNOB_RPM  ? (int64_t)g->rpm
                            : (int64_t)g->tpm;
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

/* What follows at once; the rest is staffing's at the next tick. */
static void knob_follow(struct run *r, enum knob k, uint64_t value)
{
    if (k == KNOB_EMBED_BATCH && value)
        atomic_store(&r->embed_batch, value);
    else if (k == KNOB_UPSERT_BATCH && value)
        atomic_store(&r->upsert_batch, value);
    else if (k == KNOB_EMBED_WORKERS)
        atomic_store(&r->embed.can_start, r->embed.crew.limit);
    else if (k == KNOB_UPSERT_WORKERS)
        atomic_store(&r->upsert.can_start, r->upsert.crew.limit);
}

/* Returns what was before. */
static int64_t knob_put(struct run *r, enum knob k, uint64_t kept)
{
    counter *at = knob_counter(r, k);

    if (at)
        return knob_value(k, atomic_exchange(at, kept));
    if (k != KNOB_BUDGET)
        return set_rate(r, k, kept);
    return knob_budget(purse_set_budget(&r->purse, (double)kept / KNOB_USD));
}

static bool knob_has_price(struct run *r, struct error *err)
{
    bool ready = atomic_load(&r->ready);

    return (ready && r->usd_per_mtok > 0) ||
           error_set(err, ERROR_CONFIG, 0,
                     "a budget needs a price, and none is known%s",
                     ready ? ": start again with --price" : " yet");
}

bool knob_set(struct run *r, enum knob k, int64_t value, int64_t *old,
              struct error *err)
{
    bool is_auto = value == KNOB_AUTO && (unsigned)k < KNOB_COUNT &&
                   knob_facts[k].takes_auto;
    uint64_t kept = is_auto ? 0 : (uint64_t)value;

    if ((unsigned)k >= KNOB_COUNT)
        return error_set(err, ERROR_CONFIG, 0, "there is no such setting");
    if (!is_auto && (value < knob_facts[k].min || value > knob_max(r, k)))
        return error_set(err, ERROR_CONFIG, 0, "%s takes %s%lld to %lld",
                         knob_facts[k].name,
                         knob_facts[k].takes_auto ? OPTION_AUTO : "",
                         (long long)(knob_facts[k].min / knob_facts[k].unit),
                         (long long)(knob_max(r, k) / knob_facts[k].unit));
    if (k == KNOB_BUDGET && kept && !knob_has_price(r, err))
        return false;
    *old = knob_put(r, k, kept);
    knob_follow(r, k, kept);
    monitor_lock(&r->lock);
    speed_hint(&r->speed);
    suggest_changed(&r->suggest, k, value, clock_ms());
    monitor_unlock(&r->lock);
    return true;
}

void knobs_fill(struct run *r, struct snapshot *s)
{
    struct gate_stats g;

    gate_stats(r->embed.endpoints.at[0].gate, s->now_ms, &g);
    for (enum knob k = 0; k < KNOB_COUNT; k++) {
        counter *kept = knob_counter(r, k);

        s->knob[k] = kept ? knob_value(k, counted(kept)) : knob_kept(r, k, &g);
        s->knob_now[k] = kept ? knob_now(r, k) : s->knob[k];
        s->knob_max[k] = knob_max(r, k);
        s->knob_start[k] = knob_start(r, k);
    }
}
