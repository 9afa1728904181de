/*
 * This file draws the failures by cause: a row for each, and one line for what
 * healed by itself. The snapshot has all causes, the largest first, so an
 * order may change between two frames: the view remembers the chosen cause, and
 * the cursor moves with it.
 */
#include "config.h"
#include "ui/panes/cause_rows.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ui/draw/figures.h"
#include "ui/panes/pane_failures.h"
#include "ui/panes/widgets.h"
#include "util/str.h"

enum { WITH_SPARK = 98, WITH_END = 58, TINY = 30, STAGE_COL = 3,
       MESSAGE_COL = 10, COUNT = 7, LAST = 8, HELPS = 15, ROOMY = 6 };

const struct cause_view *cause_find(const struct snapshot *s, uint64_t hash)
{
    for (uint32_t i = 0; hash && i < s->cause_count; i++)
        if (s->causes[i].hash == hash)
            return &s->causes[i];
    return NULL;
}

void causes_advance(const struct snapshot *s, struct view *v)
{
    struct pane_view *p = &v->pane[PANE_FAILURES];

    p->count = (int64_t)s->cause_count;
    for (uint32_t i = 0; v->cause_is_chosen && i < s->cause_count; i++)
        if (s->causes[i].hash == v->cause_chosen)
            p->cursor = (int64_t)i;
    pane_scroll(p, p->count, p->page);
}

void causes_choose(const struct snapshot *s, struct view *v)
{
    int64_t at = v->pane[PANE_FAILURES].cursor;

    v->cause_is_chosen = at > 0 && at < (int64_t)s->cause_count;
    v->cause_chosen = v->cause_is_chosen ? s->causes[at].hash : 0;
}

/* --- one row -------------------------------------------------------------- */

static bool cause_has_failed(const struct cause_view *k)
{
    return k->open > 0 && !k->cause.rejected;
}

static enum style cause_style(const struct cause_view *k)
{
    return cause_has_failed(k) ? STYLE_FAILED
           : k->open           ? STYLE_NORMAL
                               : STYLE_DIM;
}

static uint64_t cause_count(const struct cause_view *k)
{
    return k->open ? k->open : k->waiting;
}

static const char *cause_stage(const struct cause_view *k)
{
    for (int i = 0; i < STAGE_COUNT; i++)
        if (strcasecmp(stage_words[i], k->cause.stage) == 0)
            return stage_words[i];
    return "-";
}

/* "500 injected" */
static void cause_words(const struct cause_view *k, char *to, size_t size)
{
    bool coded = strcmp(k->code, "-") != 0;

    snprintf(to, size, "%s%s%s", coded ? k->code : "", coded ? " " : "",
             k->message);
}

/* In so many columns; each has the sum of its samples. */
static void cause_spark(const struct cause_view *k, const struct view *v,
                        struct canvas *in, int row, int col, int width)
{
    float sample[CAUSE_SPARK] = { 0 };
    int each = CAUSE_SPARK / width;
    double top = 1;

    for (int i = 0; i < CAUSE_SPARK; i++)
        sample[i / each] += k->spark[i];
    for (int i = 0; i < width; i++)
        top = sample[i] > top ? (double)sample[i] : top;
    widget_spark(in, row, col, 1, width,
                 v->graph == GRAPH_BRAILLE ? GRAPH_BLOCKS : v->graph, sample,
                 (size_t)width, top);
}

/* Columns of the sparkline: one or two for a minute; 0: none. */
static int cause_spark_width(const struct canvas *in)
{
    return in->cols < WITH_SPARK ? 0
           : in->cols < 118      ? CAUSE_SPARK / 2
                                 : CAUSE_SPARK;
}

/* Where the columns behind the message begin. */
static int cause_end_col(const struct canvas *in)
{
    int spark = cause_spark_width(in), gap = spark ? 2 : 1;

    return in->cols - 1 - COUNT - (spark ? spark + gap : 0) - gap - LAST -
           gap - HELPS;
}

static void cause_in_columns(const struct cause_view *k, struct view *v,
                             struct canvas *in, int row)
{
    int spark = cause_spark_width(in), gap = spark ? 2 : 1;
    int col = cause_end_col(in);
    char text[200], n[24], ago[24];

    if (cause_has_failed(k))
        canvas_put(in, row, 1, STYLE_FAILED, in->signs->failed);
    canvas_text(in, row, STAGE_COL, 6, cause_style(k), cause_stage(k));
    cause_words(k, text, sizeof text);
    failures_put_message(v, in, row, MESSAGE_COL, col - MESSAGE_COL,
                         k->open ? STYLE_NORMAL : STYLE_DIM, text);
    col = canvas_right(in, row, col, COUNT, cause_style(k),
                       str_short(n, sizeof n, (double)cause_count(k), COUNT));
    if (spark)
        cause_spark(k, v, in, row, col + gap, spark);
    col += spark ? spark + gap : 0;
    col = canvas_right(in, row, col + gap, LAST, STYLE_NORMAL,
                       figure_ago(ago, sizeof ago, v->wall_s - k->wall_s));
    canvas_text(in, row, col + gap, HELPS, STYLE_NORMAL, k->helps);
}

void cause_in_words(const struct cause_view *k, struct view *v,
                    struct canvas *in, int row)
{
    char text[200], n[24];
    int col = cause_has_failed(k);

    if (col && in->cols >= TINY)
        canvas_put(in, row, 1, STYLE_FAILED, in->signs->failed);
    col = in->cols >= TINY ? STAGE_COL : 0;
    col = 1 + canvas_put(in, row, col, cause_style(k), cause_stage(k));
    col = 1 + canvas_printf(in, row, col, cause_style(k), "%s%s",
                            in->signs->times,
                            str_short(n, sizeof n, (double)cause_count(k), 5));
    cause_words(k, text, sizeof text);
    failures_put_message(v, in, row, col, in->cols - 1 - col,
                         k->open ? STYLE_NORMAL : STYLE_DIM, text);
}

/* --- the list ------------------------------------------------------------- */

bool causes_healed(const struct snapshot *s, struct canvas *in, int row)
{
    char text[400] = "", n[24], piece[80];
    const char *lead = in->cols < 60 ? "healed: " : "healed by themselves: ";

    if (s->healed_count == 0)
        return false;
    snprintf(text, sizeof text, "%s", lead);
    for (uint32_t i = 0; i < s->healed_count; i++) {
        snprintf(piece, sizeof piece, "%s%s %s%s", i ? "  " : "",
                 s->healed[i].label, in->signs->times,
                 str_count(n, sizeof n, s->healed[i].count));
        if (i && canvas_width(in, text) + canvas_width(in, piece) >
                     in->cols - 2 - STAGE_COL)
            break;
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s", piece);
    }
    canvas_text(in, row, STAGE_COL, in->cols - 1 - STAGE_COL, STYLE_DIM, text);
    return true;
}

void causes_rows(const struct snapshot *s, struct view *v, struct canvas *in,
                 int top)
{
    struct pane_view *p = &v->pane[PANE_FAILURES];
    int rows = in->rows;

    if (s->healed_count && (rows > ROOMY || (int)s->cause_count < rows))
        rows--; /* it hides no cause where there is room for few */
    pane_list(v, PANE_FAILURES, (int64_t)s->cause_count, rows, top);
    v->over = 0;
    for (int row = 0; row < rows; row++) {
        int64_t at = p->scroll + row;

        if (at >= (int64_t)s->cause_count) {
            rows = row; /* the line of the healed stands below the last */
            break;
        }
        if (in->cols >= WITH_END)
            cause_in_columns(&s->causes[at], v, in, row);
        else
            cause_in_words(&s->causes[at], v, in, row);
        if (v->focus == PANE_FAILURES && at == p->cursor && in->cols >= TINY) {
            canvas_put(in, row, 0, STYLE_NORMAL, in->signs->chosen);
            canvas_restyle(in, row, 0, in->cols, STYLE_SELECTED);
        }
    }
    if (rows < in->rows)
        causes_healed(s, in, rows);
}

/* Over the columns, in the frame. */
void causes_heads(struct canvas *c)
{
    struct canvas in = canvas_part(c, 0, 1, 1, c->cols - 2);
    int spark = cause_spark_width(&in), gap = spark ? 2 : 1;
    int col = cause_end_col(&in) + COUNT;

    if (in.cols < WITH_END)
        return;
    canvas_put(&in, 0, col - 6, STYLE_TITLE, " docs ");
    if (spark)
        canvas_put(&in, 0, col + gap - 1, STYLE_TITLE,
                   spark < CAUSE_SPARK ? " last 10 m " : " last 10 min ");
    col += spark ? spark + gap : 0;
    col += gap + LAST;
    canvas_put(&in, 0, col - 5, STYLE_TITLE, " last ");
}
