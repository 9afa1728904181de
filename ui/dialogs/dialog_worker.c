/* This dialog shows one worker: everything that we know of it. */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

#include <stdio.h>

#include "ui/draw/figures.h"
#include "ui/panes/widgets.h"
#include "util/str.h"

struct which {
    bool upserter;
    int index;
};

static const char *dialog_worker_state(const struct worker_view *w)
{
    static const char *const words[] = {
        [WORKER_OFF] = "off: fewer requests are wanted now",
        [WORKER_IDLE] = "idle, waits for a batch",
        [WORKER_BUSY] = "busy, a request is under way",
        [WORKER_PAUSED] = "paused",
        [WORKER_LIMITED] = "waits for a limit",
        [WORKER_BACKOFF] = "waits before it tries again",
        [WORKER_BLOCKED] = "has a result, waits for room behind it"
    };

    return w->state == WORKER_BUSY && w->slow
               ? "slow, a request is under way far longer than usual"
               : words[w->state];
}

static void dialog_worker_put_fact(struct canvas *box, int row,
                                   const char *name, const char *text)
{
    canvas_text(box, row, 3, 12, STYLE_DIM, name);
    canvas_text(box, row, 16, box->cols - 19, STYLE_NORMAL, text);
}

static void state_fact(const struct worker_view *w, struct canvas *box)
{
    char since[32], left[32] = "", text[160];

    if (w->wait_ms > 0)
        str_duration(left, sizeof left, w->wait_ms + 999);
    snprintf(text, sizeof text, "%s, for %s%s%s%s%s%s", dialog_worker_state(w),
             str_duration(since, sizeof since, w->state_ms),
             w->reason[0] ? " (" : "", w->reason, w->reason[0] ? ")" : "",
             *left ? ", goes on in " : "", left);
    dialog_worker_put_fact(box, 2, "now", text);
}

static void worker_draw(struct dialog *d, const struct snapshot *s,
                        struct canvas *c)
{
    const struct which *which = dialog_state(d);
    const struct stage_view *g = which->upserter ? &s->upsert : &s->embed;
    const struct worker_view *w = &g->worker[which->index];
    char title[80], a[32], b[32], text[160];
    struct canvas box;

    snprintf(title, sizeof title, "%c%d  %s", which->upserter ? 'u' : 'e',
             which->index + 1, g->name);
    box = dialog_box(d, c, 12, 78, title, "Esc closes");
    state_fact(w, &box);
    snprintf(text, sizeof text, "%s docs/s, %s documents so far",
             str_short(a, sizeof a, w->rate, 6),
             str_count(b, sizeof b, w->docs));
    dialog_worker_put_fact(&box, 3, "rate", text);
    snprintf(text, sizeof text, "%u documents in its last request", w->batch);
    dialog_worker_put_fact(&box, 4, "batch", text);
    snprintf(text, sizeof text, "%s half of them, %s 95 of 100",
             figure_latency(a, sizeof a, w->p50_ms),
             figure_latency(b, sizeof b, w->p95_ms));
    dialog_worker_put_fact(&box, 5, "answers in", text);
    dialog_worker_put_fact(&box, 6, "failed",
                           figure_of(text, sizeof text, w->errors, "request"));
    canvas_text(&box, 8, 3, 12, STYLE_DIM, "last 2 min");
    widget_spark(&box, 7, 16, 2,
                 box.cols - 19 < SNAPSHOT_SPARK ? box.cols - 19
                                                : SNAPSHOT_SPARK,
                 GRAPH_BLOCKS, w->spark, w->spark_len,
                 figure_scale(widget_peak(w->spark, w->spark_len,
                                          SNAPSHOT_SPARK)));
    if (g->note[0])
        canvas_text(&box, 10, 3, box.cols - 6, STYLE_DIM, g->note);
}

static const struct dialog_ops worker_ops = {
    .name = "worker", .state_size = sizeof(struct which),
    .draw = worker_draw, .is_read = true
};

void dialog_worker(struct dialog *d, bool upserter, int index)
{
    struct which *w = dialog_open(d, &worker_ops);

    *w = (struct which){ upserter, index };
}
