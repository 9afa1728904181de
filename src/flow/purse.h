/*
 * The money of a run: what the budget leaves for requests.
 *
 * A worker sets the estimated price of a request aside before it sends it, so
 * that requests in flight together cannot exceed the budget. It reports the
 * true price when the request is back. A person may change the budget.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_FLOW_PURSE_H
#define BATCHTOP_FLOW_PURSE_H

#include "sys/thread.h"

struct purse {
    struct monitor lock;
    double budget;  /* [lock] USD; 0: no budget */
    double spent;   /* [lock] of the job, with earlier runs */
    double aside;   /* [lock] for requests in flight */
    double refused; /* [lock] the last request that did not fit; 0: none */
    bool is_warned; /* [lock] of this budget */
};

/* The beginning of a hold's reason, when the budget is spent. */
#define PURSE_EMPTY "the budget is spent"

enum purse_word {
    PURSE_OPEN,  /* the sum is set aside */
    PURSE_WAIT,  /* it would fit if requests in flight cost less */
    PURSE_SPENT  /* nothing is in flight, and it does not fit */
};

void purse_init(struct purse *p, double budget);
void purse_release(struct purse *p);

/* Set so many USD aside for a request, if they are left. */
enum purse_word purse_take(struct purse *p, double usd);
/* A request for which so much was set aside is back, or was not sent. */
void purse_give_back(struct purse *p, double usd);
/* So much was paid: call this before you give back what was set aside. */
void purse_pay(struct purse *p, double usd);

double purse_spent(struct purse *p);
double purse_budget(struct purse *p); /* 0: there is none */
/* Returns the budget before. */
double purse_set_budget(struct purse *p, double usd);
/* Would the last request that was refused be refused again? */
bool purse_is_spent(struct purse *p);
/* True once for a budget, when BUDGET_WARN_PCT of it are spent and what is left
 * was enough for each request. */
bool purse_warns(struct purse *p);

#endif
