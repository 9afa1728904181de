/*
 * What the workers of a stage do, in words: of one, and of all of them in a
 * line for the frame of their pane.
 *
 * Pure.
 */
#ifndef BATCHTOP_UI_PANES_WORKERS_SUM_H
#define BATCHTOP_UI_PANES_WORKERS_SUM_H

#include "api/snapshot.h"
#include "ui/draw/canvas.h"

/* It has documents, but fewer requests are wanted in flight: nothing is
 * wrong. */
bool worker_is_spare(const struct worker_view *w);
/* "busy", "slow 13 s", "wait 429 · 12 s" (roomy), "blocked, queue full". */
void worker_words(const struct worker_view *w, bool roomy,
                  const struct signs *g, char *to, size_t size);
enum style worker_style(const struct worker_view *w);

/* How much the sum says. */
enum workers_sum_form { SUM_WHOLE, SUM_TROUBLE, SUM_SLOW_NAMED, SUM_SLOW,
                        SUM_FORMS };

/* "64: 4 busy 58 wait tokens/min 2 slow (e17 41 s)", without those that work
 * or could, without those that wait; the named one is the slowest. "" where the form has nothing to say. Returns where in it the
 * slow ones begin, in bytes. */
size_t workers_sum(const struct stage_view *g, char letter,
                   enum workers_sum_form form, char *to, size_t size);

#endif
