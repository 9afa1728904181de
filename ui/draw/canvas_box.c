/* This file draws frames with texts in them. */
#include "config.h"
#include "ui/draw/canvas.h"

/* A text in the edge `row` with a space on either side; the right one is as far
 * right as it can and yields if both do not fit. */
static void edge_texts(struct canvas *c, int row, enum style style,
                       const char *left, const char *right)
{
    int room = c->cols - 4, at = 2, width;

    if (left && *left && room > 2) {
        width = canvas_width(c, left);
        width = width > room - 2 ? room - 2 : width;
        canvas_put(c, row, at, style, " ");
        canvas_text(c, row, at + 1, width, style, left);
        canvas_put(c, row, at + 1 + width, style, " ");
        at += width + 2;
        room -= width + 3;
    }
    if (!right || !*right)
        return;
    width = canvas_width(c, right) + 2;
    if (width > room)
        return;
    at = c->cols - 2 - width;
    at = canvas_put(c, row, at, style, " ");
    at = canvas_put(c, row, at, style, right);
    canvas_put(c, row, at, style, " ");
}

void canvas_box(struct canvas *c, const struct box *box)
{
    const struct signs *g = c->signs;
    const struct box_signs *b = box->heavy ? &g->heavy : &g->light;
    enum style edge = box->heavy ? STYLE_FOCUS : STYLE_BORDER;
    enum style word = box->heavy ? STYLE_FOCUS : STYLE_TITLE;
    int bottom = c->rows - 1, right = c->cols - 1;

    if (c->rows < 2 || c->cols < 2)
        return;
    canvas_fill(c, 0, 1, 1, c->cols - 2, edge, b->across);
    canvas_fill(c, bottom, 1, 1, c->cols - 2, edge, b->across);
    canvas_fill(c, 1, 0, c->rows - 2, 1, edge, b->down);
    canvas_fill(c, 1, right, c->rows - 2, 1, edge, b->down);
    canvas_put(c, 0, 0, edge, b->top_left);
    canvas_put(c, 0, right, edge, b->top_right);
    canvas_put(c, bottom, 0, edge, b->bottom_left);
    canvas_put(c, bottom, right, edge, b->bottom_right);
    edge_texts(c, 0, word, box->title, box->title_right);
    edge_texts(c, bottom, STYLE_TITLE, box->bottom, box->bottom_right);
}
