/* The rows of the failure log, also for screens too small for panes. */
#ifndef BATCHTOP_UI_PANES_PANE_FAILURES_H
#define BATCHTOP_UI_PANES_PANE_FAILURES_H

#include "ui/panes/pane.h"

/* Keep the view on the same rows while new ones arrive above; once a frame,
 * before drawing. */
void failures_advance(const struct snapshot *s, struct view *v);

/* The row that was sought is the one under the cursor: in the middle when it
 * was not on the screen. */
void failures_show_sought(const struct snapshot *s, struct view *v);

/* Draw rows from the top of `in` down, as the view has scrolled, and fill
 * v->pane[PANE_FAILURES] and failure_at. `top` is the row of the pane or screen
 * where they begin. */
void failures_rows(const struct snapshot *s, struct view *v,
                   struct canvas *in, int top);

/* How many documents the row is of, or how often it was told: "x212"; "" where
 * that is once. */
void failure_times(const struct failure_row *f, const struct canvas *c,
                   char *to, size_t size);

#endif
