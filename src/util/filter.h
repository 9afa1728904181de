/*
 * What an operator looks for: a text is to contain it, in any case of ASCII
 * letters; with a leading ! it must not. Nothing at all passes everything.
 *
 * Threads     Values.
 */
#ifndef BATCHTOP_UTIL_FILTER_H
#define BATCHTOP_UTIL_FILTER_H

#include <stdbool.h>
#include <stddef.h>

enum { FILTER_BYTES = 48 };

bool filter_passes(const char *filter, const char *text);
/* The same for something of several texts: with a leading ! none of them may
 * contain it. */
bool filter_passes_any(const char *filter, const char *const text[],
                       size_t count);
/* Where the text of a filter that is not inverted first stands, or NULL. */
const char *filter_find(const char *filter, const char *text);

#endif
