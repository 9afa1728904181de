/*
 * An operator's filter: a text passes that contains the words, in any case of
 * ASCII letters; with a leading ! one that does not. An empty filter passes
 * all.
 *
 * Threads     Values.
 */
#ifndef BATCHTOP_UTIL_FILTER_H
#define BATCHTOP_UTIL_FILTER_H

#include <stdbool.h>
#include <stddef.h>

enum { FILTER_BYTES = 48 };

bool filter_passes(const char *filter, const char *text);
/* The same for a thing that has several texts: with a leading ! none of them
 * may contain it. */
bool filter_passes_any(const char *filter, const char *const text[],
                       size_t count);
/* The first place of the words in the text, of a filter without !; or NULL. */
const char *filter_find(const char *filter, const char *text);

#endif
