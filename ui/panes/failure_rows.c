/*
 * This file draws the failure log, row by row.
 *
 * The log is longer than a snapshot: snapshot.failures is a window of what the
 * filter leaves of it and begins at ask.first, 0 being the newest. The view
 * counts rows from the newest, too, so its cursor moves along when new ones
 * come in.
 */
#include "config.h"
#include "ui/panes/pane_failures.h"

#include <stdio.h>

#include "ui/draw/figures.h"
#include "ui/panes/cause_rows.h"
#include "util/str.h"

enum { WIDE = 100, SLIM = 60, TINY = 30 };

static bool is_filtered(const struct view *v)
{
    return v->filter_pane == PANE_FAILURES && v->filter[0];
}

void failures_advance(const struct snapshot *s, struct view *v)
{
    struct pane_view *p = &v->pane[PANE_FAILURES];
    bool other = strcmp(v->listed, s->ask.filter) != 0 ||
                 v->listed_cause != s->ask.cause;

    if (view_shows_causes(v)) {
        causes_advance(s, v);
        return;
    }
    if (v->follow || other) {
        p->cursor = p->scroll = 0;
        v->seq_left = s->listed_seq;
    } else if (s->listed_seq > v->seq_seen) {
        p->cursor += (int64_t)(s->listed_seq - v->seq_seen);
        p->scroll += (int64_t)(s->listed_seq - v->seq_seen);
    }
    p->count = (int64_t)s->listed_total;
    pane_scroll(p, p->count, p->page);
    v->seq_seen = s->listed_seq;
    snprintf(v->listed, sizeof v->listed, "%s", s->ask.filter);
    v->listed_cause = s->ask.cause;
}

void failures_show_sought(const struct snapshot *s, struct view *v)
{
    struct pane_view *p = &v->pane[PANE_FAILURES];
    int64_t at = (int64_t)(s->listed_seq - s->failures_found);

    v->follow = false;
    if (at < p->scroll || at >= p->scroll + p->page)
        p->scroll = at > p->page / 2 ? at - p->page / 2 : 0;
    p->cursor = at;
}

/* --- one row --- */

void failure_times(const struct failure_row *f, const struct canvas *c,
                   char *to, size_t size)
{
    uint32_t n = f->documents > 1 ? f->documents : f->times;
    char count[16];

    to[0] = '\0';
    if (n > 1)
        snprintf(to, size, "%s%s", c->signs->times,
                 str_count(count, sizeof count, n));
}

static void standing_text(const struct failure_row *f, char *to, size_t size)
{
    static const char *const words[] = {
        [FAILURE_FINAL] = "final", [FAILURE_WAITING] = "waits",
        [FAILURE_RETRIED] = "sent again", [FAILURE_STORED] = "stored since",
        [FAILURE_SKIPPED] = "skipped", [FAILURE_PASSED] = "passed"
    };

    if (f->standing == FAILURE_WAITING && f->tries)
        snprintf(to, size, "try %u of %u", f->tries, f->tries_max);
    else
        snprintf(to, size, "%s", words[f->standing]);
}

enum style failure_style(const struct failure_row *f)
{
    static const enum style styles[] = {
        [FAILURE_FINAL] = STYLE_FAILED, [FAILURE_WAITING] = STYLE_NORMAL,
        [FAILURE_RETRIED] = STYLE_NORMAL, [FAILURE_STORED] = STYLE_OK,
        [FAILURE_SKIPPED] = STYLE_DIM, [FAILURE_PASSED] = STYLE_OK
    };

    return styles[f->standing];
}

static void time_text(const struct view *v, const struct failure_row *f,
                      char *to, size_t size)
{
    if (v->ago)
        figure_ago(to, size, v->wall_s - f->wall_s);
    else
        figure_time(to, size, f->wall_s);
}

void failures_put_message(struct view *v, struct canvas *in, int row, int col,
                          int width, enum style style, const char *text)
{
    int over = canvas_width(in, text) - width, skipped = 0;

    if (over > v->over)
        v->over = over;
    if (over <= 0 || v->shift <= 0) {
        canvas_text(in, row, col, width, style, text);
        return;
    }
    while (*text && skipped < v->shift + 1) {
        char one[5] = "";
        size_t k = 1;

        while (k < 4 && ((unsigned char)text[k] & 0xc0) == 0x80)
            k++;
        memcpy(one, text, k);
        skipped += canvas_width(in, one);
        text += k;
    }
    canvas_put(in, row, col, STYLE_DIM, in->signs->cut);
    canvas_text(in, row, col + 1, width - 1, style, text);
}

/* Message, then number and state, right-aligned if there is room. Without room
 * for a column, the style of the code shows the state. */
static void put_message(struct view *v, struct canvas *in, int row, int col,
                        bool with_end, const struct failure_row *f)
{
    char end[64] = "", standing[24] = "", times[24];
    int width = in->cols - 1 - col;

    failure_times(f, in, times, sizeof times);
    if (with_end)
        standing_text(f, standing, sizeof standing);
    snprintf(end, sizeof end, "%s%s%s", times,
             *times && *standing ? "  " : "", standing);
    if (*end) {
        int room = canvas_width(in, end);

        if (with_end && room < 12)
            room = 12;
        if (room + 8 < width) {
            canvas_right(in, row, in->cols - 1 - room, room,
                         failure_style(f), end);
            width -= room + 1;
        }
    }
    failures_put_message(v, in, row, col, width, STYLE_NORMAL, f->message);
}

static void row_in_columns(struct view *v, struct canvas *in, int row,
                           const struct failure_row *f)
{
    bool wide = in->cols >= WIDE;
    int gap = wide ? 2 : 1, id = 12, col;
    char time[32];

    if (wide)
        id = 13 + (in->cols - 118) / 6;
    id = id < 12 ? 12 : id > 28 ? 28 : id;
    time_text(v, f, time, sizeof time);
    col = gap + canvas_right(in, row, 1, 8, STYLE_DIM, time);
    col = gap + canvas_text(in, row, col, id, STYLE_NORMAL,
                            f->id[0] ? f->id : "-");
    col = gap + canvas_text(in, row, col, 6, STYLE_NORMAL, f->stage);
    col = gap + canvas_text(in, row, col, 7, failure_style(f), f->code);
    put_message(v, in, row, col, wide, f);
}

static void row_in_words(struct view *v, struct canvas *in, int row,
                         const struct failure_row *f)
{
    char time[32], times[24];
    int col = 0;

    if (in->cols >= TINY) {
        time_text(v, f, time, sizeof time);
        col = 1 + canvas_right(in, row, 1, 8, STYLE_DIM, time);
    }
    col = 1 + canvas_put(in, row, col, STYLE_NORMAL, f->stage);
    col = 1 + canvas_put(in, row, col, failure_style(f), f->code);
    failure_times(f, in, times, sizeof times);
    if (*times)
        col = 1 + canvas_put(in, row, col, STYLE_NORMAL, times);
    failures_put_message(v, in, row, col, in->cols - 1 - col, STYLE_NORMAL,
                         f->message);
}

/* Underline what the filter found. The row's bytes are gone once it is drawn,
 * so search in the cells. */
static void mark_match(const char *filter, struct canvas *in, int row)
{
    struct cell *cells = canvas_cell(in, row, 0);
    size_t n = strlen(filter);
    char text[4096];
    size_t len = 0;

    if (!n || filter[0] == '!')
        return;
    for (int col = 0; col < in->cols && len + sizeof cells->text < sizeof text; col++) {
        size_t bytes = strlen(cells[col].text);

        memcpy(text + len, cells[col].text, bytes);
        len += bytes;
    }
    text[len] = '\0';
    for (const char *at = text; (at = filter_find(filter, at)); at += n) {
        size_t seen = 0, from = (size_t)(at - text);

        for (int col = 0; col < in->cols && seen < from + n; col++) {
            if (seen >= from)
                canvas_restyle(in, row, col, 1, STYLE_MATCH);
            seen += strlen(cells[col].text);
        }
    }
}

static void failure_rows_draw_row(struct view *v, struct canvas *in, int row,
                                  const struct failure_row *f, bool chosen)
{
    if (in->cols >= SLIM)
        row_in_columns(v, in, row, f);
    else
        row_in_words(v, in, row, f);
    if (is_filtered(v))
        mark_match(v->filter, in, row);
    if (view_tagged(v, f))
        canvas_put(in, row, in->cols - 1, STYLE_KEY, in->signs->tag);
    if (chosen && in->cols >= TINY) {
        canvas_put(in, row, 0, STYLE_NORMAL, in->signs->chosen);
        canvas_restyle(in, row, 0, in->cols, STYLE_SELECTED);
    }
}

/* --- the list --- */

/* Index in s->failures of row n of the list; -1: not in this window. */
static int failure_rows_index(const struct snapshot *s, int64_t n)
{
    n -= (int64_t)s->ask.first;
    return n >= 0 && n < (int64_t)s->failure_count ? (int)n : -1;
}

void failures_rows(const struct snapshot *s, struct view *v,
                   struct canvas *in, int top)
{
    struct pane_view *p = &v->pane[PANE_FAILURES];

    if (view_shows_causes(v)) {
        causes_rows(s, v, in, top);
        return;
    }
    pane_list(v, PANE_FAILURES, (int64_t)s->listed_total, in->rows, top);
    v->failure_at = failure_rows_index(s, p->cursor);
    v->over = 0;
    for (int row = 0; row < in->rows; row++) {
        int at = failure_rows_index(s, p->scroll + row);

        if (at >= 0)
            failure_rows_draw_row(v, in, row, &s->failures[at],
                                  v->focus == PANE_FAILURES &&
                                      p->scroll + row == p->cursor);
    }
}
