/*
 * What a run pays: the sum at the end from what documents cost until now, the
 * hold when the budget is spent, and the warning before that.
 *
 * Threads     Any; money_at_end() is pure.
 */
#ifndef BATCHTOP_CORE_MONEY_H
#define BATCHTOP_CORE_MONEY_H

#include "core/control.h"
#include "core/log/notices.h"
#include "flow/purse.h"

/* The sum of the snapshot's job when each document that it has read, or will
 * read, has a vector. A document that has none yet costs as much as one of this
 * run did on average; total is by bytes while the corpus is read, so the mean
 * follows the length of texts. 0: not known. */
double money_at_end(const struct snapshot *s);

/* Hold the embedders, with the reason: a request of so many USD does not
 * fit. */
void money_hold(struct purse *p, struct control *control,
                struct notices *notices, double usd, bool attended);

/* Tell once that most of the budget is spent. Call it now and then. */
void money_warn(struct purse *p, struct notices *notices);

/* The members about the budget; those about the cost must be there. */
void money_fill(struct purse *p, struct snapshot *s);

#endif
