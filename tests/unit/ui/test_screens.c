/* The main screen, whole, at every size it answers to. */
#include "config.h"
#include "tests/support/golden.h"
#include "tests/support/sample_snapshot.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/keys/keymap.h"
#include "ui/panes/event_log.h"
#include "ui/panes/layout.h"
#include "ui/panes/pane_failures.h"

static struct snapshot snap;
static struct view view;
static struct buf out;

static int begin(void **state)
{
    (void)state;
    buf_init(&out);
    view_init(&view);
    view.wall_s = SAMPLE_WALL_S;
    return 0;
}

/* Another moment, as if the console had just come up. */
static void afresh(enum sample which)
{
    view_init(&view);
    view.wall_s = SAMPLE_WALL_S;
    buf_clear(&out);
    sample_snapshot(&snap, which);
}

static int end(void **state)
{
    (void)state;
    buf_release(&out);
    return 0;
}

static struct canvas *draw(int cols, int rows, bool ascii)
{
    struct canvas *c = canvas_new(rows, cols, ascii);

    assert_non_null(c);
    failures_advance(&snap, &view);
    keymap_bar(&snap, &view);
    layout_draw(&snap, &view, c);
    return c;
}

static void show(const char *what, int cols, int rows, bool ascii)
{
    struct canvas *c = draw(cols, rows, ascii);

    golden_text(&out, what, c);
    canvas_free(c);
}

/* --- every state at every size -------------------------------------------------- */

static void show_every_size(enum sample which, bool ascii)
{
    static const struct {
        int cols, rows;
    } sizes[] = { { 200, 60 }, { 120, 40 }, { 80, 24 }, { 40, 12 },
                  { 20, 5 },   { 80, 1 },   { 30, 1 },  { 10, 3 },
                  { 5, 1 } };

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        show(sample_name(which), sizes[i].cols, sizes[i].rows, ascii);
}

static void every_state_says_what_goes_on_at_every_size(void **state)
{
    (void)state;
    for (int which = 0; which < SAMPLE_COUNT; which++) {
        afresh((enum sample)which);
        show_every_size((enum sample)which, false);
        golden_check(sample_name((enum sample)which), &out);
    }
}

static void and_in_ascii_alone(void **state)
{
    char name[32];

    (void)state;
    for (int which = 0; which < SAMPLE_COUNT; which++) {
        afresh((enum sample)which);
        show_every_size((enum sample)which, true);
        for (size_t i = 0; i < out.len; i++)
            assert_in_range((unsigned char)out.data[i], 0, 0x7e);
        snprintf(name, sizeof name, "%s-ascii",
                 sample_name((enum sample)which));
        golden_check(name, &out);
    }
}

/* Is it on the first rows of a screen of this width? */
static bool header_says(int cols, const char *words)
{
    struct canvas *c = draw(cols, 24, false);
    bool found;

    buf_clear(&out);
    golden_rows(&out, c);
    canvas_free(c);
    found = strstr(buf_cstr(&out), words) != NULL;
    buf_clear(&out);
    return found;
}

static void what_is_recorded_is_said_as_it_is(void **state)
{
    (void)state;
    afresh(SAMPLE_RUNNING);
    assert_true(header_says(120, "checkpoint 3 s ago"));
    snap.recorded = snap.processed; /* what is under way goes on */
    assert_true(header_says(120, "checkpoint 3 s ago"));
    snap.checkpoint_ms = 8160000; /* it is paused */
    assert_true(header_says(120, "all but 1,234 recorded"));
    snap.in_flight = 0;
    assert_true(header_says(120, "all recorded"));
    assert_false(header_says(120, "checkpoint"));
    assert_true(header_says(80, "all recorded"));
    snap.recorded--;
    assert_true(header_says(120, "checkpoint 2 h 16 m ago"));
    snap.checkpoint_ms = -1;
    assert_true(header_says(120, "no checkpoint yet"));
}

/* A sentence of curl's, longer than any screen has room for. */
static bool tall_says(const char *words)
{
    struct canvas *c = draw(120, 40, false);
    bool found;

    buf_clear(&out);
    golden_rows(&out, c);
    canvas_free(c);
    found = strstr(buf_cstr(&out), words) != NULL;
    buf_clear(&out);
    return found;
}

static void a_run_that_is_done_reports(void **state)
{
    (void)state;
    afresh(SAMPLE_DONE);
    snap.upserted = snap.stored;
    assert_true(tall_says("1,000,470 stored, all in 41 min at 3,810/s; next: "
                          "batchtop search corpus \"...\""));
    assert_false(tall_says("nothing left to do"));
    snap.search_line[0] = '\0'; /* the store cannot be searched */
    snap.upserted = 1200; /* an earlier run did the rest */
    assert_true(tall_says("1,000,470 stored, 1,200 in 41 min at 3,810/s "));
    assert_false(tall_says("next:"));
    afresh(SAMPLE_DONE_OWING);
    assert_true(tall_says(", 408 owed; next: "));
    afresh(SAMPLE_EMPTY);
    assert_true(tall_says(" 0 stored  "));
}

static void the_next_try_is_whole_however_long_the_reason_is(void **state)
{
    static const int widths[] = { 200, 120, 80 };

    (void)state;
    afresh(SAMPLE_RETRYING);
    snprintf(snap.reason, sizeof snap.reason,
             "embedder: 127.0.0.1:39735: Failed to connect to 127.0.0.1 port "
             "39735 after 0 ms: Couldn't connect to server, and then it goes "
             "on for longer than a line of any terminal has columns, however "
             "large the screen in front of which somebody sits may be");
    snprintf(snap.remedy, sizeof snap.remedy, "next try in 12 s");
    for (size_t i = 0; i < 3; i++)
        assert_true(header_says(widths[i], "next try in 12 s"));
}

static void every_role_has_a_look_in_colour_mono_and_high_contrast(void **state)
{
    static const struct {
        enum theme theme;
        const char *name;
    } themes[] = { { THEME_COLOR, "colour" },
                   { THEME_MONO, "mono" },
                   { THEME_CONTRAST, "high contrast" } };
    struct canvas *c;

    (void)state;
    sample_snapshot(&snap, SAMPLE_RUNNING);
    c = draw(80, 24, false);
    for (size_t i = 0; i < 3; i++)
        golden_looks(&out, themes[i].name, c, themes[i].theme);
    canvas_free(c);
    golden_check("looks", &out);
}

static void SE_05_hostile_text_never_reaches_a_cell_as_it_is(void **state)
{
    (void)state;
    afresh(SAMPLE_HOSTILE);
    view.toast_kind = TOAST_SAY;
    snprintf(view.toast, sizeof view.toast, "\033]0;title\007 toast");
    show_every_size(SAMPLE_HOSTILE, false);
    for (size_t i = 0; i < out.len; i++)
        if (out.data[i] != '\n')
            assert_in_range((unsigned char)out.data[i], 0x20, 0xff);
    buf_putc(&out, '\0');
    assert_null(strstr(out.data, "\xe2\x80\xae"));
    assert_null(strstr(out.data, "\xe2\x80\x8b"));
    assert_null(strchr(out.data, 0x7f));
}

/* --- what the operator chose ----------------------------------------------------------- */

static void each_pane_can_be_zoomed_on_any_screen(void **state)
{
    char what[32];

    (void)state;
    sample_snapshot(&snap, SAMPLE_RUNNING);
    view.zoomed = true;
    for (int id = 1; id < PANE_END; id++) {
        view.focus = (enum pane_id)id;
        snprintf(what, sizeof what, "zoomed pane %d", id);
        show(what, 100, 24, false);
        show(what, 40, 12, false);
    }
    golden_check("zoomed", &out);
}

static void filter(enum pane_id id, const char *text)
{
    sample_snapshot(&snap, SAMPLE_RUNNING);
    view.focus = view.filter_pane = id;
    snprintf(view.filter, sizeof view.filter, "%s", text);
    view_ask(&view, &snap.ask);
    sample_filter(&snap);
    show(text, 80, 24, false);
}

static void a_filter_leaves_what_it_says_and_tells_how_many(void **state)
{
    (void)state;
    filter(PANE_FAILURES, "tokens");
    filter(PANE_FAILURES, "!EMBED");
    filter(PANE_FAILURES, "no such thing");
    filter(PANE_EMBEDDERS, "wait");
    golden_check("filter", &out);
}

/* New ones on top, like the newest there was. */
static void add_rows(uint32_t n)
{
    memmove(&snap.failures[n], &snap.failures[0],
            sizeof snap.failures[0] * snap.failure_count);
    for (uint32_t i = 1; i < n; i++)
        snap.failures[i] = snap.failures[0];
    snap.failure_count += n;
    snap.failures_total = snap.listed_total += n;
    snap.failures_seq = snap.listed_seq += n;
}

static void choices_show_where_they_were_made(void **state)
{
    (void)state;
    sample_snapshot(&snap, SAMPLE_RUNNING);
    view.focus = PANE_FAILURES;
    view.one_by_one = true;
    show("before", 80, 24, false);
    view.follow = false;
    view.ago = true;
    view.graph = GRAPH_BRAILLE;
    view.pane[PANE_FAILURES].cursor = 1;
    view.pane[PANE_EMBEDDERS].sort = SORT_RATE;
    view.tagged.tag[view.tagged.tags++] =
        (struct failure_tag){ snap.failures[1].pos, snap.failures[1].source };
    view.read_only = true;
    add_rows(3);
    show("3 new while it stood still", 120, 40, false);
    golden_check("choices", &out);
}

static void the_failures_stand_still_while_new_ones_come(void **state)
{
    (void)state;
    sample_snapshot(&snap, SAMPLE_RUNNING);
    view.focus = PANE_FAILURES;
    view.one_by_one = true;
    canvas_free(draw(80, 24, false));
    view.follow = false;
    view.pane[PANE_FAILURES].cursor = 2;
    canvas_free(draw(80, 24, false));
    assert_string_equal(snap.failures[view.failure_at].id,
                        "記事-0623871");
    add_rows(1);
    canvas_free(draw(80, 24, false));
    assert_string_equal(snap.failures[view.failure_at].id,
                        "記事-0623871");
}

/* --- bars --- */

static bool is_block(const struct cell *cell)
{
    return strncmp(cell->text, "\xe2\x96", 2) == 0;
}

static void no_bar_is_drawn_in_reverse_for_it_would_be_a_hole(void **state)
{
    static const enum theme themes[] = { THEME_COLOR, THEME_MONO,
                                         THEME_CONTRAST };

    (void)state;
    view.focus = PANE_LIMITS;
    for (int which = 0; which < SAMPLE_COUNT; which++)
        for (size_t t = 0; t < 3; t++) {
            struct canvas *c;

            sample_snapshot(&snap, (enum sample)which);
            c = draw(t == 2 ? 20 : 120, t == 2 ? 5 : 40, false);
            for (int i = 0; i < c->rows * c->cols; i++)
                if (is_block(&c->cells[i]))
                    assert_false(theme_attributes(themes[t],
                                            (enum style)c->cells[i].style)
                                     .attrs &
                                 ATTR_REVERSE);
            canvas_free(c);
        }
}

static bool screen_says(const char *text)
{
    struct canvas *c = draw(200, 60, false);

    buf_clear(&out);
    golden_text(&out, "", c);
    canvas_free(c);
    return memmem(out.data, out.len, text, strlen(text)) != NULL;
}

static void the_first_second_does_not_deny_what_was_stored(void **state)
{
    (void)state;
    afresh(SAMPLE_RUNNING);
    snap.history_len = 0;
    assert_true(screen_says("in its first second"));
    assert_false(screen_says("nothing stored yet"));
    snap.upserted = 0;
    assert_true(screen_says("nothing stored yet"));
}

/* --- what happened, under the graph ------------------------------------------------------ */

static void mark(struct event_log *log, enum event_kind kind, enum knob knob,
                 int64_t ago_s)
{
    struct run_event e = { .seq = log->newest + 1,
                           .at_ms = snap.now_ms - ago_s * 1000,
                           .kind = kind,
                           .knob = knob };

    assert_true(event_log_add(log, &e));
}

static void what_happened_is_marked_where_it_was(void **state)
{
    static const int sizes[][2] = { { 160, 50 }, { 120, 40 }, { 80, 24 },
                                    { 40, 12 } };
    static struct event_log log;

    (void)state;
    afresh(SAMPLE_RUNNING);
    view.log = &log;
    mark(&log, EVENT_KNOB, KNOB_RPM, 4000); /* before the graph */
    mark(&log, EVENT_OUTAGE, 0, 250);
    mark(&log, EVENT_END, 0, 200);
    mark(&log, EVENT_PAUSE, 0, 150);
    mark(&log, EVENT_KNOB, KNOB_EMBED_BATCH, 90);
    mark(&log, EVENT_KNOB, KNOB_EMBED_WORKERS, 60);
    mark(&log, EVENT_SLOW, 0, 59); /* it outranks what stands there */
    mark(&log, EVENT_KNOB, KNOB_RPM, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        show("marks", sizes[i][0], sizes[i][1], i == 1);
    view.zoomed = true;
    view.focus = PANE_THROUGHPUT;
    show("marks, zoomed", 80, 24, false);
    view.graph = GRAPH_BRAILLE;
    show("marks under Braille", 80, 24, false);
    golden_check("marks", &out);
}

/* --- any size at all ------------------------------------------------------------------- */

static void no_size_and_no_state_draws_outside(void **state)
{
    static const int cols[] = { 1, 2, 3, 7, 11, 12, 13, 19, 27, 39, 40, 41,
                                59, 60, 79, 80, 81, 99, 119, 120, 131, 300 };
    static const int rows[] = { 1, 2, 3, 4, 5, 6, 9, 10, 11, 13, 19, 20,
                                21, 23, 29, 30, 31, 100 };

    (void)state;
    for (int which = 0; which < SAMPLE_COUNT; which++) {
        sample_snapshot(&snap, (enum sample)which);
        for (size_t i = 0; i < sizeof cols / sizeof cols[0]; i++)
            for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
                view.focus = (enum pane_id)(1 + (i + k) % 6);
                view.zoomed = (i * 7 + k) % 3 == 0;
                canvas_free(draw(cols[i], rows[k], which % 2 == 1));
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(every_state_says_what_goes_on_at_every_size),
        T(and_in_ascii_alone),
        T(what_is_recorded_is_said_as_it_is),
        T(a_run_that_is_done_reports),
        T(the_next_try_is_whole_however_long_the_reason_is),
        T(every_role_has_a_look_in_colour_mono_and_high_contrast),
        T(SE_05_hostile_text_never_reaches_a_cell_as_it_is),
        T(each_pane_can_be_zoomed_on_any_screen),
        T(a_filter_leaves_what_it_says_and_tells_how_many),
        T(choices_show_where_they_were_made),
        T(the_failures_stand_still_while_new_ones_come),
        T(no_bar_is_drawn_in_reverse_for_it_would_be_a_hole),
        T(the_first_second_does_not_deny_what_was_stored),
        T(what_happened_is_marked_where_it_was),
        T(no_size_and_no_state_draws_outside),
#undef T
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
