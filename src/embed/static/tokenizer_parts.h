/* What the files of the tokenizer share: tokenizer_load.c fills it, tokenizer.c
 * cuts out added tokens, tokenizer_text.c normalises and separates words,
 * tokenizer_words.c has the models. */
#ifndef BATCHTOP_EMBED_STATIC_TOKENIZER_PARTS_H
#define BATCHTOP_EMBED_STATIC_TOKENIZER_PARTS_H

#include "embed/static/tokenizer.h"
#include "embed/static/trie.h"

enum { STEPS_MAX = 16 };

enum turn_kind { /* normalizers; BertNormalizer is several */
    TURN_CLEAN,
    TURN_IDEOGRAPHS,
    TURN_NONSPACING, /* drops Mn */
    TURN_MARKS,      /* drops M* */
    TURN_LOWER,
    TURN_NORMAL,
    TURN_REPLACE,
    TURN_SQUEEZE, /* runs of two or more blanks become `to` */
    TURN_PREPEND,
    TURN_STRIP
};

struct turn {
    enum turn_kind kind;
    bool compose, compatible; /* NORMAL */
    bool left, right;         /* STRIP */
    struct runes from, to;    /* REPLACE, SQUEEZE, PREPEND */
};

enum cut_kind { CUT_SPACE, CUT_PUNCTUATION, CUT_META };

struct cut {
    enum cut_kind kind;
    int32_t meta; /* META: the character that replaces a blank */
    bool prepend, split;
};

struct added {
    struct runes text;
    uint32_t id;
    bool lstrip, rstrip, normalized;
};

struct tokenizer {
    const char *path;
    struct turn turns[STEPS_MAX];
    size_t turn_count;
    struct cut cuts[STEPS_MAX];
    size_t cut_count;
    struct added *added;
    size_t added_count;
    uint64_t starts[2];   /* bit c & 63 for the first character c of an added
                             token; [1]: of a normalized one */
    size_t truncate;      /* tokens of a text; SIZE_MAX: all */
    struct trie trie;
    size_t count, median;
    uint32_t top, unk;

    bool unigram;
    size_t word_chars;    /* WordPiece: longer words are unknown */
    uint32_t inside;      /* WordPiece: the node behind "##"; TRIE_NONE: no
                             token begins with it */
    double *scores;       /* Unigram */
    double unknown_score; /* Unigram */
    bool byte_fallback;
    uint32_t byte_id[256];
};

/* Add a token; false when the text has reached its limit. */
bool token_emit(const struct tokenizer *t, struct token_room *room,
                uint32_t id);

/* Normalise `room->piece` in place. */
void tokenizer_turn(const struct tokenizer *t, struct token_room *room);
/* Cut a normalised piece into words and these into tokens; false when full. */
bool tokenizer_cut(const struct tokenizer *t, struct token_room *room,
                   size_t cut, const int32_t *p, size_t n);
bool tokenizer_word(const struct tokenizer *t, struct token_room *room,
                    const int32_t *p, size_t n);

#endif
