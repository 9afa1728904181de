/*
 * The table of all dialogs, each with a function that draws it and one that
 * takes its keys, and the helpers they share: the box, wrapped text, the line
 * being typed.
 */
#include "config.h"
#include "ui/dialogs/dialog.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ui/panes/layout.h"

static const struct {
    void (*draw)(struct dialog *, const struct snapshot *, struct canvas *);
    enum dialog_end (*key)(struct dialog *, const struct snapshot *, int);
} kinds[] = {
    [DIALOG_TUNE] = { tune_draw, tune_key },
    [DIALOG_RETRY] = { retry_draw, retry_key },
    [DIALOG_CHANGE] = { change_draw, change_key },
    [DIALOG_LEAVE] = { leave_draw, leave_key },
    [DIALOG_HELP] = { help_draw, help_key },
    [DIALOG_FAILURE] = { failure_draw, failure_key },
    [DIALOG_DOCUMENT] = { document_draw, document_key },
    [DIALOG_WORKER] = { worker_draw, worker_key },
    [DIALOG_MESSAGES] = { messages_draw, messages_key },
    [DIALOG_SURE] = { sure_draw, sure_key },
    [DIALOG_PROMPT] = { prompt_draw, prompt_key },
    [DIALOG_FILTER] = { filter_draw, filter_key },
};

int64_t ladder_step(int64_t value, int direction, int64_t max)
{
    int64_t steps[64], next = value;
    size_t n = 0;

    steps[n++] = 1;
    steps[n++] = 2;
    steps[n++] = 4;
    steps[n++] = 8;
    for (int64_t p = 16; p < max && n + 2 < 64; p *= 2) {
        steps[n++] = p;
        steps[n++] = p + p / 2;
    }
    steps[n++] = max;
    if (direction > 0) {
        for (size_t i = 0; i < n; i++)
            if (steps[i] > value && steps[i] <= max) {
                next = steps[i];
                break;
            }
    } else {
        for (size_t i = n; i-- > 0;)
            if (steps[i] < value) {
                next = steps[i];
                break;
            }
    }
    return next;
}

void dialog_wish(struct dialog *d, const struct command *c)
{
    if (d->wishes < DIALOG_WISHES)
        d->wish[d->wishes++] = *c;
}

struct canvas dialog_box(struct canvas *c, int rows, int cols,
                         const char *title, const char *right)
{
    struct box box = { .heavy = true, .title = title, .title_right = right };
    bool whole =
        c->rows < OVERLAY_MIN_ROWS || c->cols < OVERLAY_MIN_COLS;
    struct canvas part;

    if (whole || rows > c->rows)
        rows = c->rows;
    if (whole || cols > c->cols)
        cols = c->cols;
    part = canvas_part(c, (c->rows - rows) / 2, (c->cols - cols) / 2, rows,
                       cols);
    canvas_fill(&part, 0, 0, part.rows, part.cols, STYLE_NORMAL, " ");
    canvas_box(&part, &box);
    return part;
}

void dialog_draw(struct dialog *d, const struct snapshot *s, struct canvas *c)
{
    d->cursor_row = d->cursor_col = -1;
    if (d->kind != DIALOG_NONE)
        kinds[d->kind].draw(d, s, c);
    if (d->cursor_row >= c->rows || d->cursor_col >= c->cols)
        d->cursor_row = d->cursor_col = -1; /* it stands where none sees it */
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

enum dialog_end dialog_key(struct dialog *d, const struct snapshot *s,
                           int key)
{
    enum dialog_kind kind = d->kind;
    enum dialog_end end;

    d->wishes = 0;
    d->copy = d->detach = false;
    d->say[0] = '\0';
    end = kinds[kind].key(d, s, key);
    if (end == DIALOG_CLOSED && d->kind == kind)
        d->kind = DIALOG_NONE;
    return end;
}
