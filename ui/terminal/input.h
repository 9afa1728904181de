/*
 * Keys from the terminal, as codes of keymap.h. UTF-8 becomes code points.
 */
#ifndef BATCHTOP_UI_TERMINAL_INPUT_H
#define BATCHTOP_UI_TERMINAL_INPUT_H

#include "ui/console/console.h"

/* The next key; KEYCODE_NONE when there is none. KEYCODE_MOUSE fills *at. */
int input_key(struct mouse *at);
/* Whether the terminal tells of clicks and the wheel. */
void input_mouse(bool on);

/* The window that keys are read from: never written, so that reading a key
 * does not refresh anything. Once. */
bool input_open(void);
/* The terminal sends arrows as terminfo has them from now on: each time it was
 * taken, for the first key, too. */
void input_begin(void);
void input_close(void);

#endif
