/* The table of panes, and where they stand: the size of the screen chooses one
 * of five layouts, from all panes down to one line of words. A pane is drawn
 * into the rectangle that its layout gives it. */
#include "config.h"
#include "ui/panes/layout.h"

#include <stdio.h>
#include <string.h>

#include "ui/draw/figures.h"
#include "ui/panes/footer.h"
#include "ui/panes/header.h"
#include "ui/panes/money_line.h"
#include "ui/panes/cause_rows.h"
#include "ui/panes/pane_failures.h"
#include "ui/panes/seek_line.h"
#include "ui/panes/widgets.h"
#include "util/str.h"

enum { WIDE_COLS = 120, WIDE_ROWS = 30, MIDDLE_COLS = 80, MIDDLE_ROWS = 20,
       SMALL_COLS = 40, SMALL_ROWS = 10, FOOTER_ROWS = 2, RIGHT = 19,
       TALL_ROWS = 14, ROOMY_COLS = 60 };

const struct pane_ops *const panes[PANE_END] = {
    [PANE_PIPELINE] = &pane_pipeline,     [PANE_EMBEDDERS] = &pane_embedders,
    [PANE_UPSERTERS] = &pane_upserters,   [PANE_LIMITS] = &pane_limits,
    [PANE_THROUGHPUT] = &pane_throughput, [PANE_FAILURES] = &pane_failures
};

static int layout_between(int n, int least, int most)
{
    return n < least ? least : n > most ? most : n;
}

/* Draw one pane into its rectangle, if it fits there. */
static void layout_place_pane(enum pane_id id, const struct snapshot *s,
                              struct view *v, struct canvas *c, int row,
                              int col, int rows, int cols)
{
    struct canvas part = canvas_part(c, row, col, rows, cols);
    struct pane_view *p = &v->pane[id];

    if (rows < 1 || cols < 1)
        return;
    p->shown = true;
    p->row = row;
    p->col = col;
    p->rows = rows;
    p->cols = cols;
    panes[id]->draw(id, s, v, &part);
}

/* Rows that a stage asks for: one for each worker and the line of what is found
 * out. A number of workers that is found out changes all the time, so there
 * the room alone decides, and no pane moves. */
static int stage_wish(const struct stage_view *g, int room)
{
    int workers = (int)g->wanted;

    if (g->seek.sought)
        workers = layout_between((int)g->seek.bound, 1, room);
    return workers + seek_line_rows(g);
}

/* Everything: two columns of panes, the failures get what is left. */
static void layout_draw_wide(const struct snapshot *s, struct view *v,
                             struct canvas *c)
{
    int left = c->cols * 65 / 100, right = c->cols - left;
    int spare = c->rows - HEADER_ROWS - 6 - FOOTER_ROWS - 2 - 2 - 4 - 4;
    int embed = layout_between(stage_wish(&s->embed, spare / 2), 6,
                               layout_between(spare - 4, 6, 24));
    int upsert = layout_between(stage_wish(&s->upsert, spare / 4), 4,
                                layout_between(spare - embed, 4, 16));
    int row = HEADER_ROWS;

    v->numbered = true;
    layout_place_pane(PANE_PIPELINE, s, v, c, row, 0, 6, c->cols);
    row += 6;
    layout_place_pane(PANE_EMBEDDERS, s, v, c, row, 0, embed + 2, left);
    layout_place_pane(PANE_LIMITS, s, v, c, row, left, embed + 2, right);
    row += embed + 2;
    layout_place_pane(PANE_UPSERTERS, s, v, c, row, 0, upsert + 2, left);
    layout_place_pane(PANE_THROUGHPUT, s, v, c, row, left, upsert + 2, right);
    row += upsert + 2;
    layout_place_pane(PANE_FAILURES, s, v, c, row, 0,
                      c->rows - FOOTER_ROWS - row, c->cols);
}

/* 80x20 and up: the graph goes first, limits and upserters share a column. */
static void draw_middle(const struct snapshot *s, struct view *v,
                        struct canvas *c)
{
    int left = c->cols * 6 / 10, right = c->cols - left;
    int room = c->rows - HEADER_ROWS - 3 - FOOTER_ROWS;
    int wish = 2 + stage_wish(&s->embed, room / 2);
    int middle = layout_between(room * 5 / 8, 7, wish > 10 ? wish : 10);
    int row = HEADER_ROWS;

    layout_place_pane(PANE_PIPELINE, s, v, c, row, 0, 3, c->cols);
    row += 3;
    layout_place_pane(PANE_EMBEDDERS, s, v, c, row, 0, middle, left);
    layout_place_pane(PANE_LIMITS, s, v, c, row, left, middle >= 10 ? 5 : 4,
                      right);
    layout_place_pane(PANE_UPSERTERS, s, v, c, row + (middle >= 10 ? 5 : 4),
                      left, middle - (middle >= 10 ? 5 : 4), right);
    row += middle;
    layout_place_pane(PANE_FAILURES, s, v, c, row, 0,
                      c->rows - FOOTER_ROWS - row, c->cols);
}

static void draw_zoomed(const struct snapshot *s, struct view *v,
                        struct canvas *c)
{
    v->numbered = c->cols >= MIDDLE_COLS;
    layout_place_pane(v->focus, s, v, c, HEADER_ROWS, 0,
                      c->rows - HEADER_ROWS - FOOTER_ROWS, c->cols);
}

/* --- small screens: rows of words, no frames ------------------------------ */

static void layout_draw_rule(struct canvas *c, int row)
{
    canvas_fill(c, row, 0, 1, c->cols, STYLE_BORDER,
                c->signs->light.across);
}

static void gauge_row(struct canvas *c, int row, const char *name,
                      double pct, enum style style, const char *right)
{
    int width = c->cols - 11 - RIGHT;

    canvas_text(c, row, 1, 9, STYLE_NORMAL, name);
    if (width >= 3)
        widget_bar(c, row, 10, width, style, pct);
    canvas_right(c, row, c->cols - RIGHT, RIGHT - 1, STYLE_NORMAL, right);
}

static void queue_row(struct canvas *c, int row, const char *name,
                      const struct queue_view *q, double rate)
{
    char n[16], right[32];

    snprintf(right, sizeof right, "%u/%u %s/s", q->count, q->capacity,
             str_short(n, sizeof n, rate, 6));
    gauge_row(c, row, name,
              q->capacity ? 100.0 * q->count / q->capacity : 0, STYLE_SPARK,
              right);
}

static int seek_put(const struct snapshot *s, struct canvas *c, int row,
                    int col, enum stage_id stage)
{
    const struct stage_view *g = stage == STAGE_UPSERT ? &s->upsert
                                                       : &s->embed;
    bool limits = strcmp(s->bottleneck, stage_words[stage]) == 0;
    char words[40];

    return canvas_printf(c, row, col, limits ? STYLE_WARN : STYLE_NORMAL,
                         "%c %s", stage == STAGE_UPSERT ? 'u' : 'e',
                         seek_line_words(words, sizeof words, g,
                                         c->cols >= ROOMY_COLS));
}

/* "e 12/16 auto  u 4/4 pinned": requests in flight, of those wanted. */
static void seek_row(const struct snapshot *s, struct canvas *c, int row)
{
    canvas_text(c, row, 1, 9, STYLE_NORMAL, "at once");
    seek_put(s, c, row, 2 + seek_put(s, c, row, 10, STAGE_EMBED),
             STAGE_UPSERT);
}

static bool layout_seeks(const struct snapshot *s)
{
    return seek_line_rows(&s->embed) || seek_line_rows(&s->upsert);
}

static void limits_rows(const struct snapshot *s, struct canvas *c, int row)
{
    char text[40], pct[8], bytes[16];

    if (s->budget_usd > 0 && money_line_style(s) != STYLE_NORMAL) {
        gauge_row(c, row, "budget", s->cost_usd * 100 / s->budget_usd,
                  gauge_style(s->cost_usd * 100 / s->budget_usd),
                  money_line_words(text, sizeof text, s, MONEY_LINE_BUDGET));
    } else if (s->tokens_min.limit || s->requests_min.limit) {
        const struct limit_view *l =
            s->tokens_min.limit ? &s->tokens_min : &s->requests_min;
        double used = 100.0 * (double)l->used / (double)l->limit;

        snprintf(text, sizeof text, "%s%s",
                 figure_pct_whole(pct, sizeof pct, used),
                 s->limit_now[0] ? "  limit!" : "");
        gauge_row(c, row, s->tokens_min.limit ? "tokens" : "requests", used,
                  gauge_style(used), text);
    } else if (c->rows < TALL_ROWS && layout_seeks(s)) {
        seek_row(s, c, row);
    } else {
        canvas_text(c, row, 1, 9, STYLE_NORMAL, "limit");
        canvas_text(c, row, 10, c->cols - 11, STYLE_DIM,
                    *s->bottleneck ? s->bottleneck : "none set");
    }
    snprintf(text, sizeof text, "%s %s",
             figure_pct_whole(pct, sizeof pct, s->memory_pct),
             str_bytes(bytes, sizeof bytes, s->memory_bytes));
    gauge_row(c, row + 1, "memory", s->memory_pct,
              gauge_style(s->memory_pct), text);
}

static void failure_line(const struct failure_row *f, struct canvas *c,
                         int row)
{
    char time[12], times[24];
    int col = canvas_text(c, row, 1, 9, STYLE_DIM,
                          figure_time(time, sizeof time, f->wall_s));

    col = 1 + canvas_put(c, row, col, STYLE_NORMAL, f->stage);
    if (strcmp(f->code, "-") != 0)
        col = 1 + canvas_put(c, row, col, failure_style(f), f->code);
    failure_times(f, c, times, sizeof times);
    if (*times)
        col = 1 + canvas_put(c, row, col, STYLE_NORMAL, times);
    canvas_text(c, row, col, c->cols - col - 1, STYLE_NORMAL, f->message);
}

static void draw_small(const struct snapshot *s, struct view *v,
                       struct canvas *c)
{
    int row = HEADER_ROWS;
    uint32_t i = 0;

    header_draw_narrow(s, v, c);
    layout_draw_rule(c, row++);
    queue_row(c, row++, "embed q", &s->embed_queue, s->embed.rate);
    queue_row(c, row++, "upsert q", &s->upsert_queue, s->upsert.rate);
    limits_rows(s, c, row);
    row += 2;
    if (c->rows >= TALL_ROWS && layout_seeks(s))
        seek_row(s, c, row++);
    layout_draw_rule(c, row++);
    if (view_shows_causes(v)) {
        for (; row < c->rows - 1 && i < s->cause_count; row++, i++)
            cause_in_words(&s->causes[i], v, c, row);
        if (row < c->rows - 1)
            i += causes_healed(s, c, row);
    }
    for (; !view_shows_causes(v) && row < c->rows - 1 && i < s->failure_count;
         row++, i++)
        failure_line(&s->failures[i], c, row);
    if (i == 0 && row < c->rows - 1)
        canvas_text(c, row, 1, c->cols - 2, STYLE_DIM, "nothing has failed");
    v->message_row = c->rows - 2;
    footer_message(s, v, c, c->rows - 2);
    footer_keys(v, c, c->rows - 1);
}

/* "q41/64 9/64 mem38%", or all along the way of a document: "q41 e12 q9 u4
 * mem38%". */
static void tiny_queues(const struct snapshot *s, struct canvas *c, int row)
{
    char pct[8], way[64];

    figure_pct_whole(pct, sizeof pct, s->memory_pct);
    if (layout_seeks(s))
        snprintf(way, sizeof way, "q%u e%u q%u u%u", s->embed_queue.count,
                 seek_line_in_flight(&s->embed), s->upsert_queue.count,
                 seek_line_in_flight(&s->upsert));
    else
        snprintf(way, sizeof way, "q%u/%u %u/%u", s->embed_queue.count,
                 s->embed_queue.capacity, s->upsert_queue.count,
                 s->upsert_queue.capacity);
    canvas_printf(c, row, 0, STYLE_NORMAL, "%s %s%s", way,
                  strlen(way) + strlen(pct) + 4 <= (size_t)c->cols ? "mem"
                                                                   : "m",
                  pct);
}

/* 20x5 and smaller: the state, however little room there is. */
static void layout_draw_tiny(const struct snapshot *s, struct view *v,
                             struct canvas *c)
{
    char stored[16], failed[16];
    const char *word;
    uint64_t owed = header_owed(s, &word);

    header_draw_line(s, v, c, 0);
    if (c->rows < 3 || c->cols < 12)
        return;
    widget_bar(c, 1, 0, c->cols, state_style(s->state), header_pct(s, v));
    canvas_printf(c, 2, 0, STYLE_NORMAL, "%s ok %s %.4s",
                  str_short(stored, sizeof stored, (double)s->stored, 5),
                  str_short(failed, sizeof failed, (double)owed, 5), word);
    if (c->rows > 3)
        tiny_queues(s, c, 3);
    if (c->rows > 4)
        footer_keys(v, c, c->rows - 1);
    if (c->rows > 5)
        footer_message(s, v, c, c->rows - 2);
}

static void layout_reset(struct view *v)
{
    for (int i = 0; i < PANE_END; i++) {
        v->pane[i].shown = false;
        v->pane[i].page = 0;
        v->pane[i].list_row = -1;
    }
    v->failure_at = -1;
    v->message_row = v->keybar_row = -1;
    v->cursor_row = v->cursor_col = -1;
    v->numbered = v->reason_told = v->advice_told = false;
}

void layout_draw(const struct snapshot *s, struct view *v, struct canvas *c)
{
    canvas_clear(c);
    layout_reset(v);
    header_watch_drain(s, v);
    if (c->cols < SMALL_COLS || c->rows < SMALL_ROWS) {
        layout_draw_tiny(s, v, c);
        return;
    }
    if (!v->zoomed &&
        (c->cols < MIDDLE_COLS || c->rows < MIDDLE_ROWS)) {
        draw_small(s, v, c);
        return;
    }
    if (c->cols >= MIDDLE_COLS)
        header_draw(s, v, c);
    else
        header_draw_narrow(s, v, c);
    if (v->zoomed)
        draw_zoomed(s, v, c);
    else if (c->cols >= WIDE_COLS && c->rows >= WIDE_ROWS)
        layout_draw_wide(s, v, c);
    else
        draw_middle(s, v, c);
    v->message_row = c->rows - 2;
    v->keybar_row = c->rows - 1;
    footer_message(s, v, c, c->rows - 2);
    footer_keys(v, c, c->rows - 1);
}
