/*
 * The parts of the failure log, for failure_log.c, which adds rows, and
 * failure_list.c, which lists them.
 *
 * Rows have consecutive numbers: row n is at n % ROWS of the ring. A reference
 * that may be empty holds the number plus one, or 0.
 */
#ifndef BATCHTOP_CORE_FAILURES_FAILURE_LOG_PARTS_H
#define BATCHTOP_CORE_FAILURES_FAILURE_LOG_PARTS_H

#include "core/failures/failure_causes.h"
#include "core/failures/failure_groups.h"
#include "core/failures/failure_kinds.h"
#include "core/failures/failure_log.h"
#include "sys/thread.h"

enum { ROWS = FAILURE_LOG_ROWS, CHAINS = 4096, /* a power of two */
       FILTERS = 12 };

/*
 * Which rows pass a filter: a bit for each place of the ring, so that we
 * compare a row only once while the filter stays. To compare all 10,000 rows
 * takes 0.6 to 1.7 ms for each snapshot, under the lock that failing workers
 * wait for; with the bits it takes 0.03 ms. And a ring that has gone round
 * cannot tell how many rows passed since the user typed the filter ("+37 new").
 */
struct filter_bitmap {
    char filter[FILTER_BYTES];
    uint64_t cause;  /* and of this cause; 0: of any */
    uint64_t seen;   /* rows of the log that were compared */
    uint64_t passed; /* of them */
    uint64_t bits[(ROWS + 63) / 64];
};

struct failure_log {
    struct monitor lock;
    uint64_t next;                 /* [lock] rows ever */
    struct failure_row rows[ROWS]; /* [lock] */
    /* [lock] Rows by document: the newest of each chain, and for each row the
     * one before it, plus one. A row that left the ring ends the chain. */
    uint64_t newest[CHAINS], before[ROWS];
    struct failure_groups groups; /* [lock] */
    struct failure_kinds kinds;   /* [lock] */
    struct failure_causes causes; /* [lock] */
    struct filter_bitmap filter[FILTERS]; /* [lock] those used last */
    unsigned next_filter;         /* [lock] */
    char waits[sizeof ((struct failure_row *)0)->message]; /* [lock] */
    unsigned tries_max;           /* [const after new] */
};

static inline struct failure_row *log_row(struct failure_log *f, uint64_t n)
{
    return &f->rows[n % ROWS];
}

static inline uint64_t log_oldest(const struct failure_log *f)
{
    return f->next > ROWS ? f->next - ROWS : 0;
}

/* Fill in the rows that s->ask asks for; under the lock. */
void failure_list_fill(struct failure_log *f, struct snapshot *s);

#endif
