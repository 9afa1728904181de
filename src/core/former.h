/*
 * Vectors of the time when --embed hash was called local, and was the default.
 *
 * The present `local` leaves its identity beside its name, which the former one
 * did not have. Their vectors do not mix: a job that began with the former one
 * goes on with hash, and a store that it filled is searched with hash.
 *
 * Threads     The caller's.
 */
#ifndef BATCHTOP_CORE_FORMER_H
#define BATCHTOP_CORE_FORMER_H

#include "ledger/ledger.h"
#include "options/options.h"

/* What --embed was called, with what identity of the embedder (NULL, "":
 * none), where both would be there. */
bool former_hash(const char *embed, const char *identity);

/* The same of a ledger, whose job has neither before it sends something. */
bool former_is_hash(struct ledger_view *v);

/* A ledger's --embed by its present name; the caller frees it. NULL: none. */
char *former_embed(struct ledger_view *v);

/* The job of this ledger goes on as it began. fails    MEMORY. */
bool former_keep(struct options *opt, struct ledger_view *v,
                 struct error *err);

#endif
