/*
 * Dialogs: boxes over the screen that take the keys until they close. They draw
 * on the canvas and turn keys into commands, which the console sends through
 * its door. The run goes on while one is open.
 *
 * A dialog is a table of functions with a private state: a new one is a file
 * with its dialog_ops, and the line here that opens it.
 *
 * Threads     The screen's own.
 */
#ifndef BATCHTOP_UI_DIALOGS_DIALOG_H
#define BATCHTOP_UI_DIALOGS_DIALOG_H

#include "ui/draw/canvas.h"
#include "ui/keys/keymap.h"
#include "ui/keys/line.h"
#include "ui/panes/event_log.h"

#include <stddef.h>

enum { DIALOG_COMMANDS = SNAPSHOT_KINDS, DIALOG_STATE = 4096 };

/* What came of a key. */
enum dialog_end {
    DIALOG_OPEN,  /* stays open */
    DIALOG_CLOSED /* closed: send its commands, if there are any */
};

struct dialog;

struct dialog_ops {
    const char *name;
    size_t state_size; /* at most DIALOG_STATE; zeroed when it opens */
    void (*draw)(struct dialog *d, const struct snapshot *s,
                 struct canvas *c);
    /* NULL: only keys that close it. Esc and q never come here, unless
     * is_typed. */
    enum dialog_end (*key)(struct dialog *d, const struct snapshot *s,
                           int key);
    bool is_read;   /* Enter closes it, too, and does not come here */
    bool is_typed;  /* it is the last row, and only ^C closes it */
    bool is_filter; /* the console copies d->line after each key */
    bool is_of_run; /* it makes no sense after the end of the run */
};

struct dialog {
    const struct dialog_ops *ops;    /* NULL: none is open */
    bool read_only;                  /* hide and ignore what acts on the run */
    bool guest;                      /* others began the run */
    const struct event_log *log;     /* of the run; the console's */
    int64_t wall_s;                  /* now */
    struct failure_select tagged;    /* the tagged ones, for export and retry */
    struct line line;                /* of one that is typed */
    struct line_history history;     /* of the ':' line */

    struct command command[DIALOG_COMMANDS]; /* out: on DIALOG_CLOSED */
    size_t commands;
    char copy[64];              /* out: an id, to the clipboard */
    bool detach;                /* out: detach, the run goes on without us */
    char say[160];              /* out: a message of the dialog's own */
    int cursor_row, cursor_col; /* out: of draw; -1 none */

    int top, left; /* of the box, to which the cursor is relative */
    const struct dialog_ops *below; /* opens when this one closes; or NULL */
    _Alignas(max_align_t) unsigned char state[2][DIALOG_STATE];
};

/* Open one; the history of the ':' line stays. */
void dialog_tune(struct dialog *d, const struct snapshot *s,
                 enum knob first);
/* It offers d->tagged and the row, too, if they have open failures. */
void dialog_retry(struct dialog *d, const struct snapshot *s,
                  const struct failure_row *row);
/* Retry this kind after a change: of the run's settings, or of how to read its
 * records; or say what only others can change. */
void dialog_change(struct dialog *d, const struct snapshot *s,
                   const struct failure_kind *k, const struct command *retry);
void dialog_leave(struct dialog *d);
void dialog_help(struct dialog *d, enum pane_id focus);
void dialog_events(struct dialog *d);
void dialog_worker(struct dialog *d, bool upserter, int index);
void dialog_failure(struct dialog *d, const struct failure_row *row);
/* The document of the row. */
void dialog_document(struct dialog *d, const struct snapshot *s,
                     const struct failure_row *row);
/* The question before something final; "yes" sends c. */
void dialog_sure(struct dialog *d, const struct command *c,
                 const char *question);
/* And before "yes": offer to change something for the failures of this kind. */
void dialog_sure_change(struct dialog *d, const char *kind);
/* The question before a cause is retried. */
void dialog_cause(struct dialog *d, const struct snapshot *s,
                  const struct cause_view *k);
void dialog_prompt(struct dialog *d, const char *begin);
void dialog_filter(struct dialog *d, const char *begin);
void dialog_close(struct dialog *d);

/* Draw the open dialog over the screen on c. */
void dialog_draw(struct dialog *d, const struct snapshot *s,
                 struct canvas *c);
enum dialog_end dialog_key(struct dialog *d, const struct snapshot *s,
                           int key);

/* The next value on the ladder 1 2 4 8 16 24 32 48 64 96 128 192 256 ... */
int64_t ladder_step(int64_t value, int direction, int64_t max);
/* An open failure: its document was not stored or given up since. */
bool failure_row_is_open(const struct failure_row *row);
#endif
