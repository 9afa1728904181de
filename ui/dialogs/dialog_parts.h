/* What the dialogs share: their state, their box, their fields. */
#ifndef BATCHTOP_UI_DIALOGS_DIALOG_PARTS_H
#define BATCHTOP_UI_DIALOGS_DIALOG_PARTS_H

#include "ui/dialogs/dialog.h"

/* Open it instead of the open dialog, or over it, so that Esc leads back;
 * returns its state. "Instead" overwrites the state of the one before. */
void *dialog_open(struct dialog *d, const struct dialog_ops *ops);
void *dialog_open_over(struct dialog *d, const struct dialog_ops *ops);
void *dialog_state(struct dialog *d);

void dialog_add_command(struct dialog *d, const struct command *c);

/* --- drawing -------------------------------------------------------------- */

/* The box of a dialog that wants rows x cols: centred, or the whole screen if
 * that is too small. Cleared and framed. */
struct canvas dialog_box(struct dialog *d, struct canvas *c, int rows,
                         int cols, const char *title, const char *right);
/* Print inside the box, never on its frame; cuts what is too long. */
int dialog_printf(struct canvas *box, int row, int col, enum style style,
                  const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Bytes of text (at least one, unless it has ended) that make one line of at
 * most `width` columns: up to a newline, or broken after a space if there is
 * one. */
size_t dialog_wrap(const struct canvas *box, const char *text, int width);
/* How many lines of this width the text takes. */
int dialog_lines(const struct canvas *box, const char *text, int width);
/* Print the text in that many lines from `row` on, as far as the frame; returns
 * the row behind it. */
int dialog_text(struct canvas *box, int row, enum style style,
                const char *text);
/* The sign of the chosen row, or blanks; puts the terminal's cursor beside it
 * in cursor_col. */
void dialog_mark(struct dialog *d, struct canvas *box, int row, int col,
                 bool chosen, int cursor_col);
/* d->line in the last row, or its end if too long, with the cursor behind. */
void dialog_line(struct dialog *d, struct canvas *c, const char *lead);

/* The top row after a key that may scroll; drawing finds the end. */
int dialog_scroll(int key, int first, int page);

/* --- fields --------------------------------------------------------------- */

/* A number that a user types, and why the last one was refused. */
struct field {
    char typed[16];
    char refused[96];
};

/* Handle a key in a dialog of fields: go to another field (move) or value
 * (step), or add to the number, which has at most so many digits. False: none
 * of these. */
bool field_key(struct field *f, int key, size_t digits, int *move, int *step);
/* Take the typed number, if any; false, with a message, when it is out of
 * range. "the batch", 1, 32, "": "the batch takes 1 to 32" */
bool field_take(struct field *f, const char *what, int64_t min, int64_t max,
                const char *unit, int64_t *value);

#endif
