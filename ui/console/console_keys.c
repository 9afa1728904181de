/* What the keys do: to the view, to the run, to the open dialog. */
#include "config.h"
#include "ui/console/console.h"

#include <stdio.h>

#include "api/command_words.h"
#include "util/str.h"

enum { STEP_MS = 250, HINT_MS = 1000, WHEEL_ROWS = 3, SHIFT_COLS = 8 };

/* --- ending --------------------------------------------------------------------- */

static void send_kind(struct console *c, enum command_kind kind)
{
    struct command command = { .kind = kind, .origin = "the operator" };

    console_send(c, &command);
}

/* A guest that may only look has nothing to be asked. */
static void console_ask_leave(struct console *c)
{
    if (c->guest && c->view.read_only)
        c->detached = true;
    else if (c->tiny)
        dialog_prompt(&c->dialog, c->guest ? "detach" : "quit");
    else
        dialog_leave(&c->dialog);
}

static void console_quit(struct console *c)
{
    if (c->snap.state == RUN_DRAINING)
        send_kind(c, COMMAND_STOP);
    else if (console_under_way(c))
        console_ask_leave(c);
    else
        c->left = true;
}

static void console_drain(struct console *c)
{
    send_kind(c, c->snap.state == RUN_DRAINING ? COMMAND_STOP
                                               : COMMAND_DRAIN);
}

/* Ctrl-C: drain, then stop, then leave at once. A guest is asked: the run is
 * not its own. */
static enum console_wish console_interrupt(struct console *c)
{
    if (!console_under_way(c)) {
        c->left = true;
        return CONSOLE_NOTHING;
    }
    if (c->guest) {
        console_ask_leave(c);
        return CONSOLE_NOTHING;
    }
    switch (++c->interrupts) {
    case 1:
        send_kind(c, COMMAND_DRAIN);
        console_say(c, TOAST_SAY,
                    "draining; ^C again stops now, what is in flight is sent "
                    "again on resume");
        return CONSOLE_NOTHING;
    case 2:
        send_kind(c, COMMAND_STOP);
        return CONSOLE_NOTHING;
    default:
        return CONSOLE_ABANDON;
    }
}

/* --- acting ----------------------------------------------------------------------- */

static void pause_stage(struct console *c)
{
    struct command command = { .stages = keymap_stage(&c->view),
                               .origin = "the operator" };

    command.kind = c->snap.paused & command.stages ? COMMAND_RESUME
                                                   : COMMAND_PAUSE;
    if (command.stages)
        console_send(c, &command);
    else
        console_say(c, TOAST_ERROR,
                    "choose a stage first: 2 embedders, 3 upserters "
                    "(:pause read is the reader)");
}

static void step_batch(struct console *c, int direction)
{
    bool upsert = c->view.focus == PANE_UPSERTERS;
    struct command command = { .kind = COMMAND_SET,
                               .knob = upsert ? KNOB_UPSERT_BATCH
                                              : KNOB_EMBED_BATCH };
    int64_t now = c->snap.knob[command.knob];

    if (c->step_ms && c->snap.now_ms - c->step_ms < STEP_MS)
        return; /* a held key walks four steps a second */
    c->step_ms = c->snap.now_ms;
    command.value = ladder_step(now, direction,
                                c->snap.knob_max[command.knob]);
    if (command.value != now)
        console_send(c, &command);
    else
        console_say(c, TOAST_ERROR, direction > 0
                                        ? "that is the largest batch there is"
                                        : "that is the smallest batch");
}

static void console_retry(struct console *c)
{
    const struct failure_row *row = console_failure(c);

    c->dialog.tagged = console_tagged(c);
    if (c->snap.failures_open)
        dialog_retry(&c->dialog, &c->snap,
                     row && failure_is_owed(row) ? row : NULL);
    else
        console_say(c, TOAST_ERROR, "nothing has failed");
}

static void retry_kind(struct console *c)
{
    const struct failure_row *row = console_failure(c);
    struct command command = { .kind = COMMAND_RETRY };

    if (!row)
        console_say(c, TOAST_ERROR, "choose a row of the failures first (6)");
    else if (failure_kind_of(row, &c->snap, &command.select) == 0)
        console_say(c, TOAST_ERROR, "nothing of this kind is owed any more");
    else
        console_send(c, &command);
}

static void ask_export(struct console *c)
{
    c->dialog.tagged = console_tagged(c);
    dialog_prompt(&c->dialog, "export ");
}

/* The beginning of the ':' line that does what a dialog would. */
static bool line_for(char *to, size_t size, enum action action, bool upsert)
{
    enum knob k = action == ACTION_TUNE_LIMITS ? KNOB_RPM
                  : action == ACTION_TUNE_BATCH
                      ? (upsert ? KNOB_UPSERT_BATCH : KNOB_EMBED_BATCH)
                      : (upsert ? KNOB_UPSERT_WORKERS : KNOB_EMBED_WORKERS);

    snprintf(to, size, "%s ", action == ACTION_RETRY ? "retry"
                                                     : command_words[k].word);
    return action == ACTION_RETRY || action == ACTION_TUNE_BATCH ||
           action == ACTION_TUNE_WORKERS || action == ACTION_TUNE_LIMITS;
}

static enum console_wish console_act(struct console *c, enum action action)
{
    bool upsert = c->view.focus == PANE_UPSERTERS;
    char line[32];

    if (c->tiny && line_for(line, sizeof line, action, upsert)) {
        dialog_prompt(&c->dialog, line);
        return CONSOLE_NOTHING;
    }
    switch (action) {
    case ACTION_PAUSE:
        send_kind(c, c->snap.state == RUN_PAUSED ? COMMAND_RESUME
                                                 : COMMAND_PAUSE);
        break;
    case ACTION_PAUSE_STAGE:
        pause_stage(c);
        break;
    case ACTION_TUNE_BATCH:
        dialog_tune(&c->dialog, &c->snap,
                    upsert ? KNOB_UPSERT_BATCH : KNOB_EMBED_BATCH);
        break;
    case ACTION_TUNE_WORKERS:
        dialog_tune(&c->dialog, &c->snap,
                    upsert ? KNOB_UPSERT_WORKERS : KNOB_EMBED_WORKERS);
        break;
    case ACTION_TUNE_LIMITS:
        dialog_tune(&c->dialog, &c->snap, KNOB_RPM);
        break;
    case ACTION_MORE:
        step_batch(c, 1);
        break;
    case ACTION_LESS:
        step_batch(c, -1);
        break;
    case ACTION_RETRY:
        console_retry(c);
        break;
    case ACTION_RETRY_KIND:
        retry_kind(c);
        break;
    case ACTION_EXPORT:
        ask_export(c);
        break;
    case ACTION_UNDO:
        console_undo(c);
        break;
    case ACTION_CHECKPOINT:
        send_kind(c, COMMAND_CHECKPOINT);
        break;
    case ACTION_QUIT:
        console_quit(c);
        break;
    case ACTION_DRAIN:
        console_drain(c);
        break;
    case ACTION_INTERRUPT:
        return console_interrupt(c);
    default:
        break;
    }
    return CONSOLE_NOTHING;
}

/* --- sideways ---------------------------------------------------------------------- */

static bool has_workers(const struct console *c)
{
    return c->view.focus == PANE_EMBEDDERS || c->view.focus == PANE_UPSERTERS;
}

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

/* Workers have columns to sort by, failures have words that may be longer than
 * the row. */
static void console_move_sideways(struct console *c, int step)
{
    struct view *v = &c->view;
    int shift = v->shift + step * SHIFT_COLS;

    if (has_workers(c)) {
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

/* --- looking ----------------------------------------------------------------------- */

static bool console_move_action(struct console *c, enum action action)
{
    struct pane_view *p = &c->view.pane[c->view.focus];
    int64_t page = p->page > 1 ? p->page - 1 : 1;
    int at = (int)c->view.focus - 1, panes_all = PANE_END - 1;

    switch (action) {
    case ACTION_UP:
        console_move(c, -1);
        return true;
    case ACTION_DOWN:
        console_move(c, 1);
        return true;
    case ACTION_PAGE_UP:
        console_move(c, -page);
        return true;
    case ACTION_PAGE_DOWN:
        console_move(c, page);
        return true;
    case ACTION_HALF_UP:
        console_move(c, -(page + 1) / 2);
        return true;
    case ACTION_HALF_DOWN:
        console_move(c, (page + 1) / 2);
        return true;
    case ACTION_FIRST:
        console_move(c, -p->cursor - 1);
        return true;
    case ACTION_LAST:
        console_move(c, p->count - p->cursor);
        return true;
    case ACTION_LEFT:
        console_move_sideways(c, -1);
        return true;
    case ACTION_RIGHT:
        console_move_sideways(c, 1);
        return true;
    case ACTION_NEXT_PANE:
        c->view.focus = (enum pane_id)((at + 1) % panes_all + 1);
        return true;
    case ACTION_PREVIOUS_PANE:
        c->view.focus = (enum pane_id)((at + panes_all - 1) % panes_all + 1);
        return true;
    default:
        return false;
    }
}

/* Esc takes back one thing at a time and never quits. */
static void close_one(struct console *c)
{
    struct view *v = &c->view;

    if (v->toast_kind != TOAST_NONE)
        v->toast_kind = TOAST_NONE;
    else if (v->filter[0])
        console_clear_filter(c);
    else if (v->tags > 0)
        v->tags = 0;
    else
        v->zoomed = false;
}

static void open_row(struct console *c)
{
    const struct failure_row *row = console_failure(c);
    int worker = console_worker(c);

    if (row)
        dialog_failure(&c->dialog, row);
    else if (worker >= 0)
        dialog_worker(&c->dialog, c->view.focus == PANE_UPSERTERS, worker);
    else
        c->view.zoomed = !c->view.zoomed;
}

static void console_toggle_follow(struct console *c)
{
    struct view *v = &c->view;

    v->follow = !v->follow;
    if (v->follow)
        v->pane[PANE_FAILURES].cursor = 0;
    console_say(c, TOAST_SAY, v->follow
                                  ? "the failures follow the newest"
                                  : "the failures stand still");
}

static void console_sort(struct console *c, bool reverse)
{
    if (!has_workers(c)) {
        console_say(c, TOAST_ERROR, c->view.focus == PANE_FAILURES
                                        ? "failures keep their order, the "
                                          "newest first; / filters them"
                                        : "there is nothing to sort here");
    } else if (reverse) {
        c->view.pane[c->view.focus].reverse ^= true;
        say_sort(c);
    } else {
        sort_by(c, 1);
    }
}

static void console_next_graph(struct console *c)
{
    static const char *const names[GRAPH_COUNT] = { "blocks", "ASCII",
                                                    "braille" };
    char text[32];

    c->view.graph = (enum graph)((c->view.graph + 1) % GRAPH_COUNT);
    snprintf(text, sizeof text, "graphs in %s", names[c->view.graph]);
    console_say(c, TOAST_SAY, text);
}

static bool console_show_action(struct console *c, enum action action)
{
    struct view *v = &c->view;

    switch (action) {
    case ACTION_FOLLOW:
        console_toggle_follow(c);
        return true;
    case ACTION_SORT:
        console_sort(c, false);
        return true;
    case ACTION_REVERSE:
        console_sort(c, true);
        return true;
    case ACTION_TIME:
        v->ago = !v->ago;
        console_say(c, TOAST_SAY, v->ago ? "times as so long ago"
                                         : "times of day");
        return true;
    case ACTION_GRAPH:
        console_next_graph(c);
        return true;
    case ACTION_MOUSE:
        c->mouse = !c->mouse;
        console_say(c, TOAST_SAY,
                    c->mouse ? "mouse on: a click chooses, the wheel scrolls; "
                               "the terminal selects text with Shift"
                             : "mouse off: the terminal selects text again");
        return true;
    case ACTION_HELP:
        dialog_help(&c->dialog, v->focus);
        return true;
    case ACTION_DETACH:
        c->detached = true;
        return true;
    default:
        return false;
    }
}

static bool console_find_action(struct console *c, enum action action)
{
    struct view *v = &c->view;

    switch (action) {
    case ACTION_ZOOM:
        v->zoomed = !v->zoomed;
        return true;
    case ACTION_CLOSE:
        close_one(c);
        return true;
    case ACTION_OPEN:
        open_row(c);
        return true;
    case ACTION_TAG:
        console_tag(c);
        return true;
    case ACTION_FILTER:
        console_filter(c);
        return true;
    case ACTION_NEXT:
        console_seek(c, 1);
        return true;
    case ACTION_PREVIOUS:
        console_seek(c, -1);
        return true;
    case ACTION_PROMPT:
        c->dialog.tagged = console_tagged(c);
        dialog_prompt(&c->dialog, "");
        return true;
    default:
        return false;
    }
}

/* --- keys --------------------------------------------------------------------------- */

/* What is copied is what the log has of it: of a very long id the beginning. */
static enum console_wish copy_id(struct console *c)
{
    snprintf(c->copied, sizeof c->copied, "%s", c->dialog.row.id);
    console_say(c, TOAST_SAY,
                "id copied, if this terminal lets a program do so (OSC 52)");
    return CONSOLE_COPY;
}

static enum console_wish key_in_dialog(struct console *c, int key)
{
    struct dialog *d = &c->dialog;
    bool filtering = d->kind == DIALOG_FILTER;
    bool prompt = d->kind == DIALOG_PROMPT || filtering;
    enum dialog_end end;

    if (key == KEYCODE_CTRL_C && !prompt) {
        d->kind = DIALOG_NONE;
        return console_interrupt(c);
    }
    end = dialog_key(d, &c->snap, key);
    if (filtering)
        console_take_filter(c);
    if (d->detach)
        c->detached = true;
    if (end == DIALOG_OPEN)
        return CONSOLE_NOTHING;
    if (d->copy)
        return copy_id(c);
    if (*d->say)
        console_say(c, TOAST_ERROR, d->say);
    console_send_all(c, d->wish, d->wishes);
    return CONSOLE_NOTHING;
}

static void unknown_key(struct console *c, int key)
{
    bool hidden = c->view.read_only && keymap_find(key, false) != ACTION_NONE;

    if (c->hint_ms && c->snap.now_ms - c->hint_ms < HINT_MS)
        return;
    c->hint_ms = c->snap.now_ms;
    console_say(c, TOAST_SAY, hidden ? "this console only looks (--read-only)"
                                     : "? shows the keys");
}

static enum console_wish key_in_screen(struct console *c, int key)
{
    enum action action = keymap_find(key, c->view.read_only);

    if (c->view.toast_kind == TOAST_ERROR && action != ACTION_CLOSE)
        c->view.toast_kind = TOAST_NONE; /* it stays until a key */
    switch (action) {
    case ACTION_NONE:
        unknown_key(c, key);
        return CONSOLE_NOTHING;
    case ACTION_PANE:
        c->view.focus = (enum pane_id)(key - '0');
        return CONSOLE_NOTHING;
    case ACTION_REDRAW:
        return CONSOLE_REDRAW;
    case ACTION_SUSPEND:
        return CONSOLE_SUSPEND;
    default:
        if (console_move_action(c, action) || console_find_action(c, action) ||
            console_show_action(c, action))
            return CONSOLE_NOTHING;
        return console_act(c, action);
    }
}

enum console_wish console_key(struct console *c, int key)
{
    enum console_wish wish;

    console_catch_up(c);
    wish = c->dialog.kind != DIALOG_NONE ? key_in_dialog(c, key)
                                         : key_in_screen(c, key);
    console_ask(c);
    return wish;
}

/* --- mouse --------------------------------------------------------------------------- */

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

    if (c->dialog.kind != DIALOG_NONE || id == PANE_NONE)
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
        open_row(c);
    else if (at < p->count)
        console_move(c, at - p->cursor);
}
