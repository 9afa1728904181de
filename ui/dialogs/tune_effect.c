/*
 * This file estimates what a setting in Tune would do, and only where that
 * follows from present measurements. More workers at the bottleneck bring at
 * most their share more; another stage is no faster with more of anything;
 * otherwise nobody knows.
 */
#include "config.h"
#include "ui/dialogs/dialog_tune.h"

#include <stdio.h>
#include <string.h>

#include "ui/draw/figures.h"
#include "util/str.h"

enum { NEAR_PCT = 90, TOKENS_MAX = 1000000 /* of a document */ };

int64_t tune_number(const struct tune *t, const struct snapshot *s,
                    enum knob k)
{
    return t->value[k] == KNOB_AUTO ? s->knob_now[k] : t->value[k];
}

static bool is_upsert(enum knob k)
{
    return k == KNOB_UPSERT_BATCH || k == KNOB_UPSERT_WORKERS;
}

/* The stage becomes so many times as fast, while nothing else limits it. */
static void say_rate(const struct snapshot *s, const struct canvas *c,
                     double ratio, char *to, size_t size)
{
    char now[24], then[24];

    snprintf(to, size, "%s %s %s docs/s%s", str_short(now, sizeof now, s->rate, 5),
             c->signs->to, str_short(then, sizeof then, s->rate * ratio, 5),
             ratio > 1 ? " at most" : "");
}

/* More or fewer of a stage. */
static void stage_effect(const struct snapshot *s, const struct canvas *c,
                         enum knob k, double ratio, char *to, size_t size)
{
    const char *stage = is_upsert(k) ? "UPSERT" : "EMBED";
    bool batch = k == KNOB_EMBED_BATCH || k == KNOB_UPSERT_BATCH;
    bool limit = strcmp(s->bottleneck, "LIMIT") == 0;
    bool requests = strncmp(s->embed.limited_by, "requests", 8) == 0;

    if (s->state != RUN_RUNNING || s->rate < 1 || !*s->bottleneck)
        snprintf(to, size, "unknown");
    else if (limit && k == KNOB_EMBED_BATCH && requests)
        say_rate(s, c, ratio, to, size);
    else if (strcmp(s->bottleneck, stage) == 0 && !batch)
        say_rate(s, c, ratio, to, size);
    else if (strcmp(s->bottleneck, stage) == 0 || ratio < 1)
        snprintf(to, size, "unknown");
    else
        snprintf(to, size, "none: %s is the limit",
                 limit ? s->embed.limited_by : s->bottleneck);
}

/* A rate a minute: how much of it the last minute used. The rate is for one
 * endpoint, the use is of all. */
static void rate_effect(const struct limit_view *used, int64_t now,
                        int64_t limit, char *to, size_t size)
{
    char n[24];
    double endpoints = now > 0 && used->limit ? (double)used->limit / (double)now
                                              : 1;
    double pct = limit > 0 ? (double)used->used * 100 /
                                 ((double)limit * endpoints)
                           : 0;

    if (limit <= 0)
        snprintf(to, size, "%s a minute",
                 str_short(n, sizeof n, (double)used->used, 6));
    else if (pct > 999)
        snprintf(to, size, "far more is used: workers wait");
    else
        snprintf(to, size, "%d %% used%s", (int)pct,
                 pct > 100        ? ": workers wait"
                 : pct >= NEAR_PCT ? ": near the limit"
                                   : "");
}

/* What the budget has to cover. */
static void budget_effect(const struct snapshot *s, int64_t value, char *to,
                          size_t size)
{
    double budget = (double)value / KNOB_USD;
    char usd[16];

    if (s->cost_usd <= 0)
        snprintf(to, size, "%s",
                 s->cost_known ? "nothing is spent" : "no price known");
    else if (value > 0 && budget <= s->cost_usd)
        snprintf(to, size, "%s is spent: embedders hold",
                 figure_usd(usd, sizeof usd, s->cost_usd));
    else if (s->cost_projected_usd > 0)
        snprintf(to, size, "~%s at the end%s",
                 figure_usd(usd, sizeof usd, s->cost_projected_usd),
                 value <= 0                        ? ""
                 : budget < s->cost_projected_usd ? ": not enough"
                                                   : ": enough");
    else
        snprintf(to, size, "%s is spent",
                 figure_usd(usd, sizeof usd, s->cost_usd));
}

void tune_effect(const struct tune *t, const struct snapshot *s,
                 const struct canvas *c, enum knob k, char *to, size_t size)
{
    const struct stage_view *stage = is_upsert(k) ? &s->upsert : &s->embed;
    bool same = t->value[k] == s->knob[k];

    switch (k) {
    case KNOB_RPM:
        rate_effect(&s->requests_min, s->knob[k], t->value[k], to, size);
        return;
    case KNOB_TPM:
        rate_effect(&s->tokens_min, s->knob[k], t->value[k], to, size);
        return;
    case KNOB_MEMORY_PCT:
        snprintf(to, size, "%d %% used", (int)s->memory_pct);
        return;
    case KNOB_BUDGET:
        budget_effect(s, t->value[k], to, size);
        return;
    default:
        break;
    }
    if (t->value[k] == KNOB_AUTO && !same)
        snprintf(to, size, "is found out");
    else if (!same && s->knob_now[k] > 0)
        stage_effect(s, c, k, (double)t->value[k] / (double)s->knob_now[k], to,
                     size);
    else if (k == KNOB_EMBED_BATCH || k == KNOB_UPSERT_BATCH)
        snprintf(to, size, t->value[k] == KNOB_AUTO ? "is found out"
                                                    : "no change");
    else if (is_upsert(k) && *stage->note)
        snprintf(to, size, "%s", stage->note);
    else if (t->value[k] == KNOB_AUTO && stage->seek.knee)
        snprintf(to, size, "knee %u of %u, %d %% busy", stage->seek.knee,
                 stage->seek.bound, (int)stage->busy_pct);
    else
        snprintf(to, size, "%u running, %d %% busy", stage->workers,
                 (int)stage->busy_pct);
}

/* "128 docs of about 310 tokens: 39,680 tokens a request, of 300,000: fine" */
bool tune_tokens(const struct tune *t, const struct snapshot *s, char *to,
                 size_t size)
{
    double each = s->embedded ? (double)s->tokens / (double)s->embedded : 0;
    int64_t batch = tune_number(t, s, KNOB_EMBED_BATCH);
    double all = each * (double)batch;
    char n[24], most[24];

    if (each <= 0 || each > TOKENS_MAX)
        return false;
    snprintf(to, size, "%lld docs of about %d tokens: %s tokens a request",
             (long long)batch, (int)(each + 0.5),
             str_count(n, sizeof n, (uint64_t)all));
    if (s->request_tokens)
        snprintf(to + strlen(to), size - strlen(to), ", limit %s: %s",
                 str_short(most, sizeof most, (double)s->request_tokens, 7),
                 all <= (double)s->request_tokens ? "fine"
                                                  : "they are cut there");
    return true;
}

/* How much full queues would hold with larger batches, by the documents in them
 * now; bytes limit them, too. */
bool tune_queues(const struct tune *t, const struct snapshot *s, char *to,
                 size_t size)
{
    const struct queue_view *q[] = { &s->embed_queue, &s->upsert_queue };
    int64_t batch = tune_number(t, s, KNOB_EMBED_BATCH),
            more = batch - s->knob_now[KNOB_EMBED_BATCH];
    double bytes = 0, most = 0;
    char n[24];

    for (int i = 0; i < 2; i++) {
        double each = q[i]->docs ? (double)q[i]->bytes / (double)q[i]->docs : 0;
        double now = each * (double)s->knob_now[KNOB_EMBED_BATCH] * q[i]->capacity;
        double then = each * (double)batch * q[i]->capacity;

        most += (double)q[i]->limit_bytes;
        if (now > (double)q[i]->limit_bytes)
            now = (double)q[i]->limit_bytes;
        if (then > (double)q[i]->limit_bytes)
            then = (double)q[i]->limit_bytes;
        bytes += then - now;
    }
    if (most <= 0)
        return false;
    snprintf(to, size, "queues hold up to %u + %u batches, never more than %s",
             q[0]->capacity, q[1]->capacity,
             str_bytes(n, sizeof n, (uint64_t)most));
    if (more != 0 && bytes >= 1 << 20)
        snprintf(to + strlen(to), size - strlen(to), ": about %s more",
                 str_bytes(n, sizeof n, (uint64_t)bytes));
    return true;
}
