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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            OS_11_nobody_there_a_hold_has_a_minute_and_an_outage_two_hours),
        cmocka_unit_test(who_looks_on_is_waited_for),
        cmocka_unit_test(what_was_said_holds_in_both_cases),
        cmocka_unit_test(OS_11_of_on_error_stop_a_hold_is_the_end_unless_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
