/* This pane shows throughput: documents stored a second in the last five
 * minutes. */
#include "config.h"
#include "ui/panes/pane.h"

#include <stdio.h>

#include "ui/draw/figures.h"
#include "ui/panes/widgets.h"
#include "util/str.h"

enum { LABEL = 5 };

static void scale_labels(struct canvas *in, double top)
{
    char text[32];

    canvas_right(in, 0, in->cols - LABEL - 1, LABEL, STYLE_DIM,
                 str_short(text, sizeof text, top, 4));
    if (in->rows >= 4 && in->rows % 2 == 0 && top >= 2)
        canvas_right(in, in->rows / 2, in->cols - LABEL - 1, LABEL, STYLE_DIM,
                     str_short(text, sizeof text, top / 2, 4));
}

static void throughput_draw(enum pane_id id, const struct snapshot *s,
                            struct view *v, struct canvas *c)
{
    struct canvas in = canvas_part(c, 1, 1, c->rows - 2, c->cols - 2);
    double top = figure_scale(
        widget_peak(s->history, s->history_len, SNAPSHOT_HISTORY));
    char now[32], avg[32], peak[32], right[112];
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
    scale_labels(&in, top);
    widget_graph(&in, 0, 1, in.rows, in.cols - LABEL - 2, v->graph,
                 s->history, s->history_len, SNAPSHOT_HISTORY,
                 (uint64_t)s->now_ms / 1000, top);
}

const struct pane_ops pane_throughput = {
    .title = "Throughput",
    .min_rows = 4,
    .min_cols = 28,
    .draw = throughput_draw
};
