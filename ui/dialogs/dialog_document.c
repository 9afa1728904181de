/* This dialog shows a failed document: its whole error, then its text. */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

#include <stdio.h>

#include "util/str.h"

enum { MARGIN = 3, FRAME = 4 };

struct document {
    struct failure_row row; /* which */
    uint64_t seen;          /* number of the last answer before the request */
    int first, page;        /* top line; lines of a page */
};

/* Is the answer there? An older one may be of another document. */
static bool is_here(const struct document *m, const struct snapshot *s)
{
    return s->document.seq > m->seen && s->document.pos == m->row.pos &&
           s->document.source == m->row.source;
}

/* A page while it is drawn: draws rows from `first` on, counts all. */
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

static void document_put(const struct document *m, const struct snapshot *s,
                         struct page *p)
{
    const struct document_view *doc = &s->document;
    bool here = is_here(m, s);

    document_put_lines(p, STYLE_STRONG,
                       here && *doc->error ? doc->error : m->row.message);
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

static void document_draw(struct dialog *d, const struct snapshot *s,
                          struct canvas *c)
{
    struct document *m = dialog_state(d);
    struct canvas box = dialog_box(d, c, c->rows - 2, c->cols - 4,
                                   *m->row.id ? m->row.id : "a record",
                                   "Esc closes");
    struct page p = { .box = &box, .rows = box.rows - FRAME };
    char at[32], length[32] = "";

    p.first = m->first;
    document_put(m, s, &p);
    if (p.first > p.at - p.rows) { /* beyond the end of a text that shrank */
        m->first = p.at > p.rows ? p.at - p.rows : 0;
        canvas_fill(&box, 2, MARGIN, p.rows, box.cols - 2 * MARGIN,
                    STYLE_NORMAL, " ");
        p.first = m->first;
        p.at = 0;
        document_put(m, s, &p);
    }
    m->page = p.rows > 1 ? p.rows - 1 : 1;
    if (is_here(m, s) && s->document.length)
        str_bytes(length, sizeof length, s->document.length);
    dialog_printf(&box, box.rows - 2, MARGIN, STYLE_DIM,
                  "lines %d to %d of %d   byte %s of the corpus%s%s",
                  p.first + 1, p.first + p.rows < p.at ? p.first + p.rows
                                                       : p.at,
                  p.at, str_count(at, sizeof at, m->row.offset),
                  *length ? ", " : "", length);
}

static enum dialog_end document_key(struct dialog *d, const struct snapshot *s,
                                    int key)
{
    struct document *m = dialog_state(d);

    (void)s;
    m->first = dialog_scroll(key, m->first, m->page);
    return DIALOG_OPEN;
}

static const struct dialog_ops document_ops = {
    .name = "document", .state_size = sizeof(struct document),
    .draw = document_draw, .key = document_key, .is_read = true
};

void dialog_document(struct dialog *d, const struct snapshot *s,
                     const struct failure_row *row)
{
    struct failure_row kept = *row;
    struct document *m = dialog_open(d, &document_ops);
    struct command c = { .kind = COMMAND_SHOW,
                         .value = (int64_t)kept.offset,
                         .select = { .by = SELECT_ONE,
                                     .source = kept.source,
                                     .pos = kept.pos } };

    m->row = kept;
    m->seen = s->document.seq;
    dialog_add_command(d, &c);
}
