/* The rows of the failure log, also for screens too small for panes. */
#ifndef BATCHTOP_UI_PANES_PANE_FAILURES_H
#define BATCHTOP_UI_PANES_PANE_FAILURES_H

#include "ui/panes/pane.h"

/* Keep the view on the same rows while new ones arrive above; once a frame,
 * before drawing. */
void failures_advance(const struct snapshot *s, struct view *v);

/* Put the cursor on the row that a search found, in the middle if it was not on
 * the screen. */
void failures_show_sought(const struct snapshot *s, struct view *v);

/* Draw rows from the top of `in` down, as the view has scrolled, and set
 * v->pane[PANE_FAILURES] and failure_at. They begin at row `top` of the pane or
 * screen. */
void failures_rows(const struct snapshot *s, struct view *v,
                   struct canvas *in, int top);

/* A message without its first columns, by which the user shifted it. */
void failures_put_message(struct view *v, struct canvas *in, int row, int col,
                          int width, enum style style, const char *text);

/* Of the row's code: where no column has its standing, the style says it. */
enum style failure_style(const struct failure_row *f);

/* How many documents the row has, or how often it was reported: "x212"; "" for
 * one. */
void failure_times(const struct failure_row *f, const struct canvas *c,
                   char *to, size_t size);

#endif
