/*
 * A pane: one rectangle of the screen that shows one side of a snapshot. It
 * draws its frame, too, because column heads are in it. Panes handle no keys:
 * moving and choosing is the same in all lists (view.h), and one table has what
 * a key does (keymap.h).
 */
#ifndef BATCHTOP_UI_PANES_PANE_H
#define BATCHTOP_UI_PANES_PANE_H

#include "ui/draw/canvas.h"
#include "ui/panes/view.h"

struct pane_ops {
    const char *title;
    int min_rows, min_cols; /* with the frame; with less room it is left out */
    /*
     * Draw a snapshot on c, a canvas of exactly the pane's size, and set the
     * [out] fields of v->pane[id] that count rows. Any size >= 1x1 is safe.
     */
    void (*draw)(enum pane_id id, const struct snapshot *s, struct view *v,
                 struct canvas *c);
};

extern const struct pane_ops pane_pipeline, pane_embedders, pane_upserters,
    pane_limits, pane_throughput, pane_failures;

/* The table of all panes, by id; [PANE_NONE] is NULL. */
extern const struct pane_ops *const panes[PANE_END];

/* The frame of a pane, titled "2 Embedders" and heavy when it has the focus;
 * on narrow screens without the number. */
struct pane_frame {
    const char *title, *title_right, *bottom, *bottom_right;
};
void pane_frame(enum pane_id id, const struct view *v, struct canvas *c,
                const struct pane_frame *f);

/* Limit cursor and scroll to `count` rows of which `page` fit, and keep the
 * cursor visible. `list_row` counts from the top of the pane. */
void pane_list(struct view *v, enum pane_id id, int64_t count, int page,
               int list_row);
/* The same if each row of the list takes `item_rows` rows of the screen. */
void pane_tall_list(struct view *v, enum pane_id id, int64_t count, int page,
                    int list_row, int item_rows);
/* The clamping alone. */
void pane_scroll(struct pane_view *p, int64_t count, int page);

#endif
