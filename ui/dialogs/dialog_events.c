/* This dialog shows the log of the run, newest first: when, who, what. The
 * chosen event is shown whole below the list. '/' opens a line in which one
 * types what to find: the list then has only events with these words. */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ui/draw/figures.h"
#include "util/filter.h"

enum {
    PAGE = 10,
    WHOLE_LINES = 4,
    SLIM_COLS = 60,
    TIME_COLS = 8,
    DATED_COLS = 14,
    WHO_COLS = 9
};

struct log_page {
    int first, at; /* the row on top, the chosen row */
    char filter[FILTER_BYTES];
    uint8_t row[EVENTS_KEPT]; /* of the list: how new the event is */
    int rows;
    bool dated; /* the log is of more than one day */
};

static const struct dialog_ops events_ops, events_find_ops;

/* --- the list ------------------------------------------------------------- */

static bool events_passes(const struct log_page *p, const struct run_event *e)
{
    const char *const text[] = { e->who, e->text,
                                 event_kind_word((enum event_kind)e->kind) };

    return filter_passes_any(p->filter, text, sizeof text / sizeof *text);
}

static bool events_same_day(int64_t a_s, int64_t b_s)
{
    time_t a = (time_t)a_s, b = (time_t)b_s;
    struct tm x, y;

    localtime_r(&a, &x);
    localtime_r(&b, &y);
    return x.tm_yday == y.tm_yday && x.tm_year == y.tm_year;
}

static void events_list(struct log_page *p, const struct event_log *l,
                        int64_t now_wall_s)
{
    p->rows = 0;
    p->dated = l->count && !events_same_day(
                               event_log_at(l, l->count - 1)->wall_s,
                               now_wall_s);
    for (size_t i = 0; i < l->count; i++)
        if (events_passes(p, event_log_at(l, i)))
            p->row[p->rows++] = (uint8_t)i;
    if (p->at >= p->rows)
        p->at = p->rows - 1;
    if (p->at < 0)
        p->at = 0;
}

static void events_scroll(struct log_page *p, int room)
{
    if (p->at < p->first)
        p->first = p->at;
    if (p->at >= p->first + room)
        p->first = p->at - room + 1;
    if (p->first > p->rows - room)
        p->first = p->rows - room;
    if (p->first < 0)
        p->first = 0;
}

/* --- drawing -------------------------------------------------------------- */

/* "14:07:12", or "11-29 14:07:12" of another day. */
static char *events_time(char to[24], int64_t wall_s, int64_t now_wall_s)
{
    time_t at = (time_t)wall_s;
    struct tm tm;

    if (events_same_day(wall_s, now_wall_s))
        return figure_time(to, 24, wall_s);
    localtime_r(&at, &tm);
    strftime(to, 24, "%m-%d %H:%M:%S", &tm);
    return to;
}

static enum style events_style(const struct run_event *e)
{
    switch ((enum event_kind)e->kind) {
    case EVENT_HOLD:
    case EVENT_OUTAGE:
    case EVENT_SLOW:
        return STYLE_WARN;
    case EVENT_KNOB:
        return STYLE_STRONG;
    case EVENT_VIEWER:
        return STYLE_DIM;
    default:
        return STYLE_NORMAL;
    }
}

/* Where there is no room for a column, who is not the run stands in front. */
static const char *events_text(const struct run_event *e, bool slim, char *to,
                               size_t size)
{
    if (!slim || strcmp(e->who, "run") == 0)
        return e->text;
    snprintf(to, size, "%s: %s", e->who, e->text);
    return to;
}

static void events_put_row(struct dialog *d, struct canvas *box, int row,
                           const struct run_event *e, bool chosen)
{
    const struct log_page *p = dialog_state(d);
    bool slim = box->cols < SLIM_COLS;
    char time[24], text[EVENT_TEXT + EVENT_WHO + 2];
    int col = 3;

    dialog_mark(d, box, row, 1, chosen, 1);
    events_time(time, e->wall_s, d->wall_s);
    canvas_right(box, row, col, p->dated ? DATED_COLS : TIME_COLS, STYLE_DIM,
                 time);
    col += (p->dated ? DATED_COLS : TIME_COLS) + 1 + !slim;
    if (!slim)
        canvas_text(box, row, col, WHO_COLS, STYLE_DIM, e->who);
    col += slim ? 0 : WHO_COLS + 1;
    canvas_text(box, row, col, box->cols - 2 - col, events_style(e),
                events_text(e, slim, text, sizeof text));
}

/* Does the row not show all of its text? Then so many lines show it. */
static int events_lines(const struct canvas *box, const struct run_event *e)
{
    int width = box->cols - 6, lines;

    if (!e || canvas_width(box, e->text) <= width - 8 - WHO_COLS - 3)
        return 0;
    lines = dialog_lines(box, e->text, width) + 1;
    return lines < WHOLE_LINES + 1 ? lines : WHOLE_LINES + 1;
}

static void events_put_whole(struct canvas *box, int row,
                             const struct run_event *e, int lines)
{
    const char *text = e->text;

    for (int i = 1; i < lines; i++) {
        size_t n = dialog_wrap(box, text, box->cols - 6);

        dialog_printf(box, row + i, 3, STYLE_NORMAL, "%.*s", (int)n, text);
        text += n;
    }
}

static struct canvas events_box(struct dialog *d, struct canvas *c,
                                const struct log_page *p)
{
    int rows = (int)d->log->count + WHOLE_LINES + 4;
    char title[FILTER_BYTES + 32] = "Events";

    if (*p->filter)
        snprintf(title, sizeof title, "Events with /%s: %d of %zu", p->filter,
                 p->rows, d->log->count);
    return dialog_box(d, c, rows < 14 ? 14 : rows > 36 ? 36 : rows, 118, title,
                      c->cols < SLIM_COLS ? "/ finds"
                                          : "newest first, / finds, Esc closes");
}

static void events_draw(struct dialog *d, const struct snapshot *s,
                        struct canvas *c)
{
    struct log_page *p = dialog_state(d);
    const struct run_event *chosen;
    struct canvas box;
    int room, lines;

    (void)s;
    events_list(p, d->log, d->wall_s);
    box = events_box(d, c, p);
    chosen = p->rows ? event_log_at(d->log, p->row[p->at]) : NULL;
    lines = box.rows >= 12 ? events_lines(&box, chosen) : 0;
    room = box.rows - 2 - lines - (box.rows >= 12 ? 1 : 0);
    events_scroll(p, room);
    if (p->rows == 0)
        canvas_text(&box, 2, 3, box.cols - 6, STYLE_DIM,
                    d->log->count ? "no event has these words"
                                  : "nothing happened yet");
    for (int i = 0; i < room && p->first + i < p->rows; i++)
        events_put_row(d, &box, 1 + (box.rows >= 12 ? 1 : 0) + i,
                       event_log_at(d->log, p->row[p->first + i]),
                       p->first + i == p->at);
    if (lines)
        events_put_whole(&box, box.rows - 1 - lines, chosen, lines);
}

static void events_find_draw(struct dialog *d, const struct snapshot *s,
                             struct canvas *c)
{
    events_draw(d, s, c);
    d->top = d->left = 0;
    dialog_line(d, c, "/");
}

/* --- keys ----------------------------------------------------------------- */

static enum dialog_end events_find_key(struct dialog *d,
                                       const struct snapshot *s, int key)
{
    struct log_page *p = dialog_state(d);

    (void)s;
    if (key == KEYCODE_ENTER) {
        d->ops = &events_ops;
    } else if (key == KEYCODE_ESC || key == KEYCODE_CTRL_C ||
               (key == KEYCODE_BACKSPACE && d->line.len == 0)) {
        p->filter[0] = '\0';
        d->ops = &events_ops;
    } else {
        line_key(&d->line, key);
        snprintf(p->filter, sizeof p->filter, "%s", d->line.text);
        p->at = 0;
    }
    return DIALOG_OPEN;
}

static enum dialog_end events_key(struct dialog *d, const struct snapshot *s,
                                  int key)
{
    struct log_page *p = dialog_state(d);

    (void)s;
    if (key == 'E')
        return DIALOG_CLOSED;
    if (key == '/') {
        line_set(&d->line, p->filter);
        d->ops = &events_find_ops;
        return DIALOG_OPEN;
    }
    p->at = dialog_scroll(key, p->at, PAGE);
    return DIALOG_OPEN;
}

static const struct dialog_ops events_ops = {
    .name = "events", .state_size = sizeof(struct log_page),
    .draw = events_draw, .key = events_key, .is_read = true
};

static const struct dialog_ops events_find_ops = {
    .name = "events", .state_size = sizeof(struct log_page),
    .draw = events_find_draw, .key = events_find_key, .is_typed = true
};

void dialog_events(struct dialog *d)
{
    dialog_open(d, &events_ops);
}
