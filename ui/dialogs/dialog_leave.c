/* Leave this run: drain, stop, detach or stay. */
#include "config.h"
#include "ui/dialogs/dialog.h"

#include <stdio.h>

#include "ui/draw/figures.h"
#include "util/str.h"

enum { DRAIN, STOP, DETACH, STAY, CHOICES };

void dialog_leave(struct dialog *d)
{
    d->kind = DIALOG_LEAVE;
    d->cursor = d->guest ? DETACH : DRAIN;
}

static const struct {
    const char *key, *name, *what;
} choices[CHOICES] = {
    [DRAIN] = { "Enter", "Drain and quit", "finish them" },
    [STOP] = { "s", "Stop now", "drop them; resume sends them again" },
    [DETACH] = { "d", "Detach", "the run goes on without this screen" },
    [STAY] = { "Esc", "Stay", "" },
};

/* "finish them, about 4 s", where the rate tells. */
static void drain_time(const struct snapshot *s, char *to, size_t size)
{
    char took[32];

    snprintf(to, size, "%s", choices[DRAIN].what);
    if (s->rate >= 1 && s->in_flight > 0)
        snprintf(to, size, "%s, about %s", choices[DRAIN].what,
                 str_duration(took, sizeof took,
                              (int64_t)((double)s->in_flight * 1000 /
                                        s->rate) + 999));
}

void leave_draw(struct dialog *d, const struct snapshot *s, struct canvas *c)
{
    bool slim = c->cols < 60;
    struct canvas box = dialog_box(c, CHOICES + 8, 66, "Leave this run?", "");
    int row = (c->rows - box.rows) / 2, col = (c->cols - box.cols) / 2;
    char n[48], first[64];

    drain_time(s, first, sizeof first);
    dialog_printf(&box, 2, 3, STYLE_NORMAL,
                  slim ? "%s %s in flight." : "%s %s between reading and "
                                              "storing.",
                  figure_of(n, sizeof n, s->in_flight, "document"),
                  s->in_flight == 1 ? "is" : "are");
    for (int i = 0; i < CHOICES; i++) {
        bool here = d->cursor == i;

        canvas_put(&box, 4 + i, 3, STYLE_FOCUS,
                   here ? c->signs->chosen : " ");
        canvas_text(&box, 4 + i, 5, 6, STYLE_KEY, choices[i].key);
        canvas_text(&box, 4 + i, 12, 16,
                    here ? STYLE_SELECTED : STYLE_NORMAL, choices[i].name);
        if (!slim)
            canvas_text(&box, 4 + i, 29, box.cols - 31, STYLE_DIM,
                        i == DRAIN ? first : choices[i].what);
    }
    dialog_printf(&box, CHOICES + 5, 3, STYLE_DIM, "%sbatchtop %s %s",
                  slim ? "" : "Come back with:  ",
                  d->cursor == DETACH ? "attach" : "resume", s->job);
    d->cursor_row = row + 4 + d->cursor;
    d->cursor_col = col + 12;
}

static enum dialog_end leave_choose(struct dialog *d, int choice)
{
    struct command c = { .kind = COMMAND_DRAIN };

    switch (choice) {
    case DRAIN:
        dialog_wish(d, &c);
        break;
    case STOP:
        c.kind = COMMAND_STOP;
        dialog_wish(d, &c);
        break;
    case DETACH:
        d->detach = true;
        break;
    default:
        break;
    }
    return DIALOG_CLOSED;
}

enum dialog_end leave_key(struct dialog *d, const struct snapshot *s, int key)
{
    (void)s;
    switch (key) {
    case KEYCODE_UP:
    case 'k':
        d->cursor = (d->cursor + CHOICES - 1) % CHOICES;
        return DIALOG_OPEN;
    case KEYCODE_DOWN:
    case 'j':
    case KEYCODE_TAB:
        d->cursor = (d->cursor + 1) % CHOICES;
        return DIALOG_OPEN;
    case KEYCODE_ENTER:
        return leave_choose(d, d->cursor);
    case 's':
        return leave_choose(d, STOP);
    case 'd':
        return leave_choose(d, DETACH);
    case KEYCODE_ESC:
    case 'q':
        return DIALOG_CLOSED;
    default:
        return DIALOG_OPEN;
    }
}
