/*
 * Screens as text, compared whole with the files of tests/screens.
 * BATCHTOP_UPDATE_SCREENS=1 writes them anew: then read the difference.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_GOLDEN_H
#define BATCHTOP_TESTS_SUPPORT_GOLDEN_H

#include "ui/draw/canvas.h"
#include "util/buf.h"

/* One time zone and one character set, whatever the machine has. */
void golden_begin(void);
/* Add a screen's text, a line per row, without spaces at the ends of lines. */
void golden_rows(struct buf *to, const struct canvas *c);
/* The same under a line that says what it is. */
void golden_text(struct buf *to, const char *what, const struct canvas *c);
/* Add a screen as looks: a letter for each, told below the screen. */
void golden_looks(struct buf *to, const char *what, const struct canvas *c,
                  enum theme theme);
/* Fail the test unless `got` is what tests/screens/NAME.txt holds. */
void golden_check(const char *name, const struct buf *got);

#endif
