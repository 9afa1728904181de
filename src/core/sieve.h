/*
 * Which rows of the failure log pass a filter: a bit for each place of the
 * log's ring, so that a row is looked at once for as long as the filter stays.
 *
 * Threads     Values: failure_log.c has them under its lock.
 */
#ifndef BATCHTOP_CORE_SIEVE_H
#define BATCHTOP_CORE_SIEVE_H

#include "api/snapshot.h"

enum { FAILURE_LOG_ROWS = 10000 };

struct sieve {
    char filter[FILTER_BYTES];
    uint64_t seen;   /* rows of the log that were looked at */
    uint64_t passed; /* of them */
    uint64_t bits[(FAILURE_LOG_ROWS + 63) / 64];
};

/* The row's own texts: id, stage, code and message. */
bool sieve_passes(const char *filter, const struct failure_row *row);

void sieve_init(struct sieve *s, const char *filter);
/* The row at this place of the ring is new. */
void sieve_put(struct sieve *s, size_t place, const struct failure_row *row);
bool sieve_has(const struct sieve *s, size_t place);

#endif
