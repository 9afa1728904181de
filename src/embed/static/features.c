/* This file hashes a word's runs of characters; a run's hash continues the
 * shorter one's that begins at the same character. */
#include "config.h"
#include "embed/static/features.h"

#include <string.h>

enum { PLACES = 4 };

static inline void features_put(float *v, uint32_t dim, uint64_t hash,
                                const float signs[2])
{
    for (int i = 0; i < PLACES; i++, hash >>= 16)
        v[((uint32_t)hash & 0x7fff) * dim >> 15] += signs[hash >> 15 & 1];
}

void features_add(float *v, uint32_t dim, uint64_t hash, float weight)
{
    const float signs[2] = { weight, -weight };

    features_put(v, dim, hash, signs);
}

/* The runs that start at each character. */
static void features_add_runs(float *v, uint32_t dim, const uint32_t *c,
                              size_t n, float weight)
{
    const float signs[2] = { weight, -weight };

    for (size_t i = 0; i + FEATURE_RUN_MIN <= n; i++) {
        size_t most = n - i < FEATURE_RUN_MAX ? n - i : FEATURE_RUN_MAX;
        uint64_t hash = 1;

        for (size_t k = 0; k < most; k++) {
            hash = hash * 0x9e3779b97f4a7c15U + c[i + k];
            if (k + 1 >= FEATURE_RUN_MIN)
                features_put(v, dim, word_mix(hash), signs);
        }
    }
}

size_t features_runs(size_t chars)
{
    size_t n = chars + 2, runs = 0;

    for (size_t len = FEATURE_RUN_MIN; len <= FEATURE_RUN_MAX && len <= n;
         len++)
        runs += n - len + 1;
    return runs;
}

void features_add_word(float *v, uint32_t dim, const struct word *w,
                       float weight, float run_weight)
{
    uint32_t marked[WORD_CHARS + 2];
    size_t n = w->count + 2;

    marked[0] = '<';
    memcpy(marked + 1, w->chars, w->count * sizeof *marked);
    marked[n - 1] = '>';
    features_add(v, dim, w->hash, weight);
    features_add_runs(v, dim, marked, n, run_weight);
}
