/*
 * The loop: a snapshot, a drawing, a difference for the terminal; then a wait
 * for a key, a signal or the next frame. Four frames a second while something
 * moves, one when nothing does, and one at once after a key.
 */
#include "config.h"
#include "ui/app.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "ui/dialog.h"
#include "ui/input.h"
#include "ui/layout.h"
#include "ui/screen.h"
#include "util/str.h"

enum { TOAST_MS = 5000, UNDO_MS = 30000, STEP_MS = 250, HINT_MS = 1000,
       SLOW_MS = 1000, GONE_READS = 20 };

struct undo {
    bool possible;
    struct command command; /* what undoes it */
    int64_t since_ms;
};

struct app {
    struct run *run;
    struct app_options opt;
    struct screen *screen;
    struct canvas *canvas;
    struct view view;
    struct dialog dialog;
    struct snapshot snap;
    struct undo knob, pause;
    int64_t toast_ms, step_ms, hint_ms, suspended_ms;
    uint64_t message_seen, moved_seen;
    int interrupts;
    bool over, left, done_said;
    atomic_uint signals; /* bit per signal of enum told */
    int wake_fd;
};

enum told { TOLD_RESIZE = 1, TOLD_STOP = 2, TOLD_CONTINUE = 4,
            TOLD_HANGUP = 8 };

bool app_possible(void)
{
    return screen_possible();
}

void app_signal(struct app *a, int signo)
{
    uint64_t one = 1;
    unsigned bit = signo == SIGWINCH  ? TOLD_RESIZE
                   : signo == SIGTSTP ? TOLD_STOP
                   : signo == SIGCONT ? TOLD_CONTINUE
                   : signo == SIGHUP  ? TOLD_HANGUP
                                      : 0;

    atomic_fetch_or(&a->signals, bit);
    if (write(a->wake_fd, &one, sizeof one) < 0)
        return; /* it is full: the console wakes anyway */
}

/* --- the message line ------------------------------------------------------------- */

static void toast(struct app *a, enum toast_kind kind, const char *text)
{
    struct view *v = &a->view;

    v->toast_kind = kind;
    snprintf(v->toast, sizeof v->toast, "%s", text);
    v->toast_key = (struct keybar_item){ .key = "" };
    a->toast_ms = a->snap.now_ms;
}

static void offer_undo(struct app *a)
{
    snprintf(a->view.toast_key.key, sizeof a->view.toast_key.key, "u");
    snprintf(a->view.toast_key.word, sizeof a->view.toast_key.word, "undo");
}

static void age_toast(struct app *a)
{
    if (a->view.toast_kind == TOAST_SAY &&
        a->snap.now_ms - a->toast_ms > TOAST_MS)
        a->view.toast_kind = TOAST_NONE;
}

/* --- sending ------------------------------------------------------------------------ */

/* How to take a change back, as long as the old value is known. */
static void note_undo(struct app *a, const struct command *c)
{
    struct undo *u = c->kind == COMMAND_SET ? &a->knob : &a->pause;

    u->possible = true;
    u->since_ms = a->snap.now_ms;
    u->command = *c;
    if (c->kind == COMMAND_SET)
        u->command.value = a->snap.knob[c->knob];
    else
        u->command.kind = c->kind == COMMAND_PAUSE ? COMMAND_RESUME
                                                   : COMMAND_PAUSE;
}

static bool send(struct app *a, const struct command *c)
{
    bool can_undo = c->kind == COMMAND_SET || c->kind == COMMAND_PAUSE ||
                    c->kind == COMMAND_RESUME;
    char said[160];
    struct error err;

    if (a->opt.read_only && c->kind != COMMAND_DRAIN &&
        c->kind != COMMAND_STOP) {
        toast(a, TOAST_ERROR, "this console only looks (--read-only)");
        return false;
    }
    if (!run_command(a->run, c, said, sizeof said, &err)) {
        toast(a, TOAST_ERROR, err.text);
        return false;
    }
    toast(a, TOAST_SAY, said);
    if (can_undo) {
        note_undo(a, c);
        offer_undo(a);
    }
    if (c->kind == COMMAND_STOP)
        a->left = true;
    return true;
}

static void send_kind(struct app *a, enum command_kind kind)
{
    struct command c = { .kind = kind, .origin = "the operator" };

    send(a, &c);
}

static void undo(struct app *a)
{
    struct undo *u = a->knob.possible &&
                             (!a->pause.possible ||
                              a->knob.since_ms >= a->pause.since_ms)
                         ? &a->knob
                         : &a->pause;
    struct command c = u->command;
    bool late = a->snap.now_ms - u->since_ms > UNDO_MS;

    if (!u->possible || late) {
        toast(a, TOAST_ERROR,
              u->possible ? "too late to undo that: 30 s have passed"
                          : "there is nothing to undo");
        return;
    }
    u->possible = false;
    if (send(a, &c))
        u->possible = false; /* undoing is not undone again */
}

/* --- what keys do -------------------------------------------------------------------- */

static bool in_flight(const struct app *a)
{
    return a->snap.state != RUN_DONE && a->snap.state != RUN_FAILED;
}

static void quit(struct app *a)
{
    if (!in_flight(a))
        a->left = true;
    else if (a->snap.state == RUN_DRAINING)
        send_kind(a, COMMAND_STOP);
    else
        dialog_leave(&a->dialog);
}

static void drain(struct app *a)
{
    if (!in_flight(a))
        a->left = true;
    else if (a->snap.state == RUN_DRAINING)
        send_kind(a, COMMAND_STOP);
    else
        send_kind(a, COMMAND_DRAIN);
}

/* Ctrl-C: drain, then stop, then leave at once. */
static void interrupt(struct app *a)
{
    if (!in_flight(a)) {
        a->left = true;
        return;
    }
    switch (++a->interrupts) {
    case 1:
        send_kind(a, COMMAND_DRAIN);
        toast(a, TOAST_SAY,
              "draining; ^C again stops now, what is in flight is sent again "
              "on resume");
        break;
    case 2:
        send_kind(a, COMMAND_STOP);
        break;
    default:
        raise(SIGABRT); /* the crash handler gives the terminal back */
    }
}

static void step_batch(struct app *a, int direction)
{
    bool upsert = a->view.focus == PANE_UPSERTERS;
    struct command c = { .kind = COMMAND_SET,
                         .knob = upsert ? KNOB_UPSERT_BATCH
                                        : KNOB_EMBED_BATCH };

    if (a->snap.now_ms - a->step_ms < STEP_MS)
        return; /* a held key walks four steps a second */
    a->step_ms = a->snap.now_ms;
    c.value = ladder_step(a->snap.knob[c.knob], direction,
                          a->snap.knob_max[c.knob]);
    if (c.value != a->snap.knob[c.knob])
        send(a, &c);
}

static const struct failure_row *failure_under(const struct app *a)
{
    int at = a->view.failure_at;

    return a->view.focus == PANE_FAILURES && at >= 0 &&
                   (uint32_t)at < a->snap.failure_count
               ? &a->snap.failures[at]
               : NULL;
}

static void retry_kind(struct app *a)
{
    const struct failure_row *row = failure_under(a);

    if (!row) {
        toast(a, TOAST_ERROR, "choose a row of the failures first (6)");
        return;
    }
    dialog_failure(&a->dialog, row);
    if (dialog_key(&a->dialog, &a->snap, 'R') == DIALOG_CLOSED)
        for (size_t i = 0; i < a->dialog.wishes; i++)
            send(a, &a->dialog.wish[i]);
    a->dialog.kind = DIALOG_NONE;
}

static void move(struct app *a, int64_t by)
{
    struct pane_view *p = &a->view.pane[a->view.focus];

    p->cursor += by;
    if (p->cursor < 0)
        p->cursor = 0;
    if (a->view.focus == PANE_FAILURES) {
        if (by < 0 && p->cursor == 0)
            a->view.follow = true; /* the newest is on top */
        else
            a->view.follow = false;
    }
}

static void focus(struct app *a, int step)
{
    int at = (int)a->view.focus - 1 + step;

    a->view.focus = (enum pane_id)((at + PANE_END - 1) % (PANE_END - 1) + 1);
}

static bool moving(struct app *a, enum action action)
{
    struct pane_view *p = &a->view.pane[a->view.focus];
    int64_t page = p->page > 1 ? p->page - 1 : 1;

    switch (action) {
    case ACTION_UP:
        move(a, -1);
        return true;
    case ACTION_DOWN:
        move(a, 1);
        return true;
    case ACTION_PAGE_UP:
        move(a, -page);
        return true;
    case ACTION_PAGE_DOWN:
        move(a, page);
        return true;
    case ACTION_HALF_UP:
        move(a, -(page + 1) / 2);
        return true;
    case ACTION_HALF_DOWN:
        move(a, (page + 1) / 2);
        return true;
    case ACTION_FIRST:
        move(a, -p->cursor);
        return true;
    case ACTION_LAST:
        move(a, p->count > 0 ? p->count - 1 - p->cursor : 0);
        return true;
    case ACTION_NEXT_PANE:
        focus(a, 1);
        return true;
    case ACTION_PREVIOUS_PANE:
        focus(a, -1);
        return true;
    default:
        return false;
    }
}

static bool looking(struct app *a, enum action action)
{
    struct view *v = &a->view;

    switch (action) {
    case ACTION_ZOOM:
        v->zoomed = !v->zoomed;
        return true;
    case ACTION_CLOSE:
        v->zoomed = false;
        v->toast_kind = TOAST_NONE;
        return true;
    case ACTION_FOLLOW:
        v->follow = !v->follow;
        if (v->follow)
            v->pane[PANE_FAILURES].cursor = 0;
        return true;
    case ACTION_TIME:
        v->ago = !v->ago;
        return true;
    case ACTION_GRAPH:
        v->graph = (enum graph)((v->graph + 1) % GRAPH_COUNT);
        return true;
    case ACTION_HELP:
        dialog_help(&a->dialog);
        return true;
    case ACTION_PROMPT:
        dialog_prompt(&a->dialog, "");
        return true;
    case ACTION_REDRAW:
        screen_redraw(a->screen);
        return true;
    case ACTION_SUSPEND:
        screen_suspend(a->screen);
        return true;
    case ACTION_DETACH:
        toast(a, TOAST_SAY,
              "start it inside tmux or screen, then detach there: the run "
              "goes on");
        return true;
    default:
        return false;
    }
}

static void acting(struct app *a, enum action action)
{
    switch (action) {
    case ACTION_PAUSE:
        send_kind(a, a->snap.state == RUN_PAUSED ? COMMAND_RESUME
                                                 : COMMAND_PAUSE);
        break;
    case ACTION_TUNE_BATCH:
        dialog_tune(&a->dialog, &a->snap,
                    a->view.focus == PANE_UPSERTERS ? KNOB_UPSERT_BATCH
                                                    : KNOB_EMBED_BATCH);
        break;
    case ACTION_TUNE_WORKERS:
        dialog_tune(&a->dialog, &a->snap, KNOB_EMBED_WORKERS);
        break;
    case ACTION_TUNE_LIMITS:
        dialog_tune(&a->dialog, &a->snap, KNOB_RPM);
        break;
    case ACTION_MORE:
        step_batch(a, 1);
        break;
    case ACTION_LESS:
        step_batch(a, -1);
        break;
    case ACTION_RETRY:
        if (a->snap.failures_open)
            dialog_retry(&a->dialog, &a->snap);
        else
            toast(a, TOAST_ERROR, "nothing has failed");
        break;
    case ACTION_RETRY_KIND:
        retry_kind(a);
        break;
    case ACTION_OPEN:
        if (failure_under(a))
            dialog_failure(&a->dialog, failure_under(a));
        break;
    case ACTION_EXPORT:
        dialog_prompt(&a->dialog, "export ");
        break;
    case ACTION_UNDO:
        undo(a);
        break;
    case ACTION_CHECKPOINT:
        send_kind(a, COMMAND_CHECKPOINT);
        break;
    case ACTION_QUIT:
        quit(a);
        break;
    case ACTION_DRAIN:
        drain(a);
        break;
    case ACTION_INTERRUPT:
        interrupt(a);
        break;
    default:
        break;
    }
}

static void key_in_dialog(struct app *a, int key)
{
    struct dialog *d = &a->dialog;

    if (key == KEYCODE_CTRL_C && d->kind != DIALOG_PROMPT) {
        d->kind = DIALOG_NONE;
        interrupt(a);
        return;
    }
    if (dialog_key(d, &a->snap, key) == DIALOG_OPEN)
        return;
    if (*d->say)
        toast(a, TOAST_ERROR, d->say);
    for (size_t i = 0; i < d->wishes; i++)
        send(a, &d->wish[i]);
}

static void key_in_screen(struct app *a, int key)
{
    enum action action = keymap_find(key, a->opt.read_only);

    if (a->view.toast_kind == TOAST_ERROR)
        a->view.toast_kind = TOAST_NONE; /* it stays until a key */
    if (action == ACTION_PANE)
        a->view.focus = (enum pane_id)(key - '0');
    else if (action == ACTION_NONE && a->snap.now_ms - a->hint_ms > HINT_MS) {
        a->hint_ms = a->snap.now_ms;
        toast(a, TOAST_SAY, "? shows the keys");
    } else if (!moving(a, action) && !looking(a, action)) {
        acting(a, action);
    }
}

/* How many there were: a dead terminal is readable and has none. */
static int handle_keys(struct app *a)
{
    int key, n = 0;

    for (; (key = input_key()) != KEYCODE_NONE; n++) {
        if (key == KEYCODE_RESIZE)
            screen_resize(a->screen);
        else if (a->dialog.kind != DIALOG_NONE)
            key_in_dialog(a, key);
        else
            key_in_screen(a, key);
    }
    return n;
}

/* --- frames ----------------------------------------------------------------------------- */

static void draw(struct app *a)
{
    int rows, cols, row, col;
    struct view *v = &a->view;

    screen_size(a->screen, &rows, &cols);
    if ((a->canvas->rows != rows || a->canvas->cols != cols) &&
        !canvas_resize(a->canvas, rows, cols))
        return;
    v->wall_s = (int64_t)time(NULL);
    keymap_bar(&a->snap, v);
    layout_draw(&a->snap, v, a->canvas);
    a->snap.failures_first = v->failures_first;
    row = v->cursor_row;
    col = v->cursor_col;
    if (a->dialog.kind != DIALOG_NONE) {
        dialog_draw(&a->dialog, &a->snap, a->canvas);
        row = a->dialog.cursor_row;
        col = a->dialog.cursor_col;
    }
    screen_paint(a->screen, a->canvas, row, col);
}

/* The engine's own words come onto the message line, too. */
static void hear(struct app *a)
{
    struct snapshot *s = &a->snap;
    char text[200], n[24];

    if (s->message_seq != a->message_seen) {
        a->message_seen = s->message_seq;
        toast(a, TOAST_SAY, s->message);
    }
    if (s->state == RUN_DONE && s->failures_open && !a->done_said) {
        a->done_said = true;
        snprintf(text, sizeof text, "done; %s failed: r retries, q leaves",
                 str_count(n, sizeof n, s->failures_open));
        toast(a, TOAST_ERROR, text);
    } else if (s->state != RUN_DONE) {
        a->done_said = false;
    }
}

static bool ended(const struct app *a)
{
    const struct snapshot *s = &a->snap;

    if (s->state == RUN_FAILED || s->state == RUN_STOPPING)
        return true;
    return s->state == RUN_DONE &&
           (s->failures_open == 0 || a->interrupts > 0 || !s->reading_done);
}

static void frame(struct app *a)
{
    run_snapshot(a->run, &a->snap);
    if (a->dialog.kind == DIALOG_LEAVE && !in_flight(a))
        a->dialog.kind = DIALOG_NONE; /* the question is answered */
    hear(a);
    age_toast(a);
    draw(a);
}

static bool handle_signals(struct app *a)
{
    unsigned told = atomic_exchange(&a->signals, 0);
    uint64_t count;

    if (read(a->wake_fd, &count, sizeof count) < 0)
        count = 0;
    if (told & TOLD_RESIZE)
        screen_resize(a->screen);
    if (told & TOLD_STOP)
        screen_suspend(a->screen);
    if (told & TOLD_CONTINUE)
        screen_redraw(a->screen);
    return !(told & TOLD_HANGUP);
}

/* Slow down while nothing moves; a paused run need not be drawn at full
 * pace. */
static int frame_ms(struct app *a)
{
    uint64_t moved = a->snap.processed + a->snap.in_flight * 31 +
                     a->snap.failures_seq * 1009;
    int ms = 1000 / a->opt.fps;

    if (moved == a->moved_seen)
        ms = SLOW_MS;
    a->moved_seen = moved;
    return ms;
}

struct app *app_new(struct run *run, const struct app_options *opt,
                    struct error *err)
{
    struct app *a = calloc(1, sizeof *a);

    if (!a) {
        error_set(err, ERROR_MEMORY, 0, "no memory for the console");
        return NULL;
    }
    a->run = run;
    a->opt = *opt;
    a->opt.fps = opt->fps ? opt->fps : 4;
    view_init(&a->view);
    a->view.read_only = opt->read_only;
    a->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    a->screen = screen_open(opt, err);
    if (a->screen)
        a->canvas = canvas_new(1, 1, screen_ascii(a->screen));
    if (!a->canvas) {
        app_free(a);
        return NULL;
    }
    frame(a);
    return a;
}

void app_free(struct app *a)
{
    if (!a)
        return;
    screen_close(a->screen);
    canvas_free(a->canvas);
    if (a->wake_fd >= 0)
        close(a->wake_fd);
    free(a);
}

enum app_end app_main(struct app *a)
{
    int empty = 0;

    for (;;) {
        frame(a);
        if (a->left)
            return APP_QUIT;
        if (ended(a))
            return APP_ENDED;
        switch (screen_wait(a->screen, a->wake_fd, frame_ms(a))) {
        case SCREEN_KEY:
            empty = handle_keys(a) ? 0 : empty + 1;
            break;
        case SCREEN_WOKEN:
            if (!handle_signals(a))
                return APP_HANGUP;
            break;
        case SCREEN_GONE:
            return APP_HANGUP;
        case SCREEN_NOTHING:
            empty = 0;
            break;
        }
        if (empty > GONE_READS)
            return APP_HANGUP;
    }
}
