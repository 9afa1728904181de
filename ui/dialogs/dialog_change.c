/*
 * Change and retry: a kind of failure that cannot succeed as it stands, or
 * would fail again at the same pace.
 *
 * What the run can change itself is a dialog: its settings (Tune), or how a
 * rejected record is read, for this retry alone. What only others can change
 * is said in a sentence, with the command line to use then.
 */
#include "config.h"
#include "ui/dialogs/dialog.h"

#include <stdio.h>
#include <string.h>

#include "ui/draw/figures.h"
#include "ui/panes/layout.h"
#include "util/str.h"

enum { TALL = 16, COLS = 84, NAME_COL = 5, VALUE_COL = 22 };

enum option { OPTION_UTF8, OPTION_BLANK, OPTION_LINE, OPTIONS };

/* The setting that such a failure asks for first. */
static enum knob knob_for(const struct failure_kind *k)
{
    bool upsert = strcmp(k->cause.stage, "upsert") == 0;

    if (k->cause.kind == ERROR_LIMITED && !upsert)
        return KNOB_RPM;
    return upsert ? KNOB_UPSERT_BATCH : KNOB_EMBED_BATCH;
}

void dialog_change(struct dialog *d, const struct snapshot *s,
                   const struct failure_kind *k, const struct command *retry)
{
    d->sure = *retry;
    if (k->worth_retry) {
        dialog_tune(d, s, knob_for(k));
        d->then = true;
        return;
    }
    d->kind = DIALOG_CHANGE;
    snprintf(d->changed, sizeof d->changed, "%s", k->key);
    d->option = OPTION_UTF8;
    d->reread = (struct reread){ .line_mb = 0 };
    d->typed[0] = d->refused[0] = '\0';
}

/* The kind as it is now; NULL: nothing of it is owed any more. */
static const struct failure_kind *change_find_kind(const struct dialog *d,
                                                   const struct snapshot *s)
{
    for (uint32_t i = 0; i < s->kind_count; i++)
        if (strcmp(s->kinds[i].key, d->changed) == 0)
            return &s->kinds[i];
    return NULL;
}

/* Once something elsewhere is mended the same can be sent again. */
static bool change_mends_elsewhere(const struct failure_kind *k)
{
    return k->cause.kind == ERROR_AUTH || k->cause.kind == ERROR_QUOTA ||
           k->cause.kind == ERROR_CONFIG;
}

/* --- drawing ------------------------------------------------------------------- */

static void change_draw_keys(struct canvas *box, const char *text)
{
    canvas_text(box, box->rows - 2, 3, box->cols - 6, STYLE_DIM, text);
}

static int draw_option(struct dialog *d, struct canvas *box, int row,
                       enum option o, const char *name)
{
    bool here = d->option == (int)o;

    canvas_put(box, row, 3, STYLE_FOCUS, here ? box->signs->chosen : " ");
    dialog_printf(box, row, NAME_COL, here ? STYLE_FOCUS : STYLE_NORMAL, "%s",
                  name);
    if (here) {
        d->cursor_row = row;
        d->cursor_col = VALUE_COL;
    }
    return row + 1;
}

static void draw_switch(struct dialog *d, struct canvas *box, int row,
                        enum option o, const char *name, bool on,
                        const char *what)
{
    enum style style = d->option == (int)o ? STYLE_SELECTED : STYLE_NORMAL;
    int col;

    draw_option(d, box, row, o, name);
    if (box->cols < OVERLAY_MIN_COLS) {
        dialog_printf(box, row, VALUE_COL, style, "[ %s ]",
                      on ? what : "as before");
        return;
    }
    col = dialog_printf(box, row, VALUE_COL, on ? STYLE_NORMAL : style,
                        "%s as before", on ? box->signs->off : box->signs->on);
    dialog_printf(box, row, col + 2, on ? style : STYLE_NORMAL, "%s %s",
                  on ? box->signs->on : box->signs->off, what);
}

static void draw_line_mb(struct dialog *d, struct canvas *box, int row)
{
    char value[32];

    draw_option(d, box, row, OPTION_LINE, "longest record");
    if (d->typed[0])
        snprintf(value, sizeof value, "%s_ MB", d->typed);
    else if (d->reread.line_mb)
        snprintf(value, sizeof value, "%u MB", d->reread.line_mb);
    else
        snprintf(value, sizeof value, "as before");
    dialog_printf(box, row, VALUE_COL,
                  d->option == OPTION_LINE ? STYLE_SELECTED : STYLE_NORMAL,
                  "[ %s ]", value);
}

static void draw_reading(struct dialog *d, const struct snapshot *s,
                         const struct failure_kind *k, struct canvas *box,
                         int row)
{
    char line[256], n[48];

    if (box->rows >= TALL)
        row = 1 + dialog_text(box, row, STYLE_NORMAL,
                              "This retry alone reads them in another way:");
    draw_switch(d, box, row, OPTION_UTF8, "bad UTF-8",
                d->reread.replace_utf8, "replaced");
    draw_switch(d, box, row + 1, OPTION_BLANK, "blank texts",
                d->reread.send_blank, "sent");
    draw_line_mb(d, box, row + 2);
    if (*d->refused)
        dialog_printf(box, row + 3, 3, STYLE_ALARM, "! %s", d->refused);
    if (box->rows >= TALL) {
        snprintf(line, sizeof line,
                 "What is broken otherwise is to be mended in the corpus; when "
                 "this run has ended: batchtop resume %s --accept-changed",
                 s->job);
        dialog_text(box, row + 5, STYLE_DIM, line);
    }
    snprintf(line, sizeof line,
             "Enter retry %s   Esc back   Space change   Up Down option",
             figure_of(n, sizeof n, k->open, "document"));
    change_draw_keys(box, line);
}

/* What somebody else has to do, and what to type then. */
static void change_advice(const struct failure_kind *k,
                          const struct snapshot *s, char *say, size_t say_size,
                          char *type, size_t size)
{
    const char *words =
        "The service takes none of these as they stand. Mend them in a file of "
        "their own and send that to the same store; :skip then gives these up.";

    snprintf(type, size, "batchtop mended.jsonl --embed ... --store ...");
    if (k->cause.kind == ERROR_AUTH)
        words = "The service refused the key. Once it is mended, Enter sends "
                "them again.";
    else if (k->cause.kind == ERROR_QUOTA)
        words = "The account has nothing left. Once it has, Enter sends them "
                "again.";
    else if (k->cause.kind == ERROR_CONFIG)
        words = "What the service was asked for is not there, or does not fit. "
                "Once that is mended, Enter sends them again.";
    if (change_mends_elsewhere(k))
        *type = '\0';
    if (k->cause.kind == ERROR_INPUT)
        words = "These records are not where they were: the corpus is another. "
                "Put them into a file of their own and send that to the same "
                "store; :skip then gives these up.";
    if (k->cause.kind == ERROR_SIZE && k->cause.code == 0) {
        words = "A record alone is more than a request to the store may have. "
                "When this run has ended, allow more:";
        snprintf(type, size,
                 "batchtop retry %s --kind %s --max-request-mb N", s->job,
                 k->key);
    }
    if (!*k->cause.stage) {
        words = "These are of many kinds: an export (e) lists them.";
        *type = '\0';
    }
    snprintf(say, say_size, "%s", words);
}

static void draw_words(const struct snapshot *s, const struct failure_kind *k,
                       struct canvas *box, int row)
{
    char say[256], type[160], keys[96], n[48];

    change_advice(k, s, say, sizeof say, type, sizeof type);
    row = dialog_text(box, row, STYLE_NORMAL, say);
    dialog_text(box, row + (box->rows >= TALL), STYLE_STRONG, type);
    snprintf(keys, sizeof keys, "Enter retry %s   Esc back",
             figure_of(n, sizeof n, k->open, "document"));
    change_draw_keys(box, change_mends_elsewhere(k) ? keys : "Esc back");
}

void change_draw(struct dialog *d, const struct snapshot *s, struct canvas *c)
{
    const struct failure_kind *k = change_find_kind(d, s);
    struct canvas box = dialog_box(c, TALL, COLS, "Change and retry", s->job);
    int row = box.rows >= TALL ? 2 : 1;
    char line[256], n[24];

    if (!k) {
        dialog_text(&box, row, STYLE_NORMAL,
                    "Nothing of this kind is owed any more.");
        change_draw_keys(&box, "Esc back");
        return;
    }
    snprintf(line, sizeof line, "%s: %s, %s open", k->cause.stage, k->label,
             str_count(n, sizeof n, k->open));
    row = dialog_text(&box, row, STYLE_STRONG, line);
    if (*k->newest) {
        snprintf(line, sizeof line, "the newest: %s", k->newest);
        row = dialog_text(&box, row, STYLE_NORMAL, line);
    }
    row += box.rows >= TALL;
    if (k->cause.rejected)
        draw_reading(d, s, k, &box, row);
    else
        draw_words(s, k, &box, row);
    if (d->cursor_row >= 0) {
        d->cursor_row += (c->rows - box.rows) / 2;
        d->cursor_col += (c->cols - box.cols) / 2;
    }
}

/* --- keys ---------------------------------------------------------------------- */

/* Take over what was typed; false when it is out of range. */
static bool change_take_typed(struct dialog *d)
{
    uint64_t n;
    bool good = !d->typed[0] || (str_parse_u64(d->typed, &n) && n >= 1 &&
                                 n <= RETRY_LINE_MB_MAX);

    if (!good)
        snprintf(d->refused, sizeof d->refused,
                 "the longest record takes 1 to %d MB", RETRY_LINE_MB_MAX);
    else if (d->typed[0])
        d->reread.line_mb = (uint32_t)n;
    d->typed[0] = '\0';
    return good;
}

static void change_move(struct dialog *d, int by)
{
    if (change_take_typed(d))
        d->option = (d->option + by + OPTIONS) % OPTIONS;
}

static void change_set_value(struct dialog *d, int by)
{
    struct reread *r = &d->reread;

    if (!change_take_typed(d))
        return;
    if (d->option == OPTION_UTF8)
        r->replace_utf8 = !r->replace_utf8;
    else if (d->option == OPTION_BLANK)
        r->send_blank = !r->send_blank;
    else if (by < 0 && r->line_mb <= 1)
        r->line_mb = 0;
    else
        r->line_mb = (uint32_t)ladder_step(r->line_mb, by, RETRY_LINE_MB_MAX);
}

static void change_type_digit(struct dialog *d, int key)
{
    size_t n = strlen(d->typed);

    if (d->option == OPTION_LINE && n < 4)
        snprintf(d->typed + n, sizeof d->typed - n, "%c", key);
}

static enum dialog_end change_send(struct dialog *d,
                                   const struct failure_kind *k)
{
    const struct reread *r = &d->reread;

    if (!k->cause.rejected && !change_mends_elsewhere(k))
        return DIALOG_OPEN;
    if (k->cause.rejected && !change_take_typed(d))
        return DIALOG_OPEN;
    if (k->cause.rejected && !r->replace_utf8 && !r->send_blank && !r->line_mb) {
        snprintf(d->refused, sizeof d->refused,
                 "nothing is changed: they would be rejected again");
        return DIALOG_OPEN;
    }
    d->sure.reread = *r;
    dialog_wish(d, &d->sure);
    return DIALOG_CLOSED;
}

static void change_reading_key(struct dialog *d, int key)
{
    switch (key) {
    case KEYCODE_BACKSPACE:
        if (d->typed[0])
            d->typed[strlen(d->typed) - 1] = '\0';
        break;
    case KEYCODE_UP:
    case KEYCODE_BACK_TAB:
    case 'k':
        change_move(d, -1);
        break;
    case KEYCODE_DOWN:
    case KEYCODE_TAB:
    case 'j':
        change_move(d, 1);
        break;
    case KEYCODE_LEFT:
    case '-':
        change_set_value(d, -1);
        break;
    case KEYCODE_RIGHT:
    case '+':
    case '=':
    case ' ':
        change_set_value(d, 1);
        break;
    default:
        if (key >= '0' && key <= '9')
            change_type_digit(d, key);
    }
}

enum dialog_end change_key(struct dialog *d, const struct snapshot *s, int key)
{
    const struct failure_kind *k = change_find_kind(d, s);

    d->refused[0] = '\0';
    if (key == KEYCODE_ESC || key == 'q') {
        d->typed[0] = '\0';
        d->kind = DIALOG_RETRY;
    } else if (k && key == KEYCODE_ENTER) {
        return change_send(d, k);
    } else if (k && k->cause.rejected) {
        change_reading_key(d, key);
    }
    return DIALOG_OPEN;
}
