/*
 * A line being typed: characters in, UTF-8 bytes out. The ':' line, the
 * filter and whatever else is typed are this.
 */
#ifndef BATCHTOP_UI_KEYS_LINE_H
#define BATCHTOP_UI_KEYS_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum { LINE_MAX_BYTES = 200 };

struct line {
    char text[LINE_MAX_BYTES];
    size_t len;
};

void line_set(struct line *l, const char *text);
/* A character, Backspace or ^U. False: the key is none of these, and nothing
 * changed. What does not fit is not taken. */
bool line_key(struct line *l, int key);

#endif
