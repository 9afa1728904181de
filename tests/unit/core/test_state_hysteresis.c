/* Which state a run shows, on a clock of the test's own. */
#include "config.h"
#include "core/state_hysteresis.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

static struct state_hysteresis shown;
static struct snapshot s;

static int setup(void **state)
{
    (void)state;
    memset(&shown, 0, sizeof shown);
    return 0;
}

/* What is shown at this instant of a run that really is in that state. */
static enum run_state look(int64_t now_ms, enum run_state real,
                           const char *reason)
{
    s.now_ms = now_ms;
    s.state = real;
    snprintf(s.reason, sizeof s.reason, "%s", reason);
    snprintf(s.remedy, sizeof s.remedy, "%s", *reason ? "what to do" : "");
    state_hysteresis_apply(&shown, &s);
    return s.state;
}

static void a_state_that_comes_and_goes_is_shown_for_a_second(void **state)
{
    (void)state;
    assert_int_equal(look(5000, RUN_RUNNING, ""), RUN_RUNNING);
    assert_int_equal(look(9000, RUN_THROTTLED, "slow down"), RUN_THROTTLED);
    assert_int_equal(look(9200, RUN_RUNNING, ""), RUN_THROTTLED);
    assert_string_equal(s.reason, "slow down");
    assert_string_equal(s.remedy, ""); /* it is over */
    assert_int_equal(s.state_ms, 200);
    assert_int_equal(look(9999, RUN_HELD, "memory"), RUN_THROTTLED);
    assert_int_equal(look(10000, RUN_RUNNING, ""), RUN_RUNNING);
    assert_string_equal(s.reason, "");
    assert_int_equal(s.state_ms, 0);
    assert_int_equal(look(10999, RUN_RETRYING, "down"), RUN_RUNNING);
    assert_string_equal(s.reason, "");
    assert_int_equal(look(11000, RUN_RETRYING, "down"), RUN_RETRYING);
    assert_string_equal(s.remedy, "what to do");
}

static void the_newest_reason_of_a_state_is_kept(void **state)
{
    (void)state;
    look(5000, RUN_RUNNING, "");
    look(9000, RUN_THROTTLED, "first");
    look(9100, RUN_THROTTLED, "second");
    assert_int_equal(look(9200, RUN_RUNNING, ""), RUN_THROTTLED);
    assert_string_equal(s.reason, "second");
}

static void a_hand_and_the_end_show_at_once(void **state)
{
    static const enum run_state at_once[] = { RUN_PAUSED, RUN_DRAINING,
                                              RUN_STOPPING, RUN_DONE,
                                              RUN_FAILED };

    (void)state;
    for (size_t i = 0; i < sizeof at_once / sizeof at_once[0]; i++) {
        int64_t now = 20000 * ((int64_t)i + 1);

        look(now, RUN_RUNNING, "");
        look(now + 5000, RUN_THROTTLED, "slow down");
        assert_int_equal(look(now + 5001, at_once[i], "why"), at_once[i]);
        assert_string_equal(s.reason, "why");
        assert_int_equal(look(now + 5002, RUN_RUNNING, ""), RUN_RUNNING);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_state_that_comes_and_goes_is_shown_for_a_second),
        TEST(the_newest_reason_of_a_state_is_kept),
        TEST(a_hand_and_the_end_show_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
