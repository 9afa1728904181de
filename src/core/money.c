/* This file reckons what a run costs in the end, and tells when its budget is
 * nearly or quite spent. */
#include "config.h"
#include "core/money.h"

#include <stdio.h>

#include "util/str.h"

/* Documents that a request has to be paid for. Those in flight that have a
 * vector wait for the store. */
static uint64_t money_unpaid(const struct snapshot *s)
{
    uint64_t known = s->resumed_at + s->produced;
    uint64_t unread = s->total > known ? s->total - known : 0;
    uint64_t with_vector = s->embedded + s->spooled > s->upserted
                               ? s->embedded + s->spooled - s->upserted
                               : 0;

    return unread + (s->in_flight > with_vector ? s->in_flight - with_vector
                                                : 0);
}

double money_at_end(const struct snapshot *s)
{
    uint64_t unpaid = money_unpaid(s);
    double each;

    if (s->cost_usd <= 0 || s->total == 0)
        return 0;
    if (unpaid == 0 || s->state == RUN_DONE)
        return s->cost_usd;
    if (s->embedded == 0)
        return 0;
    each = s->run_cost_usd / (double)s->embedded;
    return s->cost_usd + each * (double)unpaid;
}

void money_hold(struct purse *p, struct control *control,
                struct notices *notices, double usd, bool attended)
{
    char reason[160], spent[32], budget[32], next[32];

    snprintf(reason, sizeof reason,
             PURSE_EMPTY ": about %s of %s USD, and the next request "
             "costs about %s",
             str_usd(spent, sizeof spent, purse_spent(p)),
             str_usd(budget, sizeof budget, purse_budget(p)),
             str_usd(next, sizeof next, usd));
    if (control_hold(control, HOLD_EMBED, reason,
                     attended ? "p sets a larger one"
                              : "ctl set budget=N, or start again with a "
                                "larger --budget"))
        notices_event(notices, &notices_hold, "embed holds: %s", reason);
}

void money_warn(struct purse *p, struct notices *notices)
{
    char spent[32], budget[32];

    if (purse_warns(p))
        notices_add(notices, "%d %% of the budget are spent: %s of %s USD",
                    BUDGET_WARN_PCT,
                    str_usd(spent, sizeof spent, purse_spent(p)),
                    str_usd(budget, sizeof budget, purse_budget(p)));
}

void money_fill(struct purse *p, struct snapshot *s)
{
    s->budget_usd = purse_budget(p);
    s->budget_spent = purse_is_spent(p);
    s->cost_projected_usd = money_at_end(s);
}
