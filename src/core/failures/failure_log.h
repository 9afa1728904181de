/*
 * The failure log: the newest 10,000 failures in memory for the screen, and a
 * count of open ones by kind and by cause. The ledger has all failures. Documents with the
 * same error share a row of the list; with a filter each has its own.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_CORE_FAILURES_FAILURE_LOG_H
#define BATCHTOP_CORE_FAILURES_FAILURE_LOG_H

#include "api/snapshot.h"

struct doc;
struct failure_log;

struct failure_log *failure_log_new(unsigned tries_max);
void failure_log_free(struct failure_log *f);

/* A final failure: a printable row in the log, and one more open failure of its
 * kind. */
void failure_log_final(struct failure_log *f, const struct failure *x);
/* A document that will be tried again: a row only. */
void failure_log_deferred(struct failure_log *f, const struct failure *x);
/* The service made us wait: a row, which counts repeats while it is recent. */
void failure_log_note_wait(struct failure_log *f, const char *stage,
                           const struct error *err);
/* The message of the newest failure that waits; "": none did. */
void failure_log_why_waiting(struct failure_log *f, char *to, size_t size);
/* The service of this stage serves: what it answered before is over. */
void failure_log_passed(struct failure_log *f, const char *stage);
/* n failures of this cause are no longer open; hash: see failure_fold. */
void failure_log_healed(struct failure_log *f, const struct failure_cause *c,
                        uint64_t hash, uint64_t n);
/* These documents are stored: what waited, or was sent again, no longer
 * does. */
void failure_log_stored(struct failure_log *f, const struct doc *docs,
                        size_t n);
/* Change the standing of this document's row, if it is still in the log. */
void failure_log_mark(struct failure_log *f, uint16_t source, uint64_t pos,
                      enum failure_standing standing);
/* Count no failure of any kind as open: call it before a recount. */
void failure_log_forget(struct failure_log *f);
/* Count n more failures of this cause as open, as the ledger has them. */
void failure_log_preload(struct failure_log *f, const struct failure_cause *c,
                         uint64_t n);

/* Do the causes have as many open failures as the kinds? If not, forget those of
 * the causes and preload each again, as the ledger has them. */
bool failure_log_causes_agree(struct failure_log *f);
void failure_log_forget_causes(struct failure_log *f);
void failure_log_preload_cause(struct failure_log *f, const struct failure *x);

/* Fill in the kinds and causes, and the rows that s->ask asks for. */
void failure_log_fill(struct failure_log *f, struct snapshot *s);

#endif
