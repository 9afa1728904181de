/* Tune: batch sizes, workers, rates and the memory guard, side by side. */
#include "config.h"
#include "ui/dialogs/dialog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/str.h"

enum { TYPED_MAX = 13, TALL = KNOB_COUNT + 8, WIDE = 76,
       EFFECT_COL = 52 };

void dialog_tune(struct dialog *d, const struct snapshot *s, enum knob first)
{
    d->kind = DIALOG_TUNE;
    d->cursor = (int)first;
    d->then = false;
    d->typed[0] = d->refused[0] = '\0';
    memcpy(d->value, s->knob, sizeof d->value);
}

static bool is_rate(enum knob k)
{
    return knob_facts[k].min == 0;
}

static void value_text(enum knob k, int64_t value, char *to, size_t size)
{
    if (is_rate(k) && value == 0)
        snprintf(to, size, "none");
    else if (k == KNOB_MEMORY_PCT)
        snprintf(to, size, "%lld%%", (long long)value);
    else
        str_short(to, size, (double)value, 6);
}

static void tune_draw_gauge(struct canvas *c, int row, int col, int64_t value,
                            int64_t max)
{
    int at = 0;

    for (int64_t v = value; v > 1; v /= 2)
        at++;
    for (int64_t v = max; v > 256; v /= 2)
        at -= at > 0;
    for (int i = 0; i < 8; i++)
        canvas_put(c, row, col + i, i <= at ? STYLE_SPARK : STYLE_DIM,
                   c->signs->ramp[i]);
}

static void tune_draw_row(struct dialog *d, const struct snapshot *s,
                          struct canvas *c, int row, enum knob k)
{
    char now[16], next[16], effect[64];
    bool here = d->cursor == (int)k;
    enum style style = here ? STYLE_SELECTED : STYLE_NORMAL;
    bool wide = c->cols >= WIDE;

    value_text(k, s->knob[k], now, sizeof now);
    if (here && d->typed[0])
        snprintf(next, sizeof next, "%s_", d->typed);
    else
        value_text(k, d->value[k], next, sizeof next);
    tune_effect(d, s, c, k, effect, sizeof effect);
    canvas_put(c, row, 2, STYLE_FOCUS, here ? c->signs->chosen : " ");
    canvas_text(c, row, 4, 15, here ? STYLE_FOCUS : STYLE_NORMAL,
                knob_facts[k].name);
    canvas_right(c, row, 19, 6, STYLE_NORMAL, now);
    canvas_put(c, row, 27, STYLE_DIM, here ? c->signs->step_left : " ");
    canvas_right(c, row, 29, 7,
                 d->value[k] != s->knob[k] && !here ? STYLE_STRONG : style,
                 next);
    canvas_put(c, row, 37, STYLE_DIM, here ? c->signs->step_right : " ");
    if (wide && !is_rate(k) && k != KNOB_MEMORY_PCT)
        tune_draw_gauge(c, row, 41, d->value[k], s->knob_max[k]);
    canvas_text(c, row, wide ? EFFECT_COL : 40, c->cols - (wide ? EFFECT_COL + 2 : 42),
                STYLE_DIM, effect);
    if (here) {
        d->cursor_row = row;
        d->cursor_col = 29;
    }
}

/* A refusal, or what a larger batch means elsewhere. */
static void draw_notes(const struct dialog *d, const struct snapshot *s,
                       struct canvas *c, int row)
{
    char text[160];

    if (*d->refused) {
        dialog_printf(c, row < c->rows - 2 ? row : c->rows - 3, 4, STYLE_ALARM,
                      "! %s", d->refused);
        return;
    }
    if (row < c->rows - 2 && tune_tokens(d, s, text, sizeof text))
        dialog_printf(c, row++, 4, STYLE_DIM, "! %s", text);
    if (row < c->rows - 2 && tune_queues(d, s, text, sizeof text))
        dialog_printf(c, row, 4, STYLE_DIM, "! %s", text);
}

static const char *keys_of(const struct dialog *d, bool wide)
{
    bool rate = is_rate((enum knob)d->cursor);

    if (!wide)
        return d->then ? "Enter apply, retry  Esc  - + step"
                       : "Enter apply  Esc cancel  - + step";
    if (d->then)
        return rate ? "Enter apply and retry  Esc cancel  Left Right step  "
                      "number exact  0 none"
                    : "Enter apply and retry  Esc cancel  Left Right step  "
                      "number exact  0 default";
    return rate ? "Enter apply  Esc cancel  Left Right step  number exact  "
                  "0 none  Up Down"
                : "Enter apply  Esc cancel  Left Right step  number exact  "
                  "0 default  Up Down";
}

void tune_draw(struct dialog *d, const struct snapshot *s, struct canvas *c)
{
    struct canvas box = dialog_box(
        c, TALL, 84, d->then ? "Change and retry" : "Tune",
        c->cols >= 80 ? "from the next batch on, u undoes" : "");
    int top = box.rows >= TALL ? 2 : 1;
    int row = (c->rows - box.rows) / 2, col = (c->cols - box.cols) / 2;

    canvas_right(&box, top, 19, 6, STYLE_DIM, "now");
    canvas_right(&box, top, 29, 7, STYLE_DIM, "new");
    if (box.cols >= WIDE)
        canvas_put(&box, top, EFFECT_COL, STYLE_DIM, "effect (estimate)");
    for (int k = 0; k < KNOB_COUNT; k++)
        tune_draw_row(d, s, &box, top + 1 + k, (enum knob)k);
    canvas_text(&box, box.rows - 2, 4, box.cols - 6, STYLE_DIM,
                keys_of(d, box.cols >= WIDE));
    draw_notes(d, s, &box, top + 2 + KNOB_COUNT);
    if (d->cursor_row >= 0) {
        d->cursor_row += row;
        d->cursor_col += col;
    }
}

/* Take over what was typed; false when it is out of range. */
static bool tune_take_typed(struct dialog *d, const struct snapshot *s)
{
    enum knob k = (enum knob)d->cursor;
    uint64_t n;

    if (!d->typed[0])
        return true;
    if (!str_parse_u64(d->typed, &n) || (int64_t)n < knob_facts[k].min ||
        (int64_t)n > s->knob_max[k]) {
        snprintf(d->refused, sizeof d->refused, "%s takes %lld to %lld",
                 knob_facts[k].name, (long long)knob_facts[k].min,
                 (long long)s->knob_max[k]);
        d->typed[0] = '\0';
        return false;
    }
    d->value[k] = (int64_t)n;
    d->typed[0] = '\0';
    return true;
}

static void tune_step(struct dialog *d, const struct snapshot *s, int direction)
{
    enum knob k = (enum knob)d->cursor;
    int64_t v;

    if (!tune_take_typed(d, s))
        return;
    if (knob_facts[k].step)
        v = d->value[k] + direction * knob_facts[k].step;
    else
        v = ladder_step(d->value[k], direction, s->knob_max[k]);
    if (is_rate(k) && direction < 0 && d->value[k] <= 1)
        v = 0;
    if (v >= knob_facts[k].min && v <= s->knob_max[k])
        d->value[k] = v;
}

/* No limit; of the others what they were when the run began. */
static void set_default(struct dialog *d, const struct snapshot *s,
                        enum knob k)
{
    if (is_rate(k))
        d->value[k] = 0;
    else if (s->knob_start[k] > 0)
        d->value[k] = s->knob_start[k];
    else
        snprintf(d->refused, sizeof d->refused,
                 "%s has no default before the run has begun",
                 knob_facts[k].name);
}

static void tune_type_digit(struct dialog *d, const struct snapshot *s, int key)
{
    enum knob k = (enum knob)d->cursor;
    size_t n = strlen(d->typed);

    if (n == 0 && key == '0')
        set_default(d, s, k);
    else if (n < TYPED_MAX) {
        d->typed[n] = (char)key;
        d->typed[n + 1] = '\0';
    }
}

static enum dialog_end tune_apply(struct dialog *d, const struct snapshot *s)
{
    if (!tune_take_typed(d, s))
        return DIALOG_OPEN;
    for (int k = 0; k < KNOB_COUNT; k++) {
        struct command c = { .kind = COMMAND_SET, .knob = (enum knob)k,
                             .value = d->value[k] };

        if (d->value[k] != s->knob[k])
            dialog_wish(d, &c);
    }
    if (d->then)
        dialog_wish(d, &d->sure);
    return DIALOG_CLOSED;
}

enum dialog_end tune_key(struct dialog *d, const struct snapshot *s, int key)
{
    d->refused[0] = '\0';
    if (key >= '0' && key <= '9') {
        tune_type_digit(d, s, key);
        return DIALOG_OPEN;
    }
    switch (key) {
    case KEYCODE_BACKSPACE:
        if (d->typed[0])
            d->typed[strlen(d->typed) - 1] = '\0';
        break;
    case KEYCODE_UP:
    case 'k':
    case KEYCODE_BACK_TAB:
        if (tune_take_typed(d, s))
            d->cursor = (d->cursor + KNOB_COUNT - 1) % KNOB_COUNT;
        break;
    case KEYCODE_DOWN:
    case 'j':
    case KEYCODE_TAB:
        if (tune_take_typed(d, s))
            d->cursor = (d->cursor + 1) % KNOB_COUNT;
        break;
    case KEYCODE_LEFT:
    case '-':
        tune_step(d, s, -1);
        break;
    case KEYCODE_RIGHT:
    case '+':
    case '=':
        tune_step(d, s, 1);
        break;
    case KEYCODE_ENTER:
        return tune_apply(d, s);
    case KEYCODE_ESC:
    case 'q':
        return DIALOG_CLOSED;
    default:
        break;
    }
    return DIALOG_OPEN;
}
