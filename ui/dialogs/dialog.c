/* This file knows which dialog is open, and has what all of them draw with: the
 * box, wrapped text, the input line. */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ui/panes/layout.h"

/* --- which is open -------------------------------------------------------- */

void *dialog_state(struct dialog *d)
{
    return d->state[d->below != NULL];
}

static void *dialog_begin(struct dialog *d, const struct dialog_ops *ops,
                          const struct dialog_ops *below)
{
    assert(ops->state_size <= DIALOG_STATE);
    d->ops = ops;
    d->below = below;
    return memset(dialog_state(d), 0, ops->state_size);
}

void *dialog_open(struct dialog *d, const struct dialog_ops *ops)
{
    return dialog_begin(d, ops, NULL);
}

void *dialog_open_over(struct dialog *d, const struct dialog_ops *ops)
{
    return dialog_begin(d, ops, d->ops);
}

void dialog_close(struct dialog *d)
{
    d->ops = d->below = NULL;
}

void dialog_draw(struct dialog *d, const struct snapshot *s, struct canvas *c)
{
    d->cursor_row = d->cursor_col = -1;
    d->top = d->left = 0;
    if (d->ops)
        d->ops->draw(d, s, c);
    if (d->cursor_row >= 0) {
        d->cursor_row += d->top;
        d->cursor_col += d->left;
    }
    if (d->cursor_row >= c->rows || d->cursor_col >= c->cols)
        d->cursor_row = d->cursor_col = -1; /* it stands where none sees it */
}

/* Close it, or go back to the dialog below. */
static enum dialog_end dialog_go_back(struct dialog *d)
{
    d->ops = d->below;
    d->below = NULL;
    return d->ops ? DIALOG_OPEN : DIALOG_CLOSED;
}

enum dialog_end dialog_key(struct dialog *d, const struct snapshot *s,
                           int key)
{
    const struct dialog_ops *ops = d->ops;
    bool leaves = !ops->is_typed && (key == KEYCODE_ESC || key == 'q');
    enum dialog_end end;

    d->commands = 0;
    d->detach = false;
    d->say[0] = d->copy[0] = '\0';
    if (leaves || (ops->is_read && key == KEYCODE_ENTER))
        return dialog_go_back(d);
    end = ops->key ? ops->key(d, s, key) : DIALOG_OPEN;
    if (end == DIALOG_CLOSED && d->ops == ops)
        dialog_close(d);
    return end;
}

void dialog_add_command(struct dialog *d, const struct command *c)
{
    if (d->commands < DIALOG_COMMANDS)
        d->command[d->commands++] = *c;
}

/* --- drawing -------------------------------------------------------------- */

struct canvas dialog_box(struct dialog *d, struct canvas *c, int rows,
                         int cols, const char *title, const char *right)
{
    struct box box = { .heavy = true, .title = title, .title_right = right };
    bool whole =
        c->rows < OVERLAY_MIN_ROWS || c->cols < OVERLAY_MIN_COLS;
    struct canvas part;

    if (whole || rows > c->rows)
        rows = c->rows;
    if (whole || cols > c->cols)
        cols = c->cols;
    d->top = (c->rows - rows) / 2;
    d->left = (c->cols - cols) / 2;
    part = canvas_part(c, d->top, d->left, rows, cols);
    canvas_fill(&part, 0, 0, part.rows, part.cols, STYLE_NORMAL, " ");
    canvas_box(&part, &box);
    return part;
}

int dialog_printf(struct canvas *box, int row, int col, enum style style,
                  const char *format, ...)
{
    char text[512];
    int width = box->cols - 2 - col, used;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    used = canvas_width(box, text);
    return canvas_text(box, row, col, used < width ? used : width, style,
                       text);
}

size_t dialog_wrap(const struct canvas *box, const char *text, int width)
{
    size_t n = 0, space = 0;
    int used = 0;

    while (text[n] && text[n] != '\n') {
        char one[5] = "";
        size_t k = 1;

        while (k < 4 && ((unsigned char)text[n + k] & 0xc0) == 0x80)
            k++;
        memcpy(one, text + n, k);
        used += canvas_width(box, one);
        if (used > width)
            return space ? space : n ? n : k;
        n += k;
        if (one[0] == ' ')
            space = n;
    }
    return n;
}

int dialog_lines(const struct canvas *box, const char *text, int width)
{
    int lines = 0;

    for (; *text; lines++)
        text += dialog_wrap(box, text, width);
    return lines;
}

int dialog_text(struct canvas *box, int row, enum style style,
                const char *text)
{
    for (; *text; row++) {
        size_t n = dialog_wrap(box, text, box->cols - 6);

        if (row < box->rows - 1)
            dialog_printf(box, row, 3, style, "%.*s", (int)n, text);
        text += n;
    }
    return row;
}

void dialog_mark(struct dialog *d, struct canvas *box, int row, int col,
                 bool chosen, int cursor_col)
{
    canvas_put(box, row, col, STYLE_FOCUS, chosen ? box->signs->chosen : " ");
    if (!chosen)
        return;
    d->cursor_row = row;
    d->cursor_col = cursor_col;
}

int dialog_scroll(int key, int first, int page)
{
    switch (key) {
    case KEYCODE_UP:
    case 'k':
        return first > 0 ? first - 1 : 0;
    case KEYCODE_DOWN:
    case 'j':
        return first + 1;
    case KEYCODE_PAGE_UP:
    case KEYCODE_CTRL_B:
        return first > page ? first - page : 0;
    case KEYCODE_PAGE_DOWN:
    case KEYCODE_CTRL_F:
    case ' ':
        return first + page;
    case KEYCODE_HOME:
    case 'g':
        return 0;
    case KEYCODE_END:
    case 'G':
        return SNAPSHOT_DOCUMENT;
    default:
        return first;
    }
}

void dialog_line(struct dialog *d, struct canvas *c, const char *lead)
{
    const char *text = d->line.text;
    int row = c->rows - 1, room = c->cols - 1 - canvas_width(c, lead);

    while (*text && canvas_width(c, text) > room)
        do
            text++;
        while (((unsigned char)*text & 0xc0) == 0x80);
    canvas_text(c, row, 0, c->cols, STYLE_NORMAL, "");
    d->cursor_row = row;
    d->cursor_col = canvas_printf(c, row, 0, STYLE_STRONG, "%s%s", lead, text);
}
