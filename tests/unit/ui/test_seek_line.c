/* The line of a stage that says what is tried, and the panes around it. */
#include "config.h"
#include "tests/support/sample_snapshot.h"
#include "tests/support/tap.h"

#include <string.h>

#include "ui/panes/layout.h"
#include "ui/panes/seek_line.h"

static struct snapshot snap;
static struct view view;

static int begin(void **state)
{
    (void)state;
    view_init(&view);
    sample_snapshot(&snap, SAMPLE_SEEKING);
    return 0;
}

static struct stage_view *stage_at(enum stage_id stage)
{
    return stage == STAGE_UPSERT ? &snap.upsert : &snap.embed;
}

/* The line of a pane of this width, without blanks at its ends. */
static void is(enum stage_id stage, int cols, const char *line)
{
    struct canvas *c = canvas_new(1, cols, false);
    char text[256] = "", *begins = text;

    assert_non_null(c);
    seek_line_draw(c, 0, &snap, stage);
    for (int i = 0; i < cols; i++)
        strcat(text, canvas_cell(c, 0, i)->text);
    canvas_free(c);
    begins += strspn(text, " ");
    for (size_t n = strlen(begins); n > 0 && begins[n - 1] == ' '; n--)
        begins[n - 1] = '\0';
    assert_string_equal(begins, line);
}

static void a_wide_pane_says_all_and_a_narrow_one_what_is_tried(void **state)
{
    (void)state;
    is(STAGE_EMBED, 104, "in flight 28 of 30 auto    trying 30: +18 %"
                         "                    knee 24 of 64   126ms, unloaded 101ms");
    is(STAGE_EMBED, 78, "in flight 28 of 30 auto    trying 30: +18 %          "
                        "knee 24 of 64   126ms");
    is(STAGE_EMBED, 48, "28/30 auto  trying 30: +18 %");
    is(STAGE_EMBED, 32, "28/30 trying 30: +18 %");
}

static void the_width_beside_it_is_not_said_again(void **state)
{
    (void)state;
    is(STAGE_UPSERT, 48, "11/12 auto  more brings nothing");
    snap.upsert.seek.bound = 12;
    strcpy(snap.upsert.seek.bound_by, "memory in flight");
    is(STAGE_UPSERT, 48, "11/12 auto  bound: memory in flight");
}

static void a_refusal_has_the_room_of_what_was_found(void **state)
{
    (void)state;
    sample_snapshot(&snap, SAMPLE_REFUSED);
    is(STAGE_EMBED, 78, "in flight  8 of  8 auto    refused above 8, again "
                        "in 20 s    knee  8 of 64");
    is(STAGE_EMBED, 48, "8/8  auto  refused above 8, again in 20 s");
    is(STAGE_EMBED, 32, "8/8  refused above 8");
    is(STAGE_UPSERT, 32, "1/2  refused above 12.3/s");
}

static void before_a_knee_is_known_it_says_how_far_it_may_go(void **state)
{
    (void)state;
    snap.embed.seek.knee = 0;
    snap.embed.seek.latency_ms = 0;
    strcpy(snap.embed.seek.why, "trying 30");
    is(STAGE_EMBED, 78, "in flight 28 of 30 auto    trying 30"
                        "                              up to 64");
}

static void nothing_is_tried_where_a_number_is_kept_to_or_nothing_runs(
    void **state)
{
    (void)state;
    snap.paused = 1 << STAGE_EMBED;
    is(STAGE_EMBED, 48, "28/30 auto  paused: nothing is tried");
    snap.state = RUN_DONE;
    is(STAGE_EMBED, 48, "28/30 auto");
    snap.embed.seek = (struct seek_view){ .pinned = true, .bound = 30,
                                          .width = 30 };
    is(STAGE_EMBED, 48, "28/30 pinned");
    is(STAGE_EMBED, 32, "28/30 pinned");
    assert_int_equal(seek_line_rows(&snap.embed), 1);
    snap.embed.seek.pinned = false;
    assert_int_equal(seek_line_rows(&snap.embed), 0);
}

/* Draw the screen; returns where the failures begin. */
static int failures_row(int cols, int rows)
{
    struct canvas *c = canvas_new(rows, cols, false);

    assert_non_null(c);
    layout_draw(&snap, &view, c);
    canvas_free(c);
    return view.pane[PANE_FAILURES].row;
}

static void no_pane_moves_when_another_width_is_tried(void **state)
{
    static const struct {
        int cols, rows;
    } sizes[] = { { 160, 50 }, { 120, 40 }, { 120, 30 }, { 80, 24 },
                  { 100, 60 } };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        int at = failures_row(sizes[i].cols, sizes[i].rows);

        for (uint32_t width = 1; width <= 64; width++) {
            for (int k = STAGE_EMBED; k <= STAGE_UPSERT; k++) {
                struct stage_view *g = stage_at((enum stage_id)k);

                g->seek.width = g->wanted = g->workers = width;
            }
            assert_int_equal(failures_row(sizes[i].cols, sizes[i].rows), at);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, begin)
        T(a_wide_pane_says_all_and_a_narrow_one_what_is_tried),
        T(the_width_beside_it_is_not_said_again),
        T(a_refusal_has_the_room_of_what_was_found),
        T(before_a_knee_is_known_it_says_how_far_it_may_go),
        T(nothing_is_tried_where_a_number_is_kept_to_or_nothing_runs),
        T(no_pane_moves_when_another_width_is_tried),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
