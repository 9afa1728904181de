/*
 * This dialog changes and retries: for a kind of failure that cannot succeed as
 * it is, or would fail again at the same pace.
 *
 * For what the run can change itself there is a dialog: its settings (Tune), or
 * how to read a rejected record, for this retry alone. A sentence says what
 * only others can change, with the command line to use then.
 */
#include "config.h"
#include "ui/dialogs/dialog_tune.h"

#include <stdio.h>
#include <string.h>

#include "ui/draw/figures.h"
#include "ui/panes/layout.h"
#include "util/str.h"

enum { TALL = 16, COLS = 84, NAME_COL = 5, VALUE_COL = 22 };

enum option { OPTION_UTF8, OPTION_BLANK, OPTION_LINE, OPTIONS };

struct change {
    char kind[24];
    struct command retry;
    int at; /* the option in focus */
    struct reread reread;
    struct field field;
};

/* The setting that one would change first for such a failure. */
static enum knob knob_for(const struct failure_kind *k)
{
    bool upsert = strcmp(k->cause.stage, "upsert") == 0;

    if (k->cause.kind == ERROR_LIMITED && !upsert)
        return KNOB_RPM;
    return upsert ? KNOB_UPSERT_BATCH : KNOB_EMBED_BATCH;
}

/* The kind as it is now; NULL: it has no open failures any more. */
static const struct failure_kind *change_find_kind(const struct change *m,
                                                   const struct snapshot *s)
{
    for (uint32_t i = 0; i < s->kind_count; i++)
        if (strcmp(s->kinds[i].key, m->kind) == 0)
            return &s->kinds[i];
    return NULL;
}

/* After a repair elsewhere, the same can be sent again. */
static bool change_mends_elsewhere(const struct failure_kind *k)
{
    return k->cause.kind == ERROR_AUTH || k->cause.kind == ERROR_QUOTA ||
           k->cause.kind == ERROR_CONFIG;
}

/* --- drawing -------------------------------------------------------------- */

static void change_draw_keys(struct canvas *box, const char *text)
{
    canvas_text(box, box->rows - 2, 3, box->cols - 6, STYLE_DIM, text);
}

static void draw_option(struct dialog *d, struct canvas *box, int row,
                        bool here, const char *name)
{
    dialog_mark(d, box, row, 3, here, VALUE_COL);
    dialog_printf(box, row, NAME_COL, here ? STYLE_FOCUS : STYLE_NORMAL, "%s",
                  name);
}

static void draw_switch(struct dialog *d, struct canvas *box, int row,
                        enum option o, const char *name, bool on,
                        const char *what)
{
    const struct change *m = dialog_state(d);
    bool here = m->at == (int)o;
    enum style style = here ? STYLE_SELECTED : STYLE_NORMAL;
    int col;

    draw_option(d, box, row, here, name);
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
    const struct change *m = dialog_state(d);
    bool here = m->at == OPTION_LINE;
    char value[32];

    draw_option(d, box, row, here, "longest record");
    if (m->field.typed[0])
        snprintf(value, sizeof value, "%s_ MB", m->field.typed);
    else if (m->reread.line_mb)
        snprintf(value, sizeof value, "%u MB", m->reread.line_mb);
    else
        snprintf(value, sizeof value, "as before");
    dialog_printf(box, row, VALUE_COL, here ? STYLE_SELECTED : STYLE_NORMAL,
                  "[ %s ]", value);
}

static void draw_reading(struct dialog *d, const struct snapshot *s,
                         const struct failure_kind *k, struct canvas *box,
                         int row)
{
    const struct change *m = dialog_state(d);
    char line[896], n[48];

    if (box->rows >= TALL)
        row = 1 + dialog_text(box, row, STYLE_NORMAL,
                              "This retry alone reads them in another way:");
    draw_switch(d, box, row, OPTION_UTF8, "bad UTF-8",
                m->reread.replace_utf8, "replaced");
    draw_switch(d, box, row + 1, OPTION_BLANK, "blank texts",
                m->reread.send_blank, "sent");
    draw_line_mb(d, box, row + 2);
    if (*m->field.refused)
        dialog_printf(box, row + 3, 3, STYLE_ALARM, "! %s", m->field.refused);
    if (box->rows >= TALL) {
        snprintf(line, sizeof line,
                 "What is broken otherwise is to be mended in the corpus; when "
                 "this run has ended: %s --accept-changed",
                 s->resume_line);
        dialog_text(box, row + 5, STYLE_DIM, line);
    }
    snprintf(line, sizeof line,
             "Enter retry %s   Esc back   Space change   Up Down option",
             figure_of(n, sizeof n, k->open, "document"));
    change_draw_keys(box, line);
}

/* What somebody else has to do, and what to type then. */
static const char *change_advice(const struct failure_kind *k,
                                 const struct snapshot *s, char *type,
                                 size_t size)
{
    static const struct {
        enum error_kind kind;
        const char *words;
    } known[] = {
        { ERROR_AUTH, "The service refused the key. Once it is mended, Enter "
                      "sends them again." },
        { ERROR_QUOTA, "The account has nothing left. Once it has, Enter sends "
                       "them again." },
        { ERROR_CONFIG, "What the service was asked for is not there, or does "
                        "not fit. Once that is mended, Enter sends them again." },
        { ERROR_INPUT, "These records are not where they were: the corpus is "
                       "another. Put them into a file of their own and send "
                       "that to the same store; :skip then gives these up." },
    };

    *type = '\0';
    if (!*k->cause.stage)
        return "These are of many kinds: an export (e) lists them.";
    if (k->cause.kind == ERROR_SIZE && k->cause.code == 0) {
        snprintf(type, size, "%s --kind %s --max-request-mb N", s->retry_line,
                 k->key);
        return "A record alone is more than a request to the store may have. "
               "When this run has ended, allow more:";
    }
    if (!change_mends_elsewhere(k))
        snprintf(type, size, "batchtop mended.jsonl --embed ... --store ...");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (k->cause.kind == known[i].kind)
            return known[i].words;
    return "The service takes none of these as they stand. Mend them in a file "
           "of their own and send that to the same store; :skip then gives "
           "these up.";
}

static void draw_words(const struct snapshot *s, const struct failure_kind *k,
                       struct canvas *box, int row)
{
    char type[800], keys[96], n[48];

    row = dialog_text(box, row, STYLE_NORMAL,
                      change_advice(k, s, type, sizeof type));
    dialog_text(box, row + (box->rows >= TALL), STYLE_STRONG, type);
    snprintf(keys, sizeof keys, "Enter retry %s   Esc back",
             figure_of(n, sizeof n, k->open, "document"));
    change_draw_keys(box, change_mends_elsewhere(k) ? keys : "Esc back");
}

static void change_draw(struct dialog *d, const struct snapshot *s,
                        struct canvas *c)
{
    const struct failure_kind *k = change_find_kind(dialog_state(d), s);
    struct canvas box = dialog_box(d, c, TALL, COLS, "Change and retry",
                                   s->job);
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
    if (*k->common) {
        snprintf(line, sizeof line, "most say: %s", k->common);
        row = dialog_text(&box, row, STYLE_NORMAL, line);
    }
    row += box.rows >= TALL;
    if (k->cause.rejected)
        draw_reading(d, s, k, &box, row);
    else
        draw_words(s, k, &box, row);
}

/* --- keys ----------------------------------------------------------------- */

static bool take_line_mb(struct change *m)
{
    int64_t mb = m->reread.line_mb;
    bool good = field_take(&m->field, "the longest record", 1,
                           RETRY_LINE_MB_MAX, " MB", &mb);

    m->reread.line_mb = (uint32_t)mb;
    return good;
}

static void change_option(struct change *m, int by)
{
    struct reread *r = &m->reread;

    if (m->at == OPTION_UTF8)
        r->replace_utf8 = !r->replace_utf8;
    else if (m->at == OPTION_BLANK)
        r->send_blank = !r->send_blank;
    else if (by < 0 && r->line_mb <= 1)
        r->line_mb = 0;
    else
        r->line_mb = (uint32_t)ladder_step(r->line_mb, by, RETRY_LINE_MB_MAX);
}

static enum dialog_end change_send(struct dialog *d,
                                   const struct failure_kind *k)
{
    struct change *m = dialog_state(d);
    const struct reread *r = &m->reread;

    if ((!k->cause.rejected && !change_mends_elsewhere(k)) ||
        (k->cause.rejected && !take_line_mb(m)))
        return DIALOG_OPEN;
    if (k->cause.rejected && !r->replace_utf8 && !r->send_blank && !r->line_mb) {
        snprintf(m->field.refused, sizeof m->field.refused,
                 "nothing is changed: they would be rejected again");
        return DIALOG_OPEN;
    }
    m->retry.reread = *r;
    dialog_add_command(d, &m->retry);
    return DIALOG_CLOSED;
}

static void change_reading_key(struct change *m, int key)
{
    int move, step;

    if (!field_key(&m->field, key == ' ' ? KEYCODE_RIGHT : key,
                   m->at == OPTION_LINE ? 4 : 0, &move, &step) ||
        (!move && !step) || !take_line_mb(m))
        return;
    if (step)
        change_option(m, step);
    m->at = (m->at + move + OPTIONS) % OPTIONS;
}

static enum dialog_end change_key(struct dialog *d, const struct snapshot *s,
                                  int key)
{
    struct change *m = dialog_state(d);
    const struct failure_kind *k = change_find_kind(m, s);

    m->field.refused[0] = '\0';
    if (k && key == KEYCODE_ENTER)
        return change_send(d, k);
    else if (k && k->cause.rejected)
        change_reading_key(m, key);
    return DIALOG_OPEN;
}

static const struct dialog_ops change_ops = {
    .name = "change", .state_size = sizeof(struct change),
    .draw = change_draw, .key = change_key
};

void dialog_change(struct dialog *d, const struct snapshot *s,
                   const struct failure_kind *k, const struct command *retry)
{
    struct change *m;

    if (k->worth_retry) {
        dialog_tune_and_send(d, s, knob_for(k), retry);
        return;
    }
    m = dialog_open_over(d, &change_ops);
    m->retry = *retry;
    snprintf(m->kind, sizeof m->kind, "%s", k->key);
}
