/* This file has what panes share: the frame around each, and the scrolling of
 * their lists. */
#include "config.h"
#include "ui/panes/pane.h"

#include <stdio.h>

void pane_frame(enum pane_id id, const struct view *v, struct canvas *c,
                const struct pane_frame *f)
{
    char numbered[64];
    struct box box = { .heavy = v->focus == id,
                       .title = f->title,
                       .title_right = f->title_right,
                       .bottom = f->bottom,
                       .bottom_right = f->bottom_right };

    if (v->numbered) {
        snprintf(numbered, sizeof numbered, "%d %s", (int)id, f->title);
        box.title = numbered;
    }
    canvas_box(c, &box);
}

void pane_list(struct view *v, enum pane_id id, int64_t count, int page,
               int list_row)
{
    pane_tall_list(v, id, count, page, list_row, 1);
}

void pane_tall_list(struct view *v, enum pane_id id, int64_t count, int page,
                    int list_row, int item_rows)
{
    struct pane_view *p = &v->pane[id];

    p->count = count;
    p->item_rows = item_rows;
    p->page = page < 0 ? 0 : page;
    p->list_row = page > 0 ? p->row + list_row : -1;
    pane_scroll(p, count, page);
    if (v->focus == id && page > 0 && count > 0) {
        v->cursor_row =
            p->list_row + (int)(p->cursor - p->scroll) * item_rows;
        v->cursor_col = p->col + 1;
    }
}

void pane_scroll(struct pane_view *p, int64_t count, int page)
{
    int64_t last = count > page ? count - page : 0;

    if (p->cursor >= count)
        p->cursor = count - 1;
    if (p->cursor < 0)
        p->cursor = 0;
    if (p->scroll <= p->cursor - page)
        p->scroll = p->cursor - page + 1;
    if (p->scroll > p->cursor)
        p->scroll = p->cursor;
    if (p->scroll > last)
        p->scroll = last;
    if (p->scroll < 0)
        p->scroll = 0;
}
