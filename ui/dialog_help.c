/* Help: the keys, from the table that dispatches them, then a glossary. */
#include "config.h"
#include "ui/dialog.h"

#include <stdio.h>

enum { COLUMN = 49, PAGES = 2 };

void dialog_help(struct dialog *d)
{
    d->kind = DIALOG_HELP;
    d->page = 0;
}

static const char *const glossary[] = {
    "READ      records a second from the corpus",
    "EMBED     texts to vectors; docs/s of all its workers",
    "UPSERT    vectors into the store; docs/s of all its workers",
    "queue     batches that wait between two stages, and the most that may",
    "batch     documents in a worker's last request",
    "p95       95 of 100 of its last requests were faster",
    "busy      has a request under way      idle  waits for a batch",
    "blocked   waits for room in the next queue",
    "wait      a limit, a 429 or an outage holds it, and for how long",
    "stored    the store confirmed it and the checkpoint knows",
    "failed    given up after its tries, or refused: r retries it",
    "rejected  the record itself cannot be used",
    "checkpoint  age of the last commit: what is before it is never redone",
    "HELD      memory is above the guard: reading waits",
    "THROTTLED the service asked us to slow down",
    "RETRYING  the service is down; it is probed until it answers",
};

static int draw_group(struct canvas *c, int row, int col, int width,
                      enum key_group group, const char *title)
{
    const struct keymap_row *k;

    if (row < c->rows - 2)
        canvas_put(c, row, col, STYLE_STRONG, title);
    for (size_t i = 0; (k = keymap_at(i)); i++) {
        if (k->group != group)
            continue;
        if (++row >= c->rows - 2)
            break;
        canvas_text(c, row, col, 9, STYLE_KEY, k->keys);
        canvas_text(c, row, col + 10, width - 10, STYLE_NORMAL, k->help);
    }
    return row + 2;
}

static void draw_keys(struct canvas *c)
{
    bool two = c->cols >= 76;
    int width = two ? (c->cols - 6) / 2 : c->cols - 4;
    int row = draw_group(c, 2, 3, width, GROUP_MOVE, "MOVE");

    if (two) {
        draw_group(c, row, 3, width, GROUP_FIND, "FIND");
        row = draw_group(c, 2, 3 + width, width, GROUP_ACT, "ACT");
        draw_group(c, row, 3 + width, width, GROUP_SHOW, "SHOW");
        return;
    }
    row = draw_group(c, row, 3, width, GROUP_ACT, "ACT");
    row = draw_group(c, row, 3, width, GROUP_FIND, "FIND");
    draw_group(c, row, 3, width, GROUP_SHOW, "SHOW");
}

void help_draw(struct dialog *d, const struct snapshot *s, struct canvas *c)
{
    struct canvas box = dialog_box(c, 30, 2 * COLUMN + 2,
                                   d->page ? "Words" : "Keys",
                                   "? next page, Esc closes");

    (void)s;
    if (d->page == 0) {
        draw_keys(&box);
        return;
    }
    for (size_t i = 0; i < sizeof glossary / sizeof glossary[0]; i++)
        if ((int)i + 2 < box.rows - 2)
            canvas_text(&box, (int)i + 2, 3, box.cols - 6, STYLE_NORMAL,
                        glossary[i]);
    canvas_text(&box, box.rows - 2, 3, box.cols - 6, STYLE_DIM,
                "Every colour also has a word or a sign.");
}

enum dialog_end help_key(struct dialog *d, const struct snapshot *s, int key)
{
    (void)s;
    switch (key) {
    case '?':
    case ' ':
    case KEYCODE_TAB:
    case KEYCODE_PAGE_DOWN:
    case KEYCODE_PAGE_UP:
    case KEYCODE_LEFT:
    case KEYCODE_RIGHT:
        d->page = (d->page + 1) % PAGES;
        return DIALOG_OPEN;
    case KEYCODE_ESC:
    case KEYCODE_ENTER:
    case KEYCODE_F1:
    case 'q':
    case 'h':
        return DIALOG_CLOSED;
    default:
        return DIALOG_OPEN;
    }
}
