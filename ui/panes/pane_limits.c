/* This pane shows limits and memory: every number beside its limit. */
#include "config.h"
#include "ui/panes/pane.h"

#include <stdio.h>

#include "ui/draw/figures.h"
#include "ui/panes/money_line.h"
#include "ui/panes/widgets.h"
#include "util/str.h"

enum { WIDE_INSIDE = 36 };

/* A line of the pane; the next one goes below. */
struct writer {
    struct canvas in;
    int row;
    bool wide;
};

static int limits_draw_label(struct writer *w, const char *wide,
                             const char *slim)
{
    canvas_put(&w->in, w->row, 1, STYLE_NORMAL, w->wide ? wide : slim);
    return w->wide ? 10 : 5;
}

/* A gauge and its figures, which keep their place. */
static void limits_draw_gauge(struct writer *w, const char *wide,
                              const char *slim, double pct, enum style style,
                              const char *figures)
{
    int col = limits_draw_label(w, wide, slim);
    int words = w->wide ? 12 : 13;
    int bar = w->in.cols - col - words - 2;

    col = widget_bar(&w->in, w->row, col, bar, style, pct);
    canvas_right(&w->in, w->row, col, words + 1,
                 style == STYLE_GAUGE ? STYLE_NORMAL : style, figures);
    w->row++;
}

static void limits_draw_note(struct writer *w, enum style style,
                             const char *text)
{
    int col = w->wide ? 10 : 5;

    canvas_text(&w->in, w->row++, col, w->in.cols - col - 1, style, text);
}

static double limit_pct(const struct limit_view *l)
{
    return l->limit ? (double)l->used * 100 / (double)l->limit : 0;
}

static void limit_row(struct writer *w, const char *wide, const char *slim,
                      const struct limit_view *l, enum style style,
                      const char *per)
{
    char used[32], all[32], text[80];

    if (l->limit) {
        snprintf(text, sizeof text, "%s/%s",
                 str_short(used, sizeof used, (double)l->used, 5),
                 str_short(all, sizeof all, (double)l->limit, 5));
        limits_draw_gauge(w, wide, slim, limit_pct(l), style, text);
        return;
    }
    snprintf(text, sizeof text, "%s%s, no limit",
             str_short(used, sizeof used, (double)l->used, 7), per);
    canvas_put(&w->in, w->row, limits_draw_label(w, wide, slim), STYLE_DIM,
               text);
    w->row++;
}

static void rate_row(struct writer *w, const char *wide, const char *slim,
                     const struct limit_view *l)
{
    limit_row(w, wide, slim, l, gauge_style(limit_pct(l)), "/min");
}

/* Of what may be tried: as many as are wanted are in flight, which is no alarm.
 */
static void at_once_row(struct writer *w, const struct snapshot *s)
{
    struct limit_view l = s->concurrent;

    if (s->embed.seek.bound)
        l.limit = s->embed.seek.bound;
    limit_row(w, "at once", "now", &l, STYLE_GAUGE, "");
}

/* The budget as a gauge; without one the cost in words. */
static void budget_row(struct writer *w, const struct snapshot *s)
{
    char spent[16], budget[16], text[96];

    figure_usd(spent, sizeof spent, s->cost_usd);
    if (s->budget_usd > 0) {
        snprintf(text, sizeof text, "%s/%s", spent,
                 figure_usd(budget, sizeof budget, s->budget_usd) + 1);
        limits_draw_gauge(w, "budget", "usd",
                          s->cost_usd * 100 / s->budget_usd,
                          gauge_style(s->cost_usd * 100 / s->budget_usd), text);
        return;
    }
    money_line_words(text, sizeof text, s, MONEY_LINE_WHOLE);
    canvas_put(&w->in, w->row, limits_draw_label(w, "cost", "usd"), STYLE_DIM,
               text);
    w->row++;
}

static void memory_row(const struct snapshot *s, struct writer *w)
{
    double guard = s->memory_guard_pct > 0 ? s->memory_guard_pct : 100;
    char pct[16], used[32], text[64];

    figure_pct_whole(pct, sizeof pct, s->memory_pct);
    str_bytes(used, sizeof used, s->memory_bytes);
    snprintf(text, sizeof text, "%4s %8s", pct, used);
    limits_draw_gauge(w, "memory", "mem", s->memory_pct,
                      gauge_style(s->memory_pct * 90 / guard), text);
}

static void guard_note(const struct snapshot *s, struct writer *w)
{
    char guard[16], text[96];

    figure_pct_whole(guard, sizeof guard, s->memory_guard_pct);
    if (s->state == RUN_HELD)
        snprintf(text, sizeof text, "above %s: reading waits", guard);
    else
        snprintf(text, sizeof text, "%s pauses reading", guard);
    limits_draw_note(w, s->state == RUN_HELD ? STYLE_WARN : STYLE_DIM, text);
}

static void own_note(const struct snapshot *s, struct writer *w)
{
    char rss[32], cpu[16], text[96];

    str_bytes(rss, sizeof rss, s->rss_bytes);
    figure_pct_whole(cpu, sizeof cpu, s->cpu_pct);
    snprintf(text, sizeof text, "of it %s here   cpu %s", rss, cpu);
    limits_draw_note(w, STYLE_DIM, text);
}

/* What the run has used so far, if there is room. */
static void limits_draw_totals(const struct snapshot *s, struct writer *w)
{
    char a[32], b[32], text[96];

    w->row++;
    snprintf(text, sizeof text, "requests %s (%s retried)",
             str_count(a, sizeof a, s->requests),
             str_count(b, sizeof b, s->retries));
    limits_draw_note(w, STYLE_NORMAL, text);
    snprintf(text, sizeof text, "tokens %s",
             str_count(a, sizeof a, s->tokens));
    limits_draw_note(w, STYLE_NORMAL, text);
    snprintf(text, sizeof text, "sent %s   received %s",
             str_bytes(a, sizeof a, s->sent_bytes),
             str_bytes(b, sizeof b, s->received_bytes));
    limits_draw_note(w, STYLE_NORMAL, text);
    str_bytes(a, sizeof a, s->memory_total_bytes);
    snprintf(text, sizeof text, "memory is %s of %s", a,
             s->memory_cgroup ? "this container" : "this machine");
    limits_draw_note(w, STYLE_NORMAL, text);
}

static void limits_draw(enum pane_id id, const struct snapshot *s,
                        struct view *v, struct canvas *c)
{
    struct writer w = { canvas_part(c, 1, 1, c->rows - 2, c->cols - 2), 0,
                        c->cols - 2 >= WIDE_INSIDE };
    struct pane_frame frame = { .title = pane_limits.title,
                                .bottom = w.wide ? "" : s->limit_now };
    int rows = w.in.rows;
    bool is_paid = s->budget_usd > 0 || s->cost_usd > 0;
    bool tokens_fuller =
        limit_pct(&s->tokens_min) > limit_pct(&s->requests_min);

    pane_frame(id, v, c, &frame);
    pane_list(v, id, 0, 0, 0);
    if (rows > 3 || s->budget_usd <= 0 || !tokens_fuller)
        rate_row(&w, "requests", "req", &s->requests_min);
    if (rows > 3 || s->budget_usd <= 0 || tokens_fuller)
        rate_row(&w, "tokens", "tok", &s->tokens_min);
    if (is_paid && (rows > 3 || s->budget_usd > 0)) {
        budget_row(&w, s);
        rows -= rows > 3;
    }
    if (rows >= 7)
        at_once_row(&w, s);
    if (rows >= 6 && w.wide) {
        limits_draw_note(&w, STYLE_WARN, s->limit_now);
        w.row += rows >= 8;
    }
    memory_row(s, &w);
    if (rows >= 5)
        guard_note(s, &w);
    if (rows >= 6)
        own_note(s, &w);
    if (rows >= 14)
        limits_draw_totals(s, &w);
}

const struct pane_ops pane_limits = {
    .title = "Limits and memory",
    .min_rows = 5,
    .min_cols = 28,
    .draw = limits_draw
};
