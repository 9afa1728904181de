/*
 * The wording of a text as a vector: signed feature hashing.
 *
 * A word's features are the word and, at a lower weight, the runs of 3 to 5
 * characters of "<word>". Each feature adds its weight, with a sign, to four
 * places of the vector: all taken from one 64-bit hash, since with a single
 * place whole features collide and short texts suffer.
 *
 * Threads     Any: there is no state.
 */
#ifndef BATCHTOP_EMBED_STATIC_FEATURES_H
#define BATCHTOP_EMBED_STATIC_FEATURES_H

#include "embed/static/words.h"

enum {
    FEATURE_DIM_MAX = 16384, /* a place is drawn from 15 bits */
    FEATURE_RUN_MIN = 3,
    FEATURE_RUN_MAX = 5,
    FEATURE_RUNS_MAX =
        (FEATURE_RUN_MAX - FEATURE_RUN_MIN + 1) * (WORD_CHARS + 2)
};

/* One feature, into v of dim floats. */
void features_add(float *v, uint32_t dim, uint64_t hash, float weight);

/* The runs of a word of so many characters, at most FEATURE_RUNS_MAX. */
size_t features_runs(size_t chars);

/* A word and each of its runs. */
void features_add_word(float *v, uint32_t dim, const struct word *w,
                       float weight, float run_weight);

#endif
