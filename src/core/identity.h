/* What a job may not change on its way: its ledger is of no other. */
#ifndef BATCHTOP_CORE_IDENTITY_H
#define BATCHTOP_CORE_IDENTITY_H

#include "core/engine.h"

enum { IDENTITY_FIELDS = 7 };

/* The fields as the run has them. They borrow from the run and from `texts`,
 * which holds the joined names of the text fields: an empty buffer of the
 * caller, for release after use. */
void identity_of(const struct run *r, struct buf *texts,
                 struct ledger_field field[IDENTITY_FIELDS]);

#endif
