/* What the dialogs share: their state, their box, their fields. */
#ifndef BATCHTOP_UI_DIALOGS_DIALOG_PARTS_H
#define BATCHTOP_UI_DIALOGS_DIALOG_PARTS_H

#include "ui/dialogs/dialog.h"

/* Open it instead of what is open, or over it, to which Esc then leads back;
 * its state. Instead of: the state of the one before is overwritten. */
void *dialog_open(struct dialog *d, const struct dialog_ops *ops);
void *dialog_open_over(struct dialog *d, const struct dialog_ops *ops);
void *dialog_state(struct dialog *d);

void dialog_wish(struct dialog *d, const struct command *c);

/* --- drawing ---------------------------------------------------------------- */

/* The box of a dialog that wants rows x cols: centred, the whole screen when
 * that is too small. Cleared and framed. */
struct canvas dialog_box(struct dialog *d, struct canvas *c, int rows,
                         int cols, const char *title, const char *right);
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
/* The sign of what is chosen, or its room; the terminal's cursor stands beside
 * it in cursor_col. */
void dialog_mark(struct dialog *d, struct canvas *box, int row, int col,
                 bool chosen, int cursor_col);
/* d->line in the last row, its end when it is too long, the cursor behind. */
void dialog_line(struct dialog *d, struct canvas *c, const char *lead);

/* The row on top behind a key, which may scroll; the end is known where it is
 * drawn. */
int dialog_scroll(int key, int first, int page);

/* --- fields ----------------------------------------------------------------- */

/* A number as it is typed, and why the last one was not taken. */
struct field {
    char typed[16];
    char refused[96];
};

/* What a key is in a dialog of fields: to another one (move), or to another
 * value (step); or it goes on with the number, of at most so many digits.
 * False: none of these. */
bool field_key(struct field *f, int key, size_t digits, int *move, int *step);
/* Take over what was typed, if anything; false, and said, when it is out of
 * range. "the batch", 1, 32, "": "the batch takes 1 to 32" */
bool field_take(struct field *f, const char *what, int64_t min, int64_t max,
                const char *unit, int64_t *value);

#endif
