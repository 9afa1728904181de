/* This file doubles a ration and takes that back. It compares rates over
 * windows of at least three latencies in which nearly all requests that are
 * allowed were in flight; other times say nothing. */
#include "config.h"
#include "core/ration.h"

enum { WINDOW_MS = 500, WINDOW_LATENCIES = 3, REST_MS = 2000,
       REST_MOST_MS = 120000, IDLE_MS = 3000 };

#define IN_USE 0.75 /* of what is allowed, on average */

static void ration_begin(struct ration *r, const struct ration_now *now)
{
    r->since_ms = r->last_ms = now->ms;
    r->served = now->served;
    r->full_ms = 0;
}

/* More than before are wanted, if not all that are allowed. */
static bool ration_partly(const struct ration *r, const struct ration_now *now)
{
    return r->trying && now->wanted < now->allowed &&
           now->wanted > r->had_allowed;
}

static void ration_note_use(struct ration *r, const struct ration_now *now)
{
    size_t most = ration_partly(r, now) ? now->wanted : now->allowed;
    double used = most ? (double)now->in_flight / (double)most : 0;

    r->full_ms += (double)(now->ms - r->last_ms) * (used < 1 ? used : 1);
    r->last_ms = now->ms;
}

static void ration_try(struct ration *r, double rate,
                       const struct ration_now *now)
{
    r->trying = r->bytes < now->most && now->wanted >= now->allowed;
    if (!r->trying)
        return;
    r->before = rate;
    r->had = r->bytes;
    r->had_allowed = now->allowed;
    r->bytes = 2 * r->bytes < now->most ? 2 * r->bytes : now->most;
}

static void ration_take_back(struct ration *r, int64_t now_ms)
{
    r->trying = false;
    r->bytes = r->had;
    if (r->rest_ms == 0)
        r->rest_ms = REST_MS;
    r->next_ms = now_ms + r->rest_ms;
    if (r->rest_ms < REST_MOST_MS)
        r->rest_ms *= 2;
}

/* What it must bring: of a rise that is used in part, that part. */
static double ration_pays(const struct ration *r, const struct ration_now *now)
{
    if (!ration_partly(r, now))
        return RATION_PAYS;
    return 1 + (RATION_PAYS - 1) *
                   ((double)now->wanted / (double)r->had_allowed - 1);
}

/* A window in which all was in use. */
static void ration_judge(struct ration *r, double rate,
                         const struct ration_now *now)
{
    if (r->trying && rate < r->before * ration_pays(r, now)) {
        ration_take_back(r, now->ms);
        return;
    }
    if (r->trying)
        r->rest_ms = 0;
    r->trying = false;
    if (now->ms >= r->next_ms)
        ration_try(r, rate, now);
}

size_t ration_follow(struct ration *r, const struct ration_now *now)
{
    double ms = (double)(now->ms - r->since_ms);

    if (r->bytes < now->least)
        r->bytes = now->least;
    if (r->bytes > now->most)
        r->bytes = now->most;
    if (r->last_ms == 0 || (!r->trying && now->wanted < now->allowed)) {
        ration_begin(r, now);
        return r->bytes;
    }
    ration_note_use(r, now);
    if (ms < WINDOW_MS || ms < WINDOW_LATENCIES * now->latency_ms)
        return r->bytes;
    if (r->full_ms >= IN_USE * ms)
        ration_judge(r, (double)(now->served - r->served) / ms, now);
    else if (r->trying && ms < IDLE_MS)
        return r->bytes;
    else if (r->trying)
        ration_take_back(r, now->ms);
    ration_begin(r, now);
    return r->bytes;
}
