/* This dialog shows one failed document: its error, and what one can do. */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

#include <stdio.h>
#include <string.h>

#include "ui/draw/figures.h"
#include "ui/panes/cause_rows.h"
#include "util/str.h"

enum { COLS = 78 };

/* Its cause, if a retry of that would send anything; else NULL. */
static const struct cause_view *failure_cause_of(const struct failure_row *f,
                                                 const struct snapshot *s)
{
    const struct cause_view *k = cause_find(s, f->cause);

    return k && k->open ? k : NULL;
}

bool failure_row_is_open(const struct failure_row *row)
{
    return failure_has_document(row) && row->standing != FAILURE_STORED &&
           row->standing != FAILURE_SKIPPED;
}

/* What one can do with it, a line each. */
struct acts {
    int count;
    struct {
        const char *key;
        char words[64];
    } act[6];
};

static void add_act(struct acts *a, const char *key, const char *words)
{
    a->act[a->count].key = key;
    snprintf(a->act[a->count++].words, sizeof a->act[0].words, "%s", words);
}

static struct acts acts_of(const struct failure_row *f, bool read_only,
                           const struct snapshot *s)
{
    struct acts a = { 0 };
    char n[24], words[64];
    const struct cause_view *alike = failure_cause_of(f, s);

    if (failure_has_document(f))
        add_act(&a, "Enter", "show the document and the whole error");
    if (*f->id)
        add_act(&a, "y", "copy its id");
    if (read_only || !failure_row_is_open(f))
        return a;
    add_act(&a, "r", "retry this one now");
    if (alike) {
        snprintf(words, sizeof words, "retry all %s of this cause ...",
                 str_count(n, sizeof n, alike->open));
        add_act(&a, "R", words);
    }
    add_act(&a, "x", "skip it for good ...");
    add_act(&a, "e", "export it as JSON ...");
    return a;
}

static void tries_text(const struct failure_row *f, char *to, size_t size)
{
    static const char *const words[] = {
        [FAILURE_FINAL] = "final", [FAILURE_WAITING] = "waits for another try",
        [FAILURE_RETRIED] = "sent again", [FAILURE_STORED] = "stored since",
        [FAILURE_SKIPPED] = "skipped for good",
        [FAILURE_PASSED] = "passed: it serves again"
    };
    bool coded = strcmp(f->code, "-") != 0;
    char at[12];

    snprintf(to, size, "%s%s%s at %s, %s", f->stage, coded ? " " : "",
             coded ? f->code : "", figure_time(at, sizeof at, f->wall_s),
             words[f->standing]);
    if (f->standing == FAILURE_FINAL && f->tries > 1)
        snprintf(to + strlen(to), size - strlen(to), ", tried %u times",
                 f->tries);
    else if (f->standing == FAILURE_FINAL && coded)
        snprintf(to + strlen(to), size - strlen(to), ", tried once");
    else if (f->standing != FAILURE_FINAL && f->tries)
        snprintf(to + strlen(to), size - strlen(to), ", try %u of %u",
                 f->tries, f->tries_max);
    if (f->times > 1)
        snprintf(to + strlen(to), size - strlen(to), ", %u times", f->times);
}

static void failure_draw(struct dialog *d, const struct snapshot *s,
                         struct canvas *c)
{
    const struct failure_row *f = dialog_state(d);
    bool document = failure_has_document(f);
    const char *title = *f->id ? f->id
                        : document ? "a record"
                                   : "the service's answer";
    struct acts acts = acts_of(f, d->read_only, s);
    int head = acts.count ? acts.count + 3 : 2; /* rows above the error */
    int width = (c->cols < COLS ? c->cols : COLS) - 6, row = 2;
    int folded = f->documents > 1;
    char text[160], record[32], offset[32];
    struct canvas box;

    box = dialog_box(d, c,
                     head + folded + 1 + dialog_lines(c, f->message, width) +
                         (document ? 2 : 0) + 2,
                     COLS, title, "Esc closes");
    for (int i = 0; i < acts.count; i++, row++) {
        canvas_put(&box, row, 3, STYLE_KEY, acts.act[i].key);
        dialog_printf(&box, row, 10, STYLE_NORMAL, "%s", acts.act[i].words);
    }
    tries_text(f, text, sizeof text);
    canvas_text(&box, head, 3, box.cols - 6, STYLE_STRONG, text);
    if (folded)
        dialog_printf(&box, head + 1, 3, STYLE_NORMAL,
                      "the newest of %s documents of which the row tells",
                      str_count(record, sizeof record, f->documents));
    dialog_text(&box, head + folded + 1, STYLE_NORMAL, f->message);
    if (document) {
        canvas_text(&box, box.rows - 2, 1, box.cols - 2, STYLE_DIM, "");
        dialog_printf(&box, box.rows - 2, 3, STYLE_DIM,
                      "record %s of the corpus, at byte %s",
                      str_count(record, sizeof record, f->pos + 1),
                      str_count(offset, sizeof offset, f->offset));
    }
}

static enum dialog_end failure_act(struct dialog *d, const struct snapshot *s,
                                   int key)
{
    const struct failure_row *f = dialog_state(d);
    struct command c = { .kind = COMMAND_RETRY,
                         .select = { .by = SELECT_ONE,
                                     .source = f->source,
                                     .pos = f->pos } };
    char question[160];

    switch (key) {
    case 'R':
        if (failure_cause_of(f, s))
            dialog_cause(d, s, failure_cause_of(f, s));
        return DIALOG_OPEN;
    case 'r':
        dialog_add_command(d, &c);
        return DIALOG_CLOSED;
    case 'x':
        c.kind = COMMAND_SKIP;
        snprintf(question, sizeof question,
                 "1 document, %.60s, would never be stored.",
                 *f->id ? f->id : "which has no id");
        dialog_sure(d, &c, question);
        return DIALOG_OPEN;
    case 'e':
        d->tagged = (struct failure_select){ .by = SELECT_TAGGED, .tags = 1 };
        d->tagged.tag[0] = (struct failure_tag){ f->pos, f->source };
        dialog_prompt(d, "export ");
        return DIALOG_OPEN;
    default:
        return DIALOG_OPEN;
    }
}

static enum dialog_end failure_key(struct dialog *d, const struct snapshot *s,
                                   int key)
{
    const struct failure_row *f = dialog_state(d);

    if (key == KEYCODE_ENTER && failure_has_document(f)) {
        dialog_document(d, s, f);
        return DIALOG_CLOSED; /* this one: another dialog is open now */
    }
    if (key == 'y' && *f->id) {
        snprintf(d->copy, sizeof d->copy, "%s", f->id);
        return DIALOG_CLOSED;
    }
    if (key == KEYCODE_ENTER)
        return DIALOG_CLOSED;
    return d->read_only || !failure_row_is_open(f) ? DIALOG_OPEN
                                               : failure_act(d, s, key);
}

static const struct dialog_ops failure_ops = {
    .name = "failure", .state_size = sizeof(struct failure_row),
    .draw = failure_draw, .key = failure_key
};

void dialog_failure(struct dialog *d, const struct failure_row *row)
{
    struct failure_row *f = dialog_open(d, &failure_ops);

    *f = *row;
}
