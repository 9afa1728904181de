/*
 * The books of a run: in which state every record stands. Double entry: a
 * record moves from one account to another, so the sum over all of them is
 * what was read, at every moment that anybody looks (I1).
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_CORE_BOOKS_H
#define BATCHTOP_CORE_BOOKS_H

#include <stdint.h>

enum account {
    BOOK_CORPUS,     /* where records come from: has no balance */
    BOOK_FLIGHT,     /* read, and not final yet */
    BOOK_STORED,
    BOOK_FAILED,     /* owed */
    BOOK_REJECTED,   /* owed */
    BOOK_SKIPPED,    /* given up by hand */
    BOOK_SUPERSEDED, /* a later record of the id took its place */
    BOOK_COUNT
};

struct books;

struct books *books_new(void);
void books_free(struct books *b);

/* n records go from one account to another. */
void books_move(struct books *b, enum account from, enum account to,
                uint64_t n);

/* The balances at one moment; at[BOOK_CORPUS] is what was read, the sum of
 * the others. */
struct balance {
    uint64_t at[BOOK_COUNT];
};
struct balance books_balance(struct books *b);

#endif
