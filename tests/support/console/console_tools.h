/*
 * The console without a terminal, for tests: keys in, screens out, and a door
 * that only writes down what it hears.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_CONSOLE_CONSOLE_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_CONSOLE_CONSOLE_TOOLS_H

#include "core/failures/failure_log.h"
#include "tests/support/golden.h"
#include "tests/support/sample_snapshot.h"
#include "ui/console/console.h"

enum { HEARD = 64 };

extern struct console console;
extern struct command heard[HEARD];
extern size_t heard_count;
extern const char *refusal; /* what the door says instead of yes */
extern int refusal_code;
extern struct snapshot whole; /* the sample, without a filter */
/* A long log instead of the sample's; or NULL. */
extern struct failure_log *journal;

/* Begin anew with a sample; console_begin(): a run under way, as a setup. */
void console_begin_with(enum sample which, bool read_only);
int console_begin(void **state);
/* A key or several, each with the drawing behind it. */
void press(int key);
void type(const char *text);
/* The name of the open dialog, "": there is none. */
const char *open_dialog(void);
const char *toast(void);
/* Somewhere on the screen. */
bool is_shown(const char *words);
/* Draw a moment; to: NULL, or where its text is added under `what`. */
void console_tools_draw(int cols, int rows, struct buf *to, const char *what);
/* After these keys ('\n' is Enter) three sizes of screen are as they were. */
void console_golden(const char *name, const char *keys);

#endif
