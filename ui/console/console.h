/*
 * The console without its terminal: a snapshot of the run, what the operator
 * chose to see of it, the open dialog, and what the keys do. app.c gives it
 * snapshots and keys and puts its canvas on a terminal; tests do the same with
 * scripted snapshots and a door of their own.
 *
 * Threads     The screen's own.
 */
#ifndef BATCHTOP_UI_CONSOLE_CONSOLE_H
#define BATCHTOP_UI_CONSOLE_CONSOLE_H

#include "api/door.h"
#include "ui/dialogs/dialog.h"
#include "ui/panes/event_log.h"

struct undo {
    size_t count; /* 0: there is nothing to undo */
    struct command command[KNOB_COUNT]; /* what undoes it */
    int64_t since_ms, for_ms; /* and it can be for so long */
};

/* What a key asks of the terminal. */
enum console_request {
    CONSOLE_NOTHING,
    CONSOLE_REDRAW,
    CONSOLE_SUSPEND,
    CONSOLE_COPY,   /* `copied` to the terminal's clipboard */
    CONSOLE_ABANDON /* leave at once, whatever is in flight */
};

struct console {
    struct door door;
    /* Of door.snapshot(), before console_see(); `ask` is the question for the
     * next. */
    struct snapshot snap;
    struct failure_ask answered; /* the question that its failures answer */
    int64_t wall_s;       /* now, for console_see() */
    struct view view;
    struct dialog dialog;
    struct event_log log; /* of the run, as far as it came */
    struct undo knob, pause;
    int64_t toast_ms, step_ms, hint_ms;
    char sought[FILTER_BYTES]; /* the last filter, for n and N */
    struct failure_ask seek; /* the match to find; seek 0: none */
    char copied[64]; /* an id, for the clipboard */
    bool together;   /* undo the next command together with the one before */
    int interrupts;
    bool mouse;      /* wanted by the operator */
    bool guest;      /* others began the run */
    bool stay;       /* done is no end until the operator leaves */
    bool left;       /* the operator leaves, the run is over */
    bool detached;   /* the operator leaves, the run goes on */
    bool done_said;
    enum console_request request; /* what the last key asks of the terminal */
    bool tiny;       /* no room for a dialog: use the ':' line */
};

struct mouse {
    int row, col;
    int wheel; /* -1 up, 1 down, 0: a click */
};

void console_init(struct console *c, const struct door *door,
                  bool read_only);
/* A new snapshot is in c->snap. */
void console_see(struct console *c);
/* Draw it, and set the place of the terminal's cursor (-1: nowhere). */
void console_draw(struct console *c, struct canvas *canvas, int *row,
                  int *col);
enum console_request console_key(struct console *c, int key);
void console_mouse(struct console *c, const struct mouse *m);
/* Is everything final with no open failures, or has the run ended? */
bool console_ended(const struct console *c);

/* --- shared by its files -------------------------------------------------- */

/* Show it on the message line; errors stay until a key. */
void console_say(struct console *c, enum toast_kind kind, const char *text);
/* Send it through the door; the answer goes onto the message line. */
bool console_send(struct console *c, const struct command *command);
/* Send several that belong together: one undo takes all settings back. */
void console_send_all(struct console *c, const struct command *command,
                      size_t n);
void console_undo(struct console *c);
bool console_under_way(const struct console *c);

/* Lists: the row under the cursor; NULL or -1 when there is none. */
const struct failure_row *console_failure(const struct console *c);
const struct cause_view *console_cause(const struct console *c);
int console_worker(const struct console *c);
/* Keys may come faster than frames: first apply what earlier keys asked for, so
 * that this key acts on that. */
void console_catch_up(struct console *c);
void console_move(struct console *c, int64_t by);
/* n and N: go to the next row that the last filter would keep. The engine
 * searches failures, since it has more of them; console_show_found() shows its
 * answer. */
void console_seek(struct console *c, int direction);
void console_show_found(struct console *c);
/* Put the question for the next snapshot into c->snap.ask. */
void console_ask(struct console *c);
void console_filter(struct console *c);       /* '/' */
void console_take_filter(struct console *c);  /* as typed so far */
void console_clear_filter(struct console *c);
void console_tag(struct console *c);
void console_to_top(struct console *c); /* of the failures: another list */

/* --- what the keys do: the rows of the keymap name these ------------------ */

/* console_acts.c */
void press_send(struct console *c, int kind);
void press_quit(struct console *c);
void press_drain(struct console *c);
void press_interrupt(struct console *c);
void press_detach(struct console *c);
void press_pause(struct console *c);
void press_pause_stage(struct console *c);
void press_advice(struct console *c);
void press_batch(struct console *c);
void press_workers(struct console *c);
void press_limits(struct console *c);
void press_step_batch(struct console *c, int direction);
void press_retry(struct console *c);
void press_retry_kind(struct console *c);
void press_export(struct console *c);

/* console_views.c */
void press_row(struct console *c, int direction);
void press_page(struct console *c, int direction);
void press_half_page(struct console *c, int direction);
void press_end(struct console *c, int direction);
void press_next_pane(struct console *c, int direction);
void press_pane(struct console *c, int key);
void press_sort(struct console *c);
void press_reverse(struct console *c);
void press_sideways(struct console *c, int step);
void press_close(struct console *c);
void press_open(struct console *c);
void press_zoom(struct console *c);
void press_help(struct console *c);
void press_events(struct console *c);
void press_prompt(struct console *c);
void press_one_by_one(struct console *c);
void press_follow(struct console *c);
void press_time(struct console *c);
void press_graph(struct console *c);
void press_mouse(struct console *c);
void press_request(struct console *c, int request);

#endif
