/* One failed document: what it says, and what can be done. */
#include "config.h"
#include "ui/dialog.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"

void dialog_failure(struct dialog *d, const struct failure_row *row)
{
    d->kind = DIALOG_FAILURE;
    d->row = *row;
}

static uint64_t alike(const struct dialog *d, const struct snapshot *s,
                      struct failure_select *select)
{
    for (uint32_t i = 0; i < s->kind_count; i++) {
        const struct failure_kind *k = &s->kinds[i];

        if (k->kind == d->row.kind &&
            strncasecmp(k->stage, d->row.stage, sizeof k->stage) == 0) {
            select->by = SELECT_KIND;
            snprintf(select->kind, sizeof select->kind, "%s", k->key);
            return k->open;
        }
    }
    return 0;
}

void failure_draw(struct dialog *d, const struct snapshot *s,
                  struct canvas *c)
{
    struct canvas box = dialog_box(
        c, 14, 78, *d->row.id ? d->row.id : "a service's answer", "");
    struct failure_select select;
    char n[24];

    if (*d->row.id) {
        canvas_put(&box, 2, 3, STYLE_NORMAL, "r      retry this one now");
        canvas_printf(&box, 3, 3, STYLE_NORMAL,
                      "R      retry all %s with this error",
                      str_count(n, sizeof n, alike(d, s, &select)));
        canvas_put(&box, 4, 3, STYLE_NORMAL, "x      skip for good ...");
        canvas_put(&box, 5, 3, STYLE_NORMAL, "e      export to JSONL");
    }
    canvas_printf(&box, 7, 3, STYLE_STRONG, "%s %s, try %u of %u",
                  d->row.stage, d->row.code, d->row.tries,
                  d->row.tries_max);
    for (int i = 0; i < 3; i++) {
        size_t width = (size_t)(box.cols > 8 ? box.cols - 6 : 2);
        size_t from = (size_t)i * width;

        if (from < strlen(d->row.message))
            canvas_printf(&box, 8 + i, 3, STYLE_NORMAL, "%.*s", (int)width,
                          d->row.message + from);
    }
    canvas_printf(&box, box.rows - 2, 3, STYLE_DIM,
                  "record %llu, byte %llu    Esc closes",
                  (unsigned long long)d->row.pos + 1,
                  (unsigned long long)d->row.offset);
}

enum dialog_end failure_key(struct dialog *d, const struct snapshot *s,
                            int key)
{
    struct command c = { .kind = COMMAND_RETRY,
                         .select = { .by = SELECT_ONE,
                                     .source = d->row.source,
                                     .pos = d->row.pos } };
    char question[160];

    if (key == KEYCODE_ESC || key == 'q' || key == KEYCODE_ENTER)
        return DIALOG_CLOSED;
    if (!*d->row.id)
        return DIALOG_OPEN;
    switch (key) {
    case 'R':
        if (alike(d, s, &c.select) == 0)
            return DIALOG_OPEN;
        dialog_wish(d, &c);
        return DIALOG_CLOSED;
    case 'r':
        dialog_wish(d, &c);
        return DIALOG_CLOSED;
    case 'x':
        c.kind = COMMAND_SKIP;
        snprintf(question, sizeof question,
                 "1 document, %.60s, would never be stored.", d->row.id);
        dialog_sure(d, &c, question);
        return DIALOG_OPEN;
    case 'e':
        dialog_prompt(d, "export ");
        return DIALOG_OPEN;
    default:
        return DIALOG_OPEN;
    }
}
