/*
 * The money of a run: what --budget leaves for requests.
 *
 * A request's estimated price is set aside before it is sent, so that requests
 * under way at the same time cannot pass the budget together. What it came to
 * is told when it is back.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_FLOW_PURSE_H
#define BATCHTOP_FLOW_PURSE_H

#include "sys/thread.h"

struct purse {
    struct monitor lock;
    double budget;  /* [lock] USD; 0: no budget */
    double spent;   /* [lock] of the job, earlier runs included */
    double aside;   /* [lock] for requests that are not back yet */
};

/* How a reason begins that says so. */
#define PURSE_EMPTY "the budget is spent"

enum purse_word {
    PURSE_OPEN,  /* the sum is set aside */
    PURSE_WAIT,  /* it would fit if what is under way came to less */
    PURSE_SPENT  /* nothing is under way, and it does not fit */
};

void purse_init(struct purse *p, double budget);
void purse_release(struct purse *p);

/* Set so many USD aside for a request, where they are left. */
enum purse_word purse_take(struct purse *p, double usd);
/* A request for which so much was set aside is back, or was not sent. */
void purse_give_back(struct purse *p, double usd);
/* So much was paid: tell it before what was set aside for it is given back. */
void purse_pay(struct purse *p, double usd);

double purse_spent(struct purse *p);

#endif
