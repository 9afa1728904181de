/* This dialog is the help: the pane in focus, the keys from the table that
 * dispatches them, the words. One text flows through as many columns and pages
 * as it needs, so that one can read all of it on any screen. */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

#include <stdio.h>

#include "ui/panes/pane.h"

enum { LINES = 128, KEY_COLS = 11, COLUMN_COLS = 38 };

struct help {
    enum pane_id pane; /* that has the focus */
    int page;
};

/* --- the text ------------------------------------------------------------- */

/* A line: a title alone, a key or word with its meaning, or nothing. */
struct text_line {
    const char *title, *key, *text;
};

struct page_text {
    struct text_line line[LINES];
    int count;
};

static void help_add_line(struct page_text *t, const char *title,
                          const char *key, const char *text)
{
    if (t->count < LINES)
        t->line[t->count++] = (struct text_line){ title, key, text };
}

struct word {
    const char *word, *meaning;
};

static const struct word pane_words[PANE_END][6] = {
    [PANE_PIPELINE] = {
        { "k/s", "documents, mean of 10 s" },
        { "queue", "batches that wait" },
        { "2 of 3", "workers: run, wanted" },
        { "magenta", "what holds it all up" },
        { "z", "both stages in full" } },
    [PANE_EMBEDDERS] = {
        { "docs/s", "of this worker" },
        { "batch", "of its last request" },
        { "p95", "95 of 100 answer sooner" },
        { "slow", "2 s and 3 times its p95" },
        { "Enter", "all about the worker" },
        { "+ -", "batch of this stage" } },
    [PANE_UPSERTERS] = {
        { "docs/s", "of this worker" },
        { "batch", "of its last request" },
        { "p95", "95 of 100 answer sooner" },
        { "slow", "2 s and 3 times its p95" },
        { "Enter", "all about the worker" },
        { "+ -", "batch of this stage" } },
    [PANE_LIMITS] = {
        { "l", "changes the limits" },
        { "requests", "in the last minute" },
        { "tokens", "in the last minute" },
        { "memory", "of machine or container" } },
    [PANE_THROUGHPUT] = {
        { "stored", "documents a second" },
        { "now", "the mean of 10 s" },
        { "v", "blocks, ASCII or braille" },
        { "b w l m", "below: it was changed" },
        { "E", "tells of all signs below" } },
    [PANE_FAILURES] = {
        { "Enter", "its documents; details" },
        { "r", "retries a cause; asks" },
        { "Space", "tags it, for r and e" },
        { "final", "given up; r sends again" },
        { "x12", "12 alike; / lists each" } },
};

static const struct word glossary[] = {
    { "READ", "from the corpus" },
    { "EMBED", "texts to vectors" },
    { "UPSERT", "vectors into the store" },
    { "in flight", "sent, not yet answered" },
    { "knee", "more would gain nothing" },
    { "bound", "no more may be in flight" },
    { "auto", "the number is found out" },
    { "pinned", "set by hand; a frees it" },
    { "busy", "a request is under way" },
    { "paused", "p or P lets it go on" },
    { "idle", "waits for a batch" },
    { "blocked", "waits for room behind it" },
    { "wait", "a limit or an outage" },
    { "wait pace", "the service's headers" },
    { "stored", "confirmed by the store" },
    { "failed", "given up; r sends again" },
    { "rejected", "record cannot be used" },
    { "skipped", "given up for good" },
    { "checkpoint", "of this nothing is redone" },
    { "HELD", "memory: reading waits" },
    { "THROTTLED", "the service said: slower" },
    { "RETRYING", "a service is down" },
    { "DRAINING", "finishes what is in hand" },
};

static void add_keys(struct page_text *t, bool read_only)
{
    for (const struct keymap_row *k = keymap; k->help; k++) {
        if (!k->keys) {
            help_add_line(t, NULL, NULL, NULL);
            help_add_line(t, k->help, NULL, NULL);
        } else if (!read_only || !k->acts) {
            help_add_line(t, NULL, k->keys, k->help);
        }
    }
}

static void write_text(const struct help *h, bool read_only,
                       struct page_text *t)
{
    const struct word *here = pane_words[h->pane];

    t->count = 0;
    help_add_line(t, panes[h->pane]->title, NULL, NULL);
    for (size_t i = 0; i < 6 && here[i].word; i++)
        help_add_line(t, NULL, here[i].word, here[i].meaning);
    add_keys(t, read_only);
    help_add_line(t, NULL, NULL, NULL);
    help_add_line(t, "WORDS", NULL, NULL);
    for (size_t i = 0; i < sizeof glossary / sizeof glossary[0]; i++)
        help_add_line(t, NULL, glossary[i].word, glossary[i].meaning);
    help_add_line(t, NULL, NULL, NULL);
    help_add_line(t, NULL, NULL, read_only
                                     ? "Read-only: keys that act are hidden."
                                     : "Colours also have a word or sign.");
}

/* --- the flow ------------------------------------------------------------- */

/* How many lines from `first` on go into a column of `rows`: a title is never
 * last, and an empty line at the column's end belongs to it. */
static int column_lines(const struct page_text *t, int first, int rows)
{
    int n = t->count - first < rows ? t->count - first : rows;

    if (first + n < t->count && n > 1 && t->line[first + n - 1].title)
        n--;
    return n;
}

static bool help_is_empty_line(const struct text_line *l)
{
    return !l->title && !l->key && !l->text;
}

/* Go through the text column by column; draw those of this page. Returns
 * the number of pages. */
static int help_flow(const struct page_text *t, int page, struct canvas *box)
{
    int rows = box->rows > 5 ? box->rows - 4 : 1;
    int columns = (box->cols - 4) / COLUMN_COLS, width, at = 0, first = 0;
    int gap = columns > 1 ? 2 : 0;

    columns = columns < 1 ? 1 : columns;
    width = (box->cols - 4) / columns;
    for (; first < t->count; at++) {
        int n;

        while (first < t->count && help_is_empty_line(&t->line[first]))
            first++;
        n = column_lines(t, first, rows);
        for (int i = 0; i < n && at / columns == page; i++) {
            const struct text_line *l = &t->line[first + i];
            int col = 2 + gap / 2 + at % columns * width;

            if (l->title)
                canvas_text(box, 2 + i, col, width - gap, STYLE_STRONG,
                            l->title);
            if (l->key)
                canvas_text(box, 2 + i, col, KEY_COLS - 1, STYLE_KEY, l->key);
            if (l->text)
                canvas_text(box, 2 + i, col + (l->key ? KEY_COLS : 0),
                            width - gap - (l->key ? KEY_COLS : 0), STYLE_NORMAL,
                            l->text);
        }
        first += n;
    }
    return (at + columns - 1) / columns;
}

static void help_draw(struct dialog *d, const struct snapshot *s,
                      struct canvas *c)
{
    struct canvas box = dialog_box(d, c, 36, 118, "Help", "Esc closes");
    struct help *h = dialog_state(d);
    struct page_text text;
    char page[48];
    int pages;

    (void)s;
    write_text(h, d->read_only, &text);
    pages = help_flow(&text, -1, &box); /* a resize may have left fewer pages */
    h->page %= pages;
    help_flow(&text, h->page, &box);
    if (pages < 2)
        return;
    snprintf(page, sizeof page, " page %d of %d, ? next ", h->page + 1, pages);
    canvas_put(&box, box.rows - 1, box.cols - 2 - canvas_width(&box, page),
               STYLE_FOCUS, page);
}

static enum dialog_end help_key(struct dialog *d, const struct snapshot *s,
                                int key)
{
    struct help *h = dialog_state(d);

    (void)s;
    switch (key) {
    case '?':
    case ' ':
    case KEYCODE_TAB:
    case KEYCODE_PAGE_DOWN:
    case KEYCODE_DOWN:
    case KEYCODE_RIGHT:
        h->page++; /* drawing starts again after the last page */
        break;
    case KEYCODE_PAGE_UP:
    case KEYCODE_UP:
    case KEYCODE_LEFT:
        h->page -= h->page > 0;
        break;
    }
    return key == KEYCODE_F1 || key == 'h' ? DIALOG_CLOSED : DIALOG_OPEN;
}

static const struct dialog_ops help_ops = {
    .name = "help", .state_size = sizeof(struct help),
    .draw = help_draw, .key = help_key, .is_read = true
};

void dialog_help(struct dialog *d, enum pane_id focus)
{
    struct help *h = dialog_open(d, &help_ops);

    h->pane = focus;
}
