/* This file has the table of keys, and handles a key or a click. */
#include "config.h"
#include "ui/console/console.h"

#include <stdio.h>

enum { HINT_MS = 1000, WHEEL_ROWS = 3 };

const struct keymap_row keymap[] = {
    { .help = "MOVE" },
    { { KEYCODE_UP, 'k' }, "Up k", "one row up", false,
      .turn = press_row, .by = -1 },
    { { KEYCODE_DOWN, 'j' }, "Down j", "one row down", false,
      .turn = press_row, .by = 1 },
    { { KEYCODE_PAGE_UP, KEYCODE_CTRL_B }, "PgUp ^B", "one page up", false,
      .turn = press_page, .by = -1 },
    { { KEYCODE_PAGE_DOWN, KEYCODE_CTRL_F }, "PgDn ^F", "one page down", false,
      .turn = press_page, .by = 1 },
    { { KEYCODE_CTRL_U }, "^U", "half a page up", false,
      .turn = press_half_page, .by = -1 },
    { { KEYCODE_CTRL_D }, "^D", "half a page down", false,
      .turn = press_half_page, .by = 1 },
    { { 'g', KEYCODE_HOME }, "g Home", "first row", false,
      .turn = press_end, .by = -1 },
    { { 'G', KEYCODE_END }, "G End", "last row", false,
      .turn = press_end, .by = 1 },
    { { KEYCODE_LEFT }, "Left", "column before; text back", false,
      .turn = press_sideways, .by = -1 },
    { { KEYCODE_RIGHT }, "Right", "next column; text on", false,
      .turn = press_sideways, .by = 1 },
    { { KEYCODE_TAB }, "Tab", "next pane", false,
      .turn = press_next_pane, .by = 1 },
    { { KEYCODE_BACK_TAB }, "S-Tab", "previous pane", false,
      .turn = press_next_pane, .by = -1 },
    { { '1', '2', '3', '4', '5', '6' }, "1 ... 6", "go to a pane", false,
      .turn = press_pane },
    { { KEYCODE_ENTER }, "Enter", "open the row", false, .press = press_open },
    { { KEYCODE_ESC }, "Esc", "close, clear; never quits", false,
      .press = press_close },
    { { 'z' }, "z", "zoom the pane", false, .press = press_zoom },
    { .help = "ACT" },
    { { 'p' }, "p", "pause, resume", true, .press = press_pause },
    { { 'P' }, "P", "pause, resume this stage", true,
      .press = press_pause_stage },
    { { 'A' }, "A", "do what the line advises", true,
      .press = press_advice },
    { { 'b' }, "b", "batches, or auto (Tune)", true, .press = press_batch },
    { { 'w' }, "w", "workers, or auto (Tune)", true, .press = press_workers },
    { { 'l' }, "l", "limits (Tune)", true, .press = press_limits },
    { { '+', '=' }, "+ =", "larger batch, this stage", true,
      .turn = press_step_batch, .by = 1 },
    { { '-' }, "-", "smaller batch, this stage", true,
      .turn = press_step_batch, .by = -1 },
    { { 'r' }, "r", "retry failed documents", true, .press = press_retry },
    { { 'R' }, "R", "retry all of this cause", true, .press = press_retry_kind },
    { { 'a' }, "a", "try again now", true,
      .turn = press_send, .by = COMMAND_TRY },
    { { 'u' }, "u", "undo the last change", true, .press = console_undo },
    { { 'c' }, "c", "checkpoint now", true,
      .turn = press_send, .by = COMMAND_CHECKPOINT },
    { { 'e' }, "e", "export failures as JSONL", true, .press = press_export },
    { { 'd' }, "d", "detach, the run goes on", false, .press = press_detach },
    { { 'q', KEYCODE_F10 }, "q F10", "quit: drain, stop or stay", false,
      .press = press_quit },
    { { 'Q' }, "Q", "drain and quit", true, .press = press_drain },
    { { KEYCODE_CTRL_C }, "^C", "drain, stop, leave", false,
      .press = press_interrupt },
    { .help = "FIND" },
    { { '/' }, "/", "filter; ! inverts", false, .press = console_filter },
    { { 'n' }, "n", "next match", false, .turn = console_seek, .by = 1 },
    { { 'N' }, "N", "previous match", false, .turn = console_seek, .by = -1 },
    { { ' ' }, "Space", "tag a failure for r, e", true, .press = console_tag },
    { { ':' }, ":", "command, Tab completes", false, .press = press_prompt },
    { .help = "SHOW" },
    { { 'o' }, "o", "causes, or each failure", false,
      .press = press_one_by_one },
    { { 'f' }, "f", "follow the newest failure", false, .press = press_follow },
    { { 's' }, "s", "sort by next column", false, .press = press_sort },
    { { 'S' }, "S", "sort the other way round", false, .press = press_reverse },
    { { 'E' }, "E", "events: what happened", false, .press = press_events },
    { { 't' }, "t", "time absolute or ago", false, .press = press_time },
    { { 'v' }, "v", "blocks, ASCII or braille", false, .press = press_graph },
    { { 'm' }, "m", "mouse on, off", false, .press = press_mouse },
    { { KEYCODE_CTRL_L }, "^L", "redraw", false,
      .turn = press_request, .by = CONSOLE_REDRAW },
    { { KEYCODE_CTRL_Z }, "^Z", "suspend the screen", false,
      .turn = press_request, .by = CONSOLE_SUSPEND },
    { { '?', 'h', KEYCODE_F1 }, "? h F1", "this help", false,
      .press = press_help },
    { .help = NULL },
};

/* Copy what the log has of it, of a very long id only the beginning. */
static void copy_id(struct console *c)
{
    snprintf(c->copied, sizeof c->copied, "%s", c->dialog.copy);
    c->request = CONSOLE_COPY;
    console_say(c, TOAST_SAY,
                "id copied, if this terminal lets a program do so (OSC 52)");
}

static void key_in_dialog(struct console *c, int key)
{
    struct dialog *d = &c->dialog;
    const struct dialog_ops *ops = d->ops;
    enum dialog_end end;

    if (key == KEYCODE_CTRL_C && !ops->is_typed) {
        dialog_close(d);
        press_interrupt(c);
        return;
    }
    end = dialog_key(d, &c->snap, key);
    if (ops->is_filter)
        console_take_filter(c);
    if (d->detach)
        c->detached = true;
    if (end == DIALOG_OPEN)
        return;
    if (*d->copy)
        copy_id(c);
    if (*d->say)
        console_say(c, TOAST_ERROR, d->say);
    console_send_all(c, d->command, d->commands);
}

static void unknown_key(struct console *c, int key)
{
    bool hidden = c->view.read_only && keymap_find(key, false);

    if (c->hint_ms && c->snap.now_ms - c->hint_ms < HINT_MS)
        return;
    c->hint_ms = c->snap.now_ms;
    console_say(c, TOAST_SAY, hidden ? "this console only looks (--read-only)"
                                     : "? shows the keys");
}

static void key_in_screen(struct console *c, int key)
{
    const struct keymap_row *row = keymap_find(key, c->view.read_only);

    if (c->view.toast_kind == TOAST_ERROR && key != KEYCODE_ESC)
        c->view.toast_kind = TOAST_NONE; /* it stays until a key */
    if (!row)
        unknown_key(c, key);
    else if (row->press)
        row->press(c);
    else
        row->turn(c, row->by ? row->by : key);
}

enum console_request console_key(struct console *c, int key)
{
    c->request = CONSOLE_NOTHING;
    console_catch_up(c);
    if (c->dialog.ops)
        key_in_dialog(c, key);
    else
        key_in_screen(c, key);
    console_ask(c);
    return c->request;
}

/* --- mouse ---------------------------------------------------------------- */

static enum pane_id pane_under(const struct view *v, const struct mouse *m)
{
    for (int id = 1; id < PANE_END; id++) {
        const struct pane_view *p = &v->pane[id];

        if (p->shown && m->row >= p->row && m->row < p->row + p->rows &&
            m->col >= p->col && m->col < p->col + p->cols)
            return (enum pane_id)id;
    }
    return PANE_NONE;
}

void console_mouse(struct console *c, const struct mouse *m)
{
    struct view *v = &c->view;
    enum pane_id id = pane_under(v, m);
    struct pane_view *p = &v->pane[id];
    int64_t at;

    if (c->dialog.ops || id == PANE_NONE)
        return;
    v->focus = id;
    if (m->wheel) {
        console_move(c, m->wheel * WHEEL_ROWS);
        return;
    }
    if (p->list_row < 0 || m->row < p->list_row)
        return;
    at = p->scroll + (m->row - p->list_row) / p->item_rows;
    if (at == p->cursor)
        press_open(c);
    else if (at < p->count)
        console_move(c, at - p->cursor);
}
