/* What the run pays, in words for the header, the limits and Tune. */
#ifndef BATCHTOP_UI_PANES_MONEY_LINE_H
#define BATCHTOP_UI_PANES_MONEY_LINE_H

#include "api/snapshot.h"
#include "ui/draw/canvas.h"

/* The longest first. */
enum money_line_form {
    MONEY_LINE_WHOLE,  /* "$0.33 of $5.00, ~$1.34 at the end" */
    MONEY_LINE_END,    /* "$0.33 of $5.00, ~$1.34" */
    MONEY_LINE_BUDGET, /* "$0.33 of $5.00" */
    MONEY_LINE_COST,   /* "$0.33" */
    MONEY_LINE_FORMS
};

/* As far as it is known; "" if nothing is paid. */
char *money_line_words(char *to, size_t size, const struct snapshot *s,
                       enum money_line_form form);

/* An alarm when the budget is spent, a warning when it is nearly, or will not
 * do. */
enum style money_line_style(const struct snapshot *s);

#endif
