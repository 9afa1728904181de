/* This file moves, searches, filters and tags in the lists of the console. */
#include "config.h"
#include "ui/console/console.h"

#include <stdio.h>
#include <string.h>

#include "ui/panes/cause_rows.h"
#include "ui/panes/pane_failures.h"
#include "util/str.h"

const struct failure_row *console_failure(const struct console *c)
{
    const struct pane_view *p = &c->view.pane[PANE_FAILURES];
    int64_t at = p->cursor - (int64_t)c->answered.first;

    return c->view.focus == PANE_FAILURES && !view_shows_causes(&c->view) &&
                   p->page > 0 && at >= 0 && at < (int64_t)c->snap.failure_count
               ? &c->snap.failures[at]
               : NULL;
}

const struct cause_view *console_cause(const struct console *c)
{
    const struct pane_view *p = &c->view.pane[PANE_FAILURES];

    return c->view.focus == PANE_FAILURES && view_shows_causes(&c->view) &&
                   p->page > 0 && p->cursor < (int64_t)c->snap.cause_count
               ? &c->snap.causes[p->cursor]
               : NULL;
}

void console_catch_up(struct console *c)
{
    const struct failure_ask *ask = &c->snap.ask;
    const struct pane_view *p = &c->view.pane[PANE_FAILURES];
    int64_t at = p->cursor - (int64_t)c->answered.first;

    if (!c->seek.seek && c->answered.cause == ask->cause &&
        strcmp(c->answered.filter, ask->filter) == 0 &&
        (p->cursor >= p->count ||
         view_shows_causes(&c->view) ||
         (at >= 0 && at < (int64_t)c->snap.failure_count)))
        return;
    if (c->door.snapshot(c->door.to, &c->snap))
        console_see(c);
}

int console_worker(const struct console *c)
{
    enum pane_id id = c->view.focus;
    const struct pane_view *p = &c->view.pane[id];

    return keymap_stage(&c->view) && p->cursor < p->count
               ? c->view.worker_at[id][p->cursor]
               : -1;
}

/* The newest failure is on top; a cursor there follows new ones. */
void console_move(struct console *c, int64_t by)
{
    struct pane_view *p = &c->view.pane[c->view.focus];
    int64_t last = p->count > 0 ? p->count - 1 : 0;

    p->cursor += by;
    if (p->cursor > last)
        p->cursor = last;
    if (p->cursor < 0)
        p->cursor = 0;
    if (c->view.focus == PANE_FAILURES && view_shows_causes(&c->view))
        causes_choose(&c->snap, &c->view);
    else if (c->view.focus == PANE_FAILURES)
        c->view.follow = by < 0 && p->cursor == 0;
}

/* --- filter and search ---------------------------------------------------- */

void console_filter(struct console *c)
{
    struct view *v = &c->view;

    if (!keymap_in_list(v))
        v->focus = PANE_FAILURES;
    if (v->filter_pane != v->focus)
        v->filter[0] = '\0';
    v->filter_pane = v->focus;
    dialog_filter(&c->dialog, v->filter);
}

static void to_top(struct console *c)
{
    struct view *v = &c->view;

    v->pane[v->filter_pane].cursor = 0;
    if (v->filter_pane == PANE_FAILURES)
        v->follow = true;
}

void console_to_top(struct console *c)
{
    struct pane_view *p = &c->view.pane[PANE_FAILURES];

    p->cursor = p->scroll = 0;
    c->view.follow = true;
    if (view_shows_causes(&c->view))
        causes_advance(&c->snap, &c->view);
}

void console_take_filter(struct console *c)
{
    struct view *v = &c->view;

    if (strncmp(v->filter, c->dialog.line.text, sizeof v->filter - 1) == 0)
        return;
    snprintf(v->filter, sizeof v->filter, "%s", c->dialog.line.text);
    if (v->filter[0])
        snprintf(c->sought, sizeof c->sought, "%s", v->filter);
    to_top(c);
}

void console_clear_filter(struct console *c)
{
    if (!c->view.filter[0])
        return;
    c->view.filter[0] = '\0';
    to_top(c);
}

/* Does the n-th worker of the list in focus match the search? */
static bool row_passes(const struct console *c, int64_t n)
{
    const struct view *v = &c->view;
    int worker = v->worker_at[v->focus][n];
    char name[80];

    snprintf(name, sizeof name, "%c%d %s",
             v->focus == PANE_EMBEDDERS ? 'e' : 'u', worker + 1,
             (v->focus == PANE_EMBEDDERS ? &c->snap.embed : &c->snap.upsert)
                 ->worker[worker]
                 .reason);
    return filter_passes(c->sought, name);
}

static void no_more(struct console *c, int direction)
{
    char text[96];

    snprintf(text, sizeof text, "no \"%s\" further %s", c->sought,
             direction > 0 ? "down" : "up");
    console_say(c, TOAST_ERROR, text);
}

/* Keys that come before the answer add up. */
static void seek_failure(struct console *c, int direction)
{
    uint64_t at = (uint64_t)c->view.pane[PANE_FAILURES].cursor;

    if (view_shows_causes(&c->view)) {
        press_one_by_one(c);
        at = 0;
    }

    if (!c->seek.seek)
        c->seek.from =
            c->snap.listed_seq > at ? c->snap.listed_seq - at : 0;
    c->seek.seek += direction;
    snprintf(c->seek.sought, sizeof c->seek.sought, "%s", c->sought);
}

void console_seek(struct console *c, int direction)
{
    struct view *v = &c->view;
    const struct pane_view *p = &v->pane[v->focus];
    bool filtered = v->filter[0] && v->filter_pane == v->focus;
    int64_t at = p->cursor + direction;

    if (!keymap_in_list(v) || !c->sought[0]) {
        console_say(c, TOAST_ERROR, "/ says what to look for, in a list");
        return;
    }
    if (v->focus == PANE_FAILURES && !filtered) {
        seek_failure(c, direction);
        return;
    }
    /* With a filter, each row that it leaves is a match. */
    while (!filtered && at >= 0 && at < p->count && !row_passes(c, at))
        at += direction;
    if (at >= 0 && at < p->count) {
        console_move(c, at - p->cursor);
        return;
    }
    no_more(c, direction);
}

void console_show_found(struct console *c)
{
    const struct failure_ask *ask = &c->snap.ask;
    int64_t seek = c->seek.seek;

    if (!seek || ask->seek != seek || ask->from != c->seek.from ||
        strcmp(ask->sought, c->seek.sought) != 0)
        return; /* it is not answered yet */
    c->seek.seek = 0;
    if (c->snap.failures_found)
        failures_show_sought(&c->snap, &c->view);
    else
        no_more(c, seek > 0 ? 1 : -1);
}

void console_ask(struct console *c)
{
    struct failure_ask *ask = &c->snap.ask;

    *ask = c->seek;
    view_ask(&c->view, ask);
}

/* --- tags ----------------------------------------------------------------- */

static bool console_untag(struct failure_select *s, const struct failure_row *f)
{
    int at = failure_tag_find(s, f->source, f->pos);

    if (at >= 0)
        s->tag[at] = s->tag[--s->tags];
    return at >= 0;
}

void console_tag(struct console *c)
{
    const struct failure_row *f = console_failure(c);
    struct failure_select *s = &c->view.tagged;
    char text[96], n[24];

    if (!f || !failure_has_document(f)) {
        console_say(c, TOAST_ERROR,
                    console_cause(c) ? "Enter lists the documents of a cause, "
                                       "to tag them"
                    : f ? "this is a service's answer, and of no document"
                      : "only failed documents are tagged (6)");
        return;
    }
    if (f->documents > 1) {
        snprintf(text, sizeof text, "%s documents are in this row: Enter R "
                 "retries them, / lists each to tag",
                 str_count(n, sizeof n, f->documents));
        console_say(c, TOAST_ERROR, text);
        return;
    }
    if (!console_untag(s, f)) {
        if (s->tags == SELECT_TAGS) {
            snprintf(text, sizeof text, "%d are tagged already, the most "
                     "there can be: retry or export them by kind",
                     SELECT_TAGS);
            console_say(c, TOAST_ERROR, text);
            return;
        }
        s->tag[s->tags++] = (struct failure_tag){ f->pos, f->source };
    }
    snprintf(text, sizeof text, "%s tagged: r retries, e exports, Esc clears",
             str_count(n, sizeof n, s->tags));
    console_say(c, TOAST_SAY, text);
    console_move(c, 1);
}
