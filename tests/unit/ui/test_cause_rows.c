/* Failures by cause on the screen: what a row does, and what it never says. */
#include "config.h"
#include "tests/support/console/console_tools.h"
#include "tests/support/tap.h"

#include <string.h>

#include "ui/panes/cause_rows.h"

static void enter_lists_the_documents_of_the_cause_and_esc_goes_back(
    void **state)
{
    (void)state;
    press('6');
    press('j');
    press(KEYCODE_ENTER);
    assert_true(console.view.cause == console.snap.causes[1].hash);
    assert_int_equal(console.view.pane[PANE_FAILURES].count, 3);
    assert_true(is_shown("doc-0623990"));
    assert_false(is_shown("doc-0622817"));
    press(KEYCODE_ENTER);
    assert_string_equal(open_dialog(), "failure");
    press(KEYCODE_ESC);
    press(KEYCODE_ESC);
    assert_true(view_shows_causes(&console.view));
    assert_int_equal(console.view.pane[PANE_FAILURES].cursor, 1);
    assert_true(is_shown("Failures by cause"));
}

static void o_lists_all_documents_and_causes_again(void **state)
{
    (void)state;
    press('o');
    assert_int_equal(console.view.focus, PANE_FAILURES);
    assert_int_equal(console.view.pane[PANE_FAILURES].count, 9);
    press('o');
    assert_int_equal(console.view.pane[PANE_FAILURES].count, 6);
}

static void r_retries_exactly_the_cause_after_a_question(void **state)
{
    (void)state;
    press('6');
    press('j');
    press('j');
    press('r');
    assert_string_equal(open_dialog(), "sure");
    assert_true(is_shown("r Retry 38  "));
    assert_true(is_shown("Retry 38 documents of this cause: no answer in 30 s"));
    assert_true(is_shown("again, for less than $0.01"));
    assert_false(is_shown("Change first"));
    press(KEYCODE_ENTER); /* the harmless answer */
    assert_int_equal(heard_count, 0);
    console.snap.run_cost_usd = 800;
    console.snap.embedded = 1000;
    press('r');
    assert_true(is_shown("for about $30.4"));
    press('y');
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_RETRY);
    assert_int_equal(heard[0].select.by, SELECT_KIND);
    assert_string_equal(heard[0].select.kind, console.snap.causes[2].key);
}

static void what_needs_a_change_says_so_and_offers_one(void **state)
{
    (void)state;
    press('6');
    for (int i = 0; i < 4; i++)
        press('j');
    press('r');
    assert_true(is_shown(" c  Change first ..."));
    press('c');
    assert_string_equal(open_dialog(), "change");
    press(KEYCODE_DOWN);
    press(' ');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_string_equal(heard[0].select.kind, console.snap.causes[4].key);
    assert_true(heard[0].reread.send_blank);
}

static void what_the_run_tries_by_itself_needs_no_retry(void **state)
{
    (void)state;
    press('6');
    press('G');
    press('r');
    assert_string_equal(open_dialog(), "");
    assert_string_equal(toast(), "the run tries these again by itself");
    assert_int_equal(heard_count, 0);
}

static void the_cursor_stays_on_its_cause_when_the_order_changes(void **state)
{
    struct cause_view was;

    (void)state;
    press('6');
    press('j');
    was = console.snap.causes[1];
    console.snap.causes[1] = console.snap.causes[3];
    console.snap.causes[3] = was;
    console_tools_draw(120, 40, NULL, "");
    assert_int_equal(console.view.pane[PANE_FAILURES].cursor, 3);
    press('r');
    assert_true(is_shown("Retry 141 documents"));
}

static void a_cause_that_healed_leaves_the_rows(void **state)
{
    (void)state;
    assert_true(is_shown("upstream overloaded"));
    console.snap.cause_count--;
    assert_false(is_shown("upstream overloaded"));
    console.snap.cause_count = 0;
    assert_true(is_shown("healed by themselves: EMBED 500 \u00d7" "1,240  UPSERT "
                         "timeout \u00d7" "80"));
    assert_false(is_shown("try 1 of"));
    assert_false(is_shown("waits"));
}

static void the_others_are_retried_by_kind(void **state)
{
    (void)state;
    console.snap.causes[0].hash = 0;
    press('6');
    press('r');
    assert_string_equal(open_dialog(), "retry");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, console_begin)
        T(enter_lists_the_documents_of_the_cause_and_esc_goes_back),
        T(o_lists_all_documents_and_causes_again),
        T(r_retries_exactly_the_cause_after_a_question),
        T(what_needs_a_change_says_so_and_offers_one),
        T(what_the_run_tries_by_itself_needs_no_retry),
        T(the_cursor_stays_on_its_cause_when_the_order_changes),
        T(a_cause_that_healed_leaves_the_rows),
        T(the_others_are_retried_by_kind),
#undef T
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
