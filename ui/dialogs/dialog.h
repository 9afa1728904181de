/*
 * Dialogs: boxes over the screen that take the keys until they close. They
 * draw on the canvas and turn keys into wishes, which the console sends
 * through its door. While one is open the run goes on behind it.
 *
 * A dialog is a table of functions with a state of its own, which nobody else
 * sees: a new one is a file with its dialog_ops, and the line here that opens
 * it.
 *
 * Threads     The screen's own.
 */
#ifndef BATCHTOP_UI_DIALOGS_DIALOG_H
#define BATCHTOP_UI_DIALOGS_DIALOG_H

#include "ui/draw/canvas.h"
#include "ui/keys/keymap.h"
#include "ui/keys/line.h"
#include "ui/dialogs/messages.h"

#include <stddef.h>

enum { DIALOG_WISHES = SNAPSHOT_KINDS, DIALOG_STATE = 4096 };

/* What came of a key. */
enum dialog_end {
    DIALOG_OPEN,  /* stays open */
    DIALOG_CLOSED /* closed: the wishes, if any, are to be sent */
};

struct dialog;

struct dialog_ops {
    const char *name;
    size_t state_size; /* at most DIALOG_STATE; all zero when it opens */
    void (*draw)(struct dialog *d, const struct snapshot *s,
                 struct canvas *c);
    /* NULL: none but those that close it. Esc and q never come here, unless
     * it is typed. */
    enum dialog_end (*key)(struct dialog *d, const struct snapshot *s,
                           int key);
    bool is_read;   /* Enter closes it, too, and does not come either */
    bool is_typed;  /* it is the last row, and ^C closes it alone */
    bool is_filter; /* the console takes d->line over after each key */
    bool is_of_run; /* it has no sense once the run is over */
};

struct dialog {
    const struct dialog_ops *ops;    /* NULL: none is open */
    bool read_only;                  /* what acts is neither shown nor heard */
    bool guest;                      /* others began the run */
    const struct messages *messages; /* what was said; of the console */
    struct failure_select tagged;    /* the tagged ones, for export and retry */
    struct line line;                /* of one that is typed */
    struct line_history history;     /* of the ':' line */

    struct command wish[DIALOG_WISHES]; /* out: on DIALOG_CLOSED */
    size_t wishes;
    char copy[64];              /* out: an id, to the clipboard */
    bool detach;                /* out: the run goes on without us */
    char say[160];              /* out: a message of the dialog's own */
    int cursor_row, cursor_col; /* out: of draw; -1 none */

    int top, left; /* of the box that is drawn, to which the cursor belongs */
    const struct dialog_ops *below; /* it comes back behind this one; or NULL */
    _Alignas(max_align_t) unsigned char state[2][DIALOG_STATE];
};

/* Open one; what was typed before (history) is kept. */
void dialog_tune(struct dialog *d, const struct snapshot *s,
                 enum knob first);
/* Of d->tagged, too, if there are any, and of the row, if it is owed. */
void dialog_retry(struct dialog *d, const struct snapshot *s,
                  const struct failure_row *row);
/* The retry of this kind with something changed: the settings of the run, or
 * how its records are read, or words where only others can change it. */
void dialog_change(struct dialog *d, const struct snapshot *s,
                   const struct failure_kind *k, const struct command *retry);
void dialog_leave(struct dialog *d);
void dialog_help(struct dialog *d, enum pane_id focus);
void dialog_messages(struct dialog *d);
void dialog_worker(struct dialog *d, bool upserter, int index);
void dialog_failure(struct dialog *d, const struct failure_row *row);
/* The document that the row speaks of. */
void dialog_document(struct dialog *d, const struct snapshot *s,
                     const struct failure_row *row);
/* The question before something final; c is sent on yes. */
void dialog_sure(struct dialog *d, const struct command *c,
                 const char *question);
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
/* A document that is owed still: not one that was stored or given up since. */
bool failure_is_owed(const struct failure_row *row);
/* The kind a row is of, as a selection; how many of it are owed, 0: none. */
uint64_t failure_kind_of(const struct failure_row *row,
                         const struct snapshot *s,
                         struct failure_select *select);

#endif
