/* This file writes numbers, times and shares for the panes. Each form has a
 * bounded width, so that columns keep their place while figures change. */
#include "config.h"
#include "ui/draw/figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "util/str.h"

enum { REASON_LEAST = 16 }; /* columns: less of a reason is useless */

char *figure_pct(char *to, size_t size, double pct)
{
    unsigned tenths = pct > 0 ? (unsigned)(pct * 10 + 1e-6) : 0;

    snprintf(to, size, "%u.%u%%", tenths / 10, tenths % 10);
    return to;
}

char *figure_pct_whole(char *to, size_t size, double pct)
{
    snprintf(to, size, "%u%%", pct > 0 ? (unsigned)(pct + 0.5) : 0);
    return to;
}

char *figure_latency(char *to, size_t size, int64_t ms)
{
    if (ms < 0)
        snprintf(to, size, "-");
    else if (ms < 1000)
        snprintf(to, size, "%" PRId64 "ms", ms);
    else if (ms < 10000)
        snprintf(to, size, "%d.%ds", (int)(ms / 1000), (int)(ms % 1000 / 100));
    else if (ms < 1000000)
        snprintf(to, size, "%" PRId64 "s", ms / 1000);
    else
        snprintf(to, size, "%" PRId64 "m", ms / 60000);
    return to;
}

/* The largest of s, m, h, d that leaves a number. */
static void figure_one_unit(int64_t seconds, int64_t *n, char *unit)
{
    static const struct {
        int64_t below, divide;
        char unit;
    } steps[] = { { 120, 1, 's' }, { 7200, 60, 'm' }, { 172800, 3600, 'h' } };

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (seconds < steps[i].below) {
            *n = seconds / steps[i].divide;
            *unit = steps[i].unit;
            return;
        }
    *n = seconds / 86400;
    *unit = 'd';
}

char *figure_ago(char *to, size_t size, int64_t seconds)
{
    int64_t n;
    char unit;

    figure_one_unit(seconds > 0 ? seconds : 0, &n, &unit);
    snprintf(to, size, "%" PRId64 "%c ago", n < 999 ? n : 999, unit);
    return to;
}

char *figure_time(char *to, size_t size, int64_t wall_s)
{
    time_t t = (time_t)wall_s;
    struct tm tm;

    if (!localtime_r(&t, &tm) || strftime(to, size, "%H:%M:%S", &tm) == 0)
        snprintf(to, size, "-");
    return to;
}

/* The corpus' time left matters only while the corpus is read. */
static bool has_eta(const struct snapshot *s)
{
    return s->state != RUN_DRAINING && s->state != RUN_STOPPING &&
           s->state != RUN_DONE && s->state != RUN_FAILED;
}

char *figure_eta(char *to, size_t size, const struct snapshot *s)
{
    char text[32];

    to[0] = '\0';
    if (has_eta(s) && s->eta_ms == -2)
        snprintf(to, size, "ETA after %s",
                 s->state == RUN_PAUSED ? "resume"
                 : s->state == RUN_HELD ? "the hold"
                                        : "the wait");
    else if (has_eta(s) && s->eta_ms >= 0)
        snprintf(to, size, "ETA ~%s", str_left(text, sizeof text, s->eta_ms));
    return to;
}

char *figure_done(char *to, size_t size, const struct snapshot *s)
{
    char text[32];

    if (!has_eta(s) || s->eta_ms < 0 || !s->done_clock[0])
        return figure_eta(to, size, s);
    snprintf(to, size, "done ~%s (%s)", s->done_clock,
             str_left(text, sizeof text, s->eta_ms));
    return to;
}

char *figure_eta_tiny(char *to, size_t size, const struct snapshot *s)
{
    int64_t n;
    char unit;

    to[0] = '\0';
    if (s->eta_ms < 0 || !has_eta(s))
        return to;
    figure_one_unit(s->eta_ms / 1000, &n, &unit);
    snprintf(to, size, "~%" PRId64 "%c", n < 999 ? n : 999, unit);
    return to;
}

char *figure_progress(char *to, size_t size, const struct snapshot *s)
{
    char done[32], total[32];

    str_count(done, sizeof done, s->processed);
    str_count(total, sizeof total, s->total);
    if (s->total == 0)
        snprintf(to, size, "%s", done);
    else
        snprintf(to, size, "%s of %s%s", done, s->total_estimated ? "~" : "",
                 total);
    return to;
}

char *figure_of(char *to, size_t size, uint64_t n, const char *noun)
{
    char count[32];

    snprintf(to, size, "%s %s%s", str_count(count, sizeof count, n), noun,
             n == 1 ? "" : "s");
    return to;
}

double figure_scale(double max)
{
    static const double steps[] = { 1, 1.5, 2, 3, 4, 5, 6, 8 };
    double power = 1;

    if (!(max > 1))
        return 1;
    for (; power < 1e15; power *= 10)
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
            if (steps[i] * power >= max)
                return steps[i] * power;
    return max;
}

void figure_reason(char *to, size_t size, const struct canvas *c, int cols,
                   const struct snapshot *s)
{
    char reason[sizeof s->reason];
    int room = cols - canvas_width(c, s->remedy) - 2;
    const char *parting = s->remedy[0] ? "; " : "";

    snprintf(reason, sizeof reason, "%s", s->reason);
    if (s->remedy[0] && room >= REASON_LEAST &&
        canvas_width(c, s->reason) > room && room < (int)sizeof reason)
        str_printable(reason, (size_t)room + 1, text_of(s->reason));
    snprintf(to, size, "%s%s%s", reason, parting, s->remedy);
}

char *figure_usd(char *to, size_t size, double usd)
{
    char n[24];

    if (usd > 0 && usd < 0.1)
        snprintf(to, size, "$%.4f", usd);
    else if (usd < 1000)
        snprintf(to, size, "$%.2f", usd);
    else
        snprintf(to, size, "$%s", str_short(n, sizeof n, usd, 6));
    return to;
}
