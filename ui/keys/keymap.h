/*
 * The keys: one table from which come the dispatch, the key bar, the help
 * overlay and (tests/unit/ui/test_keymap.c checks it) the man page's section. A
 * new key is one row and one function.
 *
 * Threads     The screen's own.
 */
#ifndef BATCHTOP_UI_KEYS_KEYMAP_H
#define BATCHTOP_UI_KEYS_KEYMAP_H

#include "api/snapshot.h"
#include "ui/panes/view.h"

/* Codes of keys that are no characters; characters are their code points. */
enum key {
    KEYCODE_NONE = 0,
    KEYCODE_CTRL_B = 2,
    KEYCODE_CTRL_C = 3,
    KEYCODE_CTRL_D = 4,
    KEYCODE_CTRL_F = 6,
    KEYCODE_BACKSPACE = 8,
    KEYCODE_TAB = 9,
    KEYCODE_CTRL_L = 12,
    KEYCODE_ENTER = 13,
    KEYCODE_CTRL_U = 21,
    KEYCODE_CTRL_Z = 26,
    KEYCODE_ESC = 27,
    KEYCODE_UP = 0x110000,
    KEYCODE_DOWN,
    KEYCODE_LEFT,
    KEYCODE_RIGHT,
    KEYCODE_PAGE_UP,
    KEYCODE_PAGE_DOWN,
    KEYCODE_HOME,
    KEYCODE_END,
    KEYCODE_BACK_TAB,
    KEYCODE_F1,
    KEYCODE_F10,
    KEYCODE_RESIZE,
    KEYCODE_MOUSE, /* input_key() says where */
    KEYCODE_OTHER  /* one that has no meaning anywhere */
};

struct console;

struct keymap_row {
    int code[6];      /* 0 behind the last */
    const char *keys; /* as help shows them */
    const char *help; /* what it does; without a key: a heading */
    bool acts;        /* changes the run: missing with --read-only */
    /* What it does: either of these. */
    void (*press)(struct console *c);
    void (*turn)(struct console *c, int by);
    int by; /* 0: the key itself */
};

/* The rows; the last one has no help. They are in console_keys.c, since they
 * act on the console. */
extern const struct keymap_row keymap[];

/* What the key does now; NULL when nothing. */
const struct keymap_row *keymap_find(int code, bool read_only);

/* The stage whose workers are in focus, as a set; 0: another pane is. */
uint32_t keymap_stage(const struct view *v);
/* Does a pane have the focus in which one can choose rows? */
bool keymap_in_list(const struct view *v);

/* The key bar for the present state and pane, most useful first. */
void keymap_bar(const struct snapshot *s, struct view *v);

#endif
