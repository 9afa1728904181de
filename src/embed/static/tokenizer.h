/*
 * Run a tokenizer.json of Hugging Face's tokenizers: text in, numbers of tokens
 * out, the same as theirs but without special tokens around the text.
 *
 *     added tokens     cut them out of the text first
 *     normalizer       BertNormalizer, Lowercase, StripAccents, NFC, NFD, NFKC,
 *                      NFKD, Replace (a string, or the pattern " {2,}"),
 *                      Prepend, Strip, Sequence
 *     pre_tokenizer    BertPreTokenizer, WhitespaceSplit, Punctuation,
 *                      Metaspace, Sequence
 *     model            WordPiece, Unigram
 *
 * Loading refuses anything else by its name; it approximates nothing. It
 * ignores padding, since each text stands alone.
 *
 * source      github.com/huggingface/tokenizers, 0.21
 * Threads     A loaded tokenizer: any. A room: one worker.
 * Memory      The vocabulary as a trie, some 40 bytes a token. A room grows
 *             with the longest text; the user cuts texts.
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
/* At least half of the tokens have at most this many characters. */
size_t tokenizer_median(const struct tokenizer *t);

/* A worker's storage, reused from text to text. Zeros at first. */
struct token_room {
    uint32_t *ids; /* out: the tokens, without unknown ones */
    size_t count;
    size_t limit; /* in: at most so many; ids has room for them */
    size_t seen;  /* internal, from here on */
    struct runes text, piece, turn, word;
    struct buf bytes;
    struct step *path;
    size_t path_room;
    bool failed;
};

/* Reads at most `max_chars` characters of the text. False: no memory. */
bool tokenizer_run(const struct tokenizer *t, struct token_room *room,
                   struct text text, size_t max_chars);
void token_room_release(struct token_room *room);

#endif
