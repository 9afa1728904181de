/* This dialog asks before a cause is retried: how many documents, what they
 * cost, and whether anything but a change helps. The focus is on "no". */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

#include <stdio.h>
#include <string.h>

#include "ui/draw/figures.h"
#include "ui/panes/cause_rows.h"
#include "util/str.h"

enum { CENTS = 100 };

/* "about $0.02", of what a document cost so far; "": not known, or free. */
static void cause_cost(const struct snapshot *s, uint64_t n, char *to,
                       size_t size)
{
    char text[24];
    double usd;

    *to = '\0';
    if (s->embedded == 0 || s->run_cost_usd <= 0)
        return;
    usd = s->run_cost_usd / (double)s->embedded * (double)n;
    if (usd * CENTS < 1)
        snprintf(to, size, " They are embedded again, for less than $0.01.");
    else
        snprintf(to, size, " They are embedded again, for about %s.",
                 figure_usd(text, sizeof text, usd));
}

void dialog_cause(struct dialog *d, const struct snapshot *s,
                  const struct cause_view *k)
{
    struct command c = { .kind = COMMAND_RETRY,
                         .select = { .by = SELECT_KIND } };
    char question[384], n[48], cost[96];

    snprintf(c.select.kind, sizeof c.select.kind, "%s", k->key);
    cause_cost(s, k->open, cost, sizeof cost);
    snprintf(question, sizeof question, "Retry %s of this cause: %.160s.%s%s",
             figure_of(n, sizeof n, k->open, "document"), k->message, cost,
             k->needs_change ? " As they stand they are refused again." : "");
    dialog_sure(d, &c, question);
    if (k->needs_change) {
        char kind[FAILURE_KEY];

        failure_cause_key(&k->cause, kind);
        dialog_sure_change(d, kind);
    }
}
