/* This file reads keys from a curses pad that is never shown: a read from the
 * window on which we draw would make curses refresh it. */
#include "config.h"
#include "ui/terminal/input.h"

#include <curses.h>

#include "ui/keys/keymap.h"

static WINDOW *pad; /* one screen a process */

bool input_open(void)
{
    pad = newpad(1, 1);
    if (!pad)
        return false;
    nodelay(pad, TRUE);
    return true;
}

void input_begin(void)
{
    keypad(pad, TRUE);
}

void input_close(void)
{
    if (pad)
        delwin(pad);
    pad = NULL;
}

static int input_special_key(wint_t code)
{
    switch (code) {
    case KEY_UP:
        return KEYCODE_UP;
    case KEY_DOWN:
        return KEYCODE_DOWN;
    case KEY_LEFT:
        return KEYCODE_LEFT;
    case KEY_RIGHT:
        return KEYCODE_RIGHT;
    case KEY_PPAGE:
        return KEYCODE_PAGE_UP;
    case KEY_NPAGE:
        return KEYCODE_PAGE_DOWN;
    case KEY_HOME:
        return KEYCODE_HOME;
    case KEY_END:
        return KEYCODE_END;
    case KEY_BTAB:
        return KEYCODE_BACK_TAB;
    case KEY_F(1):
        return KEYCODE_F1;
    case KEY_F(10):
        return KEYCODE_F10;
    case KEY_ENTER:
        return KEYCODE_ENTER;
    case KEY_BACKSPACE:
    case KEY_DC:
        return KEYCODE_BACKSPACE;
    case KEY_RESIZE:
        return KEYCODE_RESIZE;
    default:
        return KEYCODE_OTHER;
    }
}

void input_mouse(bool on)
{
    if (!pad)
        return;
    mouseinterval(0); /* report a click at once */
    mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0,
              NULL);
}

/* Ignore releases and other buttons. */
static int mouse_key(struct mouse *at)
{
    MEVENT event;

    if (getmouse(&event) != OK)
        return KEYCODE_OTHER;
    at->row = event.y;
    at->col = event.x;
    at->wheel = event.bstate & BUTTON4_PRESSED   ? -1
                : event.bstate & BUTTON5_PRESSED ? 1
                                                 : 0;
    return at->wheel || event.bstate & BUTTON1_PRESSED ? KEYCODE_MOUSE
                                                       : KEYCODE_OTHER;
}

int input_key(struct mouse *at)
{
    wint_t code;

    switch (wget_wch(pad, &code)) {
    case KEY_CODE_YES:
        return code == KEY_MOUSE ? mouse_key(at) : input_special_key(code);
    case OK:
        if (code == '\n')
            return KEYCODE_ENTER;
        if (code == 127)
            return KEYCODE_BACKSPACE;
        return (int)code;
    default:
        return KEYCODE_NONE;
    }
}
