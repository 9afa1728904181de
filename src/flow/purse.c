/* This file sets money aside before a request and takes it back after it, under
 * one lock. A request above the budget has to wait while other requests may
 * still give some back; otherwise the budget is spent. */
#include "config.h"
#include "flow/purse.h"

#include "api/command.h"

void purse_init(struct purse *p, double budget)
{
    monitor_init(&p->lock);
    p->budget = budget;
    p->spent = p->aside = p->refused = 0;
    p->is_warned = false;
}

void purse_release(struct purse *p)
{
    monitor_release(&p->lock);
}

enum purse_word purse_take(struct purse *p, double usd)
{
    enum purse_word word = PURSE_OPEN;

    monitor_lock(&p->lock);
    if (p->budget > 0 && p->spent + p->aside + usd > p->budget)
        word = p->aside > 0 && p->spent + usd <= p->budget ? PURSE_WAIT
                                                           : PURSE_SPENT;
    else
        p->aside += usd;
    if (word == PURSE_SPENT)
        p->refused = usd;
    monitor_unlock(&p->lock);
    return word;
}

void purse_give_back(struct purse *p, double usd)
{
    monitor_lock(&p->lock);
    p->aside -= usd;
    if (p->aside < 1e-12) /* rounding errors of sums and differences */
        p->aside = 0;
    monitor_unlock(&p->lock);
}

void purse_pay(struct purse *p, double usd)
{
    monitor_lock(&p->lock);
    p->spent += usd;
    monitor_unlock(&p->lock);
}

double purse_spent(struct purse *p)
{
    double usd;

    monitor_lock(&p->lock);
    usd = p->spent;
    monitor_unlock(&p->lock);
    return usd;
}

double purse_budget(struct purse *p)
{
    double usd;

    monitor_lock(&p->lock);
    usd = p->budget;
    monitor_unlock(&p->lock);
    return usd;
}

static bool purse_refuses(const struct purse *p)
{
    return p->refused > 0 && p->budget > 0 &&
           p->spent + p->refused > p->budget;
}

double purse_set_budget(struct purse *p, double usd)
{
    double old;

    monitor_lock(&p->lock);
    old = p->budget;
    p->budget = usd;
    p->is_warned = false;
    if (!purse_refuses(p))
        p->refused = 0;
    monitor_unlock(&p->lock);
    return old;
}

bool purse_is_spent(struct purse *p)
{
    bool spent;

    monitor_lock(&p->lock);
    spent = purse_refuses(p);
    monitor_unlock(&p->lock);
    return spent;
}

bool purse_warns(struct purse *p)
{
    bool due;

    monitor_lock(&p->lock);
    due = !p->is_warned && p->budget > 0 && !purse_refuses(p) &&
          p->spent * 100 >= p->budget * BUDGET_WARN_PCT;
    p->is_warned |= due;
    monitor_unlock(&p->lock);
    return due;
}
