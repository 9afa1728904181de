/*
 * A screen in memory: a grid of cells, each one character in one role of the
 * theme. Panes draw on it, tests read it, screen.c copies it to the terminal.
 *
 * Everything clips: a cell outside is never touched, a wide character that
 * would stand half outside is not drawn, and one that is half overwritten
 * becomes a space. Text is UTF-8; combining marks stay with their character (as
 * many as there is room for), other characters without a width are dropped, and
 * unprintable ones become "?". On an ASCII canvas a run of other characters
 * becomes one "?".
 *
 * Ownership   canvas_new() makes a canvas that owns its cells. canvas_part() is
 *             a window on another canvas, a plain value that dies with it; it
 *             is never freed or resized.
 * Threads     One at a time.
 */
#ifndef BATCHTOP_UI_DRAW_CANVAS_H
#define BATCHTOP_UI_DRAW_CANVAS_H

#include "ui/draw/theme.h"
#include "util/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct cell {
    char text[13]; /* one character with its marks and NULs; "" right of a wide
                    * one */
    uint8_t width; /* 1, 2; 0: the right half of the cell before */
    uint8_t style; /* enum style */
};

struct canvas {
    int rows, cols;
    int stride;         /* cells from one row to the next */
    struct cell *cells; /* the top left one */
    const struct signs *signs;
};

/* All spaces in STYLE_NORMAL, at least 1x1. NULL when there is no memory. */
struct canvas *canvas_new(int rows, int cols, bool ascii);
void canvas_free(struct canvas *c);
/* Loses the content. False, and unchanged, without memory. */
bool canvas_resize(struct canvas *c, int rows, int cols);
void canvas_clear(struct canvas *c);

/* A window on part of c, cut to what is inside; may have 0 cells. */
struct canvas canvas_part(const struct canvas *c, int row, int col, int rows,
                          int cols);
static inline struct cell *canvas_cell(const struct canvas *c, int row,
                                       int col)
{
    return &c->cells[row * c->stride + col];
}

/* Columns a text takes on this canvas. */
int canvas_width(const struct canvas *c, const char *text);
/* Columns of a code point: 0 (combining), 1 or 2; -1: unprintable. */
int code_width(uint32_t cp);

/* Draw from (row, col) as far as the canvas goes; returns the column behind it,
 * even if nothing was visible. */
int canvas_put(struct canvas *c, int row, int col, enum style style,
               const char *text);
int canvas_printf(struct canvas *c, int row, int col, enum style style,
                  const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Exactly `width` columns: padded with spaces, or cut with the cut sign.
 * Return col + width. */
int canvas_text(struct canvas *c, int row, int col, int width,
                enum style style, const char *text);
int canvas_right(struct canvas *c, int row, int col, int width,
                 enum style style, const char *text);

/* Fill with a one-column character. */
void canvas_fill(struct canvas *c, int row, int col, int rows, int cols,
                 enum style style, const char *sign);
/* Give cells another role and leave their characters. */
void canvas_restyle(struct canvas *c, int row, int col, int cols,
                    enum style style);

/* A frame along the edge with texts in it; NULL or "": none. Texts are cut to
 * fit, right ones first. Heavy: it has the focus. */
struct box {
    bool heavy;
    const char *title, *title_right, *bottom, *bottom_right;
};
void canvas_box(struct canvas *c, const struct box *box);

#endif
