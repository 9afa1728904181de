/* The failures by cause, also for screens too small for panes. */
#ifndef BATCHTOP_UI_PANES_CAUSE_ROWS_H
#define BATCHTOP_UI_PANES_CAUSE_ROWS_H

#include "ui/panes/pane.h"

/* NULL: it has nothing open, or the hash is 0. */
const struct cause_view *cause_find(const struct snapshot *s, uint64_t hash);

/* Keep the cursor on the chosen cause; once a frame, before drawing. */
void causes_advance(const struct snapshot *s, struct view *v);
/* The cursor has moved: remember which cause it is on. On the first row it
 * stays there. */
void causes_choose(const struct snapshot *s, struct view *v);

/* Draw rows from the top of `in` down, as the view has scrolled. They begin at
 * row `top` of the pane or screen. */
void causes_rows(const struct snapshot *s, struct view *v, struct canvas *in,
                 int top);
/* One row without columns. */
void cause_in_words(const struct cause_view *k, struct view *v,
                    struct canvas *in, int row);
/* "healed by themselves: ..."; false: nothing did. */
bool causes_healed(const struct snapshot *s, struct canvas *in, int row);
/* The heads of the columns, into the top row of the pane c. */
void causes_heads(struct canvas *c);

#endif
