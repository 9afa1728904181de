/*
 * Which rows of the failure log say the same, and how many of each still
 * stand: a request of a hundred documents that fails is one row to look at.
 *
 * A row joins one of the folds begun last if that has its key, else it begins
 * one. So folds keep the order in which they were begun, and a new row moves
 * none. Rows have numbers of their own, one more with each, and lie in the
 * log's ring; a fold is gone when the last of its rows has left that.
 *
 * Threads     Values: faults.c has them under its lock.
 */
#ifndef BATCHTOP_CORE_FOLDS_H
#define BATCHTOP_CORE_FOLDS_H

#include "core/sieve.h"
#include "api/snapshot.h"

enum { FOLDS_RECENT = 8, STANDINGS = FAILURE_SKIPPED + 1 };

struct fold {
    uint64_t key;
    uint64_t newest; /* of its rows: a number plus one */
    uint64_t shown;  /* the newest that is owed, or one above it */
    uint32_t count[STANDINGS];
};

struct folds {
    uint64_t count; /* ever; the newest has this number */
    uint64_t alive;
    struct fold fold[SIEVE_ROWS + FOLDS_RECENT];
    /* By place in the ring: the fold of a row (0: a newer one of its document
     * stands in its place), and the next older of its rows, plus one. */
    uint64_t of[SIEVE_ROWS], below[SIEVE_ROWS];
};

struct fold *folds_at(struct folds *f, uint64_t fold);
/* Rows of it, whatever became of them; 0: it is gone. */
uint32_t fold_rows(const struct fold *x);
/* Those that wait or are final. */
uint32_t fold_owed(const struct fold *x);

/* The number of the fold that a row with this key would join; 0: of none. */
uint64_t folds_find(struct folds *f, uint64_t key);
/* Row number `row`, which lies at `place`, joins this fold, or a new one: 0. */
void folds_add(struct folds *f, uint64_t fold, uint64_t key, uint64_t row,
               size_t place, enum failure_standing standing);
/* The row at this place, which stood so, counts no more. */
void folds_drop(struct folds *f, size_t place, enum failure_standing standing);
/* The row at this place stood one way and stands another way. */
void folds_mark(struct folds *f, size_t place, enum failure_standing was,
                enum failure_standing now);

/* The fold at this place of a list of them, newest = 0, which there must be. */
uint64_t folds_nth(struct folds *f, uint64_t n);
/* The next fold that is not gone, older (-1) or newer (+1). */
uint64_t folds_next(struct folds *f, uint64_t fold, int step);

#endif
