/* The bottom of the screen: the message line and the key bar. */
#ifndef BATCHTOP_UI_PANES_FOOTER_H
#define BATCHTOP_UI_PANES_FOOTER_H

#include "ui/draw/canvas.h"
#include "ui/panes/view.h"

/* The toast, else why the run waits. False: nothing to show, nothing drawn. */
bool footer_message(const struct snapshot *s, const struct view *v,
                    struct canvas *c, int row);

/* As many keys as fit; words where there is room for words. */
void footer_keys(const struct view *v, struct canvas *c, int row);

#endif
