/*
 * What each of the last words adds to a vector: its meaning and its wording,
 * as one row. Making a row costs some twenty times what adding it does, and
 * texts repeat their words.
 *
 * A row says nothing of the words around it, so that a vector does not depend
 * on what was embedded before.
 *
 * Bounds      WORD_ROWS rows of WORD_ROW floats, two megabytes. A new word takes
 *             the place of the one unused for longest among WORD_WAYS, so that
 *             the last WORD_WAYS - 1 rows found or made are always there.
 * Threads     One at a time.
 */
#ifndef BATCHTOP_EMBED_STATIC_WORD_ROWS_H
#define BATCHTOP_EMBED_STATIC_WORD_ROWS_H

#include "embed/static/meaning.h"

enum {
    WORD_WAYS = 4,
    WORD_ROWS = 1024,
    WORD_ROW_WORDING = MEANING_WHOLE - MEANING_WORDING,
    WORD_ROW = MEANING_DIM + WORD_ROW_WORDING /* meaning first */
};

struct word_rows;

struct word_row {
    const float *part; /* WORD_ROW floats, aligned for any vector type */
    unsigned level, halves; /* as struct meaning_sense has them */
};

struct word_rows *word_rows_new(const struct meaning *m); /* NULL: no memory */
void word_rows_free(struct word_rows *r);

/* The row of a word that is there. */
bool word_rows_find(struct word_rows *r, const struct word *w,
                    struct word_row *row);
/* Make the row of one that is not. */
void word_rows_make(struct word_rows *r, const struct word *w,
                    struct word_row *row);

#endif
