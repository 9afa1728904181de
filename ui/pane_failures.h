/* The rows of the failure log, also for screens too small for panes. */
#ifndef BATCHTOP_UI_PANE_FAILURES_H
#define BATCHTOP_UI_PANE_FAILURES_H

#include "ui/pane.h"

/* Keep the view on the same rows while new ones arrive above; once a frame,
 * before drawing. */
void failures_advance(const struct snapshot *s, struct view *v);

/* Draw rows from the top of `in` down, as the view has scrolled, and fill
 * v->pane[PANE_FAILURES], failure_at and failures_first. `top` is the row of
 * the pane or screen where they begin. */
void failures_rows(const struct snapshot *s, struct view *v,
                   struct canvas *in, int top);

#endif
