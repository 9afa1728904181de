/* The screen in memory: it clips, it knows wide characters, it stays clean. */
#include "config.h"
#include "tests/support/golden.h"
#include "tests/support/tap.h"

#include <string.h>

#include "ui/panes/widgets.h"

static struct canvas *c;
static struct buf out;

static int begin(void **state)
{
    (void)state;
    c = canvas_new(3, 10, false);
    buf_init(&out);
    return c ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    canvas_free(c);
    buf_release(&out);
    return 0;
}

static const char *dumped(void)
{
    buf_clear(&out);
    golden_rows(&out, c);
    return buf_cstr(&out);
}

static void text_outside_is_not_drawn_but_counted(void **state)
{
    (void)state;
    assert_int_equal(canvas_put(c, 1, 7, STYLE_NORMAL, "abcdef"), 13);
    assert_int_equal(canvas_put(c, 0, -2, STYLE_NORMAL, "xyz"), 1);
    assert_int_equal(canvas_put(c, -1, 0, STYLE_NORMAL, "up"), 2);
    assert_int_equal(canvas_put(c, 3, 0, STYLE_NORMAL, "down"), 4);
    assert_string_equal(dumped(), "z\n       abc\n\n");
}

static void a_wide_character_is_whole_or_not_there(void **state)
{
    (void)state;
    canvas_put(c, 0, 9, STYLE_NORMAL, "記");
    canvas_put(c, 1, 0, STYLE_NORMAL, "記事");
    canvas_put(c, 1, 1, STYLE_NORMAL, "x");
    canvas_put(c, 2, 0, STYLE_NORMAL, "記事");
    canvas_put(c, 2, 2, STYLE_NORMAL, "y");
    assert_string_equal(dumped(), "\n x事\n記y\n");
}

static void filling_over_half_a_character_takes_the_other_half(void **state)
{
    (void)state;
    canvas_put(c, 0, 0, STYLE_NORMAL, "記事記事");
    canvas_fill(c, 0, 1, 1, 4, STYLE_NORMAL, "-");
    assert_string_equal(dumped(), " ---- 事\n\n\n");
}

static void a_text_is_cut_by_columns_with_the_sign_beside_it(void **state)
{
    (void)state;
    assert_int_equal(canvas_text(c, 0, 0, 6, STYLE_NORMAL, "abcdefgh"), 6);
    assert_int_equal(canvas_text(c, 1, 0, 6, STYLE_NORMAL, "記事記事"), 6);
    assert_int_equal(canvas_text(c, 2, 0, 1, STYLE_NORMAL, "ab"), 1);
    assert_string_equal(dumped(), "abcde…\n記事…\n…\n");
    canvas_clear(c);
    canvas_text(c, 0, 0, 6, STYLE_NORMAL, "a記事記");
    assert_string_equal(dumped(), "a記事…\n\n\n");
}

static void what_fits_is_padded_on_the_side_it_should_be(void **state)
{
    (void)state;
    canvas_put(c, 0, 0, STYLE_NORMAL, "##########");
    canvas_put(c, 1, 0, STYLE_NORMAL, "##########");
    assert_int_equal(canvas_text(c, 0, 1, 5, STYLE_NORMAL, "ab"), 6);
    assert_int_equal(canvas_right(c, 1, 1, 5, STYLE_NORMAL, "ab"), 6);
    assert_string_equal(dumped(), "#ab   ####\n#   ab####\n\n");
}

static void SE_05_what_cannot_be_shown_becomes_a_question_mark(void **state)
{
    (void)state;
    canvas_put(c, 0, 0, STYLE_NORMAL, "a\033[b\x9b\xff\x7f\t");
    canvas_put(c, 1, 0, STYLE_NORMAL, "e|\xe2\x80\x8b|");
    assert_string_equal(dumped(), "a?[b????\ne||\n\n");
}

static void a_mark_stays_with_its_letter_and_a_heap_of_them_ends(void **state)
{
    (void)state;
    canvas_put(c, 0, 0, STYLE_NORMAL, "e\xcc\x81|");
    canvas_put(c, 1, 0, STYLE_NORMAL,
               "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81|");
    /* Turned round, joined and unseen: dropped. No letter to stay with. */
    canvas_put(c, 2, 0, STYLE_NORMAL,
               "\xcc\x81x\xe2\x80\xae\xe2\x80\x8d\xef\xbb\xbf\xef\xb8\x8f|");
    assert_string_equal(dumped(),
                        "e\xcc\x81|\n"
                        "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81|\nx|\n");
    canvas_put(c, 0, 0, STYLE_NORMAL, "o");
    assert_string_equal(canvas_cell(c, 0, 0)->text, "o");
}

static void ascii_folds_a_run_of_others_into_one_mark(void **state)
{
    struct canvas *a = canvas_new(1, 10, true);

    (void)state;
    assert_int_equal(canvas_width(a, "記事-7"), 3);
    canvas_put(a, 0, 0, STYLE_NORMAL, "記事-7é");
    golden_rows(&out, a);
    assert_string_equal(buf_cstr(&out), "?-7?\n");
    canvas_free(a);
}

static void ascii_has_a_sign_for_the_arrow_of_a_message(void **state)
{
    struct canvas *a = canvas_new(1, 40, true);

    (void)state;
    canvas_put(a, 0, 0, STYLE_NORMAL,
               "batch 100 \xe2\x86\x92 128 \xe2\x86\x92\xe2\x86");
    golden_rows(&out, a);
    assert_string_equal(buf_cstr(&out), "batch 100 > 128 >?\n");
    canvas_free(a);
}

static void a_part_clips_at_its_own_edges(void **state)
{
    struct canvas part = canvas_part(c, 1, 2, 1, 4);
    struct canvas none = canvas_part(c, 5, 20, 3, 3);

    (void)state;
    canvas_put(&part, 0, 0, STYLE_NORMAL, "abcdefgh");
    canvas_put(&part, 1, 0, STYLE_NORMAL, "below");
    canvas_put(&none, 0, 0, STYLE_NORMAL, "nowhere");
    canvas_fill(&none, 0, 0, 9, 9, STYLE_NORMAL, "#");
    canvas_box(&none, &(struct box){ .title = "nowhere" });
    assert_string_equal(dumped(), "\n  abcd\n\n");
}

static void a_box_of_any_size_is_safe_and_yields_the_right_text_first(
    void **state)
{
    const struct box box = { .heavy = true, .title = "a title",
                             .title_right = "right" };

    (void)state;
    for (int rows = 0; rows < 4; rows++)
        for (int cols = 0; cols <= 10; cols++) {
            struct canvas part = canvas_part(c, 0, 0, rows, cols);

            canvas_clear(c);
            canvas_box(&part, &box);
        }
    assert_string_equal(dumped(), "┏━ a t… ━┓\n┃        ┃\n┗━━━━━━━━┛\n");
}

static void a_bar_shows_a_little_and_is_full_only_at_all(void **state)
{
    (void)state;
    widget_bar(c, 0, 0, 10, STYLE_GAUGE, 0.01);
    widget_bar(c, 1, 0, 10, STYLE_GAUGE, 99.99);
    widget_bar(c, 2, 0, 10, STYLE_GAUGE, 100);
    assert_string_equal(dumped(), "▏░░░░░░░░░\n█████████▉\n██████████\n");
}

static void a_spark_grows_from_the_right_over_a_faint_ground(void **state)
{
    const float samples[] = { 4, 0, 8 };

    (void)state;
    assert_int_equal(
        widget_spark(c, 0, 0, 2, 6, GRAPH_BLOCKS, samples, 3, 8), 6);
    assert_string_equal(dumped(), "     █\n···█ █\n\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(text_outside_is_not_drawn_but_counted),
        T(a_wide_character_is_whole_or_not_there),
        T(filling_over_half_a_character_takes_the_other_half),
        T(a_text_is_cut_by_columns_with_the_sign_beside_it),
        T(what_fits_is_padded_on_the_side_it_should_be),
        T(SE_05_what_cannot_be_shown_becomes_a_question_mark),
        T(a_mark_stays_with_its_letter_and_a_heap_of_them_ends),
        T(ascii_folds_a_run_of_others_into_one_mark),
        T(ascii_has_a_sign_for_the_arrow_of_a_message),
        T(a_part_clips_at_its_own_edges),
        T(a_box_of_any_size_is_safe_and_yields_the_right_text_first),
        T(a_bar_shows_a_little_and_is_full_only_at_all),
        T(a_spark_grows_from_the_right_over_a_faint_ground),
#undef T
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
