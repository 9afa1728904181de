/* This file sets money aside before a request and takes it back after it, under
 * one lock. A request above the budget has to wait while other requests may
 * still give some back; otherwise the budget is spent. */
#include "config.h"
#include "flow/purse.h"

void purse_init(struct purse *p, double budget)
{
    monitor_init(&p->lock);
    p->budget = budget;
    p->spent = p->aside = 0;
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
