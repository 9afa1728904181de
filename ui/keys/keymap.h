/*
 * The keys: one table from which come the dispatch, the key bar, the help
 * overlay and (tests/unit/ui/test_keymap.c sees to it) the man page's section.
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

enum action {
    ACTION_NONE,
    ACTION_UP,
    ACTION_DOWN,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_HALF_UP,
    ACTION_HALF_DOWN,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_NEXT_PANE,
    ACTION_PREVIOUS_PANE,
    ACTION_PANE,
    ACTION_OPEN,
    ACTION_CLOSE,
    ACTION_ZOOM,
    ACTION_PAUSE,
    ACTION_PAUSE_STAGE,
    ACTION_TUNE_BATCH,
    ACTION_TUNE_WORKERS,
    ACTION_TUNE_LIMITS,
    ACTION_MORE,
    ACTION_LESS,
    ACTION_RETRY,
    ACTION_RETRY_KIND,
    ACTION_UNDO,
    ACTION_CHECKPOINT,
    ACTION_EXPORT,
    ACTION_DETACH,
    ACTION_QUIT,
    ACTION_DRAIN,
    ACTION_INTERRUPT,
    ACTION_FOLLOW,
    ACTION_TIME,
    ACTION_GRAPH,
    ACTION_MOUSE,
    ACTION_SORT,
    ACTION_REVERSE,
    ACTION_TAG,
    ACTION_FILTER,
    ACTION_NEXT,
    ACTION_PREVIOUS,
    ACTION_PROMPT,
    ACTION_HELP,
    ACTION_REDRAW,
    ACTION_SUSPEND
};

enum key_group { GROUP_MOVE, GROUP_ACT, GROUP_FIND, GROUP_SHOW };

struct keymap_row {
    enum action action;
    enum key_group group;
    int code[4];      /* 0 behind the last */
    const char *keys; /* as help shows them */
    const char *help; /* what they do */
    const char *bar;  /* word in the key bar; NULL: not there */
    bool acts;        /* changes the run: gone in --read-only */
};

/* What the key means now; ACTION_NONE when nothing. */
enum action keymap_find(int code, bool read_only);

/* The stage whose workers are in focus, as a set; 0: another pane is. */
uint32_t keymap_stage(const struct view *v);

/* The key bar for the present state and pane, most useful first. */
void keymap_bar(const struct snapshot *s, struct view *v);

/* Rows of the table, for the help overlay; NULL behind the last. */
const struct keymap_row *keymap_at(size_t i);

#endif
