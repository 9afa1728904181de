/*
 * The circuit breaker of the gate before a service, and its probes, on a clock
 * that the test moves.
 */
#include "config.h"
#include "tests/support/flow/gate_tools.h"

#include "sys/clock.h"

static void trip(struct gate *g, int64_t now)
{
    struct error err = failure(ERROR_NETWORK, -1);

    for (int i = 0; i < GATE_TRIP; i++)
        once(g, &err, now);
}

static void EM_02_so_many_misses_in_a_row_open_the_breaker(void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    struct error err = failure(ERROR_SERVER, -1);
    int64_t now = clock_ms() + 1000;
    struct gate_stats stats;
    enum gate_why why;

    (void)state;
    for (int i = 0; i < GATE_TRIP - 1; i++)
        once(g, &err, now);
    once(g, NULL, now);
    for (int i = 0; i < GATE_TRIP - 1; i++)
        once(g, &err, now);
    gate_stats(g, now, &stats);
    assert_false(stats.outage);
    once(g, &err, now);
    gate_stats(g, now, &stats);
    assert_true(stats.outage);
    assert_true(stats.probe_ms > 0);
    assert_string_equal(stats.last.text, "scripted");
    assert_true(enter(g, now, &why) > 0);
    assert_int_equal(why, GATE_OUTAGE);
    gate_free(g);
}

static void EM_02_a_hand_makes_the_next_probe_due(void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    int64_t now = clock_ms() + 1000;
    struct gate_stats stats;
    enum gate_why why;

    (void)state;
    trip(g, now);
    assert_true(enter(g, now, &why) > 0);
    gate_probe_now(g, now);
    gate_stats(g, now, &stats);
    assert_true(stats.outage); /* nobody knows yet */
    assert_int_equal(enter(g, now, &why), 0);
    assert_int_equal(why, GATE_OUTAGE);
    assert_true(enter(g, now, &why) > 0); /* one at a time */
    gate_free(g);
}

static void EM_02_one_probe_at_a_time_until_one_succeeds(void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    struct error err = failure(ERROR_NETWORK, -1);
    int64_t now = clock_ms() + 1000, wait, last = 0;
    struct gate_stats stats;
    enum gate_why why;

    (void)state;
    trip(g, now);
    for (int i = 0; i < 12; i++) {
        wait = enter(g, now, &why);
        assert_in_range(wait, 1, GATE_PROBE_CAP_MS);
        assert_true(wait >= last || wait == GATE_PROBE_CAP_MS);
        last = wait;
        now += wait;
        assert_int_equal(enter(g, now, &why), 0);
        assert_true(enter(g, now + GATE_PROBE_CAP_MS, &why) > 0);
        assert_int_equal(why, GATE_OUTAGE);
        gone(g, &err, now, 0.5);
    }
    now += GATE_PROBE_CAP_MS;
    once(g, NULL, now);
    gate_stats(g, now, &stats);
    assert_false(stats.outage);
    for (int i = 0; i < 10; i++)
        assert_int_equal(enter(g, now, &why), 0);
    gate_free(g);
}

static void EM_02_a_straggler_s_failure_lets_no_second_probe_in(void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    struct error err = failure(ERROR_NETWORK, -1);
    int64_t now = clock_ms() + 1000;
    enum gate_why why;

    (void)state;
    for (int i = 0; i < GATE_TRIP + 2; i++)
        assert_int_equal(enter(g, now, &why), 0);
    for (int i = 0; i < GATE_TRIP; i++)
        gone(g, &err, now, 0.5);
    now += GATE_PROBE_CAP_MS; /* two of before are still under way */
    assert_true(enter(g, now, &why) > 0);
    gone(g, &err, now, 0.5);
    gone(g, &err, now, 0.5);
    now += GATE_PROBE_CAP_MS;
    assert_int_equal(enter(g, now, &why), 0);
    assert_true(enter(g, now, &why) > 0);
    assert_int_equal(why, GATE_OUTAGE);
    gate_free(g);
}

static void a_resume_tries_at_once(void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    int64_t now = clock_ms() + 1000;
    enum gate_why why;

    (void)state;
    trip(g, now);
    assert_true(enter(g, now, &why) > 0);
    gate_reset(g, now);
    assert_int_equal(enter(g, now, &why), 0);
    gate_free(g);
}

static void OS_12_trouble_lasts_until_somebody_is_served(void **state)
{
    static const enum error_kind bad[] = { ERROR_LIMITED, ERROR_SERVER,
                                           ERROR_TIMEOUT, ERROR_STOPPED };
    struct gate *g = gate_new(0, 0, 0);
    struct error refused = failure(ERROR_REFUSED, -1);
    int64_t start = clock_ms() + 1000, now = start;
    struct gate_stats stats;
    enum gate_why why;

    (void)state;
    gate_stats(g, now, &stats);
    assert_int_equal(stats.trouble_ms, -1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++, now += 3600000) {
        struct error err = failure(bad[i], -1);

        assert_int_equal(enter(g, now, &why), 0);
        gone(g, &err, now, 0.5);
        gate_stats(g, now, &stats);
        assert_int_equal(stats.trouble_ms, now - start);
    }
    assert_int_equal(enter(g, now, &why), 0);
    gone(g, &refused, now, 0.5);
    gate_stats(g, now, &stats);
    assert_int_equal(stats.trouble_ms, -1);
    trip(g, now);
    gate_reset(g, now + 5);
    gate_stats(g, now + 5, &stats);
    assert_int_equal(stats.trouble_ms, -1);
    gate_free(g);
}

static void came_back(struct gate *g, const struct error *err, size_t asked,
                      int64_t now)
{
    struct gate_ticket t;
    enum gate_why why;

    assert_int_equal(ask(g, &t, 1, 0, now, &why), 0);
    gate_leave(g, &t,
               &(struct gate_answer){ .err = err, .asked = asked,
                                      .documents = err ? 0 : asked,
                                      .chance = 0.5 },
               now);
}

/* A full disk on which single documents fit, as probes. */
static void OS_12_a_probe_that_passes_does_not_end_the_trouble(void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    struct error err = failure(ERROR_LOCAL, -1);
    int64_t start = clock_ms() + 1000, now = start;
    struct gate_stats stats;

    (void)state;
    for (int i = 0; i < 100; i++) {
        came_back(g, &err, 100, now);
        gate_stats(g, now, &stats);
        assert_true(stats.outage);
        assert_int_equal(stats.trouble_ms, now - start);
        now += GATE_PROBE_CAP_MS;
        came_back(g, NULL, 1, now);
        gate_stats(g, now, &stats);
        assert_false(stats.outage);
        assert_int_equal(stats.trouble_ms, now - start);
    }
    came_back(g, NULL, 100, now);
    gate_stats(g, now, &stats);
    assert_int_equal(stats.trouble_ms, -1);
    gate_free(g);
}

/* A run may end for it before the breaker opens, and then says why. */
static void OS_12_trouble_has_its_reason_from_the_first_miss_on(void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    struct error err = failure(ERROR_NETWORK, -1);
    int64_t now = clock_ms() + 1000;
    struct gate_stats stats;

    (void)state;
    once(g, &err, now);
    gate_stats(g, now, &stats);
    assert_false(stats.outage);
    assert_string_equal(stats.last.text, "scripted");
    gate_free(g);
}

static void an_answer_of_any_sort_ends_an_outage_but_a_stop_does_not(
    void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    struct error refused = failure(ERROR_REFUSED, -1);
    struct error stopped = failure(ERROR_STOPPED, -1);
    int64_t now = clock_ms() + 1000;
    struct gate_stats stats;

    (void)state;
    trip(g, now);
    now += GATE_PROBE_CAP_MS;
    once(g, &stopped, now);
    gate_stats(g, now, &stats);
    assert_true(stats.outage);
    once(g, &refused, now);
    gate_stats(g, now, &stats);
    assert_false(stats.outage);
    gate_free(g);
}

static void LD_03_a_full_disk_is_everyone_s_at_once(void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    struct error err = failure(ERROR_LOCAL, -1);
    int64_t now = clock_ms() + 1000;
    struct gate_stats stats;

    (void)state;
    once(g, &err, now);
    gate_stats(g, now, &stats);
    assert_true(stats.outage);
    gate_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(EM_02_so_many_misses_in_a_row_open_the_breaker),
        cmocka_unit_test(EM_02_a_hand_makes_the_next_probe_due),
        cmocka_unit_test(EM_02_one_probe_at_a_time_until_one_succeeds),
        cmocka_unit_test(EM_02_a_straggler_s_failure_lets_no_second_probe_in),
        cmocka_unit_test(a_resume_tries_at_once),
        cmocka_unit_test(OS_12_trouble_lasts_until_somebody_is_served),
        cmocka_unit_test(OS_12_a_probe_that_passes_does_not_end_the_trouble),
        cmocka_unit_test(OS_12_trouble_has_its_reason_from_the_first_miss_on),
        cmocka_unit_test(
            an_answer_of_any_sort_ends_an_outage_but_a_stop_does_not),
        cmocka_unit_test(LD_03_a_full_disk_is_everyone_s_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
