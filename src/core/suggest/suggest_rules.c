/* This file has a rule for each line: when it is so, and its words. What "do"
 * says follows from what was measured; "try" is for what may help where the
 * bottleneck is measured and the gain is not. */
#include "config.h"
#include "core/suggest/suggest_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/bottleneck.h"
#include "sys/clock.h"
#include "util/str.h"

#define TO " \xe2\x86\x92 "

enum { WAITS_PCT = 50, REFUSED_PCT = 10, BUSY_PCT = 90, IDLE_PCT = 50,
       FULL_PCT = 90, SIXTY = 60, TIMES = 5, UPSERT_TIMES = 4, WORTH_PCT = 150,
       TOKENS_PCT = 90, SLOW_TIMES = 3, SLOW_MORE_MS = 250, KNOWS = 16,
       REFUSALS_MIN = 6 };

struct judged {
    const struct suggest *x;
    const struct snapshot *s;
    const struct suggest_facts *facts;
};

static void rule_do(struct advice *to, enum knob knob, int64_t value)
{
    to->can = true;
    to->knob = knob;
    to->value = value;
}

/* "0.3 s", "15 s" */
static char *rule_time(char *to, size_t size, double ms)
{
    if (ms < 9950)
        snprintf(to, size, ms < 100 ? "%.2f s" : "%.1f s", ms / 1000);
    else
        str_duration(to, size, (int64_t)ms);
    return to;
}

static bool rule_is_bottleneck(const struct snapshot *s, const char *word)
{
    return !s->reading_done && strcmp(bottleneck_word(s), word) == 0;
}

/* --- memory --------------------------------------------------------------- */

static void rule_memory(const struct judged *j, struct advice *to)
{
    const struct snapshot *s = j->s;
    char rss[24], all[24], others[24];
    uint64_t rest = s->memory_bytes > s->rss_bytes
                        ? s->memory_bytes - s->rss_bytes
                        : 0;

    if (s->state != RUN_HELD || s->memory_pct + 5 < s->memory_guard_pct)
        return;
    str_bytes(rss, sizeof rss, s->rss_bytes);
    str_bytes(all, sizeof all, s->memory_total_bytes);
    str_bytes(others, sizeof others, rest);
    if (rest > s->rss_bytes)
        snprintf(to->text, sizeof to->text,
                 "memory: others have %s of %s, this run %s; end one, or l",
                 others, all, rss);
    else
        snprintf(to->text, sizeof to->text,
                 "memory: this run has %s of %s; smaller batches (b) or l", rss,
                 all);
}

/* --- slow ----------------------------------------------------------------- */

static void rule_slow(const struct suggest_pace *p, const char *who,
                      struct advice *to)
{
    char clock[16], now[24], was[24];

    if (!p->slow)
        return;
    clock_hms(clock, sizeof clock, p->since_wall_s);
    snprintf(to->text, sizeof to->text,
             "the %s is slow since %.5s: answers take %s, before %s", who,
             clock, rule_time(now, sizeof now, p->now_ms),
             rule_time(was, sizeof was, p->usual_ms));
}

static void rule_embed_slow(const struct judged *j, struct advice *to)
{
    rule_slow(&j->x->embed, "embedder", to);
}

static void rule_store_slow(const struct judged *j, struct advice *to)
{
    rule_slow(&j->x->upsert, "store", to);
}

static bool rule_knows(const struct worker_view *w)
{
    return w->state != WORKER_OFF && w->requests >= KNOWS && w->p50_ms >= 0;
}

/* The median of the others' medians; -1: there are too few. */
static int64_t rule_others(const struct stage_view *v, uint32_t one)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < v->started; i++)
        n += i != one && rule_knows(&v->worker[i]);
    for (uint32_t i = 0; n >= 2 && i < v->started; i++) {
        uint32_t below = 0, same = 0;

        if (i == one || !rule_knows(&v->worker[i]))
            continue;
        for (uint32_t k = 0; k < v->started; k++)
            if (k != one && rule_knows(&v->worker[k])) {
                below += v->worker[k].p50_ms < v->worker[i].p50_ms;
                same += v->worker[k].p50_ms == v->worker[i].p50_ms;
            }
        if (below <= n / 2 && below + same > n / 2)
            return v->worker[i].p50_ms;
    }
    return -1;
}

static bool rule_slow_worker(const struct stage_view *v, char letter,
                             struct advice *to)
{
    char its[24], theirs[24];

    for (uint32_t i = 0; i < v->started; i++) {
        const struct worker_view *w = &v->worker[i];
        int64_t others = rule_knows(w) ? rule_others(v, i) : -1;

        if (others <= 0 || w->p50_ms < SLOW_TIMES * others ||
            w->p50_ms < others + SLOW_MORE_MS)
            continue;
        snprintf(to->text, sizeof to->text,
                 "%c%u answers %.0fx slower than the others: %s, they %s",
                 letter, i + 1, (double)w->p50_ms / (double)others,
                 rule_time(its, sizeof its, (double)w->p50_ms),
                 rule_time(theirs, sizeof theirs, (double)others));
        return true;
    }
    return false;
}

static void rule_worker_slow(const struct judged *j, struct advice *to)
{
    if (!rule_slow_worker(&j->s->embed, 'e', to))
        rule_slow_worker(&j->s->upsert, 'u', to);
}

/* --- requests are scarce -------------------------------------------------- */

/* Do workers wait for the number of requests, a limit or a pace that was
 * found, for more than half of one worker's time? */
static bool rule_requests_bind(const struct stage_view *v)
{
    bool limit = strncmp(v->limited_by, "requests", 8) == 0;
    double pct = limit ? v->limited_pct : 0;

    if (v->seek.per_s > 0)
        pct = v->backoff_pct + v->limited_pct;
    return pct * v->duty > WAITS_PCT;
}

static double rule_least(double a, double b)
{
    return b > 0 && b < a ? b : a;
}

/* As many as the service takes, by its facts and by what it refused; at most
 * five times as many at once, so that one sees what it brings. */
static int64_t rule_batch(const struct snapshot *s)
{
    double now = (double)s->embed.batch, most = now * TIMES;
    double tokens = s->embedded > s->spooled
                        ? (double)s->tokens / (double)(s->embedded - s->spooled)
                        : 0;

    most = rule_least(most, (double)s->knob_max[KNOB_EMBED_BATCH]);
    most = rule_least(most, s->embed.batch_limit);
    if (tokens > 0)
        most = rule_least(most, (double)s->request_tokens * TOKENS_PCT / 100 /
                                    tokens);
    if (s->tokens_min.limit && s->tokens_min.used)
        most = rule_least(most, now * (double)s->tokens_min.limit /
                                    (double)s->tokens_min.used);
    return (int64_t)most;
}

static void rule_embed_batch(const struct judged *j, struct advice *to)
{
    const struct snapshot *s = j->s;
    int64_t now = s->embed.batch, then = rule_batch(s);
    double times = now ? (double)then / (double)now : 0;

    if (s->knob[KNOB_EMBED_BATCH] == KNOB_AUTO || j->facts->counts_texts ||
        !rule_requests_bind(&s->embed) || times * 100 < WORTH_PCT)
        return;
    rule_do(to, KNOB_EMBED_BATCH, then);
    snprintf(to->text, sizeof to->text,
             times == floor(times)
                 ? "do: b %lld" TO "%lld documents a request (%.0fx with the "
                   "same requests)"
                 : "do: b %lld" TO "%lld documents a request (%.1fx with the "
                   "same requests)",
             (long long)now, (long long)then, times);
}

static void rule_rate(const struct judged *j, struct advice *to)
{
    const struct snapshot *s = j->s;
    double each = s->embed.seek.per_s * SIXTY /
                  (double)(j->facts->endpoints ? j->facts->endpoints : 1);
    char n[24];

    if (s->knob[KNOB_RPM] != 0 || j->facts->counts_texts || each < 1 ||
        s->embed.backoff_pct < REFUSED_PCT ||
        s->embed.errors_per_min < REFUSALS_MIN)
        return;
    rule_do(to, KNOB_RPM, (int64_t)each);
    snprintf(to->text, sizeof to->text,
             "do: l requests/min %s (that is served; %.0f a minute are "
             "refused now)",
             str_count(n, sizeof n, (uint64_t)each), s->embed.errors_per_min);
}

/* --- the store, and pinned numbers ---------------------------------------- */

/* Do the last requests carry what they may? */
static bool rule_requests_are_full(const struct stage_view *v)
{
    uint64_t docs = 0, n = 0;

    for (uint32_t i = 0; i < v->started; i++)
        if (v->worker[i].state != WORKER_OFF && v->worker[i].batch) {
            docs += v->worker[i].batch;
            n++;
        }
    return n > 0 && docs * 100 >= n * v->batch * FULL_PCT;
}

static void rule_upsert_batch(const struct judged *j, struct advice *to)
{
    const struct snapshot *s = j->s;
    const struct stage_view *v = &s->upsert;
    double now = (double)v->batch, most = now * UPSERT_TIMES;

    most = rule_least(most, (double)s->knob_max[KNOB_UPSERT_BATCH]);
    most = rule_least(most, v->batch_limit);
    if (s->knob[KNOB_UPSERT_BATCH] == KNOB_AUTO || now < 1 ||
        !rule_is_bottleneck(s, "UPSERT") || !rule_requests_are_full(v) ||
        most * 100 < now * WORTH_PCT)
        return;
    rule_do(to, KNOB_UPSERT_BATCH, (int64_t)most);
    snprintf(to->text, sizeof to->text,
             "try: upsert batch %u" TO "%.0f (the store is the limit, each "
             "request is full)",
             v->batch, floor(most));
}

/* A number of workers that was pinned is given back to the program, if it may try
 * more then; a bound of somebody's that is reached is doubled. */
static int64_t rule_more_workers(const struct stage_view *v, bool bounded)
{
    const struct seek_view *k = &v->seek;
    uint32_t twice = 2 * v->wanted;
    bool reached = k->sought && bounded && k->knee >= k->bound &&
                   strstr(k->bound_by, "-workers");

    if (v->wanted >= v->max_workers || (!k->pinned && !reached))
        return 0;
    if (k->pinned && !bounded)
        return KNOB_AUTO;
    return twice < v->max_workers ? twice : v->max_workers;
}

static void rule_workers(const struct judged *j, enum stage_id stage,
                         struct advice *to)
{
    bool embeds = stage == STAGE_EMBED;
    const struct snapshot *s = j->s;
    const struct stage_view *v = embeds ? &s->embed : &s->upsert;
    int64_t more = rule_more_workers(v, embeds ? j->facts->embed_bound
                                               : j->facts->upsert_bound);
    char value[24] = "auto";

    if (more == 0 || v->busy_pct < BUSY_PCT || v->wanted < 1 ||
        !rule_is_bottleneck(s, stage_words[stage]))
        return;
    rule_do(to, embeds ? KNOB_EMBED_WORKERS : KNOB_UPSERT_WORKERS, more);
    if (more != KNOB_AUTO)
        str_count(value, sizeof value, (uint64_t)more);
    snprintf(to->text, sizeof to->text,
             "try: %s %u" TO "%s (%s %d %% busy, more may be faster)",
             embeds ? "w" : "upsert workers", v->wanted, value, v->wanted == 1 ? "it is" : "they are", (int)v->busy_pct);
}

static void rule_embed_workers(const struct judged *j, struct advice *to)
{
    rule_workers(j, STAGE_EMBED, to);
}

static void rule_upsert_workers(const struct judged *j, struct advice *to)
{
    rule_workers(j, STAGE_UPSERT, to);
}

/* --- reading -------------------------------------------------------------- */

/* A worker that waits for a document is free, so reading is behind. */
static void rule_read(const struct judged *j, struct advice *to)
{
    const struct snapshot *s = j->s;
    double free_pct = 100 - s->embed.busy_pct - s->embed.backoff_pct -
                      s->embed.limited_pct;
    char rate[24];

    if (s->state != RUN_RUNNING || !rule_is_bottleneck(s, "READ") ||
        s->read_rate <= 0 || free_pct < IDLE_PCT)
        return;
    snprintf(to->text, sizeof to->text,
             "reading is slow: the corpus gives %s documents/s, embedders are "
             "%d %% busy",
             str_short(rate, sizeof rate, s->read_rate, 6),
             (int)s->embed.busy_pct);
}

void suggest_judge(enum suggest_kind kind, const struct suggest *x,
                   const struct snapshot *s, const struct suggest_facts *facts,
                   struct advice *to)
{
    static void (*const rules[SUGGEST_KINDS])(const struct judged *j,
                                              struct advice *to) = {
        [SUGGEST_MEMORY] = rule_memory,
        [SUGGEST_EMBED_SLOW] = rule_embed_slow,
        [SUGGEST_STORE_SLOW] = rule_store_slow,
        [SUGGEST_WORKER_SLOW] = rule_worker_slow,
        [SUGGEST_EMBED_BATCH] = rule_embed_batch,
        [SUGGEST_RATE] = rule_rate,
        [SUGGEST_UPSERT_BATCH] = rule_upsert_batch,
        [SUGGEST_EMBED_WORKERS] = rule_embed_workers,
        [SUGGEST_UPSERT_WORKERS] = rule_upsert_workers,
        [SUGGEST_READ] = rule_read,
    };
    const struct judged j = { x, s, facts };

    rules[kind](&j, to);
}
