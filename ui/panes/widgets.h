/* Small drawings that several panes share. */
#ifndef BATCHTOP_UI_PANES_WIDGETS_H
#define BATCHTOP_UI_PANES_WIDGETS_H

#include "ui/draw/canvas.h"
#include "ui/panes/view.h"

/* A bar of exactly `width` columns in eighths; anything above 0 shows and
 * only 100 fills it. Returns col + width. */
int widget_bar(struct canvas *c, int row, int col, int width,
               enum style style, double pct);

/* The newest samples, newest right, one a column (braille: two), in `rows` rows
 * from the bottom. 0 is a space; a faint ground line comes before the first
 * sample; `top` is a full column. Returns col + width. */
int widget_spark(struct canvas *c, int row, int col, int rows, int width,
                 enum graph graph, const float *samples, size_t count,
                 double top);

/*
 * Samples as columns of `rows` rows, each column the mean of several; all
 * `span` samples fit into the width. `tick` counts all samples (or seconds): it
 * fixes where the columns begin, so that a graph moves as a whole and does not
 * tremble.
 */
void widget_graph(struct canvas *c, int row, int col, int rows, int width,
                  enum graph graph, const float *samples, size_t count,
                  size_t span, uint64_t tick, double top);

/* The column of that graph, from 0, in which the sample of so many samples ago
 * stands; -1: in none. */
int widget_graph_column(const struct canvas *c, int width, enum graph graph,
                        size_t span, uint64_t tick, uint64_t ago);

/* The largest of the newest `last` samples. */
double widget_peak(const float *samples, size_t count, size_t last);

#endif
