/* This pane shows the way of a document: read, queue, embed, queue, upsert. */
#include "config.h"
#include "ui/panes/pane.h"

#include <stdio.h>

#include "ui/draw/figures.h"
#include "ui/panes/seek_line.h"
#include "ui/panes/widgets.h"
#include "util/str.h"

enum { WIDE_INSIDE = 112, BAR_MAX = 40, STAGE_ROWS = 4, ADVISES_COLS = 78 };

static void rate_text(char *to, size_t size, double rate, int width)
{
    char n[32];

    snprintf(to, size, "%*s/s", width, str_short(n, sizeof n, rate, width));
}

static double pipeline_filled_pct(const struct queue_view *q)
{
    return q->capacity ? (double)q->count * 100 / q->capacity : 0;
}

static bool is_paused(const struct snapshot *s, enum stage_id stage)
{
    return s->paused >> stage & 1;
}

/* Draw the bottleneck's stage bold. */
static enum style stage_style(const struct snapshot *s, enum stage_id stage)
{
    if (is_paused(s, stage))
        return STYLE_PAUSED;
    return strcmp(s->bottleneck, stage_words[stage]) == 0 ? STYLE_WARN
                                                          : STYLE_NORMAL;
}

/* A paused stage has no rate: its word takes the same columns. */
static void pace_text(const struct snapshot *s, const struct canvas *c,
                      enum stage_id stage, double rate, int width, char *to,
                      size_t size)
{
    rate_text(to, size, rate, width);
    if (is_paused(s, stage))
        snprintf(to, size, "%s%sPAUSED", c->signs->paused,
                 width > 5 ? " " : "");
}

/* A stage should have a full queue before it: only the queue before the
 * bottleneck gets a colour. */
static enum style queue_style(const struct snapshot *s, enum stage_id after)
{
    return strcmp(s->bottleneck, stage_words[after]) == 0 ? STYLE_GAUGE_HIGH
                                                          : STYLE_GAUGE;
}

/* "318/510 MiB", "0.7/6.6 MiB": in the unit of the whole. */
static void read_text(const struct snapshot *s, char *to, size_t size)
{
    char done[32], all[32];
    double unit = (double)s->read_size;

    str_bytes(done, sizeof done, s->read_bytes);
    str_bytes(all, sizeof all, s->read_size);
    if (s->reading_done)
        snprintf(to, size, "all %s", done);
    else if (s->read_size == 0)
        snprintf(to, size, "%s", done);
    else if (strcmp(strchr(done, ' '), strchr(all, ' ')) == 0)
        snprintf(to, size, "%.*s/%s", (int)strcspn(done, " "), done, all);
    else {
        while (unit >= 1024)
            unit /= 1024;
        snprintf(to, size, "%.1f/%s",
                 (double)s->read_bytes / ((double)s->read_size / unit), all);
    }
}

static void batch_text(const struct stage_view *g, char *to, size_t size)
{
    if (g->batch_limit && g->batch_limit < g->batch)
        snprintf(to, size, "batch %u, limit %u", g->batch, g->batch_limit);
    else
        snprintf(to, size, "batch %u", g->batch);
}

/* What is stored, what of it this run did, and how to look into it. */
static void pipeline_report(const struct snapshot *s, char *to, size_t size)
{
    char stored[32], rate[32], time[32], owed[48] = "", n[32];
    char did[112] = "";
    bool search = s->search_line[0] && s->stored > 0;

    if (s->failures_open)
        snprintf(owed, sizeof owed, ", %s owed",
                 str_count(n, sizeof n, s->failures_open));
    if (s->upserted)
        snprintf(did, sizeof did, ", %s in %s at %s/s",
                 s->upserted < s->stored
                     ? str_count(n, sizeof n, s->upserted)
                     : "all",
                 str_duration(time, sizeof time, s->elapsed_ms),
                 str_short(rate, sizeof rate, s->rate_avg, 5));
    snprintf(to, size, "%s stored%s%s%s%s",
             str_count(stored, sizeof stored, s->stored), did, owed,
             search ? "; next: " : "", search ? s->search_line : "");
}

static bool why_text(const struct snapshot *s, const struct canvas *c,
                     int cols, char *to, size_t size)
{
    if (s->bottleneck[0])
        snprintf(to, size, "bottleneck: %s (%s)", s->bottleneck,
                 s->bottleneck_why);
    else if (s->reason[0])
        figure_reason(to, size, c, cols, s);
    else if (s->state == RUN_STARTING)
        snprintf(to, size, "asking embedder and store whether they are ready");
    else if (s->state == RUN_DONE)
        pipeline_report(s, to, size);
    else if (s->reading_done)
        snprintf(to, size, "the corpus is read, the queues empty");
    else if (s->state == RUN_RUNNING)
        snprintf(to, size, "bottleneck: not known yet");
    else
        return false;
    return true;
}

/* --- four rows, 116 columns and more --- */

static void wide_queue(struct canvas *c, int col, int width, const char *name,
                       enum style style, const struct queue_view *q)
{
    canvas_put(c, 0, col, STYLE_DIM, name);
    widget_bar(c, 1, col, width, style, pipeline_filled_pct(q));
    canvas_printf(c, 2, col + 2, STYLE_NORMAL,
                  q->capacity < 1000 ? "%u of %u batches" : "%u/%u batches",
                  q->count, q->capacity);
}

/* "EMBED", "EMBED ‖ PAUSED" */
static void wide_name(struct canvas *c, int col, const struct snapshot *s,
                      enum stage_id stage)
{
    enum style style = stage_style(s, stage);

    col = canvas_put(c, 0, col, style == STYLE_NORMAL ? STYLE_STRONG : style,
                     stage_words[stage]);
    if (is_paused(s, stage))
        canvas_printf(c, 0, col, style, " %s PAUSED", c->signs->paused);
}

static void wide_stage(struct canvas *c, int col, const struct snapshot *s,
                       enum stage_id stage, const struct stage_view *g)
{
    enum style style = stage_style(s, stage);
    char text[64];

    wide_name(c, col, s, stage);
    rate_text(text, sizeof text, g->rate, 5);
    canvas_printf(c, 1, col, style, "%s%s%u of %u", text,
                  g->wanted < 10 ? "  " : " ", g->workers, g->wanted);
    batch_text(g, text, sizeof text);
    canvas_put(c, 2, col, STYLE_NORMAL, text);
}

static void pipeline_draw_wide(const struct snapshot *s, struct canvas *c)
{
    int bar = 14 + (c->cols - 118) / 3, at[8];
    char text[320];

    bar = bar < 12 ? 12 : bar > BAR_MAX ? BAR_MAX : bar;
    at[0] = 2;
    at[1] = at[0] + 14; /* an arrow, then what it leads to */
    at[2] = at[1] + 6;
    at[3] = at[2] + bar + 4;
    at[4] = at[3] + 6;
    at[5] = at[4] + 17;
    at[6] = at[5] + 6;
    at[7] = at[6] + bar + 4;
    for (int i = 1; i < 8; i += 2)
        canvas_put(c, 1, at[i], STYLE_DIM, c->signs->flow_long);
    wide_name(c, at[0], s, STAGE_READ);
    rate_text(text, sizeof text, s->read_rate, 5);
    canvas_put(c, 1, at[0], stage_style(s, STAGE_READ), text);
    read_text(s, text, sizeof text);
    canvas_put(c, 2, at[0], STYLE_NORMAL, text);
    wide_queue(c, at[2], bar, "embed queue", queue_style(s, STAGE_EMBED),
               &s->embed_queue);
    wide_stage(c, at[4], s, STAGE_EMBED, &s->embed);
    wide_queue(c, at[6], bar, "upsert queue", queue_style(s, STAGE_UPSERT),
               &s->upsert_queue);
    wide_stage(c, at[7] + 6, s, STAGE_UPSERT, &s->upsert);
    if (why_text(s, c, c->cols - 4, text, sizeof text))
        canvas_text(c, 3, 2, c->cols - 4,
                    s->bottleneck[0] ? STYLE_STRONG : state_style(s->state),
                    text);
}

/* --- one row --- */

static int pipeline_digits(uint32_t n)
{
    int count = 1;

    while (n /= 10)
        count++;
    return count;
}

static int put_stage(struct canvas *c, int col, const struct snapshot *s,
                     enum stage_id stage, double rate)
{
    enum style style = stage_style(s, stage);
    char text[32];

    pace_text(s, c, stage, rate, 5, text, sizeof text);
    col = canvas_put(c, 0, col, style, stage_words[stage]);
    return canvas_put(c, 0, col + 1, style, text);
}

static int put_queue(struct canvas *c, int col, int bar, enum style style,
                     const struct queue_view *q)
{
    char text[32];

    canvas_put(c, 0, col + 1, STYLE_DIM, c->signs->flow);
    col = widget_bar(c, 0, col + 3, bar, style, pipeline_filled_pct(q));
    snprintf(text, sizeof text, "%u/%u", q->count, q->capacity);
    col = canvas_right(c, 0, col + 1, 2 * pipeline_digits(q->capacity) + 1,
                       STYLE_NORMAL, text);
    canvas_put(c, 0, col + 1, STYLE_DIM, c->signs->flow);
    return col + 3;
}

static void draw_line(const struct snapshot *s, struct canvas *c)
{
    int fixed = 57 + 2 * pipeline_digits(s->embed_queue.capacity) +
                2 * pipeline_digits(s->upsert_queue.capacity);
    int room = c->cols - fixed > 2 * BAR_MAX ? 2 * BAR_MAX : c->cols - fixed;
    int col = 1;

    col = put_stage(c, col, s, STAGE_READ, s->read_rate);
    col = put_queue(c, col, (room + 1) / 2, queue_style(s, STAGE_EMBED),
                    &s->embed_queue);
    col = put_stage(c, col, s, STAGE_EMBED, s->embed.rate);
    col = put_queue(c, col, room / 2, queue_style(s, STAGE_UPSERT),
                    &s->upsert_queue);
    put_stage(c, col, s, STAGE_UPSERT, s->upsert.rate);
}

/* --- a column, for narrow screens --- */

static void tall_stage(struct canvas *c, int row, const struct snapshot *s,
                       enum stage_id stage, double rate, const char *more)
{
    enum style style = stage_style(s, stage);
    char text[32];

    pace_text(s, c, stage, rate, 7, text, sizeof text);
    canvas_put(c, row, 1, style, stage_words[stage]);
    canvas_put(c, row, 9, style, text);
    canvas_put(c, row, 20, STYLE_NORMAL, more);
}

static void tall_queue(struct canvas *c, int row, enum style style,
                       const struct queue_view *q)
{
    char text[32];

    snprintf(text, sizeof text, "%u/%u", q->count, q->capacity);
    widget_bar(c, row, 9, c->cols - 9 - 10, style, pipeline_filled_pct(q));
    canvas_put(c, row, 1, STYLE_DIM, "queue");
    canvas_right(c, row, c->cols - 10, 9, STYLE_NORMAL, text);
}

static void draw_tall(const struct snapshot *s, struct canvas *c)
{
    char text[320];

    read_text(s, text, sizeof text);
    tall_stage(c, 0, s, STAGE_READ, s->read_rate, text);
    tall_queue(c, 1, queue_style(s, STAGE_EMBED), &s->embed_queue);
    batch_text(&s->embed, text, sizeof text);
    tall_stage(c, 2, s, STAGE_EMBED, s->embed.rate, text);
    tall_queue(c, 3, queue_style(s, STAGE_UPSERT), &s->upsert_queue);
    batch_text(&s->upsert, text, sizeof text);
    tall_stage(c, 4, s, STAGE_UPSERT, s->upsert.rate, text);
    if (why_text(s, c, c->cols - 2, text, sizeof text))
        canvas_text(c, 5, 1, c->cols - 2, STYLE_STRONG, text);
}

/* --- both stages in full, for the zoomed pane --- */

static void flight_row(struct canvas *c, int row, const struct snapshot *s,
                       enum stage_id stage, const struct stage_view *g)
{
    char mode[48], why[128], pace[48] = "";

    if (g->seek.per_s > 0)
        snprintf(pace, sizeof pace, ", at most %.1f a second", g->seek.per_s);
    seek_line_why(why, sizeof why, s, stage);
    canvas_printf(c, row, 4, STYLE_NORMAL,
                  "requests in flight %u of %u, %s%s%s%s",
                  seek_line_in_flight(g), g->wanted,
                  seek_line_mode(mode, sizeof mode, g), pace,
                  *why ? "; " : "", why);
}

static void stage_rows(struct canvas *c, int row, const struct snapshot *s,
                       enum stage_id stage)
{
    const struct stage_view *g = stage == STAGE_UPSERT ? &s->upsert
                                                       : &s->embed;
    char a[32], b[32], d[32], busy[16];

    canvas_printf(c, row, 2, STYLE_STRONG, "%s  %s", stage_words[stage],
                  g->name);
    canvas_printf(c, row + 1, 4, STYLE_NORMAL,
                  "workers %u of %u (at most %u), %s busy", g->workers,
                  g->wanted, g->max_workers,
                  figure_pct_whole(busy, sizeof busy, g->busy_pct));
    flight_row(c, row + 2, s, stage, g);
    canvas_printf(c, row + 3, 4, STYLE_NORMAL,
                  "requests %s, failed %s, documents %s",
                  str_count(a, sizeof a, g->requests),
                  str_count(b, sizeof b, g->failed),
                  str_count(d, sizeof d, g->docs));
    canvas_printf(c, row + 4, 4, STYLE_NORMAL,
                  "answers in %s (half of them), %s (95 of 100); "
                  "%s errors/min",
                  figure_latency(a, sizeof a, g->p50_ms),
                  figure_latency(b, sizeof b, g->p95_ms),
                  str_short(d, sizeof d, g->errors_per_min, 5));
    canvas_put(c, row + 5, 4, STYLE_DIM, g->note);
}

/* What to do stands in the lower edge, so that no row moves when it comes. */
static void pipeline_advise(const struct snapshot *s, struct view *v,
                            struct canvas *c)
{
    const char *text = s->advice.text;
    bool acts = s->advice.can && !v->read_only;
    int room = c->cols - 6 - (acts ? 3 : 0), row = c->rows - 1;
    int width = canvas_width(c, text);

    if (!*text || c->cols < ADVISES_COLS)
        return;
    v->advice_told = true;
    width = width < room ? width : room;
    canvas_put(c, row, 2, STYLE_NORMAL, " ");
    canvas_text(c, row, 3, width, STYLE_STRONG, text);
    canvas_put(c, row, 3 + width, STYLE_NORMAL, "  ");
    if (!acts)
        return;
    canvas_put(c, row, 5 + width, STYLE_KEY, "A");
    canvas_put(c, row, 6 + width, STYLE_KEYWORD,
               room - width >= 9 ? " does it " : " ");
}

static void pipeline_draw(enum pane_id id, const struct snapshot *s,
                          struct view *v, struct canvas *c)
{
    struct canvas in = canvas_part(c, 1, 1, c->rows - 2, c->cols - 2);
    struct pane_frame frame = { .title = pane_pipeline.title };
    char word[64] = "";
    int used;

    if (in.cols >= WIDE_INSIDE && in.rows >= STAGE_ROWS) {
        used = STAGE_ROWS;
    } else if (in.cols >= 76) {
        used = 1;
        if (s->bottleneck[0])
            snprintf(word, sizeof word, "bottleneck %s", s->bottleneck);
    } else {
        used = 6;
    }
    frame.title_right = word;
    pane_frame(id, v, c, &frame);
    pipeline_advise(s, v, c);
    v->reason_told = used == STAGE_ROWS;
    pane_list(v, id, 0, 0, 0);
    if (used == STAGE_ROWS)
        pipeline_draw_wide(s, &in);
    else if (used == 1)
        draw_line(s, &in);
    else
        draw_tall(s, &in);
    stage_rows(&in, used + 1, s, STAGE_EMBED);
    stage_rows(&in, used + 8, s, STAGE_UPSERT);
}

const struct pane_ops pane_pipeline = {
    .title = "Pipeline", .min_rows = 3, .min_cols = 20, .draw = pipeline_draw
};
