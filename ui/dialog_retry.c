/* Retry failed documents, by kind: an operator decides on kinds. */
#include "config.h"
#include "ui/dialog.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"

#define YEAR_MS 31557600000.0

void dialog_retry(struct dialog *d, const struct snapshot *s)
{
    d->kind = DIALOG_RETRY;
    d->cursor = 0;
    memset(d->touched, 0, sizeof d->touched);
    memset(d->keys, 0, sizeof d->keys);
    (void)s;
}

/* The tick of a kind is remembered by its key: kinds change places while the
 * dialog is open. What cannot succeed unchanged starts unticked. */
static bool ticked(const struct dialog *d, const struct failure_kind *k)
{
    for (size_t i = 0; i < SNAPSHOT_KINDS; i++)
        if (d->touched[i] && strcmp(d->keys[i], k->key) == 0)
            return d->ticked[i];
    return k->worth_retry;
}

static void tick(struct dialog *d, const struct failure_kind *k, bool on)
{
    size_t i = 0;

    while (i + 1 < SNAPSHOT_KINDS && d->touched[i] &&
           strcmp(d->keys[i], k->key) != 0)
        i++;
    d->touched[i] = true;
    d->ticked[i] = on;
    snprintf(d->keys[i], sizeof d->keys[i], "%s", k->key);
}

static uint64_t selected(const struct dialog *d, const struct snapshot *s)
{
    uint64_t n = 0;

    for (uint32_t i = 0; i < s->kind_count; i++)
        if (ticked(d, &s->kinds[i]))
            n += s->kinds[i].open;
    return n;
}

static void draw_kind(struct dialog *d, const struct snapshot *s,
                      struct canvas *c, int row, uint32_t i)
{
    const struct failure_kind *k = &s->kinds[i];
    bool here = d->cursor == (int)i;
    enum style style = here ? STYLE_SELECTED : STYLE_NORMAL;
    int label = c->cols - (c->cols >= 70 ? 46 : 20);
    char n[24];

    canvas_put(c, row, 2, STYLE_FOCUS, here ? c->signs->chosen : " ");
    canvas_put(c, row, 4, style, ticked(d, k) ? "[x]" : "[ ]");
    canvas_printf(c, row, 8, style, "%-6s ", k->stage);
    canvas_text(c, row, 15, label - 7, style, k->label);
    canvas_right(c, row, 8 + label, 8, style,
                 str_count(n, sizeof n, k->open));
    if (c->cols >= 70)
        canvas_text(c, row, 19 + label, c->cols - label - 21, STYLE_DIM,
                    k->advice);
    if (here)
        d->cursor_row = row;
}

/* "   about 4 min"; nothing where the rate has all but died away. */
static void retry_time(const struct snapshot *s, uint64_t docs, char *to,
                       size_t size)
{
    double ms = s->rate > 0 ? (double)docs / s->rate * 1000 : YEAR_MS;
    char took[32];

    if (ms < YEAR_MS)
        snprintf(to, size, "   about %s",
                 str_duration(took, sizeof took, (int64_t)ms + 999));
}

void retry_draw(struct dialog *d, const struct snapshot *s, struct canvas *c)
{
    int kinds = (int)s->kind_count, visible, first = 0;
    struct canvas box = dialog_box(c, kinds + 11, 84,
                                   "Retry failed documents", s->job);
    int top = box.rows >= 14 ? 5 : 2;
    char n[24], all[24], took[48] = "";

    if (box.rows >= 14) {
        canvas_text(&box, 2, 4, box.cols - 6, STYLE_NORMAL,
                    "Choose what to send again. Nothing is retried until you "
                    "press Enter.");
        canvas_put(&box, 4, 8, STYLE_DIM, "kind");
        canvas_right(&box, 4, box.cols - (box.cols >= 70 ? 38 : 12), 8,
                     STYLE_DIM, "open");
        if (box.cols >= 70)
            canvas_put(&box, 4, box.cols - 27, STYLE_DIM, "worth a retry");
    }
    visible = box.rows - top - 4;
    if (visible < 1)
        visible = 1;
    if (d->cursor >= kinds)
        d->cursor = kinds ? kinds - 1 : 0;
    if (d->cursor >= visible)
        first = d->cursor - visible + 1;
    for (int i = first; i < kinds && i < first + visible; i++)
        draw_kind(d, s, &box, top + i - first, (uint32_t)i);
    if (kinds == 0)
        canvas_put(&box, top, 4, STYLE_DIM, "nothing has failed");
    retry_time(s, selected(d, s), took, sizeof took);
    dialog_printf(&box, box.rows - 3, 4, STYLE_NORMAL,
                  "selected %s of %s%s",
                  str_count(n, sizeof n, selected(d, s)),
                  str_count(all, sizeof all, s->failures_open),
                  took);
    dialog_printf(&box, box.rows - 2, 4, STYLE_DIM,
                  "Space tag  a all  e export    Enter retry %s   Esc close",
                  str_count(n, sizeof n, selected(d, s)));
    if (d->cursor_row >= 0) {
        d->cursor_row += (c->rows - box.rows) / 2;
        d->cursor_col = (c->cols - box.cols) / 2 + 5;
    }
}

static enum dialog_end send(struct dialog *d, const struct snapshot *s)
{
    struct command all = { .kind = COMMAND_RETRY };

    if (s->failures_open > 0 && selected(d, s) == s->failures_open) {
        dialog_wish(d, &all);
        return DIALOG_CLOSED;
    }
    for (uint32_t i = 0; i < s->kind_count; i++) {
        struct command c = { .kind = COMMAND_RETRY,
                             .select = { .by = SELECT_KIND } };

        if (!ticked(d, &s->kinds[i]))
            continue;
        snprintf(c.select.kind, sizeof c.select.kind, "%s",
                 s->kinds[i].key);
        dialog_wish(d, &c);
    }
    if (d->wishes == 0)
        snprintf(d->say, sizeof d->say, "nothing was ticked");
    return DIALOG_CLOSED;
}

static void tick_all(struct dialog *d, const struct snapshot *s)
{
    bool all = selected(d, s) == s->failures_open;

    for (uint32_t i = 0; i < s->kind_count; i++)
        tick(d, &s->kinds[i], !all);
}

enum dialog_end retry_key(struct dialog *d, const struct snapshot *s, int key)
{
    int kinds = (int)s->kind_count;

    switch (key) {
    case KEYCODE_UP:
    case 'k':
        d->cursor -= d->cursor > 0;
        break;
    case KEYCODE_DOWN:
    case 'j':
        d->cursor += d->cursor + 1 < kinds;
        break;
    case ' ':
        if (d->cursor < kinds)
            tick(d, &s->kinds[d->cursor],
                 !ticked(d, &s->kinds[d->cursor]));
        break;
    case 'a':
        tick_all(d, s);
        break;
    case 'e':
        dialog_prompt(d, "export ");
        return DIALOG_OPEN;
    case KEYCODE_ENTER:
        return send(d, s);
    case KEYCODE_ESC:
    case 'q':
        return DIALOG_CLOSED;
    default:
        break;
    }
    return DIALOG_OPEN;
}
