/* The question before what is final: no is the answer that is in focus. */
#include "config.h"
#include "ui/dialogs/dialog.h"

#include <stdio.h>

#include "ui/panes/layout.h"

enum { YES, NO, COLS = 66 };

void dialog_sure(struct dialog *d, const struct command *c,
                 const char *question)
{
    d->kind = DIALOG_SURE;
    d->cursor = NO;
    d->sure = *c;
    snprintf(d->question, sizeof d->question, "%s", question);
}

static void draw_answer(struct dialog *d, struct canvas *box, int row, int col,
                        int answer, const char *text)
{
    bool here = d->cursor == answer;

    canvas_put(box, row, col, STYLE_FOCUS, here ? box->signs->chosen : " ");
    canvas_put(box, row, col + 1, here ? STYLE_SELECTED : STYLE_NORMAL, text);
    if (here) {
        d->cursor_row = row;
        d->cursor_col = col + 2;
    }
}

/* Where a box has no room: what is asked above the answers, as far as it goes. */
static void sure_draw_tiny(struct dialog *d, struct canvas *c)
{
    canvas_fill(c, c->rows - 1, 0, 1, c->cols, STYLE_NORMAL, " ");
    if (c->rows > 1)
        canvas_text(c, c->rows - 2, 0, c->cols, STYLE_STRONG, d->question);
    draw_answer(d, c, c->rows - 1, 0, YES, "y Yes");
    draw_answer(d, c, c->rows - 1, 8, NO, "n No");
}

void sure_draw(struct dialog *d, const struct snapshot *s, struct canvas *c)
{
    int cols = c->cols < COLS ? c->cols : COLS;
    int lines = dialog_lines(c, d->question, cols - 6);
    struct canvas box;
    int row;

    (void)s;
    if (c->rows < TINY_ROWS || c->cols < TINY_COLS) {
        sure_draw_tiny(d, c);
        return;
    }
    box = dialog_box(c, lines + 6, COLS, "Are you sure?", "");
    row = lines + 6 <= box.rows ? lines + 3 : box.rows - 2;
    dialog_text(&box, 2, STYLE_NORMAL, d->question);
    if (row < lines + 2)
        canvas_text(&box, row, 1, box.cols - 2, STYLE_NORMAL, "");
    draw_answer(d, &box, row, 4, YES, " y  Yes ");
    draw_answer(d, &box, row, 17, NO, " n  No ");
    d->cursor_row += (c->rows - box.rows) / 2;
    d->cursor_col += (c->cols - box.cols) / 2;
}

enum dialog_end sure_key(struct dialog *d, const struct snapshot *s, int key)
{
    (void)s;
    switch (key) {
    case KEYCODE_LEFT:
    case KEYCODE_RIGHT:
    case KEYCODE_TAB:
    case KEYCODE_BACK_TAB:
        d->cursor = d->cursor == YES ? NO : YES;
        return DIALOG_OPEN;
    case KEYCODE_ENTER:
        if (d->cursor == YES)
            dialog_wish(d, &d->sure);
        return DIALOG_CLOSED;
    case 'y':
        dialog_wish(d, &d->sure);
        return DIALOG_CLOSED;
    case 'n':
    case 'q':
    case KEYCODE_ESC:
        return DIALOG_CLOSED;
    default:
        return DIALOG_OPEN;
    }
}
