/* This pane shows throughput: documents stored a second in the last five
 * minutes, and below what happened in them. */
#include "config.h"
#include "ui/panes/pane.h"

#include <stdio.h>

#include "ui/draw/figures.h"
#include "ui/panes/event_log.h"
#include "ui/panes/widgets.h"
#include "util/str.h"

enum { LABEL = 5, MARKED_ROWS = 3, MARKS = 320,
       SECOND_MS = 1000 };

static void scale_labels(struct canvas *in, int rows, double top)
{
    char text[32];

    canvas_right(in, 0, in->cols - LABEL - 1, LABEL, STYLE_DIM,
                 str_short(text, sizeof text, top, 4));
    if (rows >= 4 && rows % 2 == 0 && top >= 2)
        canvas_right(in, rows / 2, in->cols - LABEL - 1, LABEL, STYLE_DIM,
                     str_short(text, sizeof text, top / 2, 4));
}

/* --- the marks ------------------------------------------------------------ */

/* What stands under the graph where something happened. Of several in a column
 * that with the highest rank does. */
struct mark {
    int rank; /* 0: none */
    enum style style;
    const char *sign;
};

static const char *const knob_letters[KNOB_COUNT] = {
    [KNOB_EMBED_BATCH] = "b",   [KNOB_UPSERT_BATCH] = "b",
    [KNOB_EMBED_WORKERS] = "w", [KNOB_UPSERT_WORKERS] = "w",
    [KNOB_RPM] = "l",           [KNOB_TPM] = "l",
    [KNOB_MEMORY_PCT] = "m",    [KNOB_BUDGET] = "$"
};

static struct mark mark_of(const struct signs *signs,
                           const struct run_event *e)
{
    switch ((enum event_kind)e->kind) {
    case EVENT_OUTAGE:
    case EVENT_SLOW:
        return (struct mark){ 3, STYLE_WARN,
                              signs->ascii ? signs->up : signs->warn };
    case EVENT_HOLD:
    case EVENT_PAUSE:
        return (struct mark){ 2, STYLE_PAUSED, signs->paused };
    case EVENT_KNOB:
        return (struct mark){ 1, STYLE_KEY, knob_letters[e->knob] };
    default:
        return (struct mark){ 0, STYLE_NORMAL, NULL };
    }
}

/* The marks of as many columns as there are; false: there is none. */
static bool marks_gather(const struct canvas *in, const struct snapshot *s,
                         const struct view *v, struct mark *marks, int width)
{
    bool any = false;

    for (size_t i = 0; v->log && i < v->log->count; i++) {
        const struct run_event *e = event_log_at(v->log, i);
        int64_t ago = s->now_ms > e->at_ms ? s->now_ms - e->at_ms : 0;
        struct mark m = mark_of(in->signs, e);
        int at = widget_graph_column(in, width, v->graph, SNAPSHOT_HISTORY,
                                     (uint64_t)(s->now_ms / SECOND_MS),
                                     (uint64_t)(ago / SECOND_MS));

        if (at < 0 || at >= MARKS || m.rank <= marks[at].rank)
            continue;
        marks[at] = m;
        any = true;
    }
    return any;
}

/* Put the marks into the last row, where the pane has room for both and
 * something happened. Returns the rows that are left for the graph. */
static int marks_draw(struct canvas *in, const struct snapshot *s,
                      const struct view *v, int col, int width)
{
    struct mark marks[MARKS] = { { 0, STYLE_NORMAL, NULL } };

    if (in->rows < MARKED_ROWS || !marks_gather(in, s, v, marks, width))
        return in->rows;
    for (int i = 0; i < width && i < MARKS; i++)
        if (marks[i].rank)
            canvas_put(in, in->rows - 1, col + i, marks[i].style,
                       marks[i].sign);
    return in->rows - 1;
}

static void throughput_draw(enum pane_id id, const struct snapshot *s,
                            struct view *v, struct canvas *c)
{
    struct canvas in = canvas_part(c, 1, 1, c->rows - 2, c->cols - 2);
    double top = figure_scale(
        widget_peak(s->history, s->history_len, SNAPSHOT_HISTORY));
    char now[32], avg[32], peak[32], right[112];
    int graph_rows;
    struct pane_frame frame = { .title = "Throughput, last 5 min",
                                .title_right = "docs/s",
                                .bottom = "stored",
                                .bottom_right = right };

    str_short(now, sizeof now, s->rate, 4);
    str_short(avg, sizeof avg, s->rate_avg, 4);
    str_short(peak, sizeof peak, s->rate_peak, 4);
    snprintf(right, sizeof right, "now %4s  avg %4s", now, avg);
    if (c->cols >= 52)
        snprintf(right, sizeof right, "now %4s  avg %4s  peak %4s", now, avg,
                 peak);
    pane_frame(id, v, c, &frame);
    pane_list(v, id, 0, 0, 0);
    if (s->history_len == 0) {
        canvas_text(&in, 0, 1, in.cols - 2, STYLE_DIM,
                    s->upserted > 0 ? "in its first second"
                                    : "nothing stored yet");
        return;
    }
    graph_rows = marks_draw(&in, s, v, 1, in.cols - LABEL - 2);
    scale_labels(&in, graph_rows, top);
    widget_graph(&in, 0, 1, graph_rows, in.cols - LABEL - 2, v->graph,
                 s->history, s->history_len, SNAPSHOT_HISTORY,
                 (uint64_t)s->now_ms / 1000, top);
}

const struct pane_ops pane_throughput = {
    .title = "Throughput",
    .min_rows = 4,
    .min_cols = 28,
    .draw = throughput_draw
};
