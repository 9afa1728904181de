/* How long a run waits, by its options. */
#include "config.h"
#include "flow/patience.h"
#include "tests/support/tap.h"

static struct patience of(const char *hold, const char *outage, bool attended)
{
    const struct options opt = { .hold_limit = (char *)hold,
                                 .outage_limit = (char *)outage,
                                 .on_error = ON_ERROR_DATA };

    return patience_of(&opt, attended);
}

static void OS_11_nobody_there_a_hold_has_a_minute_and_an_outage_two_hours(
    void **state)
{
    struct patience p = of("", "", false);

    (void)state;
    assert_int_equal(p.hold_ms, 60000);
    assert_int_equal(p.outage_ms, 7200000);
}

static void who_looks_on_is_waited_for(void **state)
{
    struct patience p = of("", "", true);

    (void)state;
    assert_int_equal(p.hold_ms, -1);
    assert_int_equal(p.outage_ms, -1);
}

static void what_was_said_holds_in_both_cases(void **state)
{
    (void)state;
    for (int attended = 0; attended < 2; attended++) {
        struct patience p = of("10m", "0", attended);

        assert_int_equal(p.hold_ms, 600000);
        assert_int_equal(p.outage_ms, 0);
        p = of("off", "off", attended);
        assert_int_equal(p.hold_ms, -1);
        assert_int_equal(p.outage_ms, -1);
    }
}

static void OS_11_of_on_error_stop_a_hold_is_the_end_unless_said(void **state)
{
    struct options opt = { .hold_limit = (char *)"",
                           .outage_limit = (char *)"",
                           .on_error = ON_ERROR_STOP };

    (void)state;
    assert_int_equal(patience_of(&opt, true).hold_ms, 0);
    assert_int_equal(patience_of(&opt, false).hold_ms, 0);
    assert_int_equal(patience_of(&opt, true).outage_ms, -1);
    opt.hold_limit = (char *)"90s";
    assert_int_equal(patience_of(&opt, false).hold_ms, 90000);
}

/* A batch of 100 fails; whenever one document fits, the next batch fails. */
static void OS_12_small_pieces_that_fit_do_not_turn_the_clock_back(
    void **state)
{
    struct trouble t = { 0 };
    int64_t now = 1000;

    (void)state;
    assert_int_equal(trouble_ms(&t, now), -1);
    assert_true(trouble_failed(&t, 100, now));
    for (int i = 0; i < 40; i++, now += 100) {
        trouble_answered(&t, 1 + (size_t)i % 20, now + 98);
        assert_false(trouble_failed(&t, 100 - (size_t)i, now + 100));
    }
    assert_in_range(trouble_ms(&t, now), 3800, 4000);
}

static void OS_12_the_batch_that_failed_ends_it_when_it_is_served(void **state)
{
    struct trouble t = { 0 };

    (void)state;
    trouble_failed(&t, 64, 0);
    trouble_failed(&t, 1, 3600000);
    trouble_answered(&t, 63, 3600001);
    assert_int_equal(trouble_ms(&t, 3600001), 3600001);
    trouble_answered(&t, 64, 3600002);
    assert_int_equal(trouble_ms(&t, 3600002), -1);
    assert_true(trouble_failed(&t, 1, 3600003));
    assert_int_equal(trouble_ms(&t, 3600004), 1);
}

static void OS_12_or_as_much_time_served_as_was_lost(void **state)
{
    struct trouble t = { 0 };

    (void)state;
    trouble_failed(&t, 64, 0);
    trouble_answered(&t, 1, 1000);
    assert_int_equal(trouble_ms(&t, 1400), 600);
    assert_false(trouble_failed(&t, 2, 1400));
    trouble_answered(&t, 2, 1500);
    assert_int_equal(trouble_ms(&t, 2100), 100);
    assert_int_equal(trouble_ms(&t, 2200), -1);
    assert_true(trouble_failed(&t, 2, 2300));
    assert_int_equal(trouble_ms(&t, 2300), 0);
}

/* As wherever the first second of a minute is served. */
static void OS_12_of_throttles_any_answer_is_the_end(void **state)
{
    struct trouble t = { 0 };

    (void)state;
    for (int64_t now = 0; now < 36000000; now += 60000) {
        assert_true(trouble_failed(&t, 0, now));
        assert_int_equal(trouble_ms(&t, now + 59000), 59000);
        trouble_answered(&t, 1, now + 59000);
        assert_int_equal(trouble_ms(&t, now + 59000), -1);
    }
}

/* What a start does that is answered so each time, after the wait that each
 * answer names: how it ends, and when. */
static enum opening_next opens(const struct options *o, bool attended,
                               const struct error *err, int64_t *took_ms)
{
    const struct patience p = patience_of(o, attended);
    struct opening opening = opening_of(o, &p, 0);
    enum opening_next next;
    int64_t wait = err->retry_after_ms > 0 ? err->retry_after_ms : 8000, now;

    for (now = 0; now < 24 * 3600 * 1000; now += wait) {
        next = opening_failed(&opening, err, wait, now);
        if (next != OPENING_AGAIN)
            break;
    }
    *took_ms = now;
    return next;
}

static void OS_15_no_answer_holds_a_start_without_end(void **state)
{
    static const struct {
        enum error_kind kind;
        int64_t named_ms; /* -1: none */
        const char *limit;
        bool attended;
        enum opening_next end;
        int64_t from_ms, to_ms;
    } row[] = {
        { ERROR_LIMITED, -1, "", true, OPENING_LATER, 60000, 68000 },
        { ERROR_LIMITED, 1000, "", true, OPENING_LATER, 60000, 61000 },
        { ERROR_LIMITED, 3600000, "", true, OPENING_LATER, 3600000, 3600000 },
        { ERROR_LIMITED, 3600000, "", false, OPENING_LATER, 3600000, 3600000 },
        { ERROR_LIMITED, 3600000, "30m", true, OPENING_OUTAGE, 0, 0 },
        { ERROR_LIMITED, -1, "10m", true, OPENING_OUTAGE, 600000, 608000 },
        { ERROR_LIMITED, -1, "1s", true, OPENING_OUTAGE, 1000, 8000 },
        { ERROR_SERVER, -1, "", true, OPENING_REFUSED, 40000, 40000 },
        { ERROR_SERVER, 30000, "", true, OPENING_REFUSED, 150000, 150000 },
        { ERROR_SERVER, 3600000, "", true, OPENING_REFUSED, 3600000, 3600000 },
        { ERROR_SERVER, 3600000, "30m", false, OPENING_OUTAGE, 0, 0 },
        { ERROR_NETWORK, -1, "off", true, OPENING_REFUSED, 40000, 40000 },
        { ERROR_AUTH, -1, "", true, OPENING_REFUSED, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const struct options o = { .hold_limit = (char *)"",
                                   .outage_limit = (char *)row[i].limit,
                                   .on_error = ON_ERROR_DATA,
                                   .retries = 5 };
        const struct error err = { .kind = row[i].kind,
                                   .retry_after_ms = row[i].named_ms };
        int64_t took;

        if (opens(&o, row[i].attended, &err, &took) != row[i].end ||
            took < row[i].from_ms || took > row[i].to_ms)
            fail_msg("row %zu ends after %lld ms", i, (long long)took);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            OS_11_nobody_there_a_hold_has_a_minute_and_an_outage_two_hours),
        cmocka_unit_test(who_looks_on_is_waited_for),
        cmocka_unit_test(what_was_said_holds_in_both_cases),
        cmocka_unit_test(OS_11_of_on_error_stop_a_hold_is_the_end_unless_said),
        cmocka_unit_test(
            OS_12_small_pieces_that_fit_do_not_turn_the_clock_back),
        cmocka_unit_test(
            OS_12_the_batch_that_failed_ends_it_when_it_is_served),
        cmocka_unit_test(OS_12_or_as_much_time_served_as_was_lost),
        cmocka_unit_test(OS_12_of_throttles_any_answer_is_the_end),
        cmocka_unit_test(OS_15_no_answer_holds_a_start_without_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
