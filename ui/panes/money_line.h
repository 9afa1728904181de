/* What the run pays, in words for the header, the limits and Tune. */
#ifndef BATCHTOP_UI_PANES_MONEY_LINE_H
#define BATCHTOP_UI_PANES_MONEY_LINE_H

#include "api/snapshot.h"
#include "ui/draw/canvas.h"

/* The forms of money_line_words(), the longest first. */
enum { MONEY_LINE_FORMS = 4 };

/* "$0.33 of $5.00, ~$1.34 at the end", "$0.33 of $5.00, ~$1.34", "$0.33 of
 * $5.00", "$0.33": as far as they are known. "" if nothing is paid. */
char *money_line_words(char *to, size_t size, const struct snapshot *s, int form);

/* An alarm when the budget is spent, a warning when it is nearly, or will not
 * do. */
enum style money_line_style(const struct snapshot *s);

#endif
