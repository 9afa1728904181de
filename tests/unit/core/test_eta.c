/* The time left as it is shown, on a clock of the test's own. */
#include "config.h"
#include "core/eta.h"
#include "tests/support/tap.h"

#include <string.h>

enum { SECOND = 1000, MINUTE = 60000, HOUR = 3600000 };

static struct eta x;
static int64_t now;

static int setup(void **state)
{
    (void)state;
    memset(&x, 0, sizeof x);
    now = 7 * HOUR;
    return 0;
}

/* What is shown so much later of that time left. */
static int64_t after(int64_t ms, int64_t left)
{
    now += ms;
    return eta_settle(&x, left, now);
}

static void it_has_seconds_only_below_two_minutes(void **state)
{
    static const int64_t pairs[][2] = {
        { 0, SECOND },
        { 119400, 119 * SECOND },
        { 2 * MINUTE + 29 * SECOND, 2 * MINUTE },
        { 25 * MINUTE + 31 * SECOND, 26 * MINUTE },
        { 47 * (int64_t)HOUR + 5 * MINUTE, 47 * (int64_t)HOUR + 5 * MINUTE },
        { 50 * (int64_t)HOUR + 5 * MINUTE, 50 * (int64_t)HOUR }
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        after(0, -1);
        assert_int_equal(after(0, pairs[i][0]), pairs[i][1]);
    }
}

static void it_changes_by_one_step_a_second(void **state)
{
    (void)state;
    assert_int_equal(after(0, 25 * MINUTE), 25 * MINUTE);
    assert_int_equal(after(999, 30 * MINUTE), 25 * MINUTE);
    assert_int_equal(after(1, 30 * MINUTE), 26 * MINUTE);
    for (int i = 0; i < 9; i++)
        assert_int_equal(after(100, 21 * MINUTE), 26 * MINUTE);
    assert_int_equal(after(100, 21 * MINUTE), 25 * MINUTE);
    assert_int_equal(after(3 * SECOND, 21 * MINUTE), 22 * MINUTE);
    assert_int_equal(after(HOUR, 20 * MINUTE), 20 * MINUTE);
}

/* Who looked for an hour at a figure that stood has earned one step. */
static void rest_is_no_credit_for_steps(void **state)
{
    (void)state;
    after(0, 25 * MINUTE);
    assert_int_equal(after(HOUR, 25 * MINUTE), 25 * MINUTE);
    assert_int_equal(after(SECOND, 30 * MINUTE), 26 * MINUTE);
}

/* In steps of a second the figure of a short run would be wrong to its end. */
static void a_wrong_guess_is_corrected_within_a_second(void **state)
{
    (void)state;
    after(0, 115 * SECOND);
    assert_int_equal(after(999, 66 * SECOND), 115 * SECOND);
    assert_int_equal(after(1, 66 * SECOND), 66 * SECOND);
    assert_int_equal(after(SECOND, 90 * SECOND), 90 * SECOND);
    assert_int_equal(after(SECOND, 80 * SECOND), 89 * SECOND); /* no guess */
    after(0, -1);
    after(0, 300 * 24 * (int64_t)HOUR);
    assert_int_equal(after(SECOND, 3 * MINUTE), 3 * MINUTE);
}

static void steps_get_smaller_on_the_way_down(void **state)
{
    (void)state;
    after(0, 2 * MINUTE);
    assert_int_equal(after(SECOND, 110 * SECOND), 119 * SECOND);
    assert_int_equal(after(SECOND, 110 * SECOND), 118 * SECOND);
    assert_int_equal(after(SECOND, 2 * MINUTE), 119 * SECOND);
    assert_int_equal(after(SECOND, 2 * MINUTE), 2 * MINUTE);
}

static void what_was_not_known_begins_anew(void **state)
{
    (void)state;
    after(0, 25 * MINUTE);
    assert_int_equal(after(0, -1), -1);
    assert_int_equal(after(0, 3 * MINUTE), 3 * MINUTE);
}

/* A run that stored ten of a hundred documents in a minute. */
static struct snapshot well_under_way(void)
{
    return (struct snapshot){ .state = RUN_RUNNING, .total = 100,
                              .processed = 10, .elapsed_ms = MINUTE };
}

static void nothing_is_said_while_the_mean_means_nothing(void **state)
{
    struct snapshot s = well_under_way();

    (void)state;
    assert_true(eta_means_something(&s));
    s.state = RUN_RETRYING;
    assert_true(eta_means_something(&s));
    s.state_ms = 10 * SECOND; /* it may stay so */
    assert_false(eta_means_something(&s));
    s = well_under_way();
    s.state = RUN_PAUSED;
    assert_false(eta_means_something(&s));
    s = well_under_way();
    s.processed = 100;
    assert_false(eta_means_something(&s));
}

static void the_first_seconds_count_once_a_hundredth_is_done(void **state)
{
    struct snapshot s = well_under_way();

    (void)state;
    s.paused_ms = 55 * SECOND; /* five seconds of work */
    assert_true(eta_means_something(&s));
    s.resumed_at = 10; /* none of it by this run */
    assert_false(eta_means_something(&s));
    s.paused_ms = 0;
    assert_true(eta_means_something(&s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_has_seconds_only_below_two_minutes, setup),
        cmocka_unit_test_setup(it_changes_by_one_step_a_second, setup),
        cmocka_unit_test_setup(rest_is_no_credit_for_steps, setup),
        cmocka_unit_test_setup(a_wrong_guess_is_corrected_within_a_second,
                               setup),
        cmocka_unit_test_setup(steps_get_smaller_on_the_way_down, setup),
        cmocka_unit_test_setup(what_was_not_known_begins_anew, setup),
        cmocka_unit_test(nothing_is_said_while_the_mean_means_nothing),
        cmocka_unit_test(the_first_seconds_count_once_a_hundredth_is_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
