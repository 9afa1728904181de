/* Keys from the terminal, as codes of keymap.h. UTF-8 becomes code points. */
#ifndef BATCHTOP_UI_TERMINAL_INPUT_H
#define BATCHTOP_UI_TERMINAL_INPUT_H

#include "ui/console/console.h"

/* The next key; KEYCODE_NONE when there is none. KEYCODE_MOUSE fills *at. */
int input_key(struct mouse *at);
/* Should the terminal report clicks and the wheel? */
void input_mouse(bool on);

/* Make the window from which keys are read; nobody writes to it, so a read
 * refreshes nothing. Call it once. */
bool input_open(void);
/* Make the terminal send arrows as terminfo has them. Call it each time we take
 * the terminal, so that it holds for the first key, too. */
void input_begin(void);
void input_close(void);

#endif
