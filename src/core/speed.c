/* This file keeps the work of the last seconds, finds where its rate changed,
 * and forgets what was before. */
#include "config.h"
#include "core/speed.h"

#include <string.h>

enum { PART_LEAST_S = 4, GAP_LEAST_S = 3, SETTLED_S = 16, WATCH_S = 30,
       WARM_S = 3, STOOD_LONG_S = 10, WAITED_LONG_S = 5, WAITS_RECENT_S = 300 };

/* Ten years: nobody waits so long. */
#define SPEED_MOST_MS 3.2e11

/* A change is what the noise within both parts explains with little
 * probability, and what a person would notice. */
#define SURE 16.0
#define SURE_HINTED 6.0
#define NOTICED 0.05
/* Of the mean: two seconds are never quite alike. */
#define NOISE_LEAST 0.02

/* --- the window ----------------------------------------------------------- */

static void speed_forget(struct speed *p, uint32_t oldest)
{
    p->count -= oldest;
    p->since -= p->since < oldest ? p->since : oldest;
    memmove(p->done, p->done + oldest, p->count * sizeof *p->done);
}

static void speed_push(struct speed *p, double done)
{
    if (p->count == SPEED_KEPT_S)
        speed_forget(p, 1);
    p->done[p->count++] = (float)done;
}

/* Is the silence longer than the bursts so far let expect? */
static bool speed_gap_counts(const struct speed *p)
{
    return p->gap > 2 * p->longest_gap + GAP_LEAST_S;
}

/* The seconds that tell something. */
static uint32_t speed_known(const struct speed *p)
{
    return speed_gap_counts(p) ? p->count : p->count - p->gap;
}

/* Nothing came back in this second, or what the silent ones before made. */
static void speed_add(struct speed *p, double done)
{
    uint32_t spread;

    speed_push(p, done);
    if (p->gap < p->count)
        p->gap++;
    if (done == 0)
        return;
    spread = p->gap;
    for (uint32_t i = 1; i <= spread; i++)
        p->done[p->count - i] = (float)(done / spread);
    p->longest_gap *= 0.95;
    if (p->longest_gap < spread - 1)
        p->longest_gap = spread - 1;
    p->gap = 0;
}

/* --- changes -------------------------------------------------------------- */

struct sums {
    double n, sum, squares;
};

static struct sums speed_sums(const struct speed *p, uint32_t from, uint32_t to)
{
    struct sums s = { .n = to - from };

    for (uint32_t i = from; i < to; i++) {
        s.sum += (double)p->done[i];
        s.squares += (double)p->done[i] * (double)p->done[i];
    }
    return s;
}

/* How many times the noise the difference of both parts is; 0: they differ by
 * little. */
static double speed_contrast(struct sums a, struct sums b)
{
    double mean_a = a.sum / a.n, mean_b = b.sum / b.n, apart = mean_b - mean_a;
    double within = a.squares - a.sum * mean_a + b.squares - b.sum * mean_b;
    double least = NOISE_LEAST * (mean_a > mean_b ? mean_a : mean_b);
    double noise = within / (a.n + b.n - 2) + least * least;

    if (noise <= 0 || apart * apart < NOTICED * NOTICED * mean_a * mean_a)
        return 0;
    return apart * apart * a.n * b.n / (a.n + b.n) / noise;
}

/* Seconds that tell about one burst: so many are one observation. */
static double speed_burst_s(const struct speed *p)
{
    return p->longest_gap + 1;
}

/* Where the rate changed most surely behind `from`: the first second of the
 * newer part. */
static uint32_t speed_split(const struct speed *p, uint32_t from, uint32_t n,
                           double *sure)
{
    struct sums a = { 0 }, b = speed_sums(p, from, n);
    uint32_t best = 0, least = (uint32_t)(2 * speed_burst_s(p));

    if (least < PART_LEAST_S)
        least = PART_LEAST_S;
    *sure = 0;
    for (uint32_t i = from; i + least < n; i++) {
        double x = (double)p->done[i], contrast;

        a = (struct sums){ a.n + 1, a.sum + x, a.squares + x * x };
        b = (struct sums){ b.n - 1, b.sum - x, b.squares - x * x };
        if (i + 1 < from + least)
            continue;
        contrast = speed_contrast(a, b) / speed_burst_s(p);
        if (contrast > *sure) {
            *sure = contrast;
            best = i + 1;
        }
    }
    return best;
}

/* The first seconds of a new rate do not tell well where it began: keep the old
 * one until they are some more, and look anew each second. */
static void speed_look_for_change(struct speed *p)
{
    uint32_t n = speed_known(p), at;
    double sure;

    p->since = 0;
    while ((at = speed_split(p, p->since, n, &sure)) > 0 &&
           sure > (p->watches ? SURE_HINTED : SURE))
        p->since = at;
    if (n - p->since >= SETTLED_S)
        speed_forget(p, p->since);
}

/* --- waits ---------------------------------------------------------------- */

static void speed_waits(struct speed *p, double seconds)
{
    if (!p->waiting) {
        if (p->waits == SPEED_WAITS_KEPT)
            memmove(p->wait, p->wait + 1, --p->waits * sizeof *p->wait);
        p->wait[p->waits++] = (struct speed_wait){ .at_s = p->clock_s };
    }
    p->waiting = true;
    p->wait[p->waits - 1].long_s += seconds;
    p->clock_s += seconds;
}

/* The share of the time that is not waited away, by whole turns from the begin
 * of a wait to that of the next. A single wait does not count, and neither do
 * waits that have not come again for two turns. */
static double speed_duty(const struct speed *p)
{
    double waited = 0, last_s, all_s, turns = 0;
    uint32_t i = 0;

    while (i + 1 < p->waits && p->wait[i].at_s < p->clock_s - WAITS_RECENT_S)
        i++;
    if (i + 1 >= p->waits)
        return 1;
    last_s = p->wait[p->waits - 1].at_s;
    all_s = last_s - p->wait[i].at_s;
    for (; i + 1 < p->waits; i++, turns++)
        waited += p->wait[i].long_s;
    return p->clock_s - last_s > 2 * all_s / turns + GAP_LEAST_S
               ? 1
               : 1 - waited / all_s;
}

/* --- time ----------------------------------------------------------------- */

/* False if the second is in no mean. */
static bool speed_second_counts(struct speed *p, bool any, double seconds,
                                enum speed_second how)
{
    if (how == SPEED_STANDS || (!any && how == SPEED_OUTAGE)) {
        p->stood_s += seconds;
        return false;
    }
    if (!any && how == SPEED_WAITS) {
        speed_waits(p, seconds);
        return false;
    }
    if (p->stood_s >= STOOD_LONG_S ||
        (p->waiting && p->wait[p->waits - 1].long_s >= WAITED_LONG_S)) {
        p->count -= p->gap; /* what they made is lost in the standstill */
        p->gap = 0;
        p->warming = WARM_S;
    }
    p->stood_s = 0;
    p->waiting = false;
    p->clock_s += seconds;
    if (p->warming == 0)
        return true;
    p->warming--;
    return false;
}

void speed_tick(struct speed *p, double work, double seconds,
                enum speed_second how)
{
    double done = work - p->last;
    bool begun = p->begun;

    p->begun = work >= 0;
    p->last = work;
    if (!begun || work < 0 || seconds <= 0 ||
        !speed_second_counts(p, done > 0 || done < 0, seconds, how))
        return;
    speed_add(p, done / seconds);
    if (p->watches && ++p->hinted > WATCH_S)
        p->watches = false;
    speed_look_for_change(p);
}

void speed_skip(struct speed *p)
{
    p->begun = false;
}

void speed_hint(struct speed *p)
{
    p->watches = true;
    p->hinted = 0;
    p->waits = 0;
    p->waiting = false;
}

/* --- answers -------------------------------------------------------------- */

double speed_per_s(const struct speed *p)
{
    uint32_t n = speed_known(p);
    struct sums s = speed_sums(p, p->since < n ? p->since : 0, n);

    return s.n > 0 ? s.sum / s.n * speed_duty(p) : 0;
}

/* What the silent seconds made is under way. */
int64_t speed_left_ms(const struct speed *p, double left)
{
    double per_s = speed_per_s(p), ms;

    if (per_s <= 0 || left < 0)
        return -1;
    ms = left / per_s * 1000;
    if (!speed_gap_counts(p))
        ms -= p->gap * 1000.0;
    return ms < 0 ? 0 : ms < SPEED_MOST_MS ? (int64_t)ms : -1;
}

int64_t speed_burst_ms(const struct speed *p)
{
    return (int64_t)(speed_burst_s(p) * 1000);
}
