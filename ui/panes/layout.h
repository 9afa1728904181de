/*
 * The main screen as a pure function of a moment, the operator's choices and
 * a size: any size from 1x1 up, no terminal needed.
 */
#ifndef BATCHTOP_UI_PANES_LAYOUT_H
#define BATCHTOP_UI_PANES_LAYOUT_H

#include "ui/panes/pane.h"

/* Draw everything on c, which is cleared first, and fill v's [out] fields. */
void layout_draw(const struct snapshot *s, struct view *v, struct canvas *c);

/* Overlays: smaller than this they take the whole screen. */
enum { OVERLAY_MIN_ROWS = 14, OVERLAY_MIN_COLS = 60,
       TINY_ROWS = 8, TINY_COLS = 30 };

#endif
