/* An input line: characters in, UTF-8 bytes out. The ':' line, the filter and
 * all other inputs use it. */
#ifndef BATCHTOP_UI_KEYS_LINE_H
#define BATCHTOP_UI_KEYS_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum { LINE_MAX_BYTES = 200, LINE_HISTORY = 20 };

struct line {
    char text[LINE_MAX_BYTES];
    size_t len;
};

/* Earlier lines. */
struct line_history {
    char text[LINE_HISTORY][LINE_MAX_BYTES];
    size_t count, at; /* at: the one on the screen; count: none is */
};

void line_set(struct line *l, const char *text);
/* A character, Backspace or ^U. False: the key is none of these, and nothing
 * changed. It ignores what does not fit. */
bool line_key(struct line *l, int key);
/* Keep it, but not twice in a row. */
void line_remember(struct line_history *h, const struct line *l);
/* The line before (-1) or after the one on the screen; "" after the last. */
void line_recall(struct line_history *h, int direction, struct line *l);

#endif
