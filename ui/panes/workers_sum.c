/* This file says what a worker does, and how many do what. */
#include "config.h"
#include "ui/panes/workers_sum.h"

#include <stdio.h>

#include "util/str.h"

enum { STUCK_MS = 10000 };

/* The name of each state, and its role for drawing. */
static const struct {
    const char *word;
    enum style style;
} states[] = {
    [WORKER_OFF] = { "off", STYLE_DIM },
    [WORKER_IDLE] = { "idle", STYLE_DIM },
    [WORKER_BUSY] = { "busy", STYLE_OK },
    [WORKER_PAUSED] = { "paused", STYLE_PAUSED },
    [WORKER_LIMITED] = { "wait", STYLE_WARN },
    [WORKER_BACKOFF] = { "wait", STYLE_WARN },
    [WORKER_BLOCKED] = { "blocked", STYLE_NORMAL },
};

bool worker_is_spare(const struct worker_view *w)
{
    return w->state == WORKER_IDLE && strcmp(w->reason, "concurrency") == 0;
}

static bool worker_waits(const struct worker_view *w)
{
    return w->state == WORKER_LIMITED || w->state == WORKER_BACKOFF;
}

static bool worker_is_slow(const struct worker_view *w)
{
    return w->state == WORKER_BUSY && w->slow;
}

enum style worker_style(const struct worker_view *w)
{
    return worker_is_slow(w) ? STYLE_WARN : states[w->state].style;
}

/* What it waited for may be over: then it is about to go on. */
static void worker_wait_words(const struct worker_view *w, bool roomy,
                              const struct signs *g, char *to, size_t size)
{
    char left[32] = "";

    if (!w->reason[0] && w->wait_ms <= 0) {
        snprintf(to, size, "goes on");
        return;
    }
    if (w->wait_ms > 0)
        str_duration(left, sizeof left, w->wait_ms + 999);
    snprintf(to, size, "wait %s%s%s%s%s", w->reason, roomy && *left ? " " : "",
             roomy && *left ? g->dot : "", *left ? " " : "", left);
}

void worker_words(const struct worker_view *w, bool roomy,
                  const struct signs *g, char *to, size_t size)
{
    char since[32];

    snprintf(to, size, "%s", states[w->state].word);
    if (w->state == WORKER_PAUSED)
        snprintf(to, size, "%s paused", g->paused);
    else if (worker_is_spare(w))
        snprintf(to, size, "spare");
    else if (worker_waits(w))
        worker_wait_words(w, roomy, g, to, size);
    else if (worker_is_slow(w) ||
             (w->state == WORKER_BUSY && w->state_ms >= STUCK_MS))
        snprintf(to, size, "%s %s", w->slow ? "slow" : "busy",
                 str_duration(since, sizeof since, w->state_ms));
    else if (w->state == WORKER_BLOCKED && roomy && w->reason[0])
        snprintf(to, size, "blocked, %s", w->reason);
}

/* --- all of them ---------------------------------------------------------- */

enum sum_part { SUM_BUSY, SUM_WAIT, SUM_BLOCKED, SUM_PAUSED, SUM_IDLE,
                SUM_SPARE, SUM_PARTS };

struct sum {
    uint32_t workers, part[SUM_PARTS], slow;
    const struct worker_view *oldest; /* of the slow ones */
    uint32_t oldest_at;
    const char *wait_for; /* "" when they wait for different things */
};

static enum sum_part sum_part_of(const struct worker_view *w)
{
    if (worker_is_spare(w))
        return SUM_SPARE;
    if (worker_waits(w))
        return SUM_WAIT;
    return w->state == WORKER_BUSY      ? SUM_BUSY
           : w->state == WORKER_BLOCKED ? SUM_BLOCKED
           : w->state == WORKER_PAUSED  ? SUM_PAUSED
                                        : SUM_IDLE;
}

static void sum_add(struct sum *x, const struct worker_view *w, uint32_t at)
{
    x->workers++;
    if (worker_is_slow(w)) {
        x->slow++;
        if (!x->oldest || w->state_ms > x->oldest->state_ms) {
            x->oldest = w;
            x->oldest_at = at;
        }
        return;
    }
    x->part[sum_part_of(w)]++;
    if (!worker_waits(w))
        return;
    if (!x->wait_for)
        x->wait_for = w->reason;
    else if (strcmp(x->wait_for, w->reason) != 0)
        x->wait_for = "";
}

static void sum_put_slow(const struct sum *x, char letter, bool named,
                         char *to, size_t size)
{
    char age[32];

    if (named)
        snprintf(to, size, "%u slow (%c%u %s)", x->slow, letter,
                 x->oldest_at + 1,
                 str_duration(age, sizeof age, x->oldest->state_ms));
    else
        snprintf(to, size, "%u slow", x->slow);
}

static size_t sum_put_parts(const struct sum *x, bool whole, char *to,
                            size_t size)
{
    static const char *const words[SUM_PARTS] = { "busy", "wait", "blocked",
                                                  "paused", "idle", "spare" };
    size_t n = 0;
    const char *gap = whole ? " " : "";

    if (whole)
        n = (size_t)snprintf(to, size, "%u:", x->workers);

    for (int i = 0; i < SUM_PARTS; i++) {
        bool named = i == SUM_WAIT && x->wait_for && *x->wait_for;

        if (x->part[i] == 0 || (!whole && i != SUM_WAIT && i != SUM_BLOCKED))
            continue;
        n += (size_t)snprintf(to + n, size - n, "%s%u %s%s%s", gap,
                              x->part[i], words[i], named ? " " : "",
                              named ? x->wait_for : "");
        gap = " ";
    }
    return n + (size_t)snprintf(to + n, size - n, "%s", x->slow ? gap : "");
}

size_t workers_sum(const struct stage_view *g, char letter,
                   enum workers_sum_form form, char *to, size_t size)
{
    struct sum x = { 0 };
    size_t n = 0;

    *to = '\0';
    for (uint32_t i = 0; i < SNAPSHOT_WORKERS; i++)
        if (g->worker[i].state != WORKER_OFF || i < g->workers)
            sum_add(&x, &g->worker[i], i);
    if (x.workers == 0)
        return 0;
    if (form <= SUM_TROUBLE)
        n = sum_put_parts(&x, form == SUM_WHOLE, to, size);
    if (x.slow)
        sum_put_slow(&x, letter, form != SUM_SLOW, to + n, size - n);
    return n;
}
