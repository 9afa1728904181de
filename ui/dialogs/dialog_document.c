/* A failed document to be read: its error, whole, then its text. */
#include "config.h"
#include "ui/dialogs/dialog.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"

enum { MARGIN = 3, FRAME = 4 };

void dialog_document(struct dialog *d, const struct snapshot *s)
{
    struct command c = { .kind = COMMAND_SHOW,
                         .value = (int64_t)d->row.offset,
                         .select = { .by = SELECT_ONE,
                                     .source = d->row.source,
                                     .pos = d->row.pos } };

    d->kind = DIALOG_DOCUMENT;
    d->cursor = 0;
    d->seen = s->document.seq;
    dialog_wish(d, &c);
}

/* The answer to the question; an older one is of another document, maybe. */
static bool is_here(const struct dialog *d, const struct snapshot *s)
{
    return s->document.seq > d->seen && s->document.pos == d->row.pos &&
           s->document.source == d->row.source;
}

/* A page under way: rows from first on are drawn, all are counted. */
struct page {
    struct canvas *box;
    int first, rows, at;
};

static void document_put_lines(struct page *p, enum style style,
                               const char *text)
{
    while (*text) {
        size_t n = dialog_wrap(p->box, text, p->box->cols - 2 * MARGIN);
        int row = p->at++ - p->first;

        if (row >= 0 && row < p->rows)
            dialog_printf(p->box, 2 + row, MARGIN, style, "%.*s", (int)n,
                          text);
        text += n;
        text += *text == '\n';
    }
}

static void document_put(const struct dialog *d, const struct snapshot *s,
                         struct page *p)
{
    const struct document_view *doc = &s->document;
    bool here = is_here(d, s);

    document_put_lines(p, STYLE_STRONG,
                       here && *doc->error ? doc->error : d->row.message);
    p->at++;
    if (!here)
        document_put_lines(p, STYLE_DIM, "the document is looked for ...");
    else if (*doc->trouble)
        document_put_lines(p, STYLE_WARN, doc->trouble);
    else
        document_put_lines(p, STYLE_NORMAL, doc->text);
    if (here && doc->cut)
        document_put_lines(p, STYLE_DIM,
                           "that was its beginning; the rest is not "
                           "shown here");
}

void document_draw(struct dialog *d, const struct snapshot *s,
                   struct canvas *c)
{
    struct canvas box = dialog_box(c, c->rows - 2, c->cols - 4,
                                   *d->row.id ? d->row.id : "a record",
                                   "Esc closes");
    struct page p = { .box = &box, .rows = box.rows - FRAME };
    char at[32], length[32] = "";

    p.first = d->cursor;
    document_put(d, s, &p);
    if (p.first > p.at - p.rows) { /* beyond the end, or it became shorter */
        d->cursor = p.at > p.rows ? p.at - p.rows : 0;
        canvas_fill(&box, 2, MARGIN, p.rows, box.cols - 2 * MARGIN,
                    STYLE_NORMAL, " ");
        p.first = d->cursor;
        p.at = 0;
        document_put(d, s, &p);
    }
    d->page = p.rows > 1 ? p.rows - 1 : 1;
    if (is_here(d, s) && s->document.length)
        str_bytes(length, sizeof length, s->document.length);
    dialog_printf(&box, box.rows - 2, MARGIN, STYLE_DIM,
                  "lines %d to %d of %d   byte %s of the corpus%s%s",
                  p.first + 1, p.first + p.rows < p.at ? p.first + p.rows
                                                       : p.at,
                  p.at, str_count(at, sizeof at, d->row.offset),
                  *length ? ", " : "", length);
}

enum dialog_end document_key(struct dialog *d, const struct snapshot *s,
                             int key)
{
    (void)s;
    switch (key) {
    case KEYCODE_UP:
    case 'k':
        d->cursor -= d->cursor > 0;
        break;
    case KEYCODE_DOWN:
    case 'j':
        d->cursor++; /* drawing knows where the end is */
        break;
    case KEYCODE_PAGE_UP:
    case KEYCODE_CTRL_B:
        d->cursor = d->cursor > d->page ? d->cursor - d->page : 0;
        break;
    case KEYCODE_PAGE_DOWN:
    case KEYCODE_CTRL_F:
    case ' ':
        d->cursor += d->page;
        break;
    case KEYCODE_HOME:
    case 'g':
        d->cursor = 0;
        break;
    case KEYCODE_END:
    case 'G':
        d->cursor = SNAPSHOT_DOCUMENT;
        break;
    case KEYCODE_ESC:
    case KEYCODE_ENTER:
    case 'q':
        return DIALOG_CLOSED;
    default:
        break;
    }
    return DIALOG_OPEN;
}
