/*
 * What a terminal shows after the bytes it was sent, by libvterm: cells with
 * their looks, the cursor and the modes. Tests compare it with the canvas that
 * was meant.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_TERMINAL_TERMINAL_MODEL_H
#define BATCHTOP_TESTS_SUPPORT_TERMINAL_TERMINAL_MODEL_H

#include "ui/draw/canvas.h"

struct terminal_model;

struct terminal_model *terminal_model_new(int rows, int cols);
void terminal_model_free(struct terminal_model *m);
void terminal_model_feed(struct terminal_model *m, const char *bytes,
                         size_t len);
void terminal_model_resize(struct terminal_model *m, int rows, int cols);

/*
 * Whether every cell shows the canvas's text in the look that `theme` gives
 * its role; if not, `why` says where the first one differs. Of a blank only
 * what is seen counts: reverse and underline. Dim does not count, for libvterm
 * has none.
 */
bool terminal_model_shows(const struct terminal_model *m,
                          const struct canvas *c, enum theme theme, char *why,
                          size_t size);
/* The text, a line per row. */
void terminal_model_dump(const struct terminal_model *m, struct buf *to);
void terminal_model_print(const struct terminal_model *m); /* for a log */
/* A letter for the look of each column; a line per row. */
void terminal_model_dump_looks(const struct terminal_model *m,
                               struct buf *to);

struct terminal_modes {
    bool altscreen, cursor, mouse;
    int row, col;      /* of the cursor */
    char unknown[64];  /* the first sequence that libvterm does not know, but
                        * for xterm's stack of titles; "" when there is none */
};
struct terminal_modes terminal_model_modes(const struct terminal_model *m);

#endif
