/*
 * A tokenizer.json as Hugging Face's tokenizers write it: text in, numbers of
 * tokens out, the same as theirs without the special tokens around a text.
 *
 *     added tokens     cut out of the text first
 *     normalizer       BertNormalizer, Lowercase, StripAccents, NFC, NFD, NFKC,
 *                      NFKD, Replace (a string, or the pattern " {2,}"),
 *                      Prepend, Strip, Sequence
 *     pre_tokenizer    BertPreTokenizer, WhitespaceSplit, Punctuation,
 *                      Metaspace, Sequence
 *     model            WordPiece, Unigram
 *
 * Anything else is refused by its name: nothing is approximated. Padding is
 * left out, since a text stands alone.
 *
 * source      github.com/huggingface/tokenizers, 0.21
 * Threads     A tokenizer: any, once loaded. A room: one worker.
 * Memory      The vocabulary as a trie, some 40 bytes a token. A room grows
 *             with the longest text, which its user cuts.
 */
#ifndef BATCHTOP_EMBED_STATIC_TOKENIZER_H
#define BATCHTOP_EMBED_STATIC_TOKENIZER_H

#include "embed/static/runes.h"
#include "util/error.h"

struct tokenizer;

/* The bytes of a tokenizer.json; `path` is for messages. fails CONFIG (not of
 * the format, a part we do not have: names it), MEMORY. */
struct tokenizer *tokenizer_load(struct text json, const char *path,
                                 struct error *err);
void tokenizer_free(struct tokenizer *t); /* NULL is fine */

uint32_t tokenizer_top(const struct tokenizer *t); /* the largest number */
/* Half of the tokens have at most this many characters. */
size_t tokenizer_median(const struct tokenizer *t);

/* A worker's storage, reused from text to text. Zeros at first. */
struct token_room {
    uint32_t *ids; /* out: what was found, without unknown tokens */
    size_t count;
    size_t limit; /* in: at most so many; ids has room for them */
    size_t seen;  /* internal, from here on */
    struct runes text, piece, turn, word;
    struct buf bytes;
    struct step *path;
    size_t path_room;
    bool failed;
};

/* False: no memory. At most `max_chars` characters of the text are read. */
bool tokenizer_run(const struct tokenizer *t, struct token_room *room,
                   struct text text, size_t max_chars);
void token_room_release(struct token_room *room);

#endif
