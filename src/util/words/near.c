/* This file counts the letters by which two words differ, as Damerau and
 * Levenshtein did, in three rows of the usual table. */
#include "config.h"
#include "util/words/near.h"

#include <string.h>

static size_t near_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t near_distance(const char *a, const char *b)
{
    size_t rows[3][NEAR_WORD_MAX + 1], m = strlen(b);
    size_t *above = rows[0], *row = rows[1], *spare = rows[2], *before = NULL;

    for (size_t j = 0; j <= m; j++)
        above[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = near_least(above[j - 1] + (a[i - 1] != b[j - 1]),
                                near_least(above[j], row[j - 1]) + 1);
            if (before && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = near_least(row[j], before[j - 2] + 1);
        }
        spare = before ? before : spare;
        before = above;
        above = row;
        row = spare;
    }
    return above[m];
}

void near_begin(struct near *n, const char *word)
{
    size_t len = strlen(word);

    n->word[0] = n->best[0] = '\0';
    n->distance = len / 3 + 2;
    if (len < sizeof n->word)
        memcpy(n->word, word, len + 1);
}

void near_look(struct near *n, const char *candidate)
{
    size_t len = strlen(candidate), d;

    if (!*n->word || len == 0 || len >= sizeof n->best)
        return;
    d = near_distance(n->word, candidate);
    if (d >= n->distance || d >= len)
        return;
    n->distance = d;
    memcpy(n->best, candidate, len + 1);
}

void near_look_at_words(struct near *n, const char *words)
{
    char word[NEAR_WORD_MAX];

    while (*words) {
        size_t len = strcspn(words, "|");

        if (len < sizeof word) {
            memcpy(word, words, len);
            word[len] = '\0';
            near_look(n, word);
        }
        words += len + (words[len] == '|');
    }
}
