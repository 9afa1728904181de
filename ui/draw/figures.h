/* Figures as the screen shows them: short, and of a bounded width. */
#ifndef BATCHTOP_UI_DRAW_FIGURES_H
#define BATCHTOP_UI_DRAW_FIGURES_H

#include "api/snapshot.h"
#include "ui/draw/canvas.h"

/* 62.44 -> "62.4%"; never rounded up, so that 100.0% means all. */
char *figure_pct(char *to, size_t size, double pct);
/* 37.6 -> "38%" */
char *figure_pct_whole(char *to, size_t size, double pct);
/* "212ms", "1.9s", "40s", "20m"; "-" when negative. */
char *figure_latency(char *to, size_t size, int64_t ms);
/* "12s ago": at most 8 columns. */
char *figure_ago(char *to, size_t size, int64_t seconds);
/* 14:07:12 in local time. */
char *figure_time(char *to, size_t size, int64_t wall_s);
/* "ETA ~25 min", "ETA after resume"; "" if unknown, and when a run ends. */
char *figure_eta(char *to, size_t size, const struct snapshot *s);
/* The same with the clock: "done ~18:51 (25 min)". */
char *figure_done(char *to, size_t size, const struct snapshot *s);
/* "~25m": at most 5 columns; "" if unknown. */
char *figure_eta_tiny(char *to, size_t size, const struct snapshot *s);
/* "624,310 of 1,000,470", "624,310 of ~1,000,470", "624,310". */
char *figure_progress(char *to, size_t size, const struct snapshot *s);
/* "$0.0312", "$5.00", "$1,234", "$1.23M": at most 7 columns. */
char *figure_usd(char *to, size_t size, double usd);
/* "8 workers", "1 worker". */
char *figure_of(char *to, size_t size, uint64_t n, const char *noun);

/* The next round number: 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten. As the
 * scale of a graph it changes seldom. */
double figure_scale(double max);

/* Why the run waits and what to do about it, in so many columns: if both do not
 * fit, the reason is cut, since the remedy helps more. */
void figure_reason(char *to, size_t size, const struct canvas *c, int cols,
                   const struct snapshot *s);

#endif
