/* The operator's notices: in order, printable, and the newest of them kept. */
#include "config.h"
#include "core/notices.h"
#include "tests/support/tap.h"

#include <string.h>

static struct notices *notices;
static struct snapshot seen;

static int setup(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof seen);
    notices = notices_new();
    return notices ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    notices_free(notices);
    return 0;
}

static const char *next(void)
{
    notices_fill(notices, &seen);
    return seen.message;
}

static void who_looks_in_order_misses_none(void **state)
{
    (void)state;
    seen.message_seq = UINT64_MAX; /* from the first one on */
    notices_add(notices, "one");
    notices_add(notices, "two");
    assert_string_equal(next(), "one");
    assert_string_equal(next(), "two");
    assert_string_equal(next(), "two");
    assert_int_equal(seen.message_seq, 2);
    for (int i = 3; i < 50; i++)
        notices_add(notices, "%d", i);
    assert_string_equal(next(), "34"); /* the last 16 are kept */
    assert_string_equal(next(), "35");
    seen.message_seq = 0;
    assert_string_equal(next(), "49");
}

static void before_the_first_one_there_is_none(void **state)
{
    (void)state;
    assert_string_equal(next(), "");
    assert_int_equal(seen.message_seq, 0);
    seen.message_seq = UINT64_MAX;
    assert_string_equal(next(), "");
    notices_add(notices, "first");
    assert_string_equal(next(), "first");
}

static void SE_05_a_notice_is_made_printable_and_cut(void **state)
{
    char text[5000];

    (void)state;
    notices_add(notices, "exported to %s", "\033[31mred");
    assert_string_equal(next(), "exported to <1B>[31mred");
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    notices_add(notices, "%s", text);
    seen.message_seq = 0;
    assert_true(strlen(next()) < sizeof seen.message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_looks_in_order_misses_none, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(before_the_first_one_there_is_none,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            SE_05_a_notice_is_made_printable_and_cut, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
