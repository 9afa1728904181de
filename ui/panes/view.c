/* This file sets up the view, and answers two questions: which failures should
 * the next snapshot hold, and is a failure tagged? */
#include "config.h"
#include "ui/panes/view.h"

#include <stdio.h>
#include <string.h>

#include "ui/panes/pane.h"

void view_init(struct view *v)
{
    memset(v, 0, sizeof *v);
    v->focus = PANE_EMBEDDERS;
    v->follow = true;
    v->tagged.by = SELECT_TAGGED;
    v->failure_at = -1;
    v->message_row = v->keybar_row = -1;
}

bool view_shows_causes(const struct view *v)
{
    return !v->one_by_one && !v->cause &&
           !(v->filter_pane == PANE_FAILURES && v->filter[0]);
}

/* Ask for a page of rows more at either end than the screen will show. */
void view_ask(const struct view *v, struct failure_ask *ask)
{
    struct pane_view p = v->pane[PANE_FAILURES];

    pane_scroll(&p, p.count, p.page);
    if (view_shows_causes(v))
        p.scroll = 0;
    ask->cause = v->cause;
    ask->first =
        p.scroll > VIEW_MARGIN ? (uint64_t)(p.scroll - VIEW_MARGIN) : 0;
    snprintf(ask->filter, sizeof ask->filter, "%s",
             v->filter_pane == PANE_FAILURES ? v->filter : "");
}

bool view_tagged(const struct view *v, const struct failure_row *f)
{
    /* a service's answer has no place in the corpus */
    return failure_has_document(f) &&
           failure_tag_find(&v->tagged, f->source, f->pos) >= 0;
}
