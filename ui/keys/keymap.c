/*
 * The table of keys, and which of them the key bar shows for the state of the
 * run, the focused pane and the width of the screen.
 */
#include "config.h"
#include "ui/keys/keymap.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"

static const struct keymap_row table[] = {
    { ACTION_UP, GROUP_MOVE, { KEYCODE_UP, 'k' }, "Up k", "one row up", NULL,
      false },
    { ACTION_DOWN, GROUP_MOVE, { KEYCODE_DOWN, 'j' }, "Down j",
      "one row down", NULL, false },
    { ACTION_PAGE_UP, GROUP_MOVE, { KEYCODE_PAGE_UP, KEYCODE_CTRL_B },
      "PgUp ^B", "one page up", NULL, false },
    { ACTION_PAGE_DOWN, GROUP_MOVE, { KEYCODE_PAGE_DOWN, KEYCODE_CTRL_F },
      "PgDn ^F", "one page down", NULL, false },
    { ACTION_HALF_UP, GROUP_MOVE, { KEYCODE_CTRL_U }, "^U", "half a page up",
      NULL, false },
    { ACTION_HALF_DOWN, GROUP_MOVE, { KEYCODE_CTRL_D }, "^D",
      "half a page down", NULL, false },
    { ACTION_FIRST, GROUP_MOVE, { 'g', KEYCODE_HOME }, "g Home", "first row",
      NULL, false },
    { ACTION_LAST, GROUP_MOVE, { 'G', KEYCODE_END }, "G End", "last row",
      NULL, false },
    { ACTION_LEFT, GROUP_MOVE, { KEYCODE_LEFT }, "Left",
      "column before; text back", NULL, false },
    { ACTION_RIGHT, GROUP_MOVE, { KEYCODE_RIGHT }, "Right",
      "next column; text on", NULL, false },
    { ACTION_NEXT_PANE, GROUP_MOVE, { KEYCODE_TAB }, "Tab", "next pane",
      "Pane", false },
    { ACTION_PREVIOUS_PANE, GROUP_MOVE, { KEYCODE_BACK_TAB }, "S-Tab",
      "previous pane", NULL, false },
    { ACTION_PANE, GROUP_MOVE, { 0 }, "1 ... 6", "go to a pane", NULL,
      false },
    { ACTION_OPEN, GROUP_MOVE, { KEYCODE_ENTER }, "Enter", "open the row",
      "Open", false },
    { ACTION_CLOSE, GROUP_MOVE, { KEYCODE_ESC }, "Esc",
      "close, clear; never quits", NULL, false },
    { ACTION_ZOOM, GROUP_MOVE, { 'z' }, "z", "zoom the pane", "Zoom", false },
    { ACTION_PAUSE, GROUP_ACT, { 'p' }, "p", "pause, resume", "Pause", true },
    { ACTION_PAUSE_STAGE, GROUP_ACT, { 'P' }, "P",
      "pause, resume this stage", "Pause", true },
    { ACTION_TUNE_BATCH, GROUP_ACT, { 'b' }, "b", "batch sizes (Tune)", "Batch",
      true },
    { ACTION_TUNE_WORKERS, GROUP_ACT, { 'w' }, "w", "workers (Tune)", "Workers",
      true },
    { ACTION_TUNE_LIMITS, GROUP_ACT, { 'l' }, "l", "limits (Tune)", NULL,
      true },
    { ACTION_MORE, GROUP_ACT, { '+', '=' }, "+ =",
      "larger batch, this stage", NULL, true },
    { ACTION_LESS, GROUP_ACT, { '-' }, "-", "smaller batch, this stage",
      NULL, true },
    { ACTION_RETRY, GROUP_ACT, { 'r' }, "r", "retry failed documents",
      "Retry", true },
    { ACTION_RETRY_KIND, GROUP_ACT, { 'R' }, "R",
      "retry all of this kind", NULL, true },
    { ACTION_UNDO, GROUP_ACT, { 'u' }, "u", "undo the last change", NULL,
      true },
    { ACTION_CHECKPOINT, GROUP_ACT, { 'c' }, "c", "checkpoint now", NULL,
      true },
    { ACTION_EXPORT, GROUP_ACT, { 'e' }, "e", "export failures as JSONL",
      NULL, true },
    { ACTION_DETACH, GROUP_ACT, { 'd' }, "d", "detach, the run goes on", NULL,
      false },
    { ACTION_QUIT, GROUP_ACT, { 'q', KEYCODE_F10 }, "q F10",
      "quit: drain, stop or stay", "Quit", false },
    { ACTION_DRAIN, GROUP_ACT, { 'Q' }, "Q", "drain and quit", NULL, true },
    { ACTION_INTERRUPT, GROUP_ACT, { KEYCODE_CTRL_C }, "^C",
      "drain, stop, leave", NULL, false },
    { ACTION_FILTER, GROUP_FIND, { '/' }, "/", "filter; ! inverts",
      "Filter", false },
    { ACTION_NEXT, GROUP_FIND, { 'n' }, "n", "next match", NULL, false },
    { ACTION_PREVIOUS, GROUP_FIND, { 'N' }, "N", "previous match", NULL,
      false },
    { ACTION_TAG, GROUP_FIND, { ' ' }, "Space", "tag a failure for r, e",
      "Tag", true },
    { ACTION_PROMPT, GROUP_FIND, { ':' }, ":", "command, Tab completes",
      "Command", false },
    { ACTION_FOLLOW, GROUP_SHOW, { 'f' }, "f", "follow the newest failure",
      NULL, false },
    { ACTION_SORT, GROUP_SHOW, { 's' }, "s", "sort by next column",
      NULL, false },
    { ACTION_REVERSE, GROUP_SHOW, { 'S' }, "S", "sort the other way round",
      NULL, false },
    { ACTION_TIME, GROUP_SHOW, { 't' }, "t", "time absolute or ago", NULL,
      false },
    { ACTION_GRAPH, GROUP_SHOW, { 'v' }, "v", "blocks, ASCII or braille",
      NULL, false },
    { ACTION_MOUSE, GROUP_SHOW, { 'm' }, "m", "mouse on, off", NULL, false },
    { ACTION_REDRAW, GROUP_SHOW, { KEYCODE_CTRL_L }, "^L", "redraw", NULL,
      false },
    { ACTION_SUSPEND, GROUP_SHOW, { KEYCODE_CTRL_Z }, "^Z",
      "suspend the screen", NULL, false },
    { ACTION_HELP, GROUP_SHOW, { '?', 'h', KEYCODE_F1 }, "? h F1",
      "this help", "Help", false },
};

enum { ROWS = sizeof table / sizeof table[0] };

const struct keymap_row *keymap_at(size_t i)
{
    return i < ROWS ? &table[i] : NULL;
}

enum action keymap_find(int code, bool read_only)
{
    if (code >= '1' && code <= '6')
        return ACTION_PANE;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < 4 && table[i].code[k]; k++)
            if (table[i].code[k] == code)
                return read_only && table[i].acts ? ACTION_NONE
                                                  : table[i].action;
    return ACTION_NONE;
}

static bool keymap_is_list(enum pane_id id)
{
    return id == PANE_EMBEDDERS || id == PANE_UPSERTERS ||
           id == PANE_FAILURES;
}

uint32_t keymap_stage(const struct view *v)
{
    switch (v->focus) {
    case PANE_EMBEDDERS:
        return 1u << STAGE_EMBED;
    case PANE_UPSERTERS:
        return 1u << STAGE_UPSERT;
    default:
        return 0;
    }
}

/* There is something under way, and it is not ending. */
static bool keymap_run_goes_on(const struct snapshot *s)
{
    return s->state != RUN_DONE && s->state != RUN_FAILED &&
           s->state != RUN_STOPPING && s->state != RUN_DRAINING;
}

static bool keymap_is_shown(const struct keymap_row *row,
                            const struct snapshot *s, const struct view *v)
{
    if (!row->bar || (row->acts && v->read_only))
        return false;
    switch (row->action) {
    case ACTION_RETRY: /* the engine refuses it at the end of a run */
        return s->failures_open > 0 && s->state != RUN_DRAINING &&
               s->state != RUN_STOPPING;
    case ACTION_OPEN:
    case ACTION_TAG:
        return v->focus == PANE_FAILURES && s->failures_total > 0;
    case ACTION_FILTER:
        return keymap_is_list(v->focus);
    case ACTION_PAUSE_STAGE:
        return keymap_stage(v) && keymap_run_goes_on(s);
    case ACTION_PAUSE:
    case ACTION_TUNE_BATCH:
    case ACTION_TUNE_WORKERS:
        return keymap_run_goes_on(s);
    default:
        return true;
    }
}

static void bar_word(const struct keymap_row *row, const struct snapshot *s,
                     const struct view *v, char *to, size_t size)
{
    uint32_t stage = keymap_stage(v);
    char n[24];

    if (row->action == ACTION_RETRY && v->tags > 0)
        snprintf(to, size, "Retry %zu tagged", v->tags);
    else if (row->action == ACTION_RETRY)
        snprintf(to, size, "Retry %s",
                 str_short(n, sizeof n, (double)s->failures_open, 7));
    else if (row->action == ACTION_PAUSE && s->state == RUN_PAUSED)
        snprintf(to, size, "Resume");
    else if (row->action == ACTION_PAUSE_STAGE)
        snprintf(to, size, "%s %s", s->paused & stage ? "Resume" : "Pause",
                 stages_text(n, sizeof n, stage));
    else
        snprintf(to, size, "%s", row->bar);
}

void keymap_bar(const struct snapshot *s, struct view *v)
{
    static const enum action order[] = {
        ACTION_HELP,  ACTION_PAUSE,     ACTION_PAUSE_STAGE,
        ACTION_TUNE_BATCH, ACTION_TUNE_WORKERS, ACTION_RETRY,
        ACTION_OPEN,  ACTION_TAG,       ACTION_FILTER,
        ACTION_NEXT_PANE, ACTION_ZOOM,  ACTION_PROMPT,
        ACTION_QUIT
    };
    /* What stays on a narrow screen: help and quit to the last. */
    static const uint8_t ranks[] = { 0, 1, 10, 3, 8, 2, 5, 9, 4, 6, 7, 11,
                                     0 };

    v->keys = 0;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        for (size_t r = 0; r < ROWS; r++) {
            struct keybar_item *k = &v->keybar[v->keys];

            if (table[r].action != order[i] ||
                !keymap_is_shown(&table[r], s, v))
                continue;
            snprintf(k->key, sizeof k->key, "%.*s",
                     (int)strcspn(table[r].keys, " "), table[r].keys);
            bar_word(&table[r], s, v, k->word, sizeof k->word);
            k->rank = ranks[i];
            v->keys++;
        }
}
