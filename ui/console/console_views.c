/* This file has the keys that only change what the screen shows. */
#include "config.h"
#include "ui/console/console.h"

#include <stdio.h>

#include "ui/panes/cause_rows.h"

enum { SHIFT_COLS = 8 };

/* --- moving --------------------------------------------------------------- */

void press_row(struct console *c, int direction)
{
    console_move(c, direction);
}

void press_page(struct console *c, int direction)
{
    int64_t page = c->view.pane[c->view.focus].page;

    console_move(c, direction * (page > 1 ? page - 1 : 1));
}

void press_half_page(struct console *c, int direction)
{
    int64_t page = c->view.pane[c->view.focus].page;

    console_move(c, direction * (page > 1 ? page / 2 : 1));
}

void press_end(struct console *c, int direction)
{
    const struct pane_view *p = &c->view.pane[c->view.focus];

    console_move(c, direction < 0 ? -p->cursor - 1 : p->count - p->cursor);
}

void press_next_pane(struct console *c, int direction)
{
    int panes_all = PANE_END - 1, at = (int)c->view.focus - 1;

    c->view.focus =
        (enum pane_id)((at + direction + panes_all) % panes_all + 1);
}

void press_pane(struct console *c, int key)
{
    c->view.focus = (enum pane_id)(key - '0');
}

/* --- sorting -------------------------------------------------------------- */

static void say_sort(struct console *c)
{
    static const char *const names[SORT_COUNT] = { "name", "docs/s", "batch",
                                                   "p95", "state" };
    const struct pane_view *p = &c->view.pane[c->view.focus];
    char text[64];

    snprintf(text, sizeof text, "sorted by %s%s", names[p->sort],
             p->reverse ? ", reversed" : "");
    console_say(c, TOAST_SAY, text);
}

static void sort_by(struct console *c, int step)
{
    struct pane_view *p = &c->view.pane[c->view.focus];

    p->sort = (enum sort)(((int)p->sort + step + SORT_COUNT) % SORT_COUNT);
    say_sort(c);
}

static bool can_sort(struct console *c)
{
    bool can = keymap_stage(&c->view) != 0;

    if (!can)
        console_say(c, TOAST_ERROR, c->view.focus == PANE_FAILURES
                                        ? "failures keep their order, the "
                                          "newest first; / filters them"
                                        : "there is nothing to sort here");
    return can;
}

void press_sort(struct console *c)
{
    if (can_sort(c))
        sort_by(c, 1);
}

void press_reverse(struct console *c)
{
    if (!can_sort(c))
        return;
    c->view.pane[c->view.focus].reverse ^= true;
    say_sort(c);
}

/* Workers have columns to sort by, failures have words that may be longer than
 * the row. */
void press_sideways(struct console *c, int step)
{
    struct view *v = &c->view;
    int shift = v->shift + step * SHIFT_COLS;

    if (keymap_stage(&c->view)) {
        sort_by(c, step);
    } else if (v->focus != PANE_FAILURES) {
        console_say(c, TOAST_ERROR,
                    "nothing is wider than this pane: Tab goes to another");
    } else if (v->over <= 0) {
        console_say(c, TOAST_SAY, "all of each message is shown");
    } else {
        shift = shift > v->over ? v->over : shift;
        v->shift = shift < 0 ? 0 : shift;
    }
}

/* --- opening and closing -------------------------------------------------- */

/* The documents of this cause; NULL: all causes. */
static void console_list_cause(struct console *c, const struct cause_view *k)
{
    struct view *v = &c->view;

    v->cause = k ? k->hash : 0;
    v->one_by_one = k && !k->hash; /* all the others, among the rest */
    if (k)
        snprintf(v->cause_name, sizeof v->cause_name, "%.47s", k->message);
    console_to_top(c);
}

void press_one_by_one(struct console *c)
{
    struct view *v = &c->view;

    v->one_by_one = view_shows_causes(v);
    v->cause = 0;
    v->focus = PANE_FAILURES;
    console_clear_filter(c);
    console_to_top(c);
}

/* Esc takes back one thing at a time and never quits. */
void press_close(struct console *c)
{
    struct view *v = &c->view;

    if (v->toast_kind != TOAST_NONE)
        v->toast_kind = TOAST_NONE;
    else if (v->filter[0])
        console_clear_filter(c);
    else if (v->tagged.tags > 0)
        v->tagged.tags = 0;
    else if (v->cause)
        console_list_cause(c, NULL);
    else
        v->zoomed = false;
}

void press_open(struct console *c)
{
    const struct failure_row *row = console_failure(c);
    const struct cause_view *k = console_cause(c);
    int worker = console_worker(c);

    if (k)
        console_list_cause(c, k);
    else if (row)
        dialog_failure(&c->dialog, row);
    else if (worker >= 0)
        dialog_worker(&c->dialog, c->view.focus == PANE_UPSERTERS, worker);
    else
        c->view.zoomed = !c->view.zoomed;
}

void press_zoom(struct console *c)
{
    c->view.zoomed = !c->view.zoomed;
}

void press_help(struct console *c)
{
    dialog_help(&c->dialog, c->view.focus);
}

void press_events(struct console *c)
{
    dialog_events(&c->dialog);
}

void press_prompt(struct console *c)
{
    c->dialog.tagged = c->view.tagged;
    dialog_prompt(&c->dialog, "");
}

void press_follow(struct console *c)
{
    struct view *v = &c->view;

    v->follow = !v->follow;
    if (v->follow)
        v->pane[PANE_FAILURES].cursor = 0;
    console_say(c, TOAST_SAY, v->follow
                                  ? "the failures follow the newest"
                                  : "the failures stand still");
}

/* --- the picture ---------------------------------------------------------- */

void press_time(struct console *c)
{
    c->view.ago = !c->view.ago;
    console_say(c, TOAST_SAY, c->view.ago ? "times as so long ago"
                                          : "times of day");
}

void press_graph(struct console *c)
{
    static const char *const names[GRAPH_COUNT] = { "blocks", "ASCII",
                                                    "braille" };
    char text[32];

    c->view.graph = (enum graph)((c->view.graph + 1) % GRAPH_COUNT);
    snprintf(text, sizeof text, "graphs in %s", names[c->view.graph]);
    console_say(c, TOAST_SAY, text);
}

void press_mouse(struct console *c)
{
    c->mouse = !c->mouse;
    console_say(c, TOAST_SAY,
                c->mouse ? "mouse on: a click chooses, the wheel scrolls; "
                           "the terminal selects text with Shift"
                         : "mouse off: the terminal selects text again");
}

void press_request(struct console *c, int request)
{
    c->request = (enum console_request)request;
}
