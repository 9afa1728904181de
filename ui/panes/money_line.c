/* This file words the cost, the budget and what both come to. */
#include "config.h"
#include "ui/panes/money_line.h"

#include <stdio.h>

#include "ui/draw/figures.h"

char *money_line_words(char *to, size_t size, const struct snapshot *s,
                       enum money_line_form form)
{
    char usd[16], budget[24] = "", end[32] = "";

    *to = '\0';
    if (s->cost_usd <= 0 && s->budget_usd <= 0)
        return to;
    if (s->budget_usd > 0 && form <= MONEY_LINE_BUDGET)
        snprintf(budget, sizeof budget, " of %s",
                 figure_usd(usd, sizeof usd, s->budget_usd));
    if (s->cost_projected_usd > 0 && s->state != RUN_DONE &&
        form <= MONEY_LINE_END)
        snprintf(end, sizeof end, ", ~%s%s",
                 figure_usd(usd, sizeof usd, s->cost_projected_usd),
                 form == MONEY_LINE_WHOLE ? " at the end" : "");
    snprintf(to, size, "%s%s%s", figure_usd(usd, sizeof usd, s->cost_usd),
             budget, end);
    return to;
}

enum style money_line_style(const struct snapshot *s)
{
    if (s->budget_usd <= 0)
        return STYLE_NORMAL;
    if (s->budget_spent)
        return STYLE_ALARM;
    return s->cost_usd * 100 >= s->budget_usd * BUDGET_WARN_PCT ||
                   s->cost_projected_usd > s->budget_usd
               ? STYLE_WARN
               : STYLE_NORMAL;
}
