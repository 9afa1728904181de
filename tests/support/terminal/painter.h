/*
 * ui/terminal/screen.c on a terminal of its own: a child process that paints the
 * canvases it is sent, and the bytes that come out of it.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_TERMINAL_PAINTER_H
#define BATCHTOP_TESTS_SUPPORT_TERMINAL_PAINTER_H

#include "tests/support/terminal/terminal_model.h"
#include "ui/terminal/app.h"

/* A kind of terminal and what the operator asked for. */
struct painter_way {
    const char *name, *term, *locale;
    const char *no_color; /* NULL: not in the environment */
    struct app_options opt;
};

struct painter;

/* The screen is open when it comes back. NULL when there is no terminal. */
struct painter *painter_start(const struct painter_way *way, int rows,
                              int cols, struct terminal_model *m);
/* Paint; m gets every byte before it comes back. Where the terminal's cursor
 * belongs: -1, in the corner. False when the child has died. */
bool painter_show(struct painter *p, const struct canvas *c, int row,
                  int col);
/* As ^L does: the next show is a whole one. */
bool painter_redraw(struct painter *p);
/* The terminal and the model have another size from now on. */
bool painter_resize(struct painter *p, int rows, int cols);
/* Give the terminal back. False unless its modes are what they were. */
bool painter_close(struct painter *p);

#endif
