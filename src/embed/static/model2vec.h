/*
 * A Model2Vec folder: model.safetensors, tokenizer.json, config.json. A text
 * is the mean of its tokens' rows, as the library of that name makes it:
 *
 *     cut          to 512 times the median length of the tokens, in characters
 *     tokens       no special ones, unknown ones dropped, the first 512
 *     rows         "embeddings" (floats or int8), through "mapping" where the
 *                  file has it, each at its weight in "weights"
 *     length       1 when config.json says "normalize": true
 *
 * A text without a known token has a vector of zeros.
 *
 * source      github.com/MinishLab/model2vec, 0.6
 * Ownership   All who take a folder share one model in memory.
 * Threads     Any may call model2vec_take(), which loads under its lock: others
 *             wait, then share. The rest: any, a room each.
 * Memory      The tensors stay in their file, mapped, so it must not shrink.
 */
#ifndef BATCHTOP_EMBED_STATIC_MODEL2VEC_H
#define BATCHTOP_EMBED_STATIC_MODEL2VEC_H

#include "embed/static/tokenizer.h"

struct model2vec;

/* fails    CONFIG (a file is missing, damaged or of a kind we do not have: one
 *          sentence), LOCAL, MEMORY. */
struct model2vec *model2vec_take(const char *folder, struct error *err);
void model2vec_give(struct model2vec *m); /* NULL is fine */

size_t model2vec_dim(const struct model2vec *m);
/* A hash of the three files. */
const char *model2vec_identity(const struct model2vec *m);

/* Make a zeroed room ready for model2vec_embed(). False: no memory. */
bool model2vec_room(struct token_room *room);
/* vector: dim floats. False: no memory. */
bool model2vec_embed(const struct model2vec *m, struct token_room *room,
                     struct text text, float *vector);

#endif
