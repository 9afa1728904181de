/* This file draws the bottom two rows. The key bar drops words, then whole keys
 * by their rank, until it fits. */
#include "config.h"
#include "ui/panes/footer.h"

#include <stdio.h>

#include "ui/draw/figures.h"

/* --- message line --- */

/* Why the run waits, if no pane says so, or what is left to do. */
static bool footer_state_words(const struct snapshot *s, const struct view *v,
                               const struct canvas *c, char *to, size_t size)
{
    char open[48];
    int n;

    if (s->reason[0] && s->state != RUN_RUNNING) {
        if (v->reason_told)
            return false;
        n = snprintf(to, size, "%s ", state_sign(c->signs, s->state));
        figure_reason(to + n, size - (size_t)n, c,
                      c->cols - 2 - canvas_width(c, to), s);
        return true;
    }
    if (s->state == RUN_DONE && s->failures_open) {
        n = snprintf(to, size, "everything was tried; %s %s owed, ",
                     figure_of(open, sizeof open, s->failures_open, "document"),
                     s->failures_open == 1 ? "is" : "are");
        if (*s->mend)
            snprintf(to + n, size - (size_t)n, "%s reads %s", s->mend,
                     s->failures_open == 1 ? "it" : "them");
        else
            snprintf(to + n, size - (size_t)n, "r retries %s%s",
                     s->failures_open == 1 ? "it" : "them",
                     snapshot_retry_helps(s) ? "" : " after a change");
        return true;
    }
    return false;
}

bool footer_message(const struct snapshot *s, const struct view *v,
                    struct canvas *c, int row)
{
    const struct keybar_item *key = &v->toast_key;
    bool error = v->toast_kind == TOAST_ERROR;
    char text[400];
    int col;

    if (v->toast_kind == TOAST_NONE) {
        bool advises = !v->advice_told && *s->advice.text;

        if (!footer_state_words(s, v, c, text, sizeof text)) {
            if (!advises)
                return false;
            snprintf(text, sizeof text, "%s", s->advice.text);
        }
        canvas_text(c, row, 0, c->cols, STYLE_NORMAL, "");
        canvas_text(c, row, 1, c->cols - 2, state_style(s->state), text);
        return true;
    }
    snprintf(text, sizeof text, "%s%s%s", error ? c->signs->failed : "",
             error ? " " : "", v->toast);
    canvas_text(c, row, 0, c->cols, STYLE_NORMAL, "");
    col = 1 + canvas_width(c, text);
    canvas_text(c, row, 1, c->cols - 2, error ? STYLE_ALARM : STYLE_TOAST,
                text);
    if (key->key[0] && col + 2 < c->cols) {
        col = canvas_put(c, row, col + 2, STYLE_KEY, key->key);
        canvas_put(c, row, col + 1, STYLE_KEYWORD, key->word);
    }
    return true;
}

/* --- key bar --- */

enum words { WORDS_ALL, WORDS_FIRST, WORDS_NONE };

/* The word as far as there is room: whole, its first word, nothing. */
static void footer_word_of(const struct keybar_item *k, enum words words,
                           char *to, size_t size)
{
    size_t n = words == WORDS_NONE ? 0 : strlen(k->word);

    if (words == WORDS_FIRST)
        n = strcspn(k->word, " ");
    snprintf(to, size, "%.*s", (int)n, k->word);
}

static int item_width(const struct canvas *c, const struct keybar_item *k,
                      enum words words)
{
    char word[sizeof k->word];
    int width;

    footer_word_of(k, words, word, sizeof word);
    width = canvas_width(c, word);
    return canvas_width(c, k->key) + (width ? width + 1 : 0) +
           (words == WORDS_NONE ? 1 : 2);
}

/* Which items fit: drop those of the highest rank first, later ones before
 * earlier ones. */
static void footer_choose_items(const struct view *v, const struct canvas *c,
                                enum words words, bool keep[VIEW_KEYS])
{
    int total = 0;

    for (size_t i = 0; i < v->keys; i++) {
        keep[i] = true;
        total += item_width(c, &v->keybar[i], words);
    }
    while (total > c->cols + 1) {
        size_t worst = VIEW_KEYS;

        for (size_t i = 0; i < v->keys; i++)
            if (keep[i] && (worst == VIEW_KEYS ||
                            v->keybar[i].rank >= v->keybar[worst].rank))
                worst = i;
        if (worst == VIEW_KEYS)
            break;
        keep[worst] = false;
        total -= item_width(c, &v->keybar[worst], words);
    }
}

void footer_keys(const struct view *v, struct canvas *c, int row)
{
    enum words words = c->cols >= 60   ? WORDS_ALL
                       : c->cols >= 30 ? WORDS_FIRST
                                       : WORDS_NONE;
    bool keep[VIEW_KEYS];
    int col = words == WORDS_NONE ? 0 : 1;

    footer_choose_items(v, c, words, keep);
    for (size_t i = 0; i < v->keys; i++) {
        const struct keybar_item *k = &v->keybar[i];
        char word[sizeof k->word];

        if (!keep[i])
            continue;
        footer_word_of(k, words, word, sizeof word);
        canvas_put(c, row, col, STYLE_KEY, k->key);
        canvas_put(c, row, col + canvas_width(c, k->key) + 1, STYLE_KEYWORD,
                   word);
        col += item_width(c, k, words);
    }
}
