/*
 * This file is the embedder of wording alone: signed feature hashing, without a
 * model, a key or a network. Texts that share words and parts of words come out
 * close, a synonym does not. It is good for near-duplicates, for codes and
 * names, and for any dimension.
 *
 * A text's features are its words and their runs of characters (features.h).
 * Words weigh what the idf table says. The result has length 1.
 */
#include "config.h"
#include "embed/embedder.h"

#include <math.h>
#include <stdlib.h>

#include "embed/static/features.h"
#include "embed/static/idf.h"
#include "util/floats.h"
#include "util/str.h"

enum { DIM_DEFAULT = 384 };

/* Each of a word's n runs weighs this / sqrt(n) of the word. A larger share
 * finds wordings better but separates classes worse: bench/quality.c. */
static const float run_share = 1.2F;

struct hash {
    struct embedder base;
    struct idf *idf;
    struct buf decoded;
    float run_weight[FEATURE_RUNS_MAX + 1]; /* by the number of runs */
};

static void hash_add_word(const struct hash *h, float *v, const struct word *w)
{
    float weight = idf_weight(h->idf, w->hash);

    features_add_word(v, (uint32_t)h->base.dim, w, weight,
                      weight * h->run_weight[features_runs(w->count)]);
}

static bool hash_embed_text(struct embedder *e, struct text text, float *v,
                            struct error *err)
{
    const struct hash *h = (const struct hash *)e;
    uint32_t dim = (uint32_t)h->base.dim;
    uint64_t whole = 0;
    struct text rest = text;
    struct word w;

    (void)err;
    memset(v, 0, h->base.dim * sizeof *v);
    while (word_next(&rest, &w)) {
        hash_add_word(h, v, &w);
        whole = word_mix(whole + w.hash);
    }
    if (whole == 0) { /* no word at all: use the signs themselves */
        whole = str_hash64(text.ptr, text.len);
        features_add(v, dim, whole, 1);
    }
    /* In few dimensions all places of a short text may cancel out. */
    if (!float_normalise(v, h->base.dim))
        v[whole % dim] = 1;
    return true;
}

static bool hash_embed(struct embedder *e, const struct embed_input *in,
                        size_t n, float *vectors, struct embed_usage *use,
                        struct error *err)
{
    struct hash *h = (struct hash *)e;

    *use = (struct embed_usage){ 0 };
    return words_embed(e, in, n, vectors, &h->decoded, hash_embed_text, err);
}

static void hash_close(struct embedder *e)
{
    struct hash *h = (struct hash *)e;

    if (!h)
        return;
    idf_free(h->idf);
    buf_release(&h->decoded);
    free(h);
}

static struct embedder *hash_open(const struct embedder_config *cfg,
                                   struct error *err)
{
    struct hash *h;

    if (cfg->model[0]) {
        error_set(err, ERROR_CONFIG, 0,
                  "the embedder hash has no models: write --embed hash");
        return NULL;
    }
    if (cfg->dim > FEATURE_DIM_MAX) {
        error_set(err, ERROR_CONFIG, 0,
                  "--dim %zu: the embedder hash makes at most %d dimensions",
                  cfg->dim, FEATURE_DIM_MAX);
        return NULL;
    }
    h = calloc(1, sizeof *h);
    if (!h || !(h->idf = idf_new())) {
        error_memory(err, "for the embedder hash");
        hash_close(&h->base);
        return NULL;
    }
    h->base.ops = &embedder_hash;
    h->base.dim = cfg->dim ? cfg->dim : DIM_DEFAULT;
    for (int i = 1; i <= FEATURE_RUNS_MAX; i++)
        h->run_weight[i] = run_share / sqrtf((float)i);
    return &h->base;
}

const struct embedder_ops embedder_hash = {
    .name = "hash",
    .cheap = true,
    .summary = "built in, no service: matches wording alone, in any language",
    .open = hash_open,
    .embed = hash_embed,
    .close = hash_close,
};
