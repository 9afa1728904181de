/* This pane shows the workers of a stage, one row each. */
#include "config.h"
#include "ui/panes/pane.h"

#include <stdio.h>

#include "ui/draw/figures.h"
#include "ui/panes/seek_line.h"
#include "ui/panes/widgets.h"
#include "ui/panes/workers_sum.h"
#include "util/str.h"

enum { ROOMY = 70, FULL = 100, SLIM = 42, TALLEST = 4, RESORT_MS = 2000 };

/* The columns of numbers, from the left, each right-aligned; after them comes
 * the state in words. */
enum column { RATE, DOCS, ERRORS, BATCH, P95, COLUMNS };

static const struct {
    const char *head;
    int width, pitch; /* of its numbers; to the end of the column before */
    int least;        /* least columns of the pane to show it */
    enum sort sort;   /* SORT_NAME: none by it */
} columns[COLUMNS] = {
    [RATE] = { "docs/s", 6, 7, 0, SORT_RATE },
    [DOCS] = { "docs", 11, 11, FULL, SORT_NAME },
    [ERRORS] = { "errors", 7, 8, FULL, SORT_NAME },
    [BATCH] = { "batch", 6, 7, ROOMY, SORT_BATCH },
    [P95] = { "p95", 6, 7, SLIM, SORT_P95 },
};

/* Their places in a pane of this width, counted from its frame. */
struct places {
    int name, spark, spark_width, state;
    int end[COLUMNS]; /* 0: not there */
    bool roomy;       /* room for " · " in the state */
};

static struct places places_of(int cols)
{
    bool roomy = cols >= ROOMY, slim = cols < SLIM;
    struct places at = { .name = slim ? 2 : 3, .spark = slim ? 5 : 7,
                         .state = cols - (roomy ? 23 : slim ? 11 : 15),
                         .roomy = roomy };
    int right = at.state - (roomy ? 3 : 1), spare;

    for (int k = COLUMNS; k-- > 0;)
        if (cols >= columns[k].least) {
            at.end[k] = right;
            right -= columns[k].pitch;
        }
    at.spark_width = right - at.spark;
    spare = at.spark_width - SNAPSHOT_SPARK;
    if (spare <= 0)
        return at;
    at.spark_width -= spare;
    at.state -= spare;
    for (int k = 0; k < COLUMNS; k++)
        at.end[k] -= at.end[k] ? spare : 0;
    return at;
}

/* --- which workers, in which order --- */

static const struct stage_view *stage_of(enum pane_id id,
                                         const struct snapshot *s)
{
    return id == PANE_UPSERTERS ? &s->upsert : &s->embed;
}

static enum stage_id stage_id_of(enum pane_id id)
{
    return id == PANE_UPSERTERS ? STAGE_UPSERT : STAGE_EMBED;
}

static char letter_of(enum pane_id id)
{
    return id == PANE_UPSERTERS ? 'u' : 'e';
}

static const char *workers_name(enum pane_id id)
{
    return id == PANE_UPSERTERS ? pane_upserters.title : pane_embedders.title;
}

/* A worker with more of it is higher in the list. */
static double sort_key(const struct worker_view *w, enum sort by)
{
    switch (by) {
    case SORT_RATE:
        return w->rate;
    case SORT_BATCH:
        return w->batch;
    case SORT_P95:
        return (double)w->p95_ms;
    case SORT_STATE:
        return w->state;
    default:
        return 0;
    }
}

/* Is worker a below b, which comes after it in the stage? */
static bool stands_below(const struct worker_view *a,
                         const struct worker_view *b,
                         const struct pane_view *p)
{
    double ka = sort_key(a, p->sort), kb = sort_key(b, p->sort);

    return p->sort == SORT_NAME ? p->reverse : p->reverse ? ka > kb : ka < kb;
}

static bool is_shown(enum pane_id id, const struct stage_view *g,
                     const struct view *v, const struct signs *signs, int i)
{
    const struct worker_view *w = &g->worker[i];
    char state[80], text[96];

    if (w->state == WORKER_OFF && (uint32_t)i >= g->workers)
        return false;
    if (v->filter_pane != id || !v->filter[0])
        return true;
    worker_words(w, true, signs, state, sizeof state);
    snprintf(text, sizeof text, "%c%d %s", letter_of(id), i + 1, state);
    return filter_passes(v->filter, text);
}

/* Are these rows still those of the workers that are shown, in an order that is
 * fresh enough? Read faster than that, a list could not be read. */
static bool workers_order_holds(enum pane_id id, const struct snapshot *s,
                                const struct view *v,
                                const struct signs *signs)
{
    const struct stage_view *g = stage_of(id, s);
    const struct pane_view *p = &v->pane[id];
    int64_t age_ms = s->now_ms - p->sorted_ms;
    int shown = 0;

    if (p->sorted_by != p->sort || p->sorted_reverse != p->reverse ||
        age_ms < 0 || age_ms >= RESORT_MS)
        return false;
    for (int i = 0; i < SNAPSHOT_WORKERS; i++)
        shown += is_shown(id, g, v, signs, i);
    for (int n = 0; n < p->count; n++)
        if (!is_shown(id, g, v, signs, v->worker_at[id][n]))
            return false;
    return shown == p->count;
}

/* Fill v->worker_at; returns how many rows. Equal ones keep their order. */
static int workers_sort(enum pane_id id, const struct snapshot *s,
                        struct view *v, const struct signs *signs)
{
    const struct stage_view *g = stage_of(id, s);
    struct pane_view *p = &v->pane[id];
    uint8_t *at = v->worker_at[id];
    int n = 0;

    for (int i = 0; i < SNAPSHOT_WORKERS; i++) {
        int k = n;

        if (!is_shown(id, g, v, signs, i))
            continue;
        for (; k > 0 && stands_below(&g->worker[at[k - 1]], &g->worker[i], p);
             k--)
            at[k] = at[k - 1];
        at[k] = (uint8_t)i;
        n++;
    }
    p->sorted_ms = s->now_ms;
    return n;
}

/* The cursor stays on its worker, wherever that goes; another order begins at
 * the top. */
static int workers_arrange(enum pane_id id, const struct snapshot *s,
                           struct view *v, const struct signs *signs)
{
    struct pane_view *p = &v->pane[id];
    bool turned = p->sorted_by != p->sort || p->sorted_reverse != p->reverse;
    int chosen = p->cursor >= 0 && p->cursor < p->count
                     ? v->worker_at[id][p->cursor]
                     : -1;
    int n;

    if (workers_order_holds(id, s, v, signs))
        return (int)p->count;
    n = workers_sort(id, s, v, signs);
    p->sorted_by = p->sort;
    p->sorted_reverse = p->reverse;
    if (turned)
        p->cursor = 0;
    for (int k = 0; k < n && !turned; k++)
        if (v->worker_at[id][k] == chosen)
            p->cursor = k;
    return n;
}

static double peak_of(const struct stage_view *g, int width)
{
    double peak = 0;

    for (int i = 0; i < SNAPSHOT_WORKERS; i++) {
        const struct worker_view *w = &g->worker[i];
        double one = widget_peak(w->spark, w->spark_len, (size_t)width);

        if (one > peak)
            peak = one;
    }
    return figure_scale(peak);
}

/* --- rows --- */

static const char *number_text(const struct worker_view *w, enum column k,
                               char *to, size_t size)
{
    switch (k) {
    case RATE:
        return str_short(to, size, w->rate, 6);
    case DOCS:
        return str_short(to, size, (double)w->docs, 9);
    case ERRORS:
        return str_short(to, size, (double)w->errors, 6);
    case BATCH:
        snprintf(to, size, "%u", w->batch);
        return w->batch ? to : "-";
    default:
        return figure_latency(to, size, w->p95_ms);
    }
}

static void worker_row(struct canvas *c, int row, const struct places *at,
                       const struct worker_view *w)
{
    int room = c->cols - 2 - at->state;
    char text[80], since[32];

    for (int k = 0; k < COLUMNS; k++)
        if (at->end[k])
            canvas_right(c, row, at->end[k] - columns[k].width,
                         columns[k].width, STYLE_NORMAL,
                         number_text(w, (enum column)k, text, sizeof text));
    worker_words(w, at->roomy, c->signs, text, sizeof text);
    if (w->wait_ms > 0 && !worker_is_spare(w) && canvas_width(c, text) > room)
        snprintf(text, sizeof text, "wait %s",
                 str_duration(since, sizeof since, w->wait_ms + 999));
    canvas_text(c, row, at->state, room, worker_style(w), text);
}

/* Heads are in the frame, where their columns end. */
static void workers_draw_head(struct canvas *c, enum style style, int end,
                              const char *word, bool sorted)
{
    char text[24];

    snprintf(text, sizeof text, " %s%s", word, sorted ? c->signs->down : "");
    canvas_put(c, 0, end - canvas_width(c, text), style, text);
    if (strcmp(canvas_cell(c, 0, end)->text, "") != 0)
        canvas_put(c, 0, end, style, " ");
}

static void workers_draw_heads(struct canvas *c, const struct places *at,
                               const struct view *v, enum pane_id id)
{
    enum style style = v->focus == id ? STYLE_FOCUS : STYLE_TITLE;
    enum sort sort = v->pane[id].sort;

    for (int k = 0; k < COLUMNS; k++)
        if (at->end[k])
            workers_draw_head(c, style, at->end[k], columns[k].head,
                              sort && sort == columns[k].sort);
    if (c->cols >= SLIM)
        workers_draw_head(c, style, at->state + 5 + (sort == SORT_STATE),
                          "state", sort == SORT_STATE);
}

/* One row for all, if there is no room for more. */
static void folded_row(struct canvas *c, int row, const struct stage_view *g,
                       int n)
{
    char workers[32], rate[32], busy[16];

    canvas_printf(c, row, 2, STYLE_NORMAL, "%s %s/s %s busy",
                  figure_of(workers, sizeof workers, (uint64_t)n, "worker"),
                  str_short(rate, sizeof rate, g->rate, 5),
                  figure_pct_whole(busy, sizeof busy, g->busy_pct));
}

/* Restyle all but the graph, which would be a block of light. */
static void select_row(struct canvas *c, int row, const struct places *at)
{
    int behind = at->spark + (at->spark_width > 0 ? at->spark_width : 0);

    canvas_restyle(c, row, 1, at->spark - 1, STYLE_SELECTED);
    canvas_restyle(c, row, behind, c->cols - 1 - behind, STYLE_SELECTED);
}

static void draw_rows(enum pane_id id, const struct stage_view *g,
                      struct view *v, struct canvas *c, int top_row,
                      const struct places *at)
{
    const struct pane_view *p = &v->pane[id];
    double top = peak_of(g, at->spark_width);

    for (int n = 0; n < p->page && p->scroll + n < p->count; n++) {
        int i = v->worker_at[id][p->scroll + n];
        int row = top_row + n * p->item_rows;
        const struct worker_view *w = &g->worker[i];

        canvas_printf(c, row, at->name, STYLE_NORMAL, "%c%d", letter_of(id),
                      i + 1);
        if (at->spark_width > 0)
            widget_spark(c, row, at->spark, p->item_rows, at->spark_width,
                         v->graph, w->spark, w->spark_len, top);
        worker_row(c, row, at, w);
        if (v->focus != id || p->scroll + n != p->cursor)
            continue;
        canvas_put(c, row, at->name - 1, STYLE_NORMAL, c->signs->chosen);
        select_row(c, row, at);
    }
}

static void workers_draw_empty(const struct snapshot *s, const struct view *v,
                               enum pane_id id, struct canvas *c, int row)
{
    const char *text = "no workers now";

    if (v->filter_pane == id && v->filter[0])
        text = "no worker matches the filter";
    else if (s->state == RUN_STARTING)
        text = id == PANE_EMBEDDERS ? "none yet: waiting for the embedder"
                                    : "none yet: waiting for the store";
    else if (s->state == RUN_DONE || s->state == RUN_FAILED)
        text = "all workers have gone home";
    canvas_text(c, row, 2, c->cols - 4, STYLE_DIM, text);
}

/* "1-8 of 24, 3 wait, 1 slow (e17 41 s)": rows above and below may have what matters. */
static void hidden_text(const struct stage_view *g, const struct pane_view *p,
                        char letter, bool roomy, char *to, size_t size)
{
    int waits = 0, blocked = 0;
    char slow[40];

    for (int i = 0; i < SNAPSHOT_WORKERS; i++) {
        const struct worker_view *w = &g->worker[i];

        waits += w->state == WORKER_LIMITED || w->state == WORKER_BACKOFF;
        blocked += w->state == WORKER_BLOCKED;
    }
    snprintf(to, size, "%d-%d of %d", (int)p->scroll + 1,
             (int)p->scroll + p->page, (int)p->count);
    if (roomy && waits)
        snprintf(to + strlen(to), size - strlen(to), ", %d wait", waits);
    if (roomy && blocked)
        snprintf(to + strlen(to), size - strlen(to), ", %d blocked", blocked);
    workers_sum(g, letter, roomy ? SUM_SLOW_NAMED : SUM_SLOW, slow,
                sizeof slow);
    if (*slow)
        snprintf(to + strlen(to), size - strlen(to), ", %s", slow);
}

static void bottom_texts(const struct stage_view *g,
                         const struct pane_view *p, char letter, int cols,
                         char *left, char *right, size_t size)
{
    char rate[32], errors[32];

    left[0] = '\0';
    if (p->count > p->page && p->page > 1) /* one row is of all */
        hidden_text(g, p, letter, cols >= ROOMY, left, size);
    else if (g->note[0])
        snprintf(left, size, "%s", g->note);
    if (cols >= ROOMY)
        snprintf(right, size, "all %6s/s   %s errors/min",
                 str_short(rate, sizeof rate, g->rate, 6),
                 str_short(errors, sizeof errors, g->errors_per_min, 5));
    else
        figure_of(right, size, (uint64_t)p->count, "worker");
}

/* Few workers with much room have taller graphs. This depends on the workers
 * that there may be, not on what a filter leaves or what is tried, so that
 * nothing jumps. */
static int item_rows(const struct stage_view *g, int n, int room)
{
    int may = (int)(g->seek.sought ? g->seek.bound : g->workers);
    int workers = may > n ? may : n;
    int each = workers > 0 ? room / workers : 1;

    return each < 1 ? 1 : each > TALLEST ? TALLEST : each;
}

/* The column of the frame where the first head begins. */
static int workers_first_head(const struct places *at)
{
    int first = at->state;

    for (int k = COLUMNS; k-- > 0;)
        if (at->end[k])
            first = at->end[k] - (int)strlen(columns[k].head) - 1;
    return first;
}

/* The name, and how many workers do what where there is room for it; the slow
 * ones stand out. */
static void workers_draw_sum(enum pane_id id, const struct snapshot *s,
                             const struct view *v, struct canvas *c,
                             const struct places *at)
{
    const char *name = workers_name(id);
    int col = (v->numbered ? 7 : 5) + (int)strlen(name), width;
    int room = workers_first_head(at) - col;
    char text[128];

    if (s->state == RUN_DONE || s->state == RUN_FAILED)
        return;
    for (int form = 0; form < (at->roomy ? SUM_SLOW : SUM_FORMS); form++) {
        size_t slow = workers_sum(stage_of(id, s), letter_of(id),
                                  (enum workers_sum_form)form, text,
                                  sizeof text);

        width = canvas_width(c, text);
        if (width == 0 || width > room)
            continue;
        canvas_put(c, 0, col - 1, STYLE_TITLE, " ");
        canvas_put(c, 0, col, v->focus == id ? STYLE_FOCUS : STYLE_TITLE, text);
        if (width < room)
            canvas_put(c, 0, col + width, STYLE_TITLE, " ");
        if (text[slow])
            canvas_restyle(c, 0, col + (int)slow, width - (int)slow,
                           STYLE_WARN);
        return;
    }
}

static void workers_draw_frame(enum pane_id id, const struct stage_view *g,
                               struct view *v, struct canvas *c)
{
    char left[112], right[112];
    struct pane_frame frame = { .title = workers_name(id),
                                .bottom = left,
                                .bottom_right = right };

    bottom_texts(g, &v->pane[id], letter_of(id), c->cols, left, right,
                 sizeof left);
    if (v->filter_pane == id && v->filter[0])
        snprintf(left, sizeof left, "filter \"%.30s\" %d of %u", v->filter,
                 (int)v->pane[id].count, g->workers);
    pane_frame(id, v, c, &frame);
}

/* What is found out stands above the rows, and in a narrow low pane instead of
 * them. */
static void workers_draw(enum pane_id id, const struct snapshot *s,
                         struct view *v, struct canvas *c)
{
    const struct stage_view *g = stage_of(id, s);
    struct places at = places_of(c->cols);
    int n = workers_arrange(id, s, v, c->signs);
    int line = c->rows >= 4 ? seek_line_rows(g) : 0, top = 1 + line;
    int room = c->rows - 2 - line, rows, page;

    if (line && room == 2 && c->cols < SLIM) { /* room for the rest of it */
        top++;
        room--;
    }
    rows = item_rows(g, n, room);
    page = room / rows;
    pane_tall_list(v, id, n, page, top, rows);
    workers_draw_frame(id, g, v, c);
    if (c->cols < pane_embedders.min_cols || page < 1)
        return;
    if (line)
        seek_line_draw(c, 1, s, stage_id_of(id));
    if (top > 2)
        seek_line_draw_rest(c, 2, g);
    if (n == 0) {
        workers_draw_empty(s, v, id, c, top);
        return;
    }
    if (page == 1 && n > 1) {
        folded_row(c, top, g, n);
        return;
    }
    workers_draw_heads(c, &at, v, id);
    workers_draw_sum(id, s, v, c, &at);
    draw_rows(id, g, v, c, top, &at);
}

const struct pane_ops pane_embedders = {
    .title = "Embedders", .min_rows = 3, .min_cols = 28, .draw = workers_draw
};
const struct pane_ops pane_upserters = {
    .title = "Upserters", .min_rows = 3, .min_cols = 28, .draw = workers_draw
};
