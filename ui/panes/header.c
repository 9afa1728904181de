/* This file draws the top three rows on a wide screen, and shorter forms of
 * them on narrow ones. During a drain the bar shows how much of the rest is
 * done. */
#include "config.h"
#include "ui/panes/header.h"

#include <inttypes.h>
#include <stdio.h>

#include "ui/draw/figures.h"
#include "ui/panes/money_line.h"
#include "ui/panes/widgets.h"
#include "util/str.h"

enum { ROOMY = 100, WIDE = 120, WIDEST = 160, DRAIN_STUCK_MS = 10000,
       RECORDED_MS = 10000,
       BAR_LEAST = 16, CLOCK_COLS = 80, CLOCK_FIELD = 20, LEFT_FIELD = 16,
       COUNTS_BEFORE_MONEY = 2 };

static bool is_leaving(const struct snapshot *s)
{
    return s->state == RUN_DRAINING || s->state == RUN_STOPPING;
}

void header_watch_drain(const struct snapshot *s, struct view *v)
{
    if (!is_leaving(s)) {
        v->drain_from = 0;
        return;
    }
    if (v->drain_from == 0 || s->in_flight != v->drain_left)
        v->drain_moved_ms = s->now_ms;
    if (v->drain_from < s->in_flight)
        v->drain_from = s->in_flight;
    v->drain_left = s->in_flight;
}

double header_pct(const struct snapshot *s, const struct view *v)
{
    uint64_t done;

    if (!is_leaving(s) || v->drain_from == 0)
        return s->done_pct;
    done = v->drain_from - (s->in_flight < v->drain_from ? s->in_flight
                                                         : v->drain_from);
    return (double)done * 100 / (double)v->drain_from;
}

/* --- first row: names and state --- */

/* "EMBED PAUSED" if that is not the whole run. */
static const char *state_word(const struct snapshot *s, char *to, size_t size)
{
    char stages[32];

    if (s->state != RUN_PAUSED || !s->paused ||
        (s->paused & STAGES_INTAKE) == STAGES_INTAKE)
        return run_state_word(s->state);
    snprintf(to, size, "%s %s", stages_text(stages, sizeof stages, s->paused),
             run_state_word(s->state));
    return to;
}

/* "‖ PAUSED 00:02:10": the duration matters for all states but running. */
static void header_state_text(const struct canvas *c, const struct snapshot *s,
                              char *to, size_t size)
{
    char since[32] = "", word[48];

    if (s->state == RUN_PAUSED || s->state == RUN_THROTTLED ||
        s->state == RUN_HELD || s->state == RUN_RETRYING)
        str_clock(since, sizeof since, s->state_ms);
    snprintf(to, size, " %s %s%s%s ", state_sign(c->signs, s->state),
             state_word(s, word, sizeof word), since[0] ? " " : "", since);
}

static void header_draw_name_row(const struct snapshot *s, const struct view *v,
                                 struct canvas *c)
{
    bool wide = c->cols >= WIDE;
    char state[64], clock[32], right[128], left[320];
    int right_at, state_at;

    canvas_fill(c, 0, 0, 1, c->cols, STYLE_HEADER, " ");
    str_clock(clock, sizeof clock, s->elapsed_ms);
    if (c->cols < 60)
        right[0] = '\0';
    else if (wide && s->job[0])
        snprintf(right, sizeof right, "  %s   job %.24s ", clock, s->job);
    else
        snprintf(right, sizeof right, " %s ", clock);
    header_state_text(c, s, state, sizeof state);
    right_at = c->cols - canvas_width(c, right);
    state_at = right_at - canvas_width(c, state);
    snprintf(left, sizeof left, "%s%s%s %s %s", wide ? "batchtop  " : "",
             v->read_only ? "(read-only) " : "", s->corpus, c->signs->to,
             s->store);
    canvas_text(c, 0, 1, state_at - 2, STYLE_HEADER, left);
    canvas_put(c, 0, state_at, state_style(s->state), state);
    canvas_put(c, 0, right_at, STYLE_HEADER, right);
}

/* --- second row: the one line that matters at three metres --- */

/* With a field for the end, so that the bar seldom changes its length. */
static void progress_words(const struct snapshot *s, const char *gap,
                           bool docs, const char *end, int field, char *to,
                           size_t size)
{
    char pct[16], progress[96];

    figure_progress(progress, sizeof progress, s);
    if (s->total > 0)
        snprintf(to, size, "%6s%s%s%s%s%*s ",
                 figure_pct(pct, sizeof pct, s->done_pct), gap, progress,
                 docs ? " docs" : "", gap, field, end);
    else
        snprintf(to, size, "%s docs%s%s%*s ", progress,
                 s->state == RUN_DONE ? "" : " so far", gap, field, end);
}

/* The clock of the end, where a bar that is worth its room remains. */
static void header_progress(const struct snapshot *s, const char *gap,
                            const struct canvas *c, char *to, size_t size)
{
    bool docs = c->cols >= 100;
    char end[48];

    figure_done(end, sizeof end, s);
    if (s->state == RUN_DONE)
        snprintf(end, sizeof end, "%s", "done");
    progress_words(s, gap, docs, end, CLOCK_FIELD, to, size);
    if (c->cols - 1 - (int)strlen(gap) - canvas_width(c, to) >= BAR_LEAST)
        return;
    figure_eta(end, sizeof end, s);
    progress_words(s, gap, docs, end, LEFT_FIELD, to, size);
}

static void drain_words(const struct snapshot *s, const struct view *v,
                        bool roomy, char *to, size_t size)
{
    char left[32], from[32], eta[32] = "", dur[32];
    const char *hint = v->drain_hint[0] ? v->drain_hint
                                        : "q again: stop now";

    str_count(left, sizeof left, s->in_flight);
    str_count(from, sizeof from, v->drain_from);
    if (s->rate >= 1 && s->in_flight > 0)
        snprintf(eta, sizeof eta, "~%s",
                 str_duration(dur, sizeof dur,
                              (int64_t)((double)s->in_flight * 1000 /
                                        s->rate) + 999));
    if (s->state == RUN_STOPPING)
        hint = "stopping now";
    if (v->read_only)
        hint = "";
    snprintf(to, size,
             roomy ? "%s of %s in flight left  %s  %s " : "%s%.0s left  %s  %s",
             left, from, eta, hint);
}

static void bar_row(const struct snapshot *s, const struct view *v,
                    struct canvas *c)
{
    const char *gap = c->cols >= WIDE ? "   " : "  ";
    char words[192];
    int width;

    if (is_leaving(s))
        drain_words(s, v, true, words, sizeof words);
    else
        header_progress(s, gap, c, words, sizeof words);
    width = c->cols - 1 - (int)strlen(gap) - canvas_width(c, words);
    if (width < 8)
        width = 8;
    widget_bar(c, 1, 1, width, is_leaving(s) ? STYLE_DRAINING : STYLE_OK,
               header_pct(s, v));
    canvas_put(c, 1, 1 + width + (int)strlen(gap), STYLE_STRONG, words);
}

/* --- third row: where the documents went --- */

/* With room for three digits, so that the rest does not move. */
static int header_count_width(const char *text, const char *word)
{
    int width = (int)strlen(text), least = 4 + (int)strlen(word);

    return width < least ? least : width;
}

/* One count; returns the column behind it. */
static int put_count(struct canvas *c, int row, int col, int limit,
                     enum style style, uint64_t n, const char *word)
{
    char count[32], text[64];
    int width;

    snprintf(text, sizeof text, "%s %s", str_count(count, sizeof count, n),
             word);
    width = (int)strlen(text);
    if (col + width > limit)
        return limit + 1; /* and nothing after it */
    canvas_put(c, row, col, style, text);
    return col + header_count_width(text, word);
}

/* Each record that was read is final and in the checkpoint; or those are that
 * can be, for a while, as in a pause: then its age is no news. */
static bool header_all_recorded(const struct snapshot *s, char *to, size_t size)
{
    char n[32];

    if (s->checkpoint_ms < 0 || s->recorded < s->processed)
        return false;
    if (s->in_flight == 0)
        snprintf(to, size, "all recorded ");
    else if (s->checkpoint_ms >= RECORDED_MS)
        snprintf(to, size, "all but %s recorded ",
                 str_count(n, sizeof n, s->in_flight));
    else
        return false;
    return true;
}

/* What is recorded, since much of it may be above the line. */
static void checkpoint_words(const struct snapshot *s, int cols, char *to,
                             size_t size)
{
    char age[32], n[32], line[48] = "";

    if (header_all_recorded(s, to, size))
        return;
    str_duration(age, sizeof age, s->checkpoint_ms);
    str_count(n, sizeof n, s->recorded);
    if (cols >= WIDEST && s->checkpoint_line > 0)
        snprintf(line, sizeof line, ", complete to line %s",
                 str_count((char[32]){ 0 }, 32, s->checkpoint_line));
    if (s->checkpoint_ms < 0)
        snprintf(to, size, "no checkpoint yet ");
    else if (cols >= WIDE && (cols >= WIDEST || s->cost_usd <= 0))
        snprintf(to, size, "checkpoint %s ago, %s recorded%s ", age, n, line);
    else
        snprintf(to, size, "checkpoint %s%s ", age,
                 cols < ROOMY && s->cost_usd > 0 ? "" : " ago");
}

/* A drain that makes no progress says what it waits for instead. */
static bool stuck_words(const struct snapshot *s, const struct view *v,
                        char *to, size_t size)
{
    const struct stage_view *const stages[] = { &s->embed, &s->upsert };
    int64_t stood = s->now_ms - v->drain_moved_ms;

    if (!is_leaving(s) || stood < DRAIN_STUCK_MS || s->in_flight == 0)
        return false;
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < SNAPSHOT_WORKERS; i++) {
            const struct worker_view *w = &stages[k]->worker[i];

            if (w->state != WORKER_BUSY && w->state != WORKER_BACKOFF &&
                w->state != WORKER_LIMITED)
                continue;
            snprintf(to, size, "nothing moved for %d s: %c%d waits for %s ",
                     (int)(stood / 1000), "eu"[k], i + 1,
                     w->state == WORKER_BUSY ? "an answer" : w->reason);
            return true;
        }
    snprintf(to, size, "nothing moved for %d s: %" PRIu64 " wait to be "
             "tried again ", (int)(stood / 1000), s->waiting);
    return true;
}

/* What is paid stands before the right words, in the longest form that leaves
 * room for the counts. Returns where it begins. */
static int header_put_money(const struct snapshot *s, struct canvas *c,
                            int right, int counts_end)
{
    char text[96];
    int width;

    for (enum money_line_form form = 0; form < MONEY_LINE_FORMS; form++) {
        width = canvas_width(c, money_line_words(text, sizeof text, s, form));
        if (width == 0 || right - 2 - width < counts_end + 2)
            continue;
        canvas_put(c, 2, right - 2 - width, money_line_style(s), text);
        return right - 2 - width;
    }
    return right;
}

/* A count of the third row; of 0 it is there if it is always there. The first
 * COUNTS_BEFORE_MONEY stay where money needs the room of the others. */
struct header_count {
    uint64_t n;
    const char *word;
    enum style style;
    bool always;
};

static bool header_count_has_sign(const struct header_count *k)
{
    return k->n > 0 && k->style == STYLE_FAILED;
}

static void header_draw_counts(const struct header_count *counts, size_t n,
                               const struct snapshot *s, struct canvas *c,
                               int right)
{
    int gap = c->cols >= WIDE ? 3 : 2, needs = 1, col = 1, limit;
    char count[32], text[64];

    for (size_t i = 0; i < n; i++)
        if (counts[i].n || i < COUNTS_BEFORE_MONEY) {
            snprintf(text, sizeof text, "%s %s",
                     str_count(count, sizeof count, counts[i].n),
                     counts[i].word);
            needs += gap + header_count_width(text, counts[i].word) +
                     2 * header_count_has_sign(&counts[i]);
        }
    limit = header_put_money(s, c, right, needs - gap) - 2;
    for (size_t i = 0; i < n && col < limit; i++)
        if (counts[i].n || ((i < COUNTS_BEFORE_MONEY || limit == right - 2) &&
                            counts[i].always)) {
            if (header_count_has_sign(&counts[i]))
                col = 1 + canvas_put(c, 2, col, counts[i].style,
                                     c->signs->failed);
            col = gap + put_count(c, 2, col, limit,
                                  counts[i].n ? counts[i].style : STYLE_NORMAL,
                                  counts[i].n, counts[i].word);
        }
}

static void count_row(const struct snapshot *s, const struct view *v,
                      struct canvas *c)
{
    const struct header_count counts[] = {
        { s->stored, "stored", STYLE_NORMAL, true },
        { s->failed, "failed", STYLE_FAILED, true },
        { s->rejected, "rejected", STYLE_NORMAL, false },
        { s->waiting, "retrying", STYLE_NORMAL, true },
        { s->skipped, "skipped", STYLE_NORMAL, true },
        { s->superseded, "superseded", STYLE_NORMAL, false },
        { s->duplicates, "duplicates", STYLE_NORMAL, false },
    };
    int limit;
    char right[96];
    bool stuck = stuck_words(s, v, right, sizeof right);

    if (!stuck)
        checkpoint_words(s, c->cols, right, sizeof right);
    limit = c->cols - canvas_width(c, right);
    canvas_put(c, 2, limit, stuck ? STYLE_WARN : STYLE_DIM, right);
    header_draw_counts(counts, sizeof counts / sizeof counts[0], s, c, limit);
}

void header_draw(const struct snapshot *s, struct view *v, struct canvas *c)
{
    header_draw_name_row(s, v, c);
    bar_row(s, v, c);
    count_row(s, v, c);
}

/* --- narrow screens --- */

uint64_t header_owed(const struct snapshot *s, const char **word)
{
    *word = s->rejected ? "owed" : "failed";
    return s->failed + s->rejected;
}

/* "~25 min", "~9d" if that is too long; a paused run has none. */
static void narrow_eta(const struct snapshot *s, struct canvas *c, int col,
                       int width)
{
    char eta[32];

    figure_eta(eta, sizeof eta, s);
    if (s->eta_ms < 0)
        return;
    if (canvas_width(c, eta) - 4 >= width)
        snprintf(eta, sizeof eta, "ETA %s",
                 figure_eta_tiny((char[16]){ 0 }, 16, s));
    canvas_right(c, 1, col, width, STYLE_STRONG, eta[0] ? eta + 4 : "");
}

static void narrow_counts(const struct snapshot *s, struct canvas *c)
{
    char done[80], all[32], failed[32];
    const char *word;
    uint64_t owed = header_owed(s, &word);

    figure_progress(done, sizeof done, s);
    str_short(failed, sizeof failed, (double)owed, 7);
    if (s->total == 0)
        snprintf(done + strlen(done), sizeof done - strlen(done), " docs");
    if (canvas_width(c, done) + canvas_width(c, failed) + 12 > c->cols)
        snprintf(done, sizeof done, "%s of %s%s",
                 str_short(all, sizeof all, (double)s->processed, 5),
                 s->total_estimated ? "~" : "",
                 str_short((char[32]){ 0 }, 32, (double)s->total, 5));
    header_put_money(s, c, c->cols + 1,
                     canvas_printf(c, 2,
                                   canvas_put(c, 2, 1, STYLE_NORMAL, done) + 3,
                                   owed ? STYLE_FAILED : STYLE_NORMAL, "%s %s",
                                   failed, word));
}

void header_draw_narrow(const struct snapshot *s, struct view *v,
                        struct canvas *c)
{
    char text[128], pct[16];
    int width = c->cols / 2;

    header_draw_name_row(s, v, c);
    figure_pct(pct, sizeof pct, header_pct(s, v));
    widget_bar(c, 1, 1, width, is_leaving(s) ? STYLE_DRAINING : STYLE_OK,
               header_pct(s, v));
    canvas_right(c, 1, 1 + width + 1, 8, STYLE_STRONG,
                 s->total > 0 || is_leaving(s) ? pct : "");
    narrow_eta(s, c, width + 10, c->cols - width - 11);
    if (!is_leaving(s)) {
        narrow_counts(s, c);
        return;
    }
    drain_words(s, v, false, text, sizeof text);
    canvas_text(c, 2, 1, c->cols - 1, STYLE_NORMAL, text);
}

/* --- one row --- */

static const char *short_word(enum run_state s)
{
    static const char *const words[] = { "START", "RUN",   "PAUSE", "WAIT",
                                         "HELD",  "RETRY", "DRAIN", "STOP",
                                         "DONE",  "FAIL" };

    return words[s];
}

static int header_put_piece(struct canvas *c, int row, int col,
                            enum style style, const char *text)
{
    if (!text[0] || col + canvas_width(c, text) > c->cols)
        return col;
    return canvas_put(c, row, col, style, text);
}

/* "624,310 of 1,000,470  408 failed", or what a drain has left. */
static void line_counts(const struct snapshot *s, const struct view *v,
                        struct canvas *c, int row, int col)
{
    char text[160], progress[96], count[32];
    const char *word;
    uint64_t owed = header_owed(s, &word);

    if (is_leaving(s)) {
        drain_words(s, v, false, progress, sizeof progress);
        snprintf(text, sizeof text, "  %s", progress);
        header_put_piece(c, row, col, STYLE_NORMAL, text);
        return;
    }
    snprintf(text, sizeof text, "  %s%s",
             figure_progress(progress, sizeof progress, s),
             s->total > 0 ? "" : " docs");
    col = header_put_piece(c, row, col, STYLE_NORMAL, text);
    snprintf(text, sizeof text, "  %s %s",
             str_count(count, sizeof count, owed), word);
    header_put_piece(c, row, col, owed ? STYLE_FAILED : STYLE_NORMAL, text);
}

void header_draw_line(const struct snapshot *s, struct view *v,
                      struct canvas *c, int row)
{
    bool roomy = c->cols >= 40;
    const char *gap = roomy ? "  " : " ";
    char text[128], pct[16] = "", eta[48], word[48];
    int col = 0;

    if (s->total > 0 || is_leaving(s) || s->state == RUN_DONE)
        figure_pct(pct, sizeof pct, header_pct(s, v));
    if (c->cols < 12) {
        if (c->cols < 6 && pct[0])
            figure_pct_whole(pct, sizeof pct, (int)header_pct(s, v));
        canvas_put(c, row, 0, STYLE_STRONG,
                   pct[0] ? pct : short_word(s->state));
        return;
    }
    snprintf(text, sizeof text, "%s%s %s", roomy ? " " : "",
             state_sign(c->signs, s->state),
             roomy ? state_word(s, word, sizeof word) : short_word(s->state));
    col = header_put_piece(c, row, col, state_style(s->state), text);
    snprintf(text, sizeof text, "%s%s", gap, pct);
    col = header_put_piece(c, row, col, STYLE_STRONG, pct[0] ? text : "");
    if (c->cols >= CLOCK_COLS)
        figure_done(eta, sizeof eta, s);
    else if (roomy)
        figure_eta(eta, sizeof eta, s);
    else
        figure_eta_tiny(eta, sizeof eta, s);
    snprintf(text, sizeof text, "%s%s", gap, eta);
    col = header_put_piece(c, row, col, STYLE_STRONG, eta[0] ? text : "");
    if (roomy)
        line_counts(s, v, c, row, col);
}
