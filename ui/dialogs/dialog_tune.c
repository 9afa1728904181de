/* This dialog tunes batch sizes, workers, rates and the memory guard. */
#include "config.h"
#include "ui/dialogs/dialog_tune.h"

#include <stdio.h>
#include <string.h>

#include "api/command_words.h"
#include "ui/draw/figures.h"
#include "util/str.h"

enum { TYPED_MAX = 13, TALL = KNOB_COUNT + 8, WIDE = 76, WIDEST = 92 };

static bool then_sends(const struct tune *t)
{
    return t->then.kind != COMMAND_NONE;
}

static bool is_rate(enum knob k)
{
    return knob_facts[k].min == 0;
}

static void value_text(enum knob k, int64_t value, char *to, size_t size)
{
    if (value == KNOB_AUTO)
        snprintf(to, size, "auto");
    else if (is_rate(k) && value == 0)
        snprintf(to, size, "none");
    else if (k == KNOB_BUDGET)
        figure_usd(to, size, (double)value / KNOB_USD);
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

/* Where the columns of a row begin. */
struct tune_places {
    int now, now_cols, step, next, more;
    int gauge, effect; /* 0: no room */
};

enum { MARK_COL = 2, NAME_COL = 4, NAME_COLS = 15, NEXT_COLS = 7,
       EFFECT_LEAST = 10 };

static struct tune_places tune_places_of(const struct canvas *box)
{
    bool wide = box->cols >= WIDE;
    struct tune_places at = { .now = 19, .now_cols = wide ? 15 : 6 };

    at.step = at.now + at.now_cols + 2;
    at.next = at.step + 2;
    at.more = at.next + NEXT_COLS + 1;
    at.effect = at.more + 3;
    if (box->cols >= WIDEST) {
        at.gauge = at.effect;
        at.effect += 11;
    }
    if (box->cols - 2 - at.effect < EFFECT_LEAST)
        at.effect = 0;
    return at;
}

/* "auto (now 24)", or the number alone where there is no room. */
static void tune_now_text(const struct snapshot *s, enum knob k, bool wide,
                          char *to, size_t size)
{
    value_text(k, s->knob[k], to, size);
    if (s->knob[k] == KNOB_AUTO)
        snprintf(to, size, wide ? "auto (now %lld)" : "%lld",
                 (long long)s->knob_now[k]);
}

static void tune_draw_row(struct dialog *d, const struct snapshot *s,
                          struct canvas *c, int row, enum knob k)
{
    const struct tune *t = dialog_state(d);
    struct tune_places at = tune_places_of(c);
    char now[32], next[16], effect[64];
    bool here = t->at == k;
    enum style style = here ? STYLE_SELECTED : STYLE_NORMAL;

    tune_now_text(s, k, c->cols >= WIDE, now, sizeof now);
    if (here && t->field.typed[0])
        snprintf(next, sizeof next, "%s_", t->field.typed);
    else
        value_text(k, t->value[k], next, sizeof next);
    dialog_mark(d, c, row, MARK_COL, here, at.next);
    canvas_text(c, row, NAME_COL, NAME_COLS, here ? STYLE_FOCUS : STYLE_NORMAL,
                knob_facts[k].name);
    canvas_right(c, row, at.now, at.now_cols, STYLE_NORMAL, now);
    canvas_put(c, row, at.step, STYLE_DIM, here ? c->signs->step_left : " ");
    canvas_right(c, row, at.next, NEXT_COLS,
                 t->value[k] != s->knob[k] && !here ? STYLE_STRONG : style,
                 next);
    canvas_put(c, row, at.more, STYLE_DIM, here ? c->signs->step_right : " ");
    if (at.gauge && !is_rate(k) && k != KNOB_MEMORY_PCT)
        tune_draw_gauge(c, row, at.gauge, tune_number(t, s, k),
                        s->knob_max[k]);
    tune_effect(t, s, c, k, effect, sizeof effect);
    if (at.effect)
        canvas_text(c, row, at.effect, c->cols - at.effect - 2, STYLE_DIM,
                    effect);
}

/* A refusal, or what a larger batch means elsewhere. */
static void draw_notes(const struct tune *t, const struct snapshot *s,
                       struct canvas *c, int row)
{
    char text[160];

    if (*t->field.refused) {
        dialog_printf(c, row < c->rows - 2 ? row : c->rows - 3, 4, STYLE_ALARM,
                      "! %s", t->field.refused);
        return;
    }
    if (row < c->rows - 2 && tune_tokens(t, s, text, sizeof text))
        dialog_printf(c, row++, 4, STYLE_DIM, "! %s", text);
    if (row < c->rows - 2 && tune_queues(t, s, text, sizeof text))
        dialog_printf(c, row, 4, STYLE_DIM, "! %s", text);
}

static void tune_draw_keys(const struct tune *t, const struct snapshot *s,
                           struct canvas *box)
{
    bool takes_auto = knob_facts[t->at].takes_auto;
    const char *zero = is_rate(t->at)                      ? "0 none"
                       : s->knob_start[t->at] != KNOB_AUTO ? "0 default"
                       : takes_auto                        ? ""
                                                           : "0 auto";

    if (box->cols < WIDE)
        dialog_printf(box, box->rows - 2, 4, STYLE_DIM, "Enter %s  Esc%s",
                      then_sends(t) ? "apply, retry" : "apply",
                      takes_auto ? "  - + step  a auto" : " cancel  - + step");
    else
        dialog_printf(box, box->rows - 2, 4, STYLE_DIM,
                      "Enter %s  Esc cancel  Left Right step  %s%s%s",
                      then_sends(t) ? "apply and retry" : "apply",
                      then_sends(t) ? "" : "number exact  ",
                      takes_auto ? "a auto  " : "", zero);
}

static void tune_draw_heads(struct canvas *box, int row)
{
    struct tune_places at = tune_places_of(box);

    canvas_right(box, row, at.now, at.now_cols, STYLE_DIM, "now");
    canvas_right(box, row, at.next, NEXT_COLS, STYLE_DIM, "new");
    if (box->cols >= WIDE)
        canvas_put(box, row, at.effect, STYLE_DIM, "effect (estimate)");
}

static void tune_draw(struct dialog *d, const struct snapshot *s,
                      struct canvas *c)
{
    const struct tune *t = dialog_state(d);
    struct canvas box = dialog_box(
        d, c, TALL, WIDEST, then_sends(t) ? "Change and retry" : "Tune",
        c->cols >= 80 ? "from the next batch on, u undoes" : "");
    int top = box.rows >= TALL ? 2 : 1;

    tune_draw_heads(&box, top);
    for (int k = 0; k < KNOB_COUNT; k++)
        tune_draw_row(d, s, &box, top + 1 + k, (enum knob)k);
    tune_draw_keys(t, s, &box);
    draw_notes(t, s, &box, top + 2 + KNOB_COUNT);
}

/* --- keys ----------------------------------------------------------------- */

static bool tune_take(struct tune *t, const struct snapshot *s)
{
    const struct knob_facts *k = &knob_facts[t->at];
    bool good;

    if (k->unit == 1)
        return field_take(&t->field, k->name, k->min, s->knob_max[t->at], "",
                          &t->value[t->at]);
    good = !t->field.typed[0] ||
           knob_read(t->at, t->field.typed, &t->value[t->at]);
    if (!good)
        snprintf(t->field.refused, sizeof t->field.refused,
                 "%s takes %lld to %lld USD", k->name,
                 (long long)(k->min / k->unit), (long long)(k->max / k->unit));
    t->field.typed[0] = '\0';
    return good;
}

/* The point of a sum; false: it is not for this field. */
static bool tune_type_point(struct tune *t, int key)
{
    size_t n = strlen(t->field.typed);

    if (key != '.' || knob_facts[t->at].unit == 1)
        return false;
    if (n < TYPED_MAX && !strchr(t->field.typed, '.'))
        snprintf(t->field.typed + n, sizeof t->field.typed - n, ".");
    return true;
}

static void tune_step(struct tune *t, const struct snapshot *s, int direction)
{
    const struct knob_facts *k = &knob_facts[t->at];
    int64_t v = tune_number(t, s, t->at);

    if (k->step)
        v += direction * k->step;
    else if (is_rate(t->at) && direction < 0 && v <= 1)
        v = 0;
    else
        v = ladder_step(v, direction, s->knob_max[t->at]);
    if (v >= k->min && v <= s->knob_max[t->at])
        t->value[t->at] = v;
}

/* No limit for rates; for others the value at the start of the run. */
static void set_default(struct tune *t, const struct snapshot *s)
{
    t->field.refused[0] = '\0';
    if (is_rate(t->at) || s->knob_start[t->at] != 0)
        t->value[t->at] = is_rate(t->at) ? 0 : s->knob_start[t->at];
    else
        snprintf(t->field.refused, sizeof t->field.refused,
                 "%s has no default before the run has begun",
                 knob_facts[t->at].name);
}

/* The program finds the number. */
static void tune_set_auto(struct tune *t)
{
    t->field.refused[0] = t->field.typed[0] = '\0';
    if (knob_facts[t->at].takes_auto)
        t->value[t->at] = KNOB_AUTO;
    else
        snprintf(t->field.refused, sizeof t->field.refused,
                 "%s takes a number: nothing finds it",
                 knob_facts[t->at].name);
}

static enum dialog_end tune_apply(struct dialog *d, const struct snapshot *s)
{
    struct tune *t = dialog_state(d);

    if (!tune_take(t, s))
        return DIALOG_OPEN;
    for (int k = 0; k < KNOB_COUNT; k++) {
        struct command c = { .kind = COMMAND_SET, .knob = (enum knob)k,
                             .value = t->value[k] };

        if (t->value[k] != s->knob[k])
            dialog_add_command(d, &c);
    }
    if (then_sends(t))
        dialog_add_command(d, &t->then);
    return DIALOG_CLOSED;
}

static enum dialog_end tune_key(struct dialog *d, const struct snapshot *s,
                                int key)
{
    struct tune *t = dialog_state(d);
    int move, step;

    if (tune_type_point(t, key)) {
        t->field.refused[0] = '\0';
    } else if (key == '0' && !t->field.typed[0]) {
        set_default(t, s);
    } else if (key == 'a') {
        tune_set_auto(t);
    } else if (field_key(&t->field, key, TYPED_MAX, &move, &step)) {
        if ((move || step) && tune_take(t, s)) {
            if (step)
                tune_step(t, s, step);
            t->at = (enum knob)(((int)t->at + move + KNOB_COUNT) % KNOB_COUNT);
        }
    } else if (key == KEYCODE_ENTER) {
        return tune_apply(d, s);
    }
    return DIALOG_OPEN;
}

static const struct dialog_ops tune_ops = {
    .name = "tune", .state_size = sizeof(struct tune),
    .draw = tune_draw, .key = tune_key
};

void dialog_tune(struct dialog *d, const struct snapshot *s, enum knob first)
{
    struct tune *t = dialog_open(d, &tune_ops);

    t->at = first;
    memcpy(t->value, s->knob, sizeof t->value);
}

void dialog_tune_and_send(struct dialog *d, const struct snapshot *s,
                          enum knob first, const struct command *then)
{
    struct tune *t;

    dialog_tune(d, s, first);
    t = dialog_state(d);
    t->then = *then;
}
