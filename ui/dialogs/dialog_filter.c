/* This is the filter's input line: the list behind it follows each key. */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

static void filter_draw(struct dialog *d, const struct snapshot *s,
                        struct canvas *c)
{
    int row = c->rows - 1;

    (void)s;
    if (row > 0)
        canvas_text(c, row - 1, 0, c->cols, STYLE_DIM,
                    " only rows with this text; a leading ! inverts; Enter "
                    "keeps, Esc clears");
    dialog_line(d, c, "/");
}

static enum dialog_end filter_key(struct dialog *d, const struct snapshot *s,
                                  int key)
{
    bool empty = d->line.len == 0;

    (void)s;
    if (key == KEYCODE_ENTER)
        return DIALOG_CLOSED;
    if (key == KEYCODE_ESC || key == KEYCODE_CTRL_C ||
        (key == KEYCODE_BACKSPACE && empty)) {
        line_set(&d->line, "");
        return DIALOG_CLOSED;
    }
    line_key(&d->line, key);
    return DIALOG_OPEN;
}

static const struct dialog_ops filter_ops = {
    .name = "filter",
    .draw = filter_draw, .key = filter_key,
    .is_typed = true, .is_filter = true
};

void dialog_filter(struct dialog *d, const char *begin)
{
    dialog_open(d, &filter_ops);
    line_set(&d->line, begin);
}
