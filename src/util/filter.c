/* This file searches for the words of a filter: it jumps from one place of
 * their first letter, in either case, to the next, and compares the rest
 * there. */
#include "config.h"
#include "util/filter.h"

#include <string.h>

static char filter_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static char filter_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

const char *filter_find(const char *filter, const char *text)
{
    const char either[] = { filter_lower(filter[0]), filter_upper(filter[0]),
                            '\0' };

    if (!filter[0] || filter[0] == '!')
        return NULL;
    for (; (text = strpbrk(text, either)); text++) {
        size_t i = 1;

        while (filter[i] && filter_lower(filter[i]) == filter_lower(text[i]))
            i++;
        if (!filter[i])
            return text;
    }
    return NULL;
}

bool filter_passes(const char *filter, const char *text)
{
    if (filter[0] == '!')
        return !filter[1] || !filter_find(filter + 1, text);
    return !filter[0] || filter_find(filter, text);
}

bool filter_passes_any(const char *filter, const char *const text[],
                       size_t count)
{
    bool inverted = filter[0] == '!';

    for (size_t i = 0; i < count; i++)
        if (filter_passes(filter, text[i]) != inverted)
            return !inverted;
    return inverted;
}
