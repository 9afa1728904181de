/*
 * This file is the embedder that needs no model, no key and no network: signed
 * feature hashing. It matches WORDING, not meaning: texts that share words and
 * parts of words come out close, a synonym does not. It is good for a first
 * run, for near-duplicates and for tests; for meaning use a model.
 *
 * A text's features are its words and, at a lower weight, the runs of 3 to 5
 * characters of "<word>". Each feature adds its weight, with a sign, to four
 * places of the vector: all taken from one 64-bit hash, since with a single
 * place whole features collide and short texts suffer. Words weigh what the
 * idf table says. The result has length 1.
 */
#include "config.h"
#include "embed/embedder.h"

#include <math.h>
#include <stdlib.h>

#include "embed/static/idf.h"
#include "embed/static/words.h"
#include "util/floats.h"
#include "util/str.h"

enum {
    DIM_DEFAULT = 384,
    DIM_MAX = 16384, /* a place is drawn from 15 bits */
    GRAM_MIN = 3,
    GRAM_MAX = 5,
    GRAMS_MAX = (GRAM_MAX - GRAM_MIN + 1) * (WORD_CHARS + 2),
    PLACES = 4,
    KEEP_BYTES = 1 << 20 /* of the decoding buffer, between calls */
};

/* Each of a word's n runs weighs this / sqrt(n) of the word. A larger share
 * finds wordings better but separates classes worse: bench/quality_local.c. */
static const float gram_share = 1.2F;

struct local {
    struct embedder base;
    struct idf *idf;
    struct buf decoded;
    float gram_weight[GRAMS_MAX + 1]; /* by the number of a word's grams */
};

static void add_feature(float *v, uint32_t dim, uint64_t hash, float weight)
{
    const float signs[2] = { weight, -weight };

    for (int i = 0; i < PLACES; i++, hash >>= 16)
        v[((uint32_t)hash & 0x7fff) * dim >> 15] += signs[hash >> 15 & 1];
}

/* The runs that start at each character; a run's hash continues the shorter
 * one's. */
static void add_grams(float *v, uint32_t dim, const uint32_t *c, size_t n,
                      float weight)
{
    for (size_t i = 0; i + GRAM_MIN <= n; i++) {
        size_t most = n - i < GRAM_MAX ? n - i : GRAM_MAX;
        uint64_t hash = 1;

        for (size_t k = 0; k < most; k++) {
            hash = hash * 0x9e3779b97f4a7c15U + c[i + k];
            if (k + 1 >= GRAM_MIN)
                add_feature(v, dim, word_mix(hash), weight);
        }
    }
}

/* Runs of 3, 4 and 5 among n characters. */
static size_t count_grams(size_t n)
{
    size_t grams = 0;

    for (size_t len = GRAM_MIN; len <= GRAM_MAX && len <= n; len++)
        grams += n - len + 1;
    return grams;
}

static void add_word(const struct local *l, float *v, const struct word *w)
{
    uint32_t dim = (uint32_t)l->base.dim;
    uint32_t marked[WORD_CHARS + 2];
    size_t n = w->count + 2;
    float weight = idf_weight(l->idf, w->hash);

    marked[0] = '<';
    memcpy(marked + 1, w->chars, w->count * sizeof *marked);
    marked[n - 1] = '>';
    add_feature(v, dim, w->hash, weight);
    add_grams(v, dim, marked, n, weight * l->gram_weight[count_grams(n)]);
}

static void local_embed_text(const struct local *l, struct text text, float *v)
{
    uint32_t dim = (uint32_t)l->base.dim;
    uint64_t whole = 0;
    struct text rest = text;
    struct word w;

    memset(v, 0, l->base.dim * sizeof *v);
    while (word_next(&rest, &w)) {
        add_word(l, v, &w);
        whole = word_mix(whole + w.hash);
    }
    if (whole == 0) { /* no word at all: use the signs themselves */
        whole = str_hash64(text.ptr, text.len);
        add_feature(v, dim, whole, 1);
    }
    /* In few dimensions all places of a short text may cancel out. */
    if (!float_normalise(v, l->base.dim))
        v[whole % dim] = 1;
}

static bool local_embed(struct embedder *e, const struct embed_input *in,
                        size_t n, float *vectors, struct embed_usage *use,
                        struct error *err)
{
    struct local *l = (struct local *)e;

    for (size_t i = 0; i < n; i++) {
        struct text text;

        if (!word_source(&in[i], &l->decoded, &text, err))
            return false;
        local_embed_text(l, text, vectors + i * e->dim);
    }
    buf_clear(&l->decoded);
    buf_trim(&l->decoded, KEEP_BYTES);
    *use = (struct embed_usage){ 0 };
    return true;
}

static void local_close(struct embedder *e)
{
    struct local *l = (struct local *)e;

    if (!l)
        return;
    idf_free(l->idf);
    buf_release(&l->decoded);
    free(l);
}

static struct embedder *local_open(const struct embedder_config *cfg,
                                   struct error *err)
{
    struct local *l;

    if (cfg->model[0]) {
        error_set(err, ERROR_CONFIG, 0,
                  "the embedder local has no models: write --embed local");
        return NULL;
    }
    if (cfg->dim > DIM_MAX) {
        error_set(err, ERROR_CONFIG, 0,
                  "--dim %zu: the embedder local makes at most %d dimensions",
                  cfg->dim, DIM_MAX);
        return NULL;
    }
    l = calloc(1, sizeof *l);
    if (!l || !(l->idf = idf_new())) {
        error_memory(err, "for the embedder local");
        local_close(&l->base);
        return NULL;
    }
    l->base.ops = &embedder_local;
    l->base.dim = cfg->dim ? cfg->dim : DIM_DEFAULT;
    for (int i = 1; i <= GRAMS_MAX; i++)
        l->gram_weight[i] = gram_share / sqrtf((float)i);
    return &l->base;
}

const struct embedder_ops embedder_local = {
    .name = "local",
    .cheap = true,
    .summary = "built in, no model: matches wording, not meaning",
    .open = local_open,
    .embed = local_embed,
    .close = local_close,
};
