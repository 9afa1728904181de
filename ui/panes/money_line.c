/* This file words the cost, the budget and what both come to. */
#include "config.h"
#include "ui/panes/money_line.h"

#include <stdio.h>

#include "ui/draw/figures.h"

enum { WARN_PCT = 80 };

char *money_line_words(char *to, size_t size, const struct snapshot *s, int form)
{
    char usd[16];
    size_t n;

    *to = '\0';
    if (s->cost_usd <= 0 && s->budget_usd <= 0)
        return to;
    n = (size_t)snprintf(to, size, "%s",
                         figure_usd(usd, sizeof usd, s->cost_usd));
    if (s->budget_usd > 0 && form < 3 && n < size)
        n += (size_t)snprintf(to + n, size - n, " of %s",
                              figure_usd(usd, sizeof usd, s->budget_usd));
    if (s->cost_projected_usd > 0 && s->state != RUN_DONE && form < 2 &&
        n < size)
        snprintf(to + n, size - n, ", ~%s%s",
                 figure_usd(usd, sizeof usd, s->cost_projected_usd),
                 form == 0 ? " at the end" : "");
    return to;
}

enum style money_line_style(const struct snapshot *s)
{
    if (s->budget_usd <= 0)
        return STYLE_NORMAL;
    if (s->budget_spent)
        return STYLE_ALARM;
    return s->cost_usd * 100 >= s->budget_usd * WARN_PCT ||
                   s->cost_projected_usd > s->budget_usd
               ? STYLE_WARN
               : STYLE_NORMAL;
}
