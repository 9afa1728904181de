/*
 * Keys from the terminal, as codes of keymap.h. UTF-8 becomes code points.
 */
#ifndef BATCHTOP_UI_INPUT_H
#define BATCHTOP_UI_INPUT_H

#include <stdbool.h>

/* The next key; KEYCODE_NONE when there is none. */
int input_key(void);

/* The window that keys are read from: never written, so that reading a key
 * does not refresh anything. Once, after the terminal was taken. */
bool input_open(void);
void input_close(void);

#endif
