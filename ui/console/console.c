/* This file has the console's state between two frames: it takes snapshots,
 * sends commands, keeps the message line and what can be undone, and draws
 * everything. The keys are in console_keys.c. */
#include "config.h"
#include "ui/console/console.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ui/draw/figures.h"
#include "ui/panes/layout.h"
#include "ui/panes/pane_failures.h"
#include "util/str.h"

enum { TOAST_MS = 5000, UNDO_MS = 30000 };

void console_init(struct console *c, const struct door *door,
                  bool read_only)
{
    memset(c, 0, sizeof *c);
    c->door = *door;
    view_init(&c->view);
    c->view.read_only = read_only;
    c->dialog.read_only = read_only;
    c->view.log = &c->log;
    c->dialog.log = &c->log;
}

bool console_under_way(const struct console *c)
{
    return c->snap.state != RUN_DONE && c->snap.state != RUN_FAILED;
}

bool console_ended(const struct console *c)
{
    const struct snapshot *s = &c->snap;

    if (s->state == RUN_FAILED || s->state == RUN_STOPPING)
        return true;
    return s->state == RUN_DONE &&
           ((s->failures_open == 0 && !c->stay) || c->interrupts > 0 ||
            !s->reading_done);
}

/* --- the message line ----------------------------------------------------- */

void console_say(struct console *c, enum toast_kind kind, const char *text)
{
    struct view *v = &c->view;

    v->toast_kind = kind;
    snprintf(v->toast, sizeof v->toast, "%s", text);
    v->toast_key = (struct keybar_item){ .key = "" };
    c->toast_ms = c->snap.now_ms;
}

static void offer_undo(struct console *c)
{
    snprintf(c->view.toast_key.key, sizeof c->view.toast_key.key, "u");
    snprintf(c->view.toast_key.word, sizeof c->view.toast_key.word, "undo");
}

static void age_toast(struct console *c)
{
    if (c->view.toast_kind == TOAST_SAY &&
        c->snap.now_ms - c->toast_ms > TOAST_MS)
        c->view.toast_kind = TOAST_NONE;
}

/* --- sending -------------------------------------------------------------- */

/* The stages that the command makes pause or go on; if there are none, those
 * that it names. */
static uint32_t console_turned_stages(const struct snapshot *s,
                                      const struct command *command)
{
    bool pause = command->kind == COMMAND_PAUSE;
    uint32_t all = pause ? STAGES_INTAKE : STAGES_ALL;
    uint32_t named = command->stages ? command->stages : all;
    uint32_t stages = named & (pause ? ~s->paused : s->paused);

    return stages ? stages : command->stages;
}

/* How to take a change back, if the old value is known. */
static struct command undo_of(const struct console *c,
                              const struct command *command)
{
    struct command back = *command;

    if (command->kind == COMMAND_SET) {
        back.value = c->snap.knob[command->knob];
    } else {
        back.kind = command->kind == COMMAND_PAUSE ? COMMAND_RESUME
                                                   : COMMAND_PAUSE;
        back.stages = console_turned_stages(&c->snap, command);
    }
    return back;
}

static void remember_undo(struct console *c, const struct command *back)
{
    struct undo *u = back->kind == COMMAND_SET ? &c->knob : &c->pause;

    if (!c->together || u->count == KNOB_COUNT)
        u->count = 0;
    u->command[u->count++] = *back;
    u->since_ms = c->snap.now_ms;
    u->for_ms = UNDO_MS;
    offer_undo(c);
}

static bool console_is_end(const struct command *command)
{
    return command->kind == COMMAND_DRAIN || command->kind == COMMAND_STOP;
}

/* The file exists already: ask whether it may be replaced. */
static void ask_overwrite(struct console *c, const struct command *command)
{
    struct command over = *command;
    uint64_t n = command->select.by == SELECT_TAGGED ? command->select.tags
                                                     : c->snap.failures_open;
    char question[384], count[48];

    over.overwrite = true;
    snprintf(question, sizeof question,
             "%s is there already. %s would replace it.", command->path,
             figure_of(count, sizeof count, n, "failure"));
    dialog_sure(&c->dialog, &over, question);
}

bool console_send(struct console *c, const struct command *command)
{
    bool can_undo = command->kind == COMMAND_SET ||
                    command->kind == COMMAND_PAUSE ||
                    command->kind == COMMAND_RESUME;
    struct command back = undo_of(c, command);
    char said[160];
    struct error err;

    if (c->view.read_only && !console_is_end(command) &&
        command->kind != COMMAND_SHOW) {
        console_say(c, TOAST_ERROR, "this console only looks (--read-only)");
        return false;
    }
    if (console_is_end(command) && !console_under_way(c)) {
        c->left = true;
        return true;
    }
    if (!c->door.command(c->door.to, command, said, sizeof said, &err)) {
        if (command->kind == COMMAND_EXPORT && err.code == EEXIST)
            ask_overwrite(c, command);
        else
            console_say(c, TOAST_ERROR, err.text);
        return false;
    }
    if (command->kind != COMMAND_SHOW) /* its answer is the document */
        console_say(c, TOAST_SAY, said);
    if (can_undo)
        remember_undo(c, &back);
    if (command->kind == COMMAND_STOP)
        c->left = true;
    return true;
}

/* One message says what all of them did, as far as the line goes. */
void console_send_all(struct console *c, const struct command *command,
                      size_t n)
{
    struct view *v = &c->view;
    char said[sizeof v->toast] = "";
    bool fine = true;

    for (size_t i = 0; i < n; i++) {
        size_t used = strlen(said);

        if (!console_send(c, &command[i])) {
            fine = false;
            continue;
        }
        c->together = true;
        snprintf(said + used, sizeof said - used, "%s%s", used ? "; " : "",
                 v->toast);
        if (command[i].select.by == SELECT_TAGGED)
            v->tagged.tags = 0;
    }
    c->together = false;
    if (fine && n > 1)
        snprintf(v->toast, sizeof v->toast, "%s", said);
}

void console_undo(struct console *c)
{
    struct undo *u = c->knob.count && (!c->pause.count ||
                                       c->knob.since_ms >= c->pause.since_ms)
                         ? &c->knob
                         : &c->pause;
    struct undo back = *u;
    char text[64];

    if (back.count == 0) {
        console_say(c, TOAST_ERROR, "there is nothing to undo");
        return;
    }
    if (c->snap.now_ms - back.since_ms > back.for_ms) {
        snprintf(text, sizeof text, "too late to undo that: %d s have passed",
                 (int)(back.for_ms / 1000));
        console_say(c, TOAST_ERROR, text);
        return;
    }
    u->count = 0;
    console_send_all(c, back.command, back.count);
    u->count = 0; /* an undo cannot be undone */
    c->view.toast_key.key[0] = '\0';
}

/* --- moments -------------------------------------------------------------- */

static void console_tell(struct console *c, const struct run_event *e)
{
    char text[EVENT_TEXT + EVENT_WHO + 2];

    if (e->kind == EVENT_KNOB)
        snprintf(text, sizeof text, "%s: %s", e->who, e->text);
    else
        snprintf(text, sizeof text, "%s", e->text);
    console_say(c, TOAST_SAY, text);
}

/* What the run tells goes onto the message line, but for what it told before
 * this console came, and what this console did itself: it has its answer. */
static void console_take_events(struct console *c)
{
    const struct snapshot *s = &c->snap;

    event_log_begin(&c->log, c->guest ? s->event_newest : 0);
    for (uint32_t i = 0; i < s->event_count; i++) {
        const struct run_event *e = &s->events[i];

        if (event_log_add(&c->log, e) && e->told && e->seq > c->log.old &&
            !(e->kind == EVENT_KNOB && strcmp(e->who, s->viewer) == 0))
            console_tell(c, e);
    }
}

static void console_say_end(struct console *c)
{
    struct snapshot *s = &c->snap;
    char text[200], n[24];

    if (s->state == RUN_DONE && (s->failures_open || c->stay) &&
        !c->done_said) {
        c->done_said = true;
        str_count(n, sizeof n, s->failures_open);
        if (*s->mend)
            snprintf(text, sizeof text,
                     "done; %s rejected: q leaves; then say %s", n, s->mend);
        else
            snprintf(text, sizeof text, "done; %s owed: r retries%s, q leaves",
                     n, snapshot_retry_helps(s) ? "" : " after a change");
        console_say(c, TOAST_ERROR,
                    s->failures_open ? text : "done; q leaves");
    } else if (s->state != RUN_DONE) {
        c->done_said = false;
    }
}

void console_see(struct console *c)
{
    struct view *v = &c->view;

    v->wall_s = c->dialog.wall_s = c->wall_s;
    c->answered = c->snap.ask;
    failures_advance(&c->snap, v);
    console_show_found(c);
    if (c->dialog.ops && c->dialog.ops->is_of_run && !console_under_way(c))
        dialog_close(&c->dialog); /* the question is answered */
    snprintf(v->drain_hint, sizeof v->drain_hint, "%s",
             c->interrupts ? "^C again: stop now" : "");
    console_take_events(c);
    console_say_end(c);
    age_toast(c);
}

void console_draw(struct console *c, struct canvas *canvas, int *row, int *col)
{
    struct view *v = &c->view;

    c->tiny = canvas->rows < TINY_ROWS || canvas->cols < TINY_COLS;
    keymap_bar(&c->snap, v);
    layout_draw(&c->snap, v, canvas);
    console_ask(c);
    *row = v->cursor_row;
    *col = v->cursor_col;
    if (c->dialog.ops) {
        dialog_draw(&c->dialog, &c->snap, canvas);
        *row = c->dialog.cursor_row;
        *col = c->dialog.cursor_col;
    }
}
