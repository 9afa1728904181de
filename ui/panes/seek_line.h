/*
 * How many requests a stage has in flight, and what is tried, in one line: the
 * first of its pane, or words for a screen without panes.
 *
 * A stage whose number of workers is fixed has no such line.
 */
#ifndef BATCHTOP_UI_PANES_SEEK_LINE_H
#define BATCHTOP_UI_PANES_SEEK_LINE_H

#include "ui/draw/canvas.h"
#include "ui/panes/view.h"

/* 1 if there is a line, else 0: its rows. */
int seek_line_rows(const struct stage_view *g);
/* Inside a frame, as much as fits into the canvas's width. */
void seek_line_draw(struct canvas *c, int row, const struct snapshot *s,
                    enum stage_id stage);
/* The rest of it, where one row is too narrow for all. */
void seek_line_draw_rest(struct canvas *c, int row,
                         const struct stage_view *g);

/* Requests in flight now. */
uint32_t seek_line_in_flight(const struct stage_view *g);
/* "12/16 trying more", "12/16 auto" without `roomy`, "4/4 pinned", "1/1". */
char *seek_line_words(char *to, size_t size, const struct stage_view *g,
                      bool roomy);
/* "auto up to 64, knee 24", "pinned": what it may do. */
char *seek_line_mode(char *to, size_t size, const struct stage_view *g);
/* What is tried and why; "" when nothing is. */
char *seek_line_why(char *to, size_t size, const struct snapshot *s,
                    enum stage_id stage);

#endif
