/*
 * What the operator has chosen to see, and what drawing reports back.
 *
 * Keys and dialogs own the fields marked [in]; layout_draw() sets those marked
 * [out] for them; keys choose [both], and layout_draw() limits them to what
 * exists.
 */
#ifndef BATCHTOP_UI_PANES_VIEW_H
#define BATCHTOP_UI_PANES_VIEW_H

#include "api/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

/* Numbered as on the screen; 0 is no pane. */
enum pane_id {
    PANE_NONE,
    PANE_PIPELINE,
    PANE_EMBEDDERS,
    PANE_UPSERTERS,
    PANE_LIMITS,
    PANE_THROUGHPUT,
    PANE_FAILURES,
    PANE_END
};

enum graph { GRAPH_BLOCKS, GRAPH_ASCII, GRAPH_BRAILLE, GRAPH_COUNT };
enum toast_kind { TOAST_NONE, TOAST_SAY, TOAST_ERROR };

/* What workers can be sorted by; the failure log keeps its order. */
enum sort { SORT_NAME, SORT_RATE, SORT_BATCH, SORT_P95, SORT_STATE,
            SORT_COUNT };

enum { VIEW_KEYS = 24, VIEW_MARGIN = 24 };

struct keybar_item {
    char key[8];   /* "p" */
    char word[24]; /* "Pause"; only its first word if room is short */
    uint8_t rank;  /* 0 stays longest; the highest goes first */
};

struct pane_view {
    int64_t cursor; /* [both] chosen row of the list, 0 first */
    int64_t scroll; /* [both] first row shown */
    int64_t count;  /* [out] rows of the list, after the filter */
    int page;       /* [out] rows of it that fit; 0 when not shown */
    bool shown;     /* [out] */
    int row, col, rows, cols; /* [out] where on the screen, frame included */
    int list_row;   /* [out] screen row of the first list row; -1: none */
    int item_rows;  /* [out] screen rows that a row of the list takes */
    enum sort sort; /* [in] workers only */
    bool reverse;   /* [in] */
    /* Drawing's own memory: how its workers stand, and since when. */
    enum sort sorted_by;
    bool sorted_reverse;
    int64_t sorted_ms;
};

struct view {
    enum pane_id focus; /* [in] 1..6; may be hidden: zoom still shows it */
    bool zoomed;        /* [in] */
    bool follow;        /* [in] newest failure; moving up clears it */
    bool ago;           /* [in] times as "12 s ago" instead of 14:07:12 */
    bool read_only;     /* [in] */
    enum graph graph;   /* [in] */
    int64_t wall_s;     /* [in] now, for "ago" */
    const struct event_log *log; /* [in] of the run, for marks; or NULL */
    struct pane_view pane[PANE_END];

    char filter[FILTER_BYTES]; /* [in] leading ! inverts; "": none */
    enum pane_id filter_pane;  /* [in] the list that it filters */

    bool one_by_one; /* [in] failures as documents, not by cause */
    uint64_t cause;  /* [in] only the documents of this one; 0: none */
    char cause_name[48]; /* [in] its message */

    struct failure_select tagged; /* [in] the tagged failures */

    /* [in] By how many columns the failures' messages are shifted, and [out]
     * how many columns of the longest one do not fit otherwise. */
    int shift, over;

    enum toast_kind toast_kind; /* [in] */
    char toast[200];            /* [in] the message line */
    struct keybar_item toast_key; /* [in] e.g. u, undo; "" none */
    struct keybar_item keybar[VIEW_KEYS]; /* [in] only keys that act now */
    size_t keys;
    /* [in] What the next q or Ctrl-C does, for the line of a drain; "" gives "q
     * again: stop now". */
    char drain_hint[48];

    /* [out] The worker of each row of the two worker lists. */
    uint8_t worker_at[PANE_END][SNAPSHOT_WORKERS];
    /* [out] The row under the cursor in Failures, newest = 0; -1: none or not
     * in this snapshot. Index into snapshot.failures. */
    int failure_at;
    int message_row, keybar_row; /* [out] -1: not on this screen */
    bool reason_told; /* [out] a pane says why the run waits, */
    bool advice_told; /* [out] and what to do */
    /* [out] Where the terminal's own cursor belongs, for screen readers. */
    int cursor_row, cursor_col;

    /* Drawing's own memory. */
    bool numbered; /* titles have their pane's number */
    char listed[FILTER_BYTES]; /* the filter of the last frame's failures */
    uint64_t listed_cause; /* and their cause */
    bool cause_is_chosen;  /* the cursor is on this cause, where there are */
    uint64_t cause_chosen; /* causes */
    uint64_t seq_seen;  /* listed_seq of the last frame */
    uint64_t seq_left;  /* listed_seq when follow was last on */
    uint64_t drain_from, drain_left;
    int64_t drain_moved_ms;
};

/* Focus on Embedders, following, everything else off. */
void view_init(struct view *v);

/* Does the pane of failures list causes? Else documents: one by one, those of a
 * cause, or what a filter leaves. */
bool view_shows_causes(const struct view *v);
/* Which rows of the failure log the next snapshot should have. */
void view_ask(const struct view *v, struct failure_ask *ask);
bool view_tagged(const struct view *v, const struct failure_row *f);

#endif
