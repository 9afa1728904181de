/* This dialog shows the messages so far, newest first. */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

#include "ui/draw/figures.h"

enum { PAGE = 10 };

struct reading {
    int first; /* the row on top */
};

static void messages_draw(struct dialog *d, const struct snapshot *s,
                          struct canvas *c)
{
    struct reading *r = dialog_state(d);
    const struct messages *m = d->messages;
    int rows = (int)m->count;
    struct canvas box = dialog_box(d, c, rows < 6 ? 10 : rows + 4, 100,
                                   "Messages", "newest first, Esc closes");
    int room = box.rows - 4;

    (void)s;
    if (r->first > rows - room)
        r->first = rows - room;
    if (r->first < 0)
        r->first = 0;
    if (rows == 0)
        canvas_text(&box, 2, 3, box.cols - 6, STYLE_DIM,
                    "nothing was said yet");
    for (int i = 0; i < room; i++) {
        const struct message *at = messages_at(m, (size_t)(r->first + i));
        char time[12];

        if (!at)
            break;
        canvas_text(&box, 2 + i, 3, 8, STYLE_DIM,
                    figure_time(time, sizeof time, at->wall_s));
        canvas_text(&box, 2 + i, 13, box.cols - 16, STYLE_NORMAL, at->text);
    }
}

static enum dialog_end messages_key(struct dialog *d, const struct snapshot *s,
                                    int key)
{
    struct reading *r = dialog_state(d);

    (void)s;
    r->first = dialog_scroll(key, r->first, PAGE);
    return DIALOG_OPEN;
}

static const struct dialog_ops messages_ops = {
    .name = "messages", .state_size = sizeof(struct reading),
    .draw = messages_draw, .key = messages_key, .is_read = true
};

void dialog_messages(struct dialog *d)
{
    dialog_open(d, &messages_ops);
}
