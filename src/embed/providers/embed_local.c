/*
 * This file is the embedder that is there when none is asked for: it finds by
 * meaning, without a model, a key or a network.
 *
 * A vector is the sum of two. The meaning, in the components 0 to 191, is the
 * sum of the rows that a compiled-in table has for the words of the text
 * (meaning.h). The wording, in the components 96 to 383, is the words and their
 * runs of characters, hashed (features.h): it has the rare words, the codes,
 * the names, the misspelt words and the other languages. Each is brought to
 * length 1; how they are mixed depends on how many of the words are known, so
 * that a text of known words is four fifths meaning and a code all wording.
 *
 * What a word adds to both is one row (word_rows.h). Rows are added four at a
 * time, which saves reading and writing the sum for each; the order in which
 * floats are added is that of the words all the same, so a text has the same
 * vector on every machine.
 */
#include "config.h"
#include "embed/embedder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "embed/static/features.h"
#include "embed/static/meaning.h"
#include "embed/static/word_rows.h"
#include "util/floats.h"

enum {
    LANES = 4,
    AT_ONCE = WORD_WAYS
};

typedef float local_lanes __attribute__((vector_size(LANES * 4)));

_Static_assert(AT_ONCE == 4, "local_add_waiting() adds four rows");
_Static_assert(WORD_ROW % LANES == 0, "rows are added in whole vectors");

struct local {
    struct embedder base;
    const struct meaning *meaning;
    struct word_rows *rows;
    struct buf decoded;
    float wide[MEANING_WHOLE]; /* a vector that is to be cut */
};

/* What the words of a text add up to. */
struct local_sum {
    local_lanes part[WORD_ROW / LANES];
    const local_lanes *waiting[AT_ONCE];
    size_t waiting_count;
    uint64_t levels, known; /* of idf, in half levels */
    uint64_t whole;         /* hash of all words; 0: there is none */
};

/* ---- adding words ---- */

static void local_add_waiting(struct local_sum *s)
{
    if (s->waiting_count == AT_ONCE) {
        const local_lanes *a = s->waiting[0], *b = s->waiting[1];
        const local_lanes *c = s->waiting[2], *d = s->waiting[3];

        for (size_t i = 0; i < WORD_ROW / LANES; i++)
            s->part[i] = s->part[i] + a[i] + b[i] + c[i] + d[i];
    } else {
        for (size_t k = 0; k < s->waiting_count; k++)
            for (size_t i = 0; i < WORD_ROW / LANES; i++)
                s->part[i] += s->waiting[k][i];
    }
    s->waiting_count = 0;
}

static void local_add_word(const struct local *l, struct local_sum *s,
                           const struct word *w)
{
    struct word_row row;

    if (!word_rows_find(l->rows, w, &row))
        word_rows_make(l->rows, w, &row);
    s->waiting[s->waiting_count++] = (const local_lanes *)row.part;
    if (s->waiting_count == AT_ONCE)
        local_add_waiting(s);
    s->levels += 2 * row.level;
    s->known += row.halves * row.level;
    s->whole = word_mix(s->whole + w->hash);
}

/* ---- mixing the two ---- */

/* What brings n floats to the length `want`; 0 if they have none. */
static float local_scale(const float *v, size_t n, double want)
{
    double square = float_square(v, n);

    return square > 0 ? (float)(want / sqrt(square)) : 0;
}

static void local_mix(const struct local *l, const struct local_sum *s,
                      float *v)
{
    const float *meaning = (const float *)s->part;
    const float *wording = meaning + MEANING_DIM;
    double known = (double)s->known / (double)s->levels;
    double share = (double)l->meaning->share * known * known;
    float m = local_scale(meaning, MEANING_DIM, sqrt(share));
    float w = local_scale(wording, WORD_ROW_WORDING, sqrt(1 - share));

    for (size_t i = 0; i < MEANING_WORDING; i++)
        v[i] = meaning[i] * m;
    for (size_t i = MEANING_WORDING; i < MEANING_DIM; i++) {
        float both = meaning[i] * m;

        v[i] = both + wording[i - MEANING_WORDING] * w;
    }
    for (size_t i = MEANING_DIM; i < MEANING_WHOLE; i++)
        v[i] = wording[i - MEANING_WORDING] * w;
}

static uint64_t local_hash_bytes(struct text t)
{
    uint64_t hash = t.len;

    for (size_t i = 0; i < t.len; i++)
        hash = word_mix(hash + (unsigned char)t.ptr[i]);
    return hash;
}

/* MEANING_WHOLE floats; returns a hash of the text. */
static uint64_t local_embed_text(const struct local *l, struct text text,
                                 float *v)
{
    struct local_sum sum = { .levels = 0 };
    struct text rest = text;
    struct word w;

    while (word_next(&rest, &w))
        local_add_word(l, &sum, &w);
    if (sum.whole) {
        local_add_waiting(&sum);
        local_mix(l, &sum, v);
    } else { /* no word at all: use the signs themselves */
        sum.whole = local_hash_bytes(text);
        memset(v, 0, MEANING_WHOLE * sizeof *v);
        features_add(v, MEANING_WHOLE, sum.whole, 1);
    }
    if (!float_normalise(v, MEANING_WHOLE))
        v[sum.whole % MEANING_WHOLE] = 1;
    return sum.whole;
}

/* ---- the provider ---- */

/* --dim: the first so many components. */
static void local_embed_cut(struct local *l, struct text text, float *v)
{
    size_t dim = l->base.dim;
    uint64_t hash = local_embed_text(l, text, l->wide);

    memcpy(v, l->wide, dim * sizeof *v);
    if (!float_normalise(v, dim))
        v[hash % dim] = 1;
}

static bool local_embed_one(struct embedder *e, struct text text, float *v,
                            struct error *err)
{
    struct local *l = (struct local *)e;

    (void)err;
    if (e->own_dim)
        local_embed_cut(l, text, v);
    else
        local_embed_text(l, text, v);
    return true;
}

static bool local_embed(struct embedder *e, const struct embed_input *in,
                        size_t n, float *vectors, struct embed_usage *use,
                        struct error *err)
{
    struct local *l = (struct local *)e;

    *use = (struct embed_usage){ 0 };
    return words_embed(e, in, n, vectors, &l->decoded, local_embed_one, err);
}

static void local_close(struct embedder *e)
{
    struct local *l = (struct local *)e;

    if (!l)
        return;
    word_rows_free(l->rows);
    buf_release(&l->decoded);
    free(l);
}

static bool local_check(const struct embedder_config *cfg, struct error *err)
{
    if (cfg->model[0])
        return error_set(err, ERROR_CONFIG, 0,
                         "the embedder local has no models: write --embed "
                         "local");
    if (cfg->dim > MEANING_WHOLE)
        return error_set(err, ERROR_CONFIG, 0,
                         "--dim %zu: the embedder local makes at most %d "
                         "dimensions, --embed hash up to %d",
                         cfg->dim, MEANING_WHOLE, FEATURE_DIM_MAX);
    return true;
}

static struct embedder *local_open(const struct embedder_config *cfg,
                                   struct error *err)
{
    const struct meaning *m;
    struct local *l;

    if (!local_check(cfg, err) || !(m = meaning_take(err)))
        return NULL;
    l = calloc(1, sizeof *l);
    if (!l || !(l->rows = word_rows_new(m))) {
        error_memory(err, "for the embedder local");
        local_close(&l->base);
        return NULL;
    }
    l->meaning = m;
    l->base.ops = &embedder_local;
    l->base.identity = m->identity;
    l->base.dim = MEANING_WHOLE;
    if (cfg->dim && cfg->dim < MEANING_WHOLE) {
        l->base.dim = cfg->dim;
        l->base.own_dim = MEANING_WHOLE;
    }
    return &l->base;
}

const struct embedder_ops embedder_local = {
    .name = "local",
    .cheap = true,
    .summary = "built in, no service: finds by meaning (English) and wording",
    .open = local_open,
    .embed = local_embed,
    .close = local_close,
};
