/* This pane shows the failures by cause; or the failure log, newest first, with
 * counts by kind in its frame. */
#include "config.h"
#include "ui/panes/pane_failures.h"

#include <stdio.h>

#include "ui/panes/cause_rows.h"
#include "util/error.h"
#include "util/str.h"

static void follow_text(const struct snapshot *s, const struct view *v,
                        char *to, size_t size)
{
    const char *waits = s->retries_at_end ? "retry at the end   " : "";
    uint64_t fresh = s->listed_seq - v->seq_left;
    char n[32];

    if (v->follow)
        snprintf(to, size, "%sfollow on", waits);
    else if (fresh > 0)
        snprintf(to, size, "%sfollow off   +%s new", waits,
                 str_count(n, sizeof n, fresh));
    else
        snprintf(to, size, "%sfollow off", waits);
}

static void title_text(const struct snapshot *s, const struct view *v,
                       char *to, size_t size)
{
    bool all = s->failures_total == s->failures_seq;
    char follow[64], open[32], match[32];

    follow_text(s, v, follow, sizeof follow);
    str_count(open, sizeof open, s->failures_open);
    if (view_shows_causes(v)) {
        snprintf(to, size, "%s open", open);
        return;
    }
    if (v->cause && !(v->filter_pane == PANE_FAILURES && v->filter[0])) {
        snprintf(to, size, "%s of one cause   %s",
                 str_count(match, sizeof match, s->listed_total), follow);
        return;
    }
    if (v->filter_pane != PANE_FAILURES || !v->filter[0]) {
        snprintf(to, size, "%s open   %s", open, follow);
        return;
    }
    str_count(open, sizeof open, s->failures_total);
    str_count(match, sizeof match, s->listed_total);
    snprintf(to, size, "filter \"%.30s\" %s of %s%s   %s", v->filter, match,
             all ? "" : "the newest ", open, follow);
}

/* "429", "timeout"; with the stage if two kinds would read the same. */
static void kind_word(const struct snapshot *s, uint32_t i, char *to,
                      size_t size)
{
    const struct failure_cause *c = &s->kinds[i].cause, *other;
    bool twice = false;
    char code[16];

    for (uint32_t j = 0; j < s->kind_count; j++) {
        other = &s->kinds[j].cause;
        twice |= j != i && other->kind == c->kind && other->code == c->code;
    }
    snprintf(code, sizeof code, "%d", c->code);
    snprintf(to, size, "%s%s%s", twice ? c->stage : "", twice ? " " : "",
             c->code > 0 ? code : error_word(c->kind));
}

/* What one can do, where causes are listed; else what cause it is. */
static bool pane_failures_hint(const struct snapshot *s, const struct view *v,
                               char *to, size_t size)
{
    const struct pane_view *p = &v->pane[PANE_FAILURES];
    char more[64] = "";

    if (v->cause) {
        snprintf(to, size, "Esc back   %s", v->cause_name);
        return true;
    }
    if (!view_shows_causes(v))
        return false;
    if ((int64_t)s->cause_count > p->page)
        snprintf(more, sizeof more, "%lld-%lld of %u   ",
                 (long long)p->scroll + 1, (long long)p->scroll + p->page,
                 s->cause_count);
    snprintf(to, size, "%s%s%so one by one%s", more,
             s->cause_count ? "Enter documents   " : "",
             s->cause_count && !v->read_only ? "r retry   " : "",
             s->retries_at_end ? "   a retry waits for the end" : "");
    return true;
}

/* "7 kinds: 429 ×212   400 ×141   ..." as far as it fits. */
static void kinds_text(const struct snapshot *s, const struct canvas *c,
                       char *to, size_t size)
{
    int room = c->cols - 8, used;

    to[0] = '\0';
    if (s->kind_count == 0)
        return;
    used = snprintf(to, size, "%u kind%s:", s->kind_count,
                    s->kind_count == 1 ? "" : "s");
    for (uint32_t i = 0; i < s->kind_count; i++) {
        char word[32], count[32], piece[80];
        int width;

        kind_word(s, i, word, sizeof word);
        snprintf(piece, sizeof piece, "%s%s %s%s", i ? "   " : " ", word,
                 c->signs->times,
                 str_count(count, sizeof count, s->kinds[i].open));
        width = canvas_width(c, piece);
        if (used + width + 4 > room ||
            strlen(to) + strlen(piece) + 8 > size) {
            snprintf(to + strlen(to), size - strlen(to), "   %s",
                     c->signs->cut);
            return;
        }
        snprintf(to + strlen(to), size - strlen(to), "%s", piece);
        used += width;
    }
}

static void pane_failures_draw_empty(const struct snapshot *s,
                                     const struct view *v, struct canvas *in)
{
    const char *text = "nothing has failed";

    if (view_shows_causes(v) && s->healed_count)
        return;
    if (v->filter_pane == PANE_FAILURES && v->filter[0])
        text = "no failure matches the filter; Esc clears it";
    else if (s->failures_open)
        text = "what failed in earlier runs is still owed; r retries it";
    canvas_text(in, 0, 1, in->cols - 2, STYLE_DIM, text);
}

static void failures_draw(enum pane_id id, const struct snapshot *s,
                          struct view *v, struct canvas *c)
{
    struct canvas in = canvas_part(c, 1, 1, c->rows - 2, c->cols - 2);
    char title[160], kinds[512];
    struct pane_frame frame = { .title = view_shows_causes(v) ? "Failures by cause"
                                                          : pane_failures.title,
                                .title_right = title,
                                .bottom = kinds };

    failures_rows(s, v, &in, 1);
    title_text(s, v, title, sizeof title);
    if (!pane_failures_hint(s, v, kinds, sizeof kinds))
        kinds_text(s, c, kinds, sizeof kinds);
    pane_frame(id, v, c, &frame);
    if (view_shows_causes(v) && s->cause_count)
        causes_heads(c);
    if (v->pane[id].count == 0)
        pane_failures_draw_empty(s, v, &in);
}

const struct pane_ops pane_failures = {
    .title = "Failures", .min_rows = 3, .min_cols = 20, .draw = failures_draw
};
