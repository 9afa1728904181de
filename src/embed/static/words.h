/*
 * The words of a text: runs of letters and digits, ASCII in lower case. A
 * character beyond ASCII counts as a letter and stays as it is, except in the
 * blocks of punctuation that prose really uses (quotes, dashes, CJK stops).
 *
 * Languages without spaces give long words; we cut those after WORD_CHARS
 * characters.
 */
#ifndef BATCHTOP_EMBED_STATIC_WORDS_H
#define BATCHTOP_EMBED_STATIC_WORDS_H

#include "embed/embedder.h"

enum { WORD_CHARS = 64 };

struct word {
    uint64_t hash; /* of the characters; well mixed in all bits */
    size_t count;
    uint32_t chars[WORD_CHARS]; /* code points */
};

/* Take the next word off the front of `rest`; false when there is none. Bad
 * UTF-8 does no harm. */
bool word_next(struct text *rest, struct word *w);

/* A text without JSON escapes into its row of e->dim floats. */
typedef bool words_embed_fn(struct embedder *e, struct text text, float *v,
                            struct error *err);

/* embedder_ops.embed but for the usage, of those that take one text at a time.
 * `room` is for decoding, and keeps its storage between calls. fails MEMORY and
 * as one(). */
bool words_embed(struct embedder *e, const struct embed_input *in, size_t n,
                 float *vectors, struct buf *room, words_embed_fn *one,
                 struct error *err);

/* Spread a number's bits over all 64. */
static inline uint64_t word_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93U;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93U;
    return x ^ x >> 32;
}

/* The hash of characters with one more behind them: 0 is that of none, and
 * word_mix() makes that of a word of it. */
static inline uint64_t word_longer(uint64_t hash, uint32_t c)
{
    return (hash + c) * 0x9e3779b97f4a7c15U;
}

#endif
