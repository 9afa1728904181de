/*
 * What words mean: a table of vectors distilled from a sentence model and
 * compiled in (data/meaning/README.md has its origin and its form).
 *
 * The table has a row for each word that it knows. A word that it does not know
 * may be a form of one that it does ("helicoptering"); that counts for half.
 *
 * Bounds      A row has MEANING_DIM numbers. The rows belong into the first
 *             components of a vector of MEANING_WHOLE; wording goes into those
 *             from MEANING_WORDING on.
 * Threads     Any: meaning_take() reads the table once, and it stays as it is.
 * Failures    A table that is not the one this program was written for is
 *             refused as a whole.
 */
#ifndef BATCHTOP_EMBED_STATIC_MEANING_H
#define BATCHTOP_EMBED_STATIC_MEANING_H

#include "embed/static/words.h"

enum {
    MEANING_WHOLE = 384,
    MEANING_DIM = 192,
    MEANING_WORDING = 96,
    MEANING_STARTS = 1 << 16
};

struct meaning {
    const unsigned char *tags, *scales, *idf, *rows;
    size_t count;     /* of rows */
    unsigned rare;    /* the idf level of a word without a row */
    float share;      /* of the meaning in a vector, at most */
    float damp;       /* weight of a known word's wording */
    float runs;       /* weight of all runs of a word together */
    uint64_t pair[256]; /* the two floats that each byte of a row stands for */
    uint16_t start[MEANING_STARTS + 1]; /* rows by the tag's upper half */
    char identity[24]; /* of the vectors that it makes, for the ledger */
};

struct meaning_sense {
    unsigned level;  /* idf of the word itself, at most `rare` */
    unsigned halves; /* how well it is known: 0, 1 (as a form of another), 2 */
    size_t row;      /* if it is known at all */
};

/* The compiled-in table. fails    CONFIG: damaged. */
const struct meaning *meaning_take(struct error *err);

/* A table in memory, which it borrows. The same; for tests. */
bool meaning_read(struct meaning *m, const void *table, size_t size,
                  struct error *err);

struct meaning_sense meaning_of(const struct meaning *m, const struct word *w);

/* The row will be wanted soon: it is likely not in the processor's cache. */
void meaning_prefetch(const struct meaning *m, const struct meaning_sense *s);

/* MEANING_DIM floats: the row of a known word. Only their proportions mean
 * something, within a text. */
void meaning_row(const struct meaning *m, const struct meaning_sense *s,
                 float *row);

#endif
