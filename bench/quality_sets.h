/*
 * What bench/quality.c asks, and the right answers: WordNet as
 * examples/wordnet.sh makes it, the lists in data/meaning/, and proverbs of
 * other languages where they are installed.
 *
 * Ownership   All texts live until the end of the program.
 * Failures    It ends with a sentence and status 2.
 */
#ifndef BATCHTOP_BENCH_QUALITY_SETS_H
#define BATCHTOP_BENCH_QUALITY_SETS_H

#include "util/buf.h"

#include <stdint.h>

struct entry {
    struct text id, text, lex; /* text: raw JSON string contents */
};

/* In a random order, always the same. */
extern struct entry *entries;
extern size_t entry_count;

void entries_read(const char *path);
void entries_shuffle(void);
/* The entry of an id; entry_count if there is none. Sorts an index at the first
 * call. */
size_t entry_find(struct text id);

struct row {
    struct text column[4]; /* empty where there is none */
};

/* The rows of a file with tabs, without its first line. */
struct row *sets_read(const char *folder, const char *name, size_t *count);

/* The next of some words; false at the end. */
bool word_take(struct text *words, struct text *word);

/* The first quoted example of at least four words in an entry's text. */
bool entry_example(struct text text, struct text *example);
/* What stands between the words and the first ';'. */
struct text entry_gloss(struct text text);

/* Texts of a language between "%" lines, in a random order; NULL: none. */
struct text *proverbs_read(const char *folder, const char *language,
                           size_t *count);

/* A number below `most`, from a sequence that is always the same. */
size_t chance(uint64_t *seed, size_t most);

void quality_fail(const char *what);

#endif
