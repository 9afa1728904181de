/* The money of a run in the lines, the events and the summary. */
#ifndef BATCHTOP_HOST_PLAIN_MONEY_H
#define BATCHTOP_HOST_PLAIN_MONEY_H

#include <stdio.h>

#include "api/snapshot.h"
#include "util/json_write.h"

/* "cost_usd":0.33,"cost_projected_usd":1.34,"budget_usd":5: null where a price,
 * the rest of the corpus or a budget is not known. */
void plain_money_json(struct json_writer *w, const struct snapshot *s);

/* "  0.33 of 5.00 USD, about 1.34 at the end"; "" where nothing is paid. */
char *plain_money_text(char *to, size_t size, const struct snapshot *s);

/* The lines of the summary; none where nothing is paid. */
void plain_money_summary(FILE *to, const struct snapshot *s);

#endif
