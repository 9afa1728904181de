/*
 * The word that was probably meant: the nearest of some by the number of
 * letters that differ, are missing, are too many, or have changed places.
 *
 * Pure.
 */
#ifndef BATCHTOP_UTIL_WORDS_NEAR_H
#define BATCHTOP_UTIL_WORDS_NEAR_H

#include <stddef.h>

enum { NEAR_WORD_MAX = 72 };

struct near {
    char word[NEAR_WORD_MAX]; /* as it was typed */
    char best[NEAR_WORD_MAX]; /* the nearest so far; "": none is near */
    size_t distance;          /* of the best; at first, what is no longer near */
};

/* A longer word has none that is near. */
void near_begin(struct near *n, const char *word);
void near_look(struct near *n, const char *candidate);
/* The same for words between '|'. */
void near_look_at_words(struct near *n, const char *words);

#endif
