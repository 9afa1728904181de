/* What counts as the speed of a run, second by second. Whole runs, with luck
 * and changes, are in test_eta_runs.c. */
#include "config.h"
#include "core/speed.h"
#include "tests/support/tap.h"

#include <string.h>

#include "core/progress.h"

static struct speed p;
static double work;

static int setup(void **state)
{
    (void)state;
    memset(&p, 0, sizeof p);
    work = 0;
    speed_tick(&p, work, 1, SPEED_WORKS);
    return 0;
}

static void live(int seconds, double done, enum speed_second how)
{
    for (int i = 0; i < seconds; i++)
        speed_tick(&p, work += done, 1, how);
}

static void is_about(double wanted)
{
    double is = speed_per_s(&p);

    if (is < wanted * 0.95 - 1e-9 || is > wanted * 1.05 + 1e-9)
        fail_msg("%g is not about %g", is, wanted);
}

static void nothing_is_known_at_first(void **state)
{
    (void)state;
    assert_int_equal(speed_left_ms(&p, 1000), -1);
    live(20, 50, SPEED_WORKS);
    assert_int_equal(speed_left_ms(&p, 1000), 20000);
    assert_int_equal(speed_left_ms(&p, 0), 0);
    assert_int_equal(speed_left_ms(&p, -1), -1); /* nobody knows what is left */
    assert_int_equal(speed_left_ms(&p, 1e12), -1);
}

/* What an earlier run did is passed over in no time. */
static void the_work_of_earlier_runs_is_in_no_speed(void **state)
{
    (void)state;
    memset(&p, 0, sizeof p);
    speed_tick(&p, -1, 1, SPEED_WORKS);
    work = 1e6;
    live(21, 50, SPEED_WORKS);
    is_about(50);
}

static void a_pause_is_in_no_speed_and_neither_is_what_ends_in_it(void **state)
{
    (void)state;
    live(60, 50, SPEED_WORKS);
    live(3, 10, SPEED_STANDS);
    live(3600, 0, SPEED_STANDS);
    assert_int_equal(speed_left_ms(&p, 1000), 20000);
    live(2, 10, SPEED_WORKS); /* it has to fill its queues again */
    live(10, 50, SPEED_WORKS);
    is_about(50);
}

static void an_outage_is_in_no_speed(void **state)
{
    (void)state;
    live(60, 50, SPEED_WORKS);
    live(420, 0, SPEED_OUTAGE);
    is_about(50);
    live(20, 25, SPEED_WORKS);
    is_about(25);
}

/* One of several endpoints is out, and the others work. */
static void work_during_an_outage_counts(void **state)
{
    (void)state;
    live(60, 50, SPEED_WORKS);
    live(20, 20, SPEED_OUTAGE);
    is_about(20);
}

static void one_throttle_is_in_no_speed_but_those_that_return_are(void **state)
{
    (void)state;
    live(30, 100, SPEED_WORKS);
    live(30, 0, SPEED_WAITS);
    is_about(100);
    live(30, 100, SPEED_WORKS);
    live(30, 0, SPEED_WAITS);
    is_about(50);
    live(30, 100, SPEED_WORKS);
    is_about(50);
    live(200, 100, SPEED_WORKS); /* it does so no more */
    is_about(100);
}

static void another_rate_is_known_after_some_seconds(void **state)
{
    (void)state;
    live(300, 100, SPEED_WORKS);
    live(5, 25, SPEED_WORKS);
    is_about(25);
    live(60, 25, SPEED_WORKS);
    live(5, 200, SPEED_WORKS);
    is_about(200);
}

/* A tenth of it, for more than three minutes. */
static void noise_is_no_change(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        live(1, 90, SPEED_WORKS);
        live(1, 110, SPEED_WORKS);
    }
    assert_int_equal(p.since, 0);
    assert_int_equal(p.count, 200);
    is_about(100);
}

static void a_changed_setting_needs_less_of_a_proof(void **state)
{
    (void)state;
    for (int hint = 0; hint < 2; hint++) {
        setup(state);
        for (int i = 0; i < 60; i++)
            live(1, i % 3 * 60, SPEED_WORKS);
        if (hint)
            speed_hint(&p);
        for (int i = 0; i < 9; i++)
            live(1, 50 + i % 3 * 60, SPEED_WORKS);
        assert_int_equal(p.since > 0 || p.count < 60, hint);
    }
}

/* One request of five seconds after the other: no second without work is a
 * change, and what is under way is done in part. */
static void bursts_are_spread_over_the_time_that_made_them(void **state)
{
    (void)state;
    for (int i = 0; i < 12; i++) {
        live(4, 0, SPEED_WORKS);
        live(1, 100, SPEED_WORKS);
    }
    is_about(20);
    live(3, 0, SPEED_WORKS);
    is_about(20);
    assert_int_equal(speed_left_ms(&p, 1000), 47000);
    live(100, 0, SPEED_WORKS); /* this is no burst any more */
    assert_true(speed_per_s(&p) < 2);
}

static void OS_09_stopped_time_is_in_no_speed(void **state)
{
    (void)state;
    live(20, 50, SPEED_WORKS);
    work += 5;
    speed_skip(&p);
    speed_tick(&p, work, 3600, SPEED_WORKS);
    is_about(50);
    live(1, 50, SPEED_WORKS);
    is_about(50);
}

/* 1,000 bytes a second: 100 documents of 100 bytes, then some of ten times
 * their size. The number is guessed wrong, the time is not. */
static void the_time_left_is_by_bytes_when_sizes_vary(void **state)
{
    struct progress is = { 0 };

    (void)state;
    for (uint64_t s = 1; s <= 100; s++) {
        is = progress_of(s <= 10 ? s * 10 : 90 + s, 0, s * 1000, 110000,
                         false);
        speed_tick(&p, is.work, 1, SPEED_WORKS);
        assert_in_range(speed_left_ms(&p, is.work_left), (110 - s) * 1000 - 1,
                        (110 - s) * 1000 + 1);
    }
    assert_true(is.estimated);
    assert_in_range(is.total, 190 + 10, 190 + 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_known_at_first, setup),
        cmocka_unit_test_setup(the_work_of_earlier_runs_is_in_no_speed, setup),
        cmocka_unit_test_setup(
            a_pause_is_in_no_speed_and_neither_is_what_ends_in_it, setup),
        cmocka_unit_test_setup(an_outage_is_in_no_speed, setup),
        cmocka_unit_test_setup(work_during_an_outage_counts, setup),
        cmocka_unit_test_setup(
            one_throttle_is_in_no_speed_but_those_that_return_are, setup),
        cmocka_unit_test_setup(another_rate_is_known_after_some_seconds, setup),
        cmocka_unit_test_setup(noise_is_no_change, setup),
        cmocka_unit_test_setup(a_changed_setting_needs_less_of_a_proof, setup),
        cmocka_unit_test_setup(bursts_are_spread_over_the_time_that_made_them,
                               setup),
        cmocka_unit_test_setup(OS_09_stopped_time_is_in_no_speed, setup),
        cmocka_unit_test_setup(the_time_left_is_by_bytes_when_sizes_vary,
                               setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
