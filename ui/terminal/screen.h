/*
 * The terminal: take it, paint it, and give it back whole, whatever happens.
 *
 * Only this file and input.c include curses. Painting writes only differences
 * from the last frame; it writes nothing while the terminal does not read, so
 * that a stuck one costs only frames.
 *
 * Threads     One.
 */
#ifndef BATCHTOP_UI_TERMINAL_SCREEN_H
#define BATCHTOP_UI_TERMINAL_SCREEN_H

#include "ui/draw/canvas.h"
#include "ui/terminal/app.h"

struct screen;

/* Can the terminal show a console? stdout is one, TERM is known and can address
 * the cursor. */
bool screen_possible(void);
/* Take the terminal. CONFIG when it cannot address the cursor. */
struct screen *screen_open(const struct app_options *opt, struct error *err);
/* Give it back; NULL is fine. If the terminal is stuck, drop what waits to be
 * written. */
void screen_close(struct screen *s);

void screen_size(const struct screen *s, int *rows, int *cols);
/* Ask the terminal for its size and follow it. */
void screen_resize(struct screen *s);
/* Paint, with the terminal's cursor at that place (for screen readers; -1: in
 * the corner). False while the terminal does not read. */
bool screen_paint(struct screen *s, const struct canvas *c, int cursor_row,
                  int cursor_col);
/* Copy to the terminal's clipboard, if it lets us. */
void screen_copy(struct screen *s, const char *text);
void screen_ring(struct screen *s);
void screen_redraw(struct screen *s); /* the next paint is a whole one */
/* Give the terminal back, with a last line for the user, and stop this process;
 * take it again when continued. */
void screen_suspend(struct screen *s, const char *line);
/* Take it as it is now, after others used it. The next paint is whole. */
void screen_retake(struct screen *s);
bool screen_ascii(const struct screen *s);

/* Wait for a key or for wake_fd (readable), at most timeout_ms. */
enum screen_event { SCREEN_NOTHING, SCREEN_KEY, SCREEN_WOKEN, SCREEN_GONE };
enum screen_event screen_wait(struct screen *s, int wake_fd, int timeout_ms);

#endif
