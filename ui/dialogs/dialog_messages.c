/* What was said so far, newest first. */
#include "config.h"
#include "ui/dialogs/dialog.h"

#include "ui/draw/figures.h"

void dialog_messages(struct dialog *d)
{
    d->kind = DIALOG_MESSAGES;
    d->cursor = 0;
}

void messages_draw(struct dialog *d, const struct snapshot *s,
                   struct canvas *c)
{
    const struct messages *m = d->messages;
    int rows = (int)m->count;
    struct canvas box = dialog_box(c, rows < 6 ? 10 : rows + 4, 100,
                                   "Messages", "newest first, Esc closes");
    int room = box.rows - 4;

    (void)s;
    if (d->cursor > rows - room)
        d->cursor = rows - room;
    if (d->cursor < 0)
        d->cursor = 0;
    if (rows == 0)
        canvas_text(&box, 2, 3, box.cols - 6, STYLE_DIM,
                    "nothing was said yet");
    for (int i = 0; i < room; i++) {
        const struct message *at = messages_at(m, (size_t)(d->cursor + i));
        char time[12];

        if (!at)
            break;
        canvas_text(&box, 2 + i, 3, 8, STYLE_DIM,
                    figure_time(time, sizeof time, at->wall_s));
        canvas_text(&box, 2 + i, 13, box.cols - 16, STYLE_NORMAL, at->text);
    }
}

enum dialog_end messages_key(struct dialog *d, const struct snapshot *s,
                             int key)
{
    (void)s;
    switch (key) {
    case KEYCODE_UP:
    case 'k':
        d->cursor--;
        return DIALOG_OPEN;
    case KEYCODE_DOWN:
    case 'j':
        d->cursor++;
        return DIALOG_OPEN;
    case KEYCODE_PAGE_UP:
        d->cursor -= 10;
        return DIALOG_OPEN;
    case KEYCODE_PAGE_DOWN:
        d->cursor += 10;
        return DIALOG_OPEN;
    case KEYCODE_ESC:
    case KEYCODE_ENTER:
    case 'q':
        return DIALOG_CLOSED;
    default:
        return DIALOG_OPEN;
    }
}
