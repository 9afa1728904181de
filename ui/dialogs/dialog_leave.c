/* This dialog asks how to leave a run: drain, stop, detach or stay. */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

#include <stdio.h>

#include "ui/draw/figures.h"
#include "util/str.h"

enum { LEAVE_COLS = 66 };
enum { DRAIN, STOP, DETACH, STAY, CHOICES };

struct leave {
    int at;
};

static const struct {
    const char *key, *name, *what;
} choices[CHOICES] = {
    [DRAIN] = { "", "Drain and quit", "finish them" },
    [STOP] = { "s", "Stop now", "drop them; resume sends them again" },
    [DETACH] = { "d", "Detach", "the run goes on; attach comes back" },
    [STAY] = { "Esc", "Stay", "" },
};

/* "finish them, about 4 s", if the rate tells. */
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

static void leave_draw(struct dialog *d, const struct snapshot *s,
                       struct canvas *c)
{
    bool slim = c->cols < 60;
    const struct leave *l = dialog_state(d);
    char n[48], first[64], back[sizeof s->resume_line + 32];
    struct canvas box;
    int more;

    snprintf(back, sizeof back, "%s%s", slim ? "" : "Come back with:  ",
             l->at == DETACH ? s->attach_line : s->resume_line);
    more = dialog_lines(c, back, (slim ? c->cols : LEAVE_COLS) - 6) - 1;
    box = dialog_box(d, c, CHOICES + 8 + more, LEAVE_COLS, "Leave this run?",
                     "");

    drain_time(s, first, sizeof first);
    dialog_printf(&box, 2, 3, STYLE_NORMAL,
                  slim ? "%s %s in flight." : "%s %s between reading and "
                                              "storing.",
                  figure_of(n, sizeof n, s->in_flight, "document"),
                  s->in_flight == 1 ? "is" : "are");
    for (int i = 0; i < CHOICES; i++) {
        dialog_mark(d, &box, 4 + i, 3, l->at == i, 12);
        canvas_text(&box, 4 + i, 5, 6, STYLE_KEY,
                    l->at == i ? "Enter" : choices[i].key);
        canvas_text(&box, 4 + i, 12, 16,
                    l->at == i ? STYLE_SELECTED : STYLE_NORMAL,
                    choices[i].name);
        if (!slim)
            canvas_text(&box, 4 + i, 29, box.cols - 31, STYLE_DIM,
                        i == DRAIN ? first : choices[i].what);
    }
    dialog_text(&box, CHOICES + 5, STYLE_DIM, back);
}

static enum dialog_end leave_choose(struct dialog *d, int choice)
{
    struct command c = { .kind = choice == DRAIN ? COMMAND_DRAIN
                                                 : COMMAND_STOP };

    if (choice == DRAIN || choice == STOP)
        dialog_add_command(d, &c);
    d->detach = choice == DETACH;
    return DIALOG_CLOSED;
}

static enum dialog_end leave_key(struct dialog *d, const struct snapshot *s,
                                 int key)
{
    struct leave *l = dialog_state(d);

    (void)s;
    switch (key) {
    case KEYCODE_UP:
    case 'k':
        l->at = (l->at + CHOICES - 1) % CHOICES;
        break;
    case KEYCODE_DOWN:
    case 'j':
    case KEYCODE_TAB:
        l->at = (l->at + 1) % CHOICES;
        break;
    case KEYCODE_ENTER:
        return leave_choose(d, l->at);
    case 's':
        return leave_choose(d, STOP);
    case 'd':
        return leave_choose(d, DETACH);
    }
    return DIALOG_OPEN;
}

static const struct dialog_ops leave_ops = {
    .name = "leave", .state_size = sizeof(struct leave),
    .draw = leave_draw, .key = leave_key,
    .is_of_run = true
};

void dialog_leave(struct dialog *d)
{
    struct leave *l = dialog_open(d, &leave_ops);

    l->at = d->guest ? DETACH : DRAIN;
}
