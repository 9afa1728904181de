/*
 * Text as code points, and what a tokenizer needs to know of them: classes,
 * lower case, normal forms. The tables are utf8proc's.
 *
 * Failures    Like a buf: an append that finds no memory sets `failed`.
 * Threads     One at a time.
 */
#ifndef BATCHTOP_EMBED_STATIC_RUNES_H
#define BATCHTOP_EMBED_STATIC_RUNES_H

#include "util/buf.h"

struct runes {
    int32_t *at;
    size_t len, cap;
    bool failed;
};

void runes_release(struct runes *r);
void runes_clear(struct runes *r); /* empty, keep the storage */
void runes_put(struct runes *r, const int32_t *from, size_t n);
void runes_putc(struct runes *r, int32_t c);

/* Append at most `max` characters of a text; a byte that is not UTF-8 becomes
 * U+FFFD. */
void runes_decode(struct runes *r, struct text from, size_t max);
/* Append as UTF-8. */
void runes_encode(const int32_t *from, size_t n, struct buf *to);

bool rune_is_space(int32_t c);       /* White_Space */
bool rune_is_punctuation(int32_t c); /* P*, and all ASCII symbols */
bool rune_is_control(int32_t c);     /* Cc, Cf, Co */
bool rune_is_nonspacing(int32_t c);  /* Mn */
bool rune_is_mark(int32_t c);        /* M* */
bool rune_is_ideograph(int32_t c);   /* the CJK blocks that BERT separates */

/* Append in lower case, character by character. */
void runes_lower(struct runes *to, const int32_t *from, size_t n);
/* Append in a normal form: NFD, or NFC, NFKD, NFKC. */
void runes_normal(struct runes *to, const int32_t *from, size_t n,
                  bool compose, bool compatible);

#endif
