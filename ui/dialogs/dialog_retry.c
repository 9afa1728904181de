/* This dialog retries failed documents: which, when, and how many in a request.
 * An operator chooses kinds, or else the tagged failures or the row under the
 * cursor. */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"

enum { TALL = 15, WIDE = 70, MARK_COL = 2, NAME_COL = 4, VALUE_COL = 11 };

enum { FIELD_WHAT, FIELD_KINDS, FIELD_SEND, FIELD_BATCH, FIELDS };

/* What to retry. */
enum retry_what { RETRY_KINDS, RETRY_TAGGED, RETRY_ONE, RETRY_WHATS };

struct retry {
    struct dialog *d; /* it is the state of */
    int at;    /* the kind in focus */
    int field; /* or another field */
    enum retry_what what;
    bool one; /* it can retry the row, too */
    struct failure_row row;
    enum retry_when when;
    int64_t batch;
    struct field typed;
    struct tick {
        bool on;
        char key[24]; /* the kind for which the user set it; "": none */
    } tick[SNAPSHOT_KINDS];
};

static int64_t batch_most(const struct snapshot *s)
{
    int64_t most = s->knob_now[KNOB_EMBED_BATCH];

    return most < 1 || most > RETRY_BATCH_MAX ? RETRY_BATCH_MAX : most;
}

/* --- what is chosen ------------------------------------------------------- */

static bool retry_can_be(struct retry *r, enum retry_what what)
{
    return what == RETRY_KINDS || (what == RETRY_TAGGED && r->d->tagged.tags) ||
           (what == RETRY_ONE && r->one);
}

static bool retry_has_choice(struct retry *r)
{
    return retry_can_be(r, RETRY_ONE) || retry_can_be(r, RETRY_TAGGED);
}

/* The user's tick for this kind, or a free one: kinds change places while the
 * dialog is open. */
static struct tick *tick_of(struct retry *r, const struct failure_kind *k)
{
    size_t i = 0;

    while (i + 1 < SNAPSHOT_KINDS && r->tick[i].key[0] &&
           strcmp(r->tick[i].key, k->key) != 0)
        i++;
    return &r->tick[i];
}

/* A kind that cannot succeed unchanged starts unticked. */
static bool retry_is_ticked(struct retry *r, const struct failure_kind *k)
{
    const struct tick *t = tick_of(r, k);

    return strcmp(t->key, k->key) == 0 ? t->on : k->worth_retry;
}

static void retry_set_tick(struct retry *r, const struct failure_kind *k,
                           bool on)
{
    struct tick *t = tick_of(r, k);

    t->on = on;
    snprintf(t->key, sizeof t->key, "%s", k->key);
}

static uint64_t ticked_open(struct retry *r, const struct snapshot *s)
{
    uint64_t n = 0;

    for (uint32_t i = 0; i < s->kind_count; i++)
        if (retry_is_ticked(r, &s->kinds[i]))
            n += s->kinds[i].open;
    return n;
}

static uint64_t retry_count_selected(struct retry *r,
                                     const struct snapshot *s)
{
    return r->what == RETRY_TAGGED ? r->d->tagged.tags
           : r->what == RETRY_ONE  ? 1
                                   : ticked_open(r, s);
}

/* --- drawing -------------------------------------------------------------- */

/* The name of a field, marked when it has the cursor. */
static bool draw_name(struct retry *r, struct canvas *box, int row,
                      int field, const char *name)
{
    bool here = r->field == field;

    dialog_mark(r->d, box, row, MARK_COL, here, VALUE_COL);
    canvas_text(box, row, NAME_COL, 6, here ? STYLE_FOCUS : STYLE_NORMAL,
                name);
    return here;
}

/* One choice of several; returns where the next one begins. */
static int draw_choice(struct canvas *box, int row, int col, bool on,
                       bool here, const char *text)
{
    return 2 + dialog_printf(box, row, col,
                             on && here ? STYLE_SELECTED : STYLE_NORMAL,
                             "%s %s", on ? box->signs->on : box->signs->off,
                             text);
}

static void draw_what(struct retry *r, struct canvas *box, int row)
{
    bool here = draw_name(r, box, row, FIELD_WHAT, "what");
    char text[96];
    int col = draw_choice(box, row, VALUE_COL, r->what == RETRY_KINDS, here,
                          "by kind");

    if (retry_can_be(r, RETRY_TAGGED)) {
        snprintf(text, sizeof text, "the %u tagged", r->d->tagged.tags);
        col = draw_choice(box, row, col, r->what == RETRY_TAGGED, here, text);
    }
    if (retry_can_be(r, RETRY_ONE)) {
        snprintf(text, sizeof text, "only %s",
                 *r->row.id ? r->row.id : "this one");
        draw_choice(box, row, col, r->what == RETRY_ONE, here, text);
    }
}

static void draw_kind(struct retry *r, const struct snapshot *s,
                      struct canvas *c, int row, uint32_t i)
{
    const struct failure_kind *k = &s->kinds[i];
    bool here = r->field == FIELD_KINDS && r->at == (int)i;
    enum style style = here                     ? STYLE_SELECTED
                       : r->what == RETRY_KINDS ? STYLE_NORMAL
                                                : STYLE_DIM;
    int label = c->cols - (c->cols >= WIDE ? 46 : 20);
    char n[24], advice[sizeof k->advice + 4];

    dialog_mark(r->d, c, row, MARK_COL, here, NAME_COL + 1);
    canvas_put(c, row, NAME_COL, style, retry_is_ticked(r, k) ? "[x]" : "[ ]");
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
}

/* The kinds for which there is room, including the one under the cursor. */
static void draw_kinds(struct retry *r, const struct snapshot *s,
                       struct canvas *box, int top, int room)
{
    int kinds = (int)s->kind_count, first = 0;

    if (room < 1)
        room = 1;
    if (r->at >= kinds)
        r->at = kinds ? kinds - 1 : 0;
    if (r->at >= room)
        first = r->at - room + 1;
    for (int i = first; i < kinds && i < first + room; i++)
        draw_kind(r, s, box, top + i - first, (uint32_t)i);
    if (kinds == 0)
        canvas_put(box, top, 4, STYLE_DIM, "nothing has failed");
}

static void draw_send(struct retry *r, struct canvas *box, int row)
{
    bool wide = box->cols >= WIDE;
    bool here = draw_name(r, box, row, FIELD_SEND, "send");
    int col = draw_choice(box, row, VALUE_COL, r->when == RETRY_NOW, here,
                          wide ? "now, before the rest" : "now");

    draw_choice(box, row, col, r->when == RETRY_AT_END, here,
                wide ? "at the end, with what fails till then"
                     : "at the end");
}

static void draw_batch(struct retry *r, struct canvas *box, int row)
{
    const char *refused = r->typed.refused;
    bool here = draw_name(r, box, row, FIELD_BATCH, "batch");
    char value[24];
    int col;

    if (r->typed.typed[0])
        snprintf(value, sizeof value, "%s_", r->typed.typed);
    else
        snprintf(value, sizeof value, "%lld", (long long)r->batch);
    col = dialog_printf(box, row, VALUE_COL,
                        here ? STYLE_SELECTED : STYLE_NORMAL, "[%4s ]", value);
    dialog_printf(box, row, col + 2, *refused ? STYLE_ALARM : STYLE_DIM, "%s",
                  *refused ? refused
                           : "few in a request single out a poisoned document");
}

static void draw_sum(struct retry *r, const struct snapshot *s,
                     struct canvas *box, int row)
{
    char n[24], all[24], took[24] = "";
    const char *lead = "   about ";

    if (retry_count_selected(r, s) == 0)
        lead = "";
    else if (s->rate >= 1)
        str_duration(
            took, sizeof took,
            (int64_t)((double)retry_count_selected(r, s) / s->rate * 1000) +
                999);
    else
        lead = box->cols >= WIDE ? "   for how long is not known: nothing is "
                                   "stored now"
                                 : "   time unknown";
    dialog_printf(box, row, 4, STYLE_NORMAL, "selected %s of %s%s%s%s",
                  str_count(n, sizeof n, retry_count_selected(r, s)),
                  str_count(all, sizeof all, s->failures_open),
                  lead, took,
                  *took && box->cols >= WIDE ? " of work at the present rate"
                                             : "");
}

/* All keys at 80 columns, those that close it at 40. */
static void retry_draw_keys(struct retry *r, const struct snapshot *s,
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
                      str_count(n, sizeof n, retry_count_selected(r, s)));
}

static void retry_draw(struct dialog *d, const struct snapshot *s,
                       struct canvas *c)
{
    struct retry *r = dialog_state(d);
    int choice = retry_has_choice(r), rows = (int)s->kind_count + choice + 12;
    struct canvas box = dialog_box(d, c, rows < TALL ? TALL : rows, 84,
                                   "Retry failed documents", s->job);
    bool tall = box.rows >= TALL;
    int top = tall ? 4 : 1, end = box.rows - (tall ? 7 : 5);

    if (tall)
        canvas_text(&box, 2, 4, box.cols - 6, STYLE_NORMAL,
                    "Choose what to send again. Nothing is retried until you "
                    "press Enter.");
    if (choice)
        draw_what(r, &box, top++);
    if (tall) {
        canvas_put(&box, top, 8, STYLE_DIM, "kind");
        canvas_right(&box, top, box.cols - (box.cols >= WIDE ? 38 : 12), 8,
                     STYLE_DIM, "open");
        if (box.cols >= WIDE)
            canvas_put(&box, top, box.cols - 27, STYLE_DIM, "worth a retry");
        top++;
    }
    draw_kinds(r, s, &box, top, end - top);
    draw_sum(r, s, &box, tall ? end + 1 : end);
    draw_send(r, &box, tall ? end + 2 : end + 1);
    draw_batch(r, &box, tall ? end + 3 : end + 2);
    retry_draw_keys(r, s, &box);
}

/* --- keys ----------------------------------------------------------------- */

static struct command retry_of(const struct retry *r, enum select_by by)
{
    return (struct command){ .kind = COMMAND_RETRY,
                             .select = { .by = by, .source = r->row.source,
                                         .pos = r->row.pos },
                             .when = r->when, .batch = (uint32_t)r->batch };
}

static struct command retry_of_kind(const struct retry *r,
                                    const struct failure_kind *k)
{
    struct command c = retry_of(r, SELECT_KIND);

    snprintf(c.select.kind, sizeof c.select.kind, "%s", k->key);
    return c;
}

static void retry_add_kinds(struct retry *r, const struct snapshot *s)
{
    struct command c = retry_of(r, SELECT_ALL);

    if (s->failures_open > 0 && ticked_open(r, s) == s->failures_open) {
        dialog_add_command(r->d, &c);
        return;
    }
    for (uint32_t i = 0; i < s->kind_count; i++) {
        c = retry_of_kind(r, &s->kinds[i]);
        if (retry_is_ticked(r, &s->kinds[i]))
            dialog_add_command(r->d, &c);
    }
    if (r->d->commands == 0)
        snprintf(r->d->say, sizeof r->d->say, "nothing was ticked");
}

static bool take_batch(struct retry *r, const struct snapshot *s)
{
    return field_take(&r->typed, "the batch", 1, batch_most(s), "", &r->batch);
}

/* Change something for the kind under the cursor before the retry. */
static void change_kind(struct retry *r, const struct snapshot *s)
{
    struct command retry;

    if (r->at >= (int)s->kind_count || !take_batch(r, s))
        return;
    retry = retry_of_kind(r, &s->kinds[r->at]);
    dialog_change(r->d, s, &s->kinds[r->at], &retry);
}

static enum dialog_end retry_send(struct retry *r, const struct snapshot *s)
{
    struct command c = retry_of(r, SELECT_ONE);

    if (!take_batch(r, s))
        return DIALOG_OPEN;
    c.batch = (uint32_t)r->batch;
    if (r->what == RETRY_TAGGED)
        c.select = r->d->tagged;
    if (r->what == RETRY_KINDS)
        retry_add_kinds(r, s);
    else
        dialog_add_command(r->d, &c);
    return DIALOG_CLOSED;
}

static void tick_all(struct retry *r, const struct snapshot *s)
{
    bool all = ticked_open(r, s) == s->failures_open;

    r->what = RETRY_KINDS;
    for (uint32_t i = 0; i < s->kind_count; i++)
        retry_set_tick(r, &s->kinds[i], !all);
}

/* A row up or down: through the kinds, then to the next field. */
static void retry_move(struct retry *r, const struct snapshot *s, int by)
{
    int last = (int)s->kind_count - 1, at = r->at + by;

    if (r->field == FIELD_KINDS && at >= 0 && at <= last) {
        r->at = at;
        return;
    }
    if (r->field + by < (retry_has_choice(r) ? FIELD_WHAT : FIELD_KINDS) ||
        r->field + by >= FIELDS)
        return;
    r->field += by;
    if (r->field == FIELD_KINDS)
        r->at = by > 0 || last < 0 ? 0 : last;
}

static void choose_what(struct retry *r, int by)
{
    do
        r->what = (enum retry_what)(((int)r->what + by + RETRY_WHATS) %
                                    RETRY_WHATS);
    while (!retry_can_be(r, r->what));
}

/* Left, right and the space bar: another value of the field. */
static void retry_step(struct retry *r, const struct snapshot *s, int by)
{
    const struct failure_kind *k = &s->kinds[r->at];

    if (r->field == FIELD_WHAT)
        choose_what(r, by);
    else if (r->field == FIELD_SEND)
        r->when = r->when == RETRY_NOW ? RETRY_AT_END : RETRY_NOW;
    else if (r->field == FIELD_BATCH)
        r->batch = ladder_step(r->batch, by, batch_most(s));
    else
        r->what = RETRY_KINDS;
    if (r->field == FIELD_KINDS && r->at < (int)s->kind_count)
        retry_set_tick(r, k, !retry_is_ticked(r, k));
}

static void retry_field_key(struct retry *r, const struct snapshot *s,
                            int key)
{
    int move, step;

    field_key(&r->typed, key == ' ' ? KEYCODE_RIGHT : key,
              r->field == FIELD_BATCH ? 4 : 0, &move, &step);
    if ((!move && !step) || !take_batch(r, s))
        return;
    if (move)
        retry_move(r, s, move);
    else
        retry_step(r, s, step);
}

static enum dialog_end retry_key(struct dialog *d, const struct snapshot *s,
                                 int key)
{
    struct retry *r = dialog_state(d);

    r->typed.refused[0] = '\0';
    switch (key) {
    case 'a':
        tick_all(r, s);
        break;
    case 'c':
        change_kind(r, s);
        break;
    case 'e':
        dialog_prompt(d, "export ");
        break;
    case KEYCODE_ENTER:
        return retry_send(r, s);
    default:
        retry_field_key(r, s, key);
    }
    return DIALOG_OPEN;
}

static const struct dialog_ops retry_ops = {
    .name = "retry", .state_size = sizeof(struct retry),
    .draw = retry_draw, .key = retry_key
};

void dialog_retry(struct dialog *d, const struct snapshot *s,
                  const struct failure_row *row)
{
    struct retry *r = dialog_open(d, &retry_ops);

    r->d = d;
    r->field = d->tagged.tags > 0 ? FIELD_WHAT : FIELD_KINDS;
    r->what = d->tagged.tags > 0 ? RETRY_TAGGED : RETRY_KINDS;
    r->one = row != NULL;
    if (row)
        r->row = *row;
    r->batch = batch_most(s);
}
