/* The end of a run as it is shown, on a clock of the test's own. */
#include "config.h"
#include "core/eta.h"
#include "tests/support/tap.h"

#include <string.h>

enum { SECOND = 1000, MINUTE = 60000, HOUR = 3600000, WALL = 1800000000 };

static struct eta x;
static int64_t now;

static int setup(void **state)
{
    (void)state;
    memset(&x, 0, sizeof x);
    now = 7 * HOUR;
    return 0;
}

/* What is shown so much later of that estimate. */
static int64_t after(int64_t ms, int64_t left)
{
    now += ms;
    return eta_settle(&x, left, 0, now, WALL + now / SECOND);
}

static int64_t wall_in(int64_t ms)
{
    return WALL + (now + ms) / SECOND;
}

/* While the run does as estimated the clock stands, the time counts down. */
static void the_end_stands_while_the_time_counts_down(void **state)
{
    int64_t end;

    (void)state;
    assert_int_equal(after(0, 25 * MINUTE), 25 * MINUTE);
    end = x.done_wall_s;
    assert_int_equal(end, wall_in(25 * MINUTE));
    assert_int_equal(after(MINUTE, 24 * MINUTE), 24 * MINUTE);
    assert_int_equal(after(250, 24 * MINUTE), 24 * MINUTE);
    assert_int_equal(after(SECOND, 24 * MINUTE + 50 * SECOND),
                     24 * MINUTE - SECOND);
    assert_int_equal(x.done_wall_s, end);
}

static void a_small_error_is_mended_once_in_five_seconds(void **state)
{
    (void)state;
    after(0, 25 * MINUTE);
    assert_int_equal(after(4999, 27 * MINUTE), 25 * MINUTE - 5 * SECOND);
    assert_int_equal(after(1, 27 * MINUTE), 27 * MINUTE);
    assert_int_equal(x.done_wall_s, wall_in(27 * MINUTE));
}

static void a_wrong_guess_is_mended_within_a_second(void **state)
{
    (void)state;
    after(0, 115 * SECOND);
    assert_int_equal(after(999, 66 * SECOND), 114 * SECOND);
    assert_int_equal(after(1, 66 * SECOND), 66 * SECOND);
    after(0, -1);
    after(0, 300 * 24 * (int64_t)HOUR);
    assert_int_equal(after(SECOND, 3 * MINUTE), 3 * MINUTE);
}

/* What is late is not over before it is. */
static void the_last_second_lasts_until_the_end(void **state)
{
    (void)state;
    after(0, 2 * SECOND);
    assert_int_equal(after(3 * SECOND, 0), SECOND);
    assert_int_equal(after(SECOND, 4 * SECOND), 4 * SECOND);
}

static void what_was_not_known_begins_anew(void **state)
{
    (void)state;
    after(0, 25 * MINUTE);
    assert_int_equal(after(0, -1), -1);
    assert_int_equal(x.done_wall_s, 0);
    assert_int_equal(after(0, 26 * MINUTE), 26 * MINUTE);
}

/* A machine slept for an hour, or somebody set its clock. */
static void LD_13_the_end_follows_a_clock_that_is_set(void **state)
{
    (void)state;
    after(0, 25 * MINUTE);
    assert_int_equal(eta_settle(&x, 25 * MINUTE, 0, now,
                                WALL + now / SECOND + 2),
                     25 * MINUTE);
    assert_int_equal(x.done_wall_s, wall_in(25 * MINUTE));
    eta_settle(&x, 25 * MINUTE, 0, now, WALL + now / SECOND + 3600);
    assert_int_equal(x.done_wall_s, wall_in(25 * MINUTE) + 3600);
}

/* A run that stored ten of a hundred documents in a minute. */
static struct snapshot well_under_way(void)
{
    return (struct snapshot){ .state = RUN_RUNNING, .total = 100,
                              .processed = 10, .elapsed_ms = MINUTE };
}

static void nothing_is_said_while_the_run_stands(void **state)
{
    static const enum run_state states[] = { RUN_RETRYING, RUN_HELD };
    struct snapshot s = well_under_way();

    (void)state;
    assert_true(eta_means_something(&s));
    for (int i = 0; i < 2; i++) {
        s.state = states[i];
        s.state_ms = 0;
        assert_true(eta_means_something(&s));
        s.state_ms = 10 * SECOND; /* it may stay so */
        assert_false(eta_means_something(&s));
        assert_true(eta_stands(&s));
    }
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
        cmocka_unit_test_setup(the_end_stands_while_the_time_counts_down,
                               setup),
        cmocka_unit_test_setup(a_small_error_is_mended_once_in_five_seconds,
                               setup),
        cmocka_unit_test_setup(a_wrong_guess_is_mended_within_a_second, setup),
        cmocka_unit_test_setup(the_last_second_lasts_until_the_end, setup),
        cmocka_unit_test_setup(what_was_not_known_begins_anew, setup),
        cmocka_unit_test_setup(LD_13_the_end_follows_a_clock_that_is_set,
                               setup),
        cmocka_unit_test(nothing_is_said_while_the_run_stands),
        cmocka_unit_test(the_first_seconds_count_once_a_hundredth_is_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
