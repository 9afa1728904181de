/* Retry, and what may be changed before it. */
#include "config.h"
#include "tests/support/console/console_tools.h"
#include "tests/support/tap.h"

static void retry_ticks_what_is_worth_it_and_sends_kinds(void **state)
{
    (void)state;
    press('r');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 2);
    assert_string_equal(heard[0].select.kind, "embed/limited/429");
    assert_string_equal(heard[1].select.kind, "embed/network/0");
}

static void a_retry_says_how_long_it_takes_or_that_nobody_knows(void **state)
{
    (void)state;
    console.snap.rate = 50;
    press('r');
    assert_true(is_shown("selected 250 of 408   about 5 s of work at the "
                         "present rate"));
    console.snap.rate = 0;
    assert_true(is_shown("for how long is not known: nothing is stored now"));
}

static void all_kinds_are_one_command(void **state)
{
    (void)state;
    press('r');
    press('a');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_RETRY);
    assert_int_equal(heard[0].select.by, SELECT_ALL);
}

static void a_retry_says_when_and_in_what_requests(void **state)
{
    (void)state;
    press('r');
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].when, RETRY_NOW);
    assert_int_equal(heard[0].batch, RETRY_BATCH_MAX);
    press('r');
    press(KEYCODE_UP); /* there is nothing above the first kind */
    for (uint32_t i = 0; i < console.snap.kind_count; i++)
        press(KEYCODE_DOWN);
    press(' ');
    press(KEYCODE_DOWN);
    press(KEYCODE_LEFT); /* down the ladder from 32 */
    assert_true(is_shown("[  24 ]"));
    type("33");
    press(KEYCODE_ENTER);
    assert_string_equal(open_dialog(), "retry");
    assert_true(is_shown("the batch takes 1 to 32"));
    type("7");
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 4);
    assert_int_equal(heard[2].when, RETRY_AT_END);
    assert_int_equal(heard[2].batch, 7);
    assert_int_equal(heard[3].batch, 7);
}

static void a_retry_of_what_can_succeed_comes_behind_new_settings(
    void **state)
{
    (void)state;
    press('r');
    press('c');
    assert_string_equal(open_dialog(), "tune");
    assert_true(is_shown("\u25b8 requests/min")); /* 429 */
    type("60");
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 2);
    assert_int_equal(heard[0].kind, COMMAND_SET);
    assert_int_equal(heard[0].value, 60);
    assert_int_equal(heard[1].kind, COMMAND_RETRY);
    assert_string_equal(heard[1].select.kind, "embed/limited/429");
    press('b');
    type("7");
    press(KEYCODE_ENTER); /* on its own it retries nothing */
    assert_int_equal(heard_count, 3);
}

static void what_was_rejected_is_retried_in_another_way(void **state)
{
    (void)state;
    press('r');
    type("jjjjc");
    assert_string_equal(open_dialog(), "change");
    assert_true(is_shown("line 622,817: \"text\" is missing"));
    press(KEYCODE_ENTER);
    assert_true(is_shown("nothing is changed: they would be rejected again"));
    press(' ');
    press(KEYCODE_DOWN);
    press(KEYCODE_DOWN);
    type("2000");
    press(KEYCODE_ENTER);
    assert_true(is_shown("the longest record takes 1 to 1024 MB"));
    type("64");
    press(KEYCODE_ENTER);
    assert_string_equal(open_dialog(), "");
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_RETRY);
    assert_string_equal(heard[0].select.kind, "read/input/0");
    assert_true(heard[0].reread.replace_utf8);
    assert_false(heard[0].reread.send_blank);
    assert_int_equal(heard[0].reread.line_mb, 64);
}

static void what_only_others_can_change_is_said_and_not_sent(void **state)
{
    (void)state;
    press('r');
    type("jc");
    assert_true(is_shown("input longer than 8,192 tokens (9,114)"));
    assert_true(is_shown("Mend them in a file of their"));
    press(KEYCODE_ENTER);
    press(' ');
    assert_string_equal(open_dialog(), "change");
    press(KEYCODE_ESC);
    assert_string_equal(open_dialog(), "retry");
    assert_int_equal(heard_count, 0);
    console.snap.kinds[1].cause.kind = ERROR_AUTH;
    press('c');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_string_equal(heard[0].select.kind, "embed/refused/400");
}

static void a_retry_may_be_of_the_row_alone(void **state)
{
    (void)state;
    type("6oj ");
    press('r');
    assert_true(is_shown("(\u2022) the 1 tagged"));
    press(KEYCODE_RIGHT);
    assert_true(is_shown("(\u2022) only "));
    assert_true(is_shown("Enter retry 1 "));
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].select.by, SELECT_ONE);
    assert_int_equal(heard[0].select.pos, console.snap.failures[2].pos);
    assert_int_equal(console.view.tagged.tags, 1); /* they were not meant */
    press('r');
    press(KEYCODE_DOWN);
    press(' '); /* to tick a kind is to mean kinds */
    assert_true(is_shown("(\u2022) by kind"));
    assert_true(is_shown("selected 38 of 408"));
    press('a');
    assert_true(is_shown("selected 408 of 408"));
    press(KEYCODE_ENTER);
    assert_int_equal(heard[1].select.by, SELECT_ALL);
}

static void nothing_ticked_sends_nothing(void **state)
{
    (void)state;
    press('r');
    press('a');
    press('a');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 0);
    assert_string_equal(toast(), "nothing was ticked");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, console_begin)
        T(retry_ticks_what_is_worth_it_and_sends_kinds),
        T(a_retry_says_how_long_it_takes_or_that_nobody_knows),
        T(all_kinds_are_one_command),
        T(a_retry_says_when_and_in_what_requests),
        T(a_retry_of_what_can_succeed_comes_behind_new_settings),
        T(what_was_rejected_is_retried_in_another_way),
        T(what_only_others_can_change_is_said_and_not_sent),
        T(a_retry_may_be_of_the_row_alone),
        T(nothing_ticked_sends_nothing),
#undef T
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
