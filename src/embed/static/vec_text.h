/* Reads the text form of word vectors once through: it writes rows as they come
 * and builds an index from words to rows in memory. */
#ifndef BATCHTOP_EMBED_STATIC_VEC_TEXT_H
#define BATCHTOP_EMBED_STATIC_VEC_TEXT_H

#include "util/error.h"
#include "util/hash_map.h"

#include <stddef.h>
#include <stdio.h>

enum { VEC_DIM_MAX = 16384 };

struct vec_text {
    const char *path;       /* for messages */
    int fd;                 /* where the text is */
    FILE *rows;             /* where rows of dim float32 go */
    size_t dim;             /* zero at first; reading sets the rest */
    struct hash_map index;  /* a word's hash to its row, from 1 */
    float *row;             /* internal, from here on */
    uint64_t line, promised;
    bool promise;
};

/* fails    CONFIG (names file and line), LOCAL, MEMORY. A failed write shows
 *          in ferror(t->rows). */
bool vec_text_read(struct vec_text *t, struct error *err);
void vec_text_release(struct vec_text *t);

#endif
