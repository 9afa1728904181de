/*
 * Retry failed documents: which, when, and how many in a request. An operator
 * decides on kinds; what is tagged, or the row under the cursor, can be meant
 * instead.
 */
#include "config.h"
#include "ui/dialogs/dialog.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"

enum { TALL = 15, WIDE = 70 };

enum { FIELD_WHAT, FIELD_KINDS, FIELD_SEND, FIELD_BATCH, FIELDS };

static int64_t batch_most(const struct snapshot *s)
{
    int64_t most = s->knob[KNOB_EMBED_BATCH];

    return most < 1 || most > RETRY_BATCH_MAX ? RETRY_BATCH_MAX : most;
}

void dialog_retry(struct dialog *d, const struct snapshot *s,
                  const struct failure_row *row)
{
    d->kind = DIALOG_RETRY;
    d->cursor = 0;
    d->field = d->tagged.tags > 0 ? FIELD_WHAT : FIELD_KINDS;
    d->what = d->tagged.tags > 0 ? RETRY_TAGGED : RETRY_KINDS;
    d->one = row != NULL;
    if (row)
        d->row = *row;
    d->when = RETRY_NOW;
    d->batch = batch_most(s);
    d->typed[0] = d->refused[0] = '\0';
    memset(d->touched, 0, sizeof d->touched);
    memset(d->keys, 0, sizeof d->keys);
}

/* --- what is chosen ---------------------------------------------------------- */

static bool retry_can_be(const struct dialog *d, enum retry_what what)
{
    return what == RETRY_KINDS || (what == RETRY_TAGGED && d->tagged.tags) ||
           (what == RETRY_ONE && d->one);
}

static bool retry_has_choice(const struct dialog *d)
{
    return d->one || d->tagged.tags > 0;
}

/* The tick of a kind is remembered by its key: kinds change places while the
 * dialog is open. What cannot succeed unchanged starts unticked. */
static bool retry_is_ticked(const struct dialog *d,
                            const struct failure_kind *k)
{
    for (size_t i = 0; i < SNAPSHOT_KINDS; i++)
        if (d->touched[i] && strcmp(d->keys[i], k->key) == 0)
            return d->ticked[i];
    return k->worth_retry;
}

static void retry_set_tick(struct dialog *d, const struct failure_kind *k,
                           bool on)
{
    size_t i = 0;

    while (i + 1 < SNAPSHOT_KINDS && d->touched[i] &&
           strcmp(d->keys[i], k->key) != 0)
        i++;
    d->touched[i] = true;
    d->ticked[i] = on;
    snprintf(d->keys[i], sizeof d->keys[i], "%s", k->key);
}

static uint64_t ticked_open(const struct dialog *d, const struct snapshot *s)
{
    uint64_t n = 0;

    for (uint32_t i = 0; i < s->kind_count; i++)
        if (retry_is_ticked(d, &s->kinds[i]))
            n += s->kinds[i].open;
    return n;
}

static uint64_t retry_count_selected(const struct dialog *d,
                                     const struct snapshot *s)
{
    switch (d->what) {
    case RETRY_TAGGED:
        return d->tagged.tags;
    case RETRY_ONE:
        return 1;
    default:
        return ticked_open(d, s);
    }
}

/* --- drawing ------------------------------------------------------------------ */

/* The name of a field, marked when it has the cursor. */
static void draw_name(struct dialog *d, struct canvas *box, int row,
                      int field, const char *name)
{
    bool here = d->field == field;

    canvas_put(box, row, 2, STYLE_FOCUS, here ? box->signs->chosen : " ");
    canvas_text(box, row, 4, 6, here ? STYLE_FOCUS : STYLE_NORMAL, name);
    if (here) {
        d->cursor_row = row;
        d->cursor_col = 11;
    }
}

/* A choice of several; where the next one begins. */
static int draw_choice(struct canvas *box, int row, int col, bool on,
                       bool here, const char *text)
{
    return 2 + dialog_printf(box, row, col,
                             on && here ? STYLE_SELECTED : STYLE_NORMAL,
                             "%s %s", on ? box->signs->on : box->signs->off,
                             text);
}

static void draw_what(struct dialog *d, struct canvas *box, int row)
{
    bool here = d->field == FIELD_WHAT;
    char text[96];
    int col = 11;

    draw_name(d, box, row, FIELD_WHAT, "what");
    col = draw_choice(box, row, col, d->what == RETRY_KINDS, here, "by kind");
    if (retry_can_be(d, RETRY_TAGGED)) {
        snprintf(text, sizeof text, "the %u tagged", d->tagged.tags);
        col = draw_choice(box, row, col, d->what == RETRY_TAGGED, here, text);
    }
    if (retry_can_be(d, RETRY_ONE)) {
        snprintf(text, sizeof text, "only %s",
                 *d->row.id ? d->row.id : "this one");
        draw_choice(box, row, col, d->what == RETRY_ONE, here, text);
    }
}

static void draw_kind(struct dialog *d, const struct snapshot *s,
                      struct canvas *c, int row, uint32_t i)
{
    const struct failure_kind *k = &s->kinds[i];
    bool here = d->field == FIELD_KINDS && d->cursor == (int)i;
    enum style style = here                     ? STYLE_SELECTED
                       : d->what == RETRY_KINDS ? STYLE_NORMAL
                                                : STYLE_DIM;
    int label = c->cols - (c->cols >= WIDE ? 46 : 20);
    char n[24], advice[sizeof k->advice + 4];

    canvas_put(c, row, 2, STYLE_FOCUS, here ? c->signs->chosen : " ");
    canvas_put(c, row, 4, style, retry_is_ticked(d, k) ? "[x]" : "[ ]");
    canvas_printf(c, row, 8, style, "%-6s ", k->cause.stage);
    canvas_text(c, row, 15, label - 7, style, k->label);
    canvas_right(c, row, 8 + label, 8, style,
                 str_count(n, sizeof n, k->open));
    if (c->cols >= WIDE) {
        snprintf(advice, sizeof advice, "%s%s", k->advice,
                 k->worth_retry ? "" : " (c)");
        canvas_text(c, row, 19 + label, c->cols - label - 21, STYLE_DIM,
                    advice);
    }
    if (here) {
        d->cursor_row = row;
        d->cursor_col = 5;
    }
}

/* Those kinds that there is room for, the one under the cursor among them. */
static void draw_kinds(struct dialog *d, const struct snapshot *s,
                       struct canvas *box, int top, int room)
{
    int kinds = (int)s->kind_count, first = 0;

    if (room < 1)
        room = 1;
    if (d->cursor >= kinds)
        d->cursor = kinds ? kinds - 1 : 0;
    if (d->cursor >= room)
        first = d->cursor - room + 1;
    for (int i = first; i < kinds && i < first + room; i++)
        draw_kind(d, s, box, top + i - first, (uint32_t)i);
    if (kinds == 0)
        canvas_put(box, top, 4, STYLE_DIM, "nothing has failed");
}

static void draw_send(struct dialog *d, struct canvas *box, int row)
{
    bool wide = box->cols >= WIDE, here = d->field == FIELD_SEND;
    int col;

    draw_name(d, box, row, FIELD_SEND, "send");
    col = draw_choice(box, row, 11, d->when == RETRY_NOW, here,
                      wide ? "now, before the rest" : "now");
    draw_choice(box, row, col, d->when == RETRY_AT_END, here,
                wide ? "at the end, with what fails till then"
                     : "at the end");
}

static void draw_batch(struct dialog *d, struct canvas *box, int row)
{
    char value[24];
    int col;

    if (d->typed[0])
        snprintf(value, sizeof value, "%s_", d->typed);
    else
        snprintf(value, sizeof value, "%lld", (long long)d->batch);
    draw_name(d, box, row, FIELD_BATCH, "batch");
    col = dialog_printf(box, row, 11, d->field == FIELD_BATCH
                                          ? STYLE_SELECTED
                                          : STYLE_NORMAL,
                        "[%4s ]", value);
    dialog_printf(box, row, col + 2, *d->refused ? STYLE_ALARM : STYLE_DIM,
                  "%s", *d->refused
                            ? d->refused
                            : "few in a request single out a poisoned document");
}

static void draw_sum(const struct dialog *d, const struct snapshot *s,
                     struct canvas *box, int row)
{
    char n[24], all[24], took[24] = "";
    const char *lead = "   about ";

    if (retry_count_selected(d, s) == 0)
        lead = "";
    else if (s->rate >= 1)
        str_duration(
            took, sizeof took,
            (int64_t)((double)retry_count_selected(d, s) / s->rate * 1000) +
                999);
    else
        lead = box->cols >= WIDE ? "   for how long is not known: nothing is "
                                   "stored now"
                                 : "   time unknown";
    dialog_printf(box, row, 4, STYLE_NORMAL, "selected %s of %s%s%s%s",
                  str_count(n, sizeof n, retry_count_selected(d, s)),
                  str_count(all, sizeof all, s->failures_open),
                  lead, took,
                  *took && box->cols >= WIDE ? " of work at the present rate"
                                             : "");
}

/* Whole at 80 columns, the keys that close it at 40. */
static void retry_draw_keys(const struct dialog *d, const struct snapshot *s,
                            struct canvas *box)
{
    char n[24];

    if (box->cols < WIDE)
        dialog_printf(box, box->rows - 2, 4, STYLE_DIM,
                      "Enter retry  Esc close  Space tick");
    else
        dialog_printf(box, box->rows - 2, 4, STYLE_DIM,
                      "Enter retry %s  Esc close  Space tick  a all  "
                      "c change  e export",
                      str_count(n, sizeof n, retry_count_selected(d, s)));
}

void retry_draw(struct dialog *d, const struct snapshot *s, struct canvas *c)
{
    int choice = retry_has_choice(d), rows = (int)s->kind_count + choice + 12;
    struct canvas box = dialog_box(c, rows < TALL ? TALL : rows, 84,
                                   "Retry failed documents", s->job);
    bool tall = box.rows >= TALL;
    int top = tall ? 4 : 1, end = box.rows - (tall ? 7 : 5);

    if (tall)
        canvas_text(&box, 2, 4, box.cols - 6, STYLE_NORMAL,
                    "Choose what to send again. Nothing is retried until you "
                    "press Enter.");
    if (choice)
        draw_what(d, &box, top++);
    if (tall) {
        canvas_put(&box, top, 8, STYLE_DIM, "kind");
        canvas_right(&box, top, box.cols - (box.cols >= WIDE ? 38 : 12), 8,
                     STYLE_DIM, "open");
        if (box.cols >= WIDE)
            canvas_put(&box, top, box.cols - 27, STYLE_DIM, "worth a retry");
        top++;
    }
    draw_kinds(d, s, &box, top, end - top);
    draw_sum(d, s, &box, tall ? end + 1 : end);
    draw_send(d, &box, tall ? end + 2 : end + 1);
    draw_batch(d, &box, tall ? end + 3 : end + 2);
    retry_draw_keys(d, s, &box);
    if (d->cursor_row >= 0) {
        d->cursor_row += (c->rows - box.rows) / 2;
        d->cursor_col += (c->cols - box.cols) / 2;
    }
}

/* --- keys ---------------------------------------------------------------------- */

static void retry_wish(struct dialog *d, const struct failure_select *select)
{
    struct command c = { .kind = COMMAND_RETRY, .select = *select,
                         .when = d->when, .batch = (uint32_t)d->batch };

    dialog_wish(d, &c);
}

static void wish_kinds(struct dialog *d, const struct snapshot *s)
{
    struct failure_select select = { .by = SELECT_ALL };

    if (s->failures_open > 0 &&
        retry_count_selected(d, s) == s->failures_open) {
        retry_wish(d, &select);
        return;
    }
    for (uint32_t i = 0; i < s->kind_count; i++) {
        if (!retry_is_ticked(d, &s->kinds[i]))
            continue;
        select.by = SELECT_KIND;
        snprintf(select.kind, sizeof select.kind, "%s", s->kinds[i].key);
        retry_wish(d, &select);
    }
    if (d->wishes == 0)
        snprintf(d->say, sizeof d->say, "nothing was ticked");
}

/* Take over what was typed; false when it is out of range. */
static bool retry_take_typed(struct dialog *d, const struct snapshot *s)
{
    uint64_t n;
    bool good = !d->typed[0] ||
                (str_parse_u64(d->typed, &n) && n >= 1 &&
                 n <= (uint64_t)batch_most(s));

    if (!good)
        snprintf(d->refused, sizeof d->refused, "the batch takes 1 to %lld",
                 (long long)batch_most(s));
    else if (d->typed[0])
        d->batch = (int64_t)n;
    d->typed[0] = '\0';
    return good;
}

/* The kind under the cursor, with something changed before it is sent. */
static void change_kind(struct dialog *d, const struct snapshot *s)
{
    struct command retry = { .kind = COMMAND_RETRY,
                             .select = { .by = SELECT_KIND },
                             .when = d->when };

    if (d->cursor >= (int)s->kind_count || !retry_take_typed(d, s))
        return;
    retry.batch = (uint32_t)d->batch;
    snprintf(retry.select.kind, sizeof retry.select.kind, "%s",
             s->kinds[d->cursor].key);
    dialog_change(d, s, &s->kinds[d->cursor], &retry);
}

static enum dialog_end retry_send(struct dialog *d, const struct snapshot *s)
{
    struct failure_select one = { .by = SELECT_ONE, .source = d->row.source,
                                  .pos = d->row.pos };

    if (!retry_take_typed(d, s))
        return DIALOG_OPEN;
    if (d->what == RETRY_KINDS)
        wish_kinds(d, s);
    else
        retry_wish(d, d->what == RETRY_ONE ? &one : &d->tagged);
    return DIALOG_CLOSED;
}

static void tick_all(struct dialog *d, const struct snapshot *s)
{
    bool all = ticked_open(d, s) == s->failures_open;

    d->what = RETRY_KINDS;
    for (uint32_t i = 0; i < s->kind_count; i++)
        retry_set_tick(d, &s->kinds[i], !all);
}

/* A row up or down: through the kinds, then to the next field. */
static void retry_move(struct dialog *d, const struct snapshot *s, int by)
{
    int last = (int)s->kind_count - 1, at = d->cursor + by;

    if (!retry_take_typed(d, s))
        return;
    if (d->field == FIELD_KINDS && at >= 0 && at <= last) {
        d->cursor = at;
        return;
    }
    if (d->field + by < (retry_has_choice(d) ? FIELD_WHAT : FIELD_KINDS) ||
        d->field + by >= FIELDS)
        return;
    d->field += by;
    if (d->field == FIELD_KINDS)
        d->cursor = by > 0 || last < 0 ? 0 : last;
}

static void choose_what(struct dialog *d, int by)
{
    do
        d->what = (enum retry_what)(((int)d->what + by + RETRY_WHATS) %
                                    RETRY_WHATS);
    while (!retry_can_be(d, d->what));
}

/* Left, right and the space bar: another value of the field. */
static void retry_change_value(struct dialog *d, const struct snapshot *s,
                               int by)
{
    switch (d->field) {
    case FIELD_WHAT:
        choose_what(d, by);
        break;
    case FIELD_KINDS:
        d->what = RETRY_KINDS;
        if (d->cursor < (int)s->kind_count)
            retry_set_tick(d, &s->kinds[d->cursor],
                           !retry_is_ticked(d, &s->kinds[d->cursor]));
        break;
    case FIELD_SEND:
        d->when = d->when == RETRY_NOW ? RETRY_AT_END : RETRY_NOW;
        break;
    default:
        if (retry_take_typed(d, s))
            d->batch = ladder_step(d->batch, by, batch_most(s));
    }
}

static void retry_type_digit(struct dialog *d, int key)
{
    size_t n = strlen(d->typed);

    if (d->field == FIELD_BATCH && n < 4)
        snprintf(d->typed + n, sizeof d->typed - n, "%c", key);
}

enum dialog_end retry_key(struct dialog *d, const struct snapshot *s, int key)
{
    d->refused[0] = '\0';
    if (key >= '0' && key <= '9') {
        retry_type_digit(d, key);
        return DIALOG_OPEN;
    }
    switch (key) {
    case KEYCODE_BACKSPACE:
        if (d->typed[0])
            d->typed[strlen(d->typed) - 1] = '\0';
        break;
    case KEYCODE_UP:
    case KEYCODE_BACK_TAB:
    case 'k':
        retry_move(d, s, -1);
        break;
    case KEYCODE_DOWN:
    case KEYCODE_TAB:
    case 'j':
        retry_move(d, s, 1);
        break;
    case KEYCODE_LEFT:
    case '-':
        retry_change_value(d, s, -1);
        break;
    case KEYCODE_RIGHT:
    case '+':
    case '=':
    case ' ':
        retry_change_value(d, s, 1);
        break;
    case 'a':
        tick_all(d, s);
        break;
    case 'c':
        change_kind(d, s);
        break;
    case 'e':
        dialog_prompt(d, "export ");
        return DIALOG_OPEN;
    case KEYCODE_ENTER:
        return retry_send(d, s);
    case KEYCODE_ESC:
    case 'q':
        return DIALOG_CLOSED;
    default:
        break;
    }
    return DIALOG_OPEN;
}
