/*
 * This file takes vectors from a file, without a neural network or a service.
 *
 * `static:FILE`, word vectors: a text is the mean of its words' vectors, each
 * at the weight the idf table gives it, scaled to length 1. It knows the
 * synonyms that the file knows, but neither order nor context.
 *
 * `static:DIR`, a Model2Vec folder: model2vec.h says how.
 *
 * --dim keeps the first so many floats of either, scaled to length 1; Model2Vec
 * sorts its dimensions by weight for that.
 *
 * A text without any known word gets a vector of zeros: embed() does not fail
 * the batch for it, but the engine refuses that document, since its vector is
 * useless.
 */
#include "config.h"
#include "embed/embedder.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "embed/static/idf.h"
#include "embed/static/model2vec.h"
#include "embed/static/vec_file.h"
#include "embed/static/words.h"
#include "util/floats.h"

struct fixed {
    struct embedder base;
    struct vec_file *file; /* this and idf, or else model and room */
    struct idf *idf;
    struct model2vec *model;
    struct token_room room;
    struct buf decoded;
    float *wide; /* own_dim floats, if we cut vectors; else NULL */
};

/* Floats of a vector in the file. */
static size_t full_dim(const struct fixed *f)
{
    return f->base.own_dim ? f->base.own_dim : f->base.dim;
}

static void static_embed_text(const struct fixed *f, struct text text, float *v)
{
    size_t dim = full_dim(f);
    struct word w;

    memset(v, 0, dim * sizeof *v);
    while (word_next(&text, &w)) {
        const float *row = vec_file_row(f->file, w.hash);
        float weight = idf_weight(f->idf, w.hash);

        for (size_t i = 0; row && i < dim; i++)
            v[i] += weight * row[i];
    }
    float_normalise(v, dim);
}

static bool embed_one(struct embedder *e, struct text text, float *to,
                      struct error *err)
{
    struct fixed *f = (struct fixed *)e;
    float *v = f->wide ? f->wide : to;

    if (!f->model)
        static_embed_text(f, text, v);
    else if (!model2vec_embed(f->model, &f->room, text, v))
        return error_memory(err, "for the tokens of a text");
    if (f->wide) {
        memcpy(to, v, f->base.dim * sizeof *to);
        float_normalise(to, f->base.dim);
    }
    return true;
}

static bool static_embed(struct embedder *e, const struct embed_input *in,
                         size_t n, float *vectors, struct embed_usage *use,
                         struct error *err)
{
    struct fixed *f = (struct fixed *)e;

    *use = (struct embed_usage){ 0 };
    return words_embed(e, in, n, vectors, &f->decoded, embed_one, err);
}

static void static_close(struct embedder *e)
{
    struct fixed *f = (struct fixed *)e;

    if (!f)
        return;
    vec_file_close(f->file);
    idf_free(f->idf);
    model2vec_give(f->model);
    token_room_release(&f->room);
    buf_release(&f->decoded);
    free(f->wide);
    free(f);
}

static bool open_words(struct fixed *f, const char *path, struct error *err)
{
    f->idf = idf_new();
    if (!f->idf)
        return error_memory(err, "for the embedder static");
    f->file = vec_file_open(path, err);
    if (!f->file)
        return false;
    f->base.dim = vec_file_dim(f->file);
    return true;
}

static bool open_model(struct fixed *f, const char *folder, struct error *err)
{
    f->model = model2vec_take(folder, err);
    if (!f->model)
        return false;
    if (!model2vec_room(&f->room))
        return error_memory(err, "for the embedder static");
    f->base.dim = model2vec_dim(f->model);
    f->base.identity = model2vec_identity(f->model);
    return true;
}

/* --dim: fewer dimensions than the file has. */
static bool static_cut_dim(struct fixed *f, const struct embedder_config *cfg,
                           struct error *err)
{
    if (cfg->dim > f->base.dim)
        return error_set(err, ERROR_CONFIG, 0,
                         "--dim %zu, but %s has %zu dimensions: leave it out",
                         cfg->dim, cfg->model, f->base.dim);
    if (cfg->dim == 0 || cfg->dim == f->base.dim)
        return true;
    f->base.own_dim = f->base.dim;
    f->base.dim = cfg->dim;
    f->wide = malloc(f->base.own_dim * sizeof *f->wide);
    return f->wide || error_memory(err, "for the embedder static");
}

static bool open_parts(struct fixed *f, const struct embedder_config *cfg,
                       struct error *err)
{
    struct stat st;

    if (!cfg->model[0])
        return error_set(err, ERROR_CONFIG, 0,
                         "--embed static lacks the file of word vectors or "
                         "the folder of a Model2Vec model: write --embed "
                         "static:FILE or static:DIR");
    if (stat(cfg->model, &st) == 0 && S_ISDIR(st.st_mode)) {
        if (!open_model(f, cfg->model, err))
            return false;
    } else if (!open_words(f, cfg->model, err)) {
        return false;
    }
    return static_cut_dim(f, cfg, err);
}

static struct embedder *static_open(const struct embedder_config *cfg,
                                    struct error *err)
{
    struct fixed *f = calloc(1, sizeof *f);

    if (!f) {
        error_memory(err, "for the embedder static");
        return NULL;
    }
    f->base.ops = &embedder_static;
    if (!open_parts(f, cfg, err)) {
        static_close(&f->base);
        return NULL;
    }
    return &f->base;
}

const struct embedder_ops embedder_static = {
    .name = "static",
    .cheap = true,
    .summary = "static:FILE, word vectors in text form (fastText, GloVe); "
               "static:DIR, a Model2Vec folder",
    .open = static_open,
    .embed = static_embed,
    .close = static_close,
};
