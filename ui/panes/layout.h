/* The main screen as a pure function of a snapshot, the operator's choices and
 * a size: any size from 1x1 up, without a terminal. */
#ifndef BATCHTOP_UI_PANES_LAYOUT_H
#define BATCHTOP_UI_PANES_LAYOUT_H

#include "ui/panes/pane.h"

/* Clear c, draw everything on it, and set v's [out] fields. */
void layout_draw(const struct snapshot *s, struct view *v, struct canvas *c);

/* An overlay on a smaller screen takes all of it. */
enum { OVERLAY_MIN_ROWS = 14, OVERLAY_MIN_COLS = 60,
       TINY_ROWS = 8, TINY_COLS = 30 };

#endif
