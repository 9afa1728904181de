/*
 * A line being typed: characters in, UTF-8 bytes out. The ':' line, the
 * filter and whatever else is typed are this.
 */
#ifndef BATCHTOP_UI_KEYS_LINE_H
#define BATCHTOP_UI_KEYS_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum { LINE_MAX_BYTES = 200, LINE_HISTORY = 20 };

struct line {
    char text[LINE_MAX_BYTES];
    size_t len;
};

/* Lines that were typed before. */
struct line_history {
    char text[LINE_HISTORY][LINE_MAX_BYTES];
    size_t count, at; /* at: the one that is shown; count: none is */
};

void line_set(struct line *l, const char *text);
/* A character, Backspace or ^U. False: the key is none of these, and nothing
 * changed. What does not fit is not taken. */
bool line_key(struct line *l, int key);
/* Keep it, but not twice in a row. */
void line_remember(struct line_history *h, const struct line *l);
/* The one before (-1) or behind the one that is shown; "" behind the last. */
void line_recall(struct line_history *h, int direction, struct line *l);

#endif
