/* For how long a line of advice stands, and what came of it. */
#include "config.h"
#include "tests/support/desks/suggest_desk.h"
#include "tests/support/tap.h"

#include <string.h>

static struct snapshot *const s = &desk_moment;
static struct suggest *const x = &desk_suggest;

/* --- how long it stands --- */

static void nothing_is_said_of_a_run_that_is_well(void **state)
{
    (void)state;
    desk_pass(3600);
    desk_says("");
}

static void it_comes_after_five_seconds_and_stays_for_ten(void **state)
{
    (void)state;
    desk_limit();
    desk_pass(4);
    desk_says("");
    desk_pass(1);
    assert_true(*x->shown.text);
    s->embed.limited_pct = 0;
    desk_pass(9);
    assert_true(*x->shown.text);
    desk_pass(1);
    desk_says("");
}

static void what_comes_and_goes_each_second_is_not_said(void **state)
{
    (void)state;
    desk_limit();
    for (int i = 0; i < 60; i++) {
        s->embed.limited_pct = i % 4 ? 60 : 0;
        desk_pass(1);
        desk_says("");
    }
}

static void a_gap_of_a_moment_does_not_take_it_away(void **state)
{
    (void)state;
    desk_limit();
    desk_pass(30);
    for (int i = 0; i < 60; i++) {
        s->embed.limited_pct = i % 3 ? 60 : 0;
        desk_pass(1);
        assert_true(*x->shown.text);
    }
}

static void what_matters_more_takes_its_place_but_not_at_once(void **state)
{
    (void)state;
    desk_pass(60);
    desk_limit();
    desk_pass(5);
    s->embed.answer_ms = 15000;
    desk_pass(9);
    assert_memory_equal(x->shown.text, "do: b", 5);
    desk_pass(1);
    assert_memory_equal(x->shown.text, "the embedder is slow", 20);
}

static void a_setting_that_changes_takes_it_away_at_once(void **state)
{
    (void)state;
    desk_limit();
    desk_pass(6);
    suggest_changed(x, KNOB_EMBED_WORKERS, 9, s->now_ms);
    desk_says("");
}

static void a_run_that_is_paused_or_over_is_told_nothing(void **state)
{
    static const enum run_state rests[] = { RUN_PAUSED, RUN_RETRYING,
                                            RUN_DRAINING, RUN_DONE };

    (void)state;
    for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
        desk_begin(NULL);
        desk_limit();
        desk_pass(6);
        assert_true(*x->shown.text);
        s->state = rests[i];
        desk_pass(1);
        desk_says("");
    }
}

/* --- what it brought --- */

static void follow(double rate)
{
    desk_limit();
    desk_pass(6);
    suggest_changed(x, x->shown.knob, x->shown.value, s->now_ms);
    s->knob[KNOB_EMBED_BATCH] = s->embed.batch = 100;
    for (int i = 0; i < 60; i++)
        s->history[i] = (float)rate;
}

static void who_follows_it_hears_a_minute_later_what_it_brought(void **state)
{
    char text[128];

    (void)state;
    follow(812); /* it could be 500 now, but one thing at a time */
    desk_pass(59);
    desk_says("");
    assert_false(suggest_brought(x, text, sizeof text));
    desk_pass(1);
    assert_true(suggest_brought(x, text, sizeof text));
    assert_string_equal(text, "embed batch 100: 169 \xe2\x86\x92 812 "
                              "documents/s");
    desk_pass(60);
    assert_false(suggest_brought(x, text, sizeof text));
}

static void a_pause_is_no_part_of_that_minute(void **state)
{
    char text[128];

    (void)state;
    follow(812);
    desk_pass(30);
    s->state = RUN_PAUSED;
    desk_pass(300);
    s->state = RUN_RUNNING;
    desk_pass(29);
    assert_false(suggest_brought(x, text, sizeof text));
    desk_pass(1);
    assert_true(suggest_brought(x, text, sizeof text));
}

static void nothing_is_told_of_what_was_undone_or_done_otherwise(void **state)
{
    char text[128];

    (void)state;
    follow(812);
    desk_pass(30);
    suggest_changed(x, KNOB_EMBED_BATCH, 20, s->now_ms);
    desk_pass(100);
    assert_false(suggest_brought(x, text, sizeof text));
    desk_begin(NULL);
    desk_limit();
    desk_pass(6);
    suggest_changed(x, KNOB_EMBED_BATCH, 50, s->now_ms); /* own choice */
    desk_pass(100);
    assert_false(suggest_brought(x, text, sizeof text));
}

#define T(test) cmocka_unit_test_setup(test, desk_begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(nothing_is_said_of_a_run_that_is_well),
        T(it_comes_after_five_seconds_and_stays_for_ten),
        T(what_comes_and_goes_each_second_is_not_said),
        T(a_gap_of_a_moment_does_not_take_it_away),
        T(what_matters_more_takes_its_place_but_not_at_once),
        T(a_setting_that_changes_takes_it_away_at_once),
        T(a_run_that_is_paused_or_over_is_told_nothing),
        T(who_follows_it_hears_a_minute_later_what_it_brought),
        T(a_pause_is_no_part_of_that_minute),
        T(nothing_is_told_of_what_was_undone_or_done_otherwise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
