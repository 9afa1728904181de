/* The top of the screen: what runs, how far it is, what became of it. */
#ifndef BATCHTOP_UI_PANES_HEADER_H
#define BATCHTOP_UI_PANES_HEADER_H

#include "ui/draw/canvas.h"
#include "ui/panes/view.h"

enum { HEADER_ROWS = 3 };

/* Three rows for 80 columns and more, and for fewer. */
void header_draw(const struct snapshot *s, struct view *v, struct canvas *c);
void header_draw_narrow(const struct snapshot *s, struct view *v,
                        struct canvas *c);

/* The one row that matters, for screens too low for more: state, percent,
 * ETA and what else fits; under 12 columns the percent alone. */
void header_draw_line(const struct snapshot *s, struct view *v,
                      struct canvas *c, int row);

/* How far it is: the corpus, or what is in flight of a run that ends. */
double header_pct(const struct snapshot *s, const struct view *v);

/* Follow how a drain gets on; once a frame. */
void header_watch_drain(const struct snapshot *s, struct view *v);

#endif
