/*
 * The record counts of a run: in which state every record stands. Double entry:
 * a record moves from one account to another, so at every moment the sum over
 * all accounts is what was read (I1).
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_CORE_RECORD_COUNTS_H
#define BATCHTOP_CORE_RECORD_COUNTS_H

#include <stdint.h>

enum record_account {
    COUNT_CORPUS,    /* where records come from: it has no balance */
    COUNT_IN_FLIGHT, /* read, and not final yet */
    COUNT_STORED,
    COUNT_FAILED,     /* open failure */
    COUNT_REJECTED,   /* open failure */
    COUNT_SKIPPED,    /* a person gave it up */
    COUNT_SUPERSEDED, /* a later record of the id replaced it */
    COUNT_ACCOUNTS
};

struct record_counts;

struct record_counts *record_counts_new(void);
void record_counts_free(struct record_counts *c);

/* n records go from one account to another. */
void record_counts_move(struct record_counts *c, enum record_account from,
                        enum record_account to, uint64_t n);

/* The balances at one moment; at[COUNT_CORPUS] is the sum of the others, what
 * was read. */
struct record_balance {
    uint64_t at[COUNT_ACCOUNTS];
};
struct record_balance record_counts_balance(struct record_counts *c);

#endif
