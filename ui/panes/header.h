/* The top of the screen: what runs, how far it is, what happened so far. */
#ifndef BATCHTOP_UI_PANES_HEADER_H
#define BATCHTOP_UI_PANES_HEADER_H

#include "ui/draw/canvas.h"
#include "ui/panes/view.h"

enum { HEADER_ROWS = 3 };

/* Three rows for 80 columns and more, and for fewer. */
void header_draw(const struct snapshot *s, struct view *v, struct canvas *c);
void header_draw_narrow(const struct snapshot *s, struct view *v,
                        struct canvas *c);

/* A single row for low screens: state, percent, ETA and what else fits; under
 * 12 columns only the percent. */
void header_draw_line(const struct snapshot *s, struct view *v,
                      struct canvas *c, int row);

/* What failed; with what was rejected all that is owed, for screens with room
 * for one number: *word is "failed" or "owed". */
uint64_t header_owed(const struct snapshot *s, const char **word);

/* How far it is: the corpus, or in a run that ends, what is in flight. */
double header_pct(const struct snapshot *s, const struct view *v);

/* Follow the progress of a drain; once a frame. */
void header_watch_drain(const struct snapshot *s, struct view *v);

#endif
