/*
 * Dialogs: boxes over the screen that take the keys until they close. They
 * draw on the canvas and turn keys into wishes, which app.c sends through
 * run_command(). While one is open the run goes on behind it.
 *
 * Threads     The screen's own.
 */
#ifndef BATCHTOP_UI_DIALOGS_DIALOG_H
#define BATCHTOP_UI_DIALOGS_DIALOG_H

#include "ui/draw/canvas.h"
#include "ui/keys/keymap.h"
#include "ui/keys/line.h"
#include "ui/dialogs/messages.h"

enum dialog_kind {
    DIALOG_NONE,
    DIALOG_TUNE,
    DIALOG_RETRY,
    DIALOG_CHANGE, /* what a kind needs before a retry of it can succeed */
    DIALOG_LEAVE,
    DIALOG_HELP,
    DIALOG_FAILURE,
    DIALOG_DOCUMENT, /* its text and error, paged */
    DIALOG_WORKER,
    DIALOG_MESSAGES,
    DIALOG_SURE,   /* a question before something final */
    DIALOG_PROMPT, /* the ':' line */
    DIALOG_FILTER  /* the '/' line */
};

/* What a retry is to be of. */
enum retry_what { RETRY_KINDS, RETRY_TAGGED, RETRY_ONE, RETRY_WHATS };

enum { DIALOG_WISHES = SNAPSHOT_KINDS, PROMPT_HISTORY = 20 };

/* What came of a key. */
enum dialog_end {
    DIALOG_OPEN,  /* stays open */
    DIALOG_CLOSED /* closed: the wishes, if any, are to be sent */
};

struct dialog {
    enum dialog_kind kind;
    bool read_only;                 /* what acts is neither shown nor heard */
    bool guest;                     /* others began the run */
    const struct messages *messages; /* what was said; of the console */
    int cursor;                     /* the focused row or field */
    int page;                       /* help; document: rows of a page */
    uint64_t seen;                  /* document: answers before it was asked */
    enum pane_id pane;              /* help: what has the focus */
    bool upserter;                  /* worker: of which stage ... */
    int worker;                     /* ... and which */
    struct failure_select tagged;   /* export, retry: the tagged ones */
    int64_t value[KNOB_COUNT];      /* tune: as they would be */
    char typed[16];                 /* tune, retry: a number being typed */
    char refused[96];               /* ... and why it is not taken */
    int field;                      /* retry */
    enum retry_what what;           /* retry */
    bool one;                       /* retry: of the row, too */
    enum retry_when when;           /* retry */
    int64_t batch;                  /* retry */
    bool then;                      /* tune: `sure` is sent behind it */
    char changed[24];               /* change: the kind */
    int option;                     /* change: the focused one */
    struct reread reread;         /* change */
    bool ticked[SNAPSHOT_KINDS];    /* retry */
    bool touched[SNAPSHOT_KINDS];   /* retry: ticked by hand */
    char keys[SNAPSHOT_KINDS][24];  /* retry: the kind a tick belongs to */
    struct failure_row row;         /* failure, document, retry: which */
    char question[384];             /* sure */
    struct command sure;            /* sure: sent on yes; change, tune: the
                                       retry */
    struct line line;               /* prompt, filter */
    char history[PROMPT_HISTORY][LINE_MAX_BYTES];
    size_t history_count, history_at;

    struct command wish[DIALOG_WISHES]; /* out: on DIALOG_CLOSED */
    size_t wishes;
    bool copy;                      /* out: row.id to the clipboard */
    bool detach;                    /* out: the run goes on without us */
    char say[160];                  /* out: a message of the dialog's own */
    int cursor_row, cursor_col;     /* out: of draw; -1 none */
};

/* Open one; the rest of the state (history) is kept. */
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
/* The document of the row that the failure's dialog speaks of. */
void dialog_document(struct dialog *d, const struct snapshot *s);
void dialog_sure(struct dialog *d, const struct command *c,
                 const char *question);
void dialog_prompt(struct dialog *d, const char *begin);
/* The caller takes d->line.text over after each key. */
void dialog_filter(struct dialog *d, const char *begin);

/* Draw the open dialog over the screen on c. */
void dialog_draw(struct dialog *d, const struct snapshot *s,
                 struct canvas *c);
enum dialog_end dialog_key(struct dialog *d, const struct snapshot *s,
                           int key);

/* The next value on the ladder 1 2 4 8 16 24 32 48 64 96 128 192 256 ... */
int64_t ladder_step(int64_t value, int direction, int64_t max);

/* --- shared by the dialogs ---------------------------------------------------- */

/* The box of a dialog that wants rows x cols: centred, the whole screen when
 * that is too small. Cleared and framed. */
struct canvas dialog_box(struct canvas *c, int rows, int cols,
                         const char *title, const char *right);
/* In the box and never on its frame: what is too long is cut. */
int dialog_printf(struct canvas *box, int row, int col, enum style style,
                  const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Bytes of text (at least one, but for its end) that make one line of at most
 * `width` columns: up to a newline, or broken behind a space if there is one. */
size_t dialog_wrap(const struct canvas *box, const char *text, int width);
/* How many lines of this width the text takes. */
int dialog_lines(const struct canvas *box, const char *text, int width);
/* The text in that many lines from `row` on, as far as the frame; the row
 * behind it. */
int dialog_text(struct canvas *box, int row, enum style style,
                const char *text);
/* d->line in the last row, its end when it is too long, the cursor behind. */
void dialog_line(struct dialog *d, struct canvas *c, const char *lead);
void dialog_wish(struct dialog *d, const struct command *c);
/* A document that is owed still: not one that was stored or given up since. */
bool failure_is_owed(const struct failure_row *row);
/* The kind a row is of, as a selection; how many of it are owed, 0: none. */
uint64_t failure_kind_of(const struct failure_row *row,
                         const struct snapshot *s,
                         struct failure_select *select);

void tune_draw(struct dialog *d, const struct snapshot *s, struct canvas *c);
enum dialog_end tune_key(struct dialog *d, const struct snapshot *s, int key);
/* What a setting would do, as far as that is known. */
void tune_effect(const struct dialog *d, const struct snapshot *s,
                 const struct canvas *c, enum knob k, char *to, size_t size);
/* What the embed batch means for requests and queues; false: not known. */
bool tune_tokens(const struct dialog *d, const struct snapshot *s, char *to,
                 size_t size);
bool tune_queues(const struct dialog *d, const struct snapshot *s, char *to,
                 size_t size);
void retry_draw(struct dialog *d, const struct snapshot *s, struct canvas *c);
enum dialog_end retry_key(struct dialog *d, const struct snapshot *s,
                          int key);
void change_draw(struct dialog *d, const struct snapshot *s,
                 struct canvas *c);
enum dialog_end change_key(struct dialog *d, const struct snapshot *s,
                           int key);
void leave_draw(struct dialog *d, const struct snapshot *s, struct canvas *c);
enum dialog_end leave_key(struct dialog *d, const struct snapshot *s,
                          int key);
void help_draw(struct dialog *d, const struct snapshot *s, struct canvas *c);
enum dialog_end help_key(struct dialog *d, const struct snapshot *s, int key);
void failure_draw(struct dialog *d, const struct snapshot *s,
                  struct canvas *c);
enum dialog_end failure_key(struct dialog *d, const struct snapshot *s,
                            int key);
void document_draw(struct dialog *d, const struct snapshot *s,
                   struct canvas *c);
enum dialog_end document_key(struct dialog *d, const struct snapshot *s,
                             int key);
void worker_draw(struct dialog *d, const struct snapshot *s,
                 struct canvas *c);
enum dialog_end worker_key(struct dialog *d, const struct snapshot *s,
                           int key);
void messages_draw(struct dialog *d, const struct snapshot *s,
                   struct canvas *c);
enum dialog_end messages_key(struct dialog *d, const struct snapshot *s,
                             int key);
void filter_draw(struct dialog *d, const struct snapshot *s,
                 struct canvas *c);
enum dialog_end filter_key(struct dialog *d, const struct snapshot *s,
                           int key);
void sure_draw(struct dialog *d, const struct snapshot *s, struct canvas *c);
enum dialog_end sure_key(struct dialog *d, const struct snapshot *s, int key);
void prompt_draw(struct dialog *d, const struct snapshot *s,
                 struct canvas *c);
enum dialog_end prompt_key(struct dialog *d, const struct snapshot *s,
                           int key);

#endif
