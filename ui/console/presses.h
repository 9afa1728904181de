/*
 * What the keys do, a function each: the rows of the keymap (console_keys.c)
 * name these, and some of console.h.
 */
#ifndef BATCHTOP_UI_CONSOLE_PRESSES_H
#define BATCHTOP_UI_CONSOLE_PRESSES_H

#include "ui/console/console.h"

/* console_acts.c */
void press_send(struct console *c, int kind);
void press_quit(struct console *c);
void press_drain(struct console *c);
void press_interrupt(struct console *c);
void press_detach(struct console *c);
void press_pause(struct console *c);
void press_pause_stage(struct console *c);
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
void press_prompt(struct console *c);
void press_follow(struct console *c);
void press_time(struct console *c);
void press_graph(struct console *c);
void press_mouse(struct console *c);
void press_wish(struct console *c, int wish);

#endif
