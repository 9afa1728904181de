/* This dialog asks before something final: the focus is on "no". */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

#include <stdio.h>
#include <string.h>

#include "ui/panes/layout.h"

enum { YES, NO, COLS = 66 };

struct sure {
    int at;
    char question[384];
    char change[FAILURE_KEY]; /* the kind for which to change something; "" */
    struct command command;
};

static void draw_answer(struct dialog *d, struct canvas *box, int row, int col,
                        int answer, const char *text)
{
    const struct sure *u = dialog_state(d);
    bool here = u->at == answer;

    dialog_mark(d, box, row, col, here, col + 2);
    canvas_put(box, row, col + 1, here ? STYLE_SELECTED : STYLE_NORMAL, text);
}

/* Without room for a box: the question above the answers, as far as it fits. */
static void sure_draw_tiny(struct dialog *d, struct canvas *c)
{
    const struct sure *u = dialog_state(d);

    canvas_fill(c, c->rows - 1, 0, 1, c->cols, STYLE_NORMAL, " ");
    if (c->rows > 1)
        canvas_text(c, c->rows - 2, 0, c->cols, STYLE_STRONG, u->question);
    draw_answer(d, c, c->rows - 1, 0, YES, "y Yes");
    draw_answer(d, c, c->rows - 1, 8, NO, "n No");
}

static void sure_draw(struct dialog *d, const struct snapshot *s,
                      struct canvas *c)
{
    const struct sure *u = dialog_state(d);
    int cols = c->cols < COLS ? c->cols : COLS;
    int lines = dialog_lines(c, u->question, cols - 6);
    struct canvas box;
    int row;

    (void)s;
    if (c->rows < TINY_ROWS || c->cols < TINY_COLS) {
        sure_draw_tiny(d, c);
        return;
    }
    box = dialog_box(d, c, lines + 6, COLS, "Are you sure?", "");
    row = lines + 6 <= box.rows ? lines + 3 : box.rows - 2;
    dialog_text(&box, 2, STYLE_NORMAL, u->question);
    if (row < lines + 2)
        canvas_text(&box, row, 1, box.cols - 2, STYLE_NORMAL, "");
    draw_answer(d, &box, row, 4, YES, " y  Yes ");
    draw_answer(d, &box, row, 17, NO, " n  No ");
    if (*u->change)
        canvas_text(&box, row, 28, box.cols - 29, STYLE_NORMAL,
                    box.cols < COLS ? " c  Change" : " c  Change first ...");
}

/* Over this dialog; where nothing of the kind is owed any more, nowhere. */
static void sure_change(struct dialog *d, const struct snapshot *s)
{
    const struct sure *u = dialog_state(d);

    char key[FAILURE_KEY];

    for (uint32_t i = 0; i < s->kind_count; i++) {
        failure_cause_key(&s->kinds[i].cause, key);
        if (strcmp(key, u->change) == 0) {
            dialog_change(d, s, &s->kinds[i], &u->command);
            return;
        }
    }
}

static enum dialog_end sure_key(struct dialog *d, const struct snapshot *s,
                                int key)
{
    struct sure *u = dialog_state(d);

    if (key == 'c' && *u->change)
        sure_change(d, s);
    if (key == KEYCODE_LEFT || key == KEYCODE_RIGHT || key == KEYCODE_TAB ||
        key == KEYCODE_BACK_TAB)
        u->at = u->at == YES ? NO : YES;
    if (key == 'y' || (key == KEYCODE_ENTER && u->at == YES))
        dialog_add_command(d, &u->command);
    return key == 'y' || key == 'n' || key == KEYCODE_ENTER ? DIALOG_CLOSED
                                                            : DIALOG_OPEN;
}

static const struct dialog_ops sure_ops = {
    .name = "sure", .state_size = sizeof(struct sure),
    .draw = sure_draw, .key = sure_key
};

void dialog_sure(struct dialog *d, const struct command *c,
                 const char *question)
{
    struct sure *u = dialog_open(d, &sure_ops);

    u->at = NO;
    u->command = *c;
    snprintf(u->question, sizeof u->question, "%s", question);
}

void dialog_sure_change(struct dialog *d, const char *kind)
{
    struct sure *u = dialog_state(d);

    snprintf(u->change, sizeof u->change, "%s", kind);
}
