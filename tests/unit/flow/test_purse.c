/* The money of a run, without a run. */
#include "config.h"
#include "flow/purse.h"
#include "tests/support/tap.h"

static struct purse purse;

static int teardown(void **state)
{
    (void)state;
    purse_release(&purse);
    return 0;
}

static void without_a_budget_any_sum_is_there(void **state)
{
    (void)state;
    purse_init(&purse, 0);
    purse_pay(&purse, 1e9);
    assert_int_equal(purse_take(&purse, 1e9), PURSE_OPEN);
}

static void EM_47_requests_under_way_cannot_pass_the_budget_together(
    void **state)
{
    int let_in = 0;

    (void)state;
    purse_init(&purse, 1);
    purse_pay(&purse, 0.5);
    for (int i = 0; i < 20; i++)
        let_in += purse_take(&purse, 0.1) == PURSE_OPEN;
    assert_in_range(let_in, 4, 5); /* 0.1 is no binary fraction */
}

static void a_request_waits_for_what_others_may_not_need(void **state)
{
    (void)state;
    purse_init(&purse, 1);
    assert_int_equal(purse_take(&purse, 0.75), PURSE_OPEN);
    assert_int_equal(purse_take(&purse, 0.5), PURSE_WAIT);
    purse_pay(&purse, 0.25);
    purse_give_back(&purse, 0.75);
    assert_int_equal(purse_take(&purse, 0.5), PURSE_OPEN);
}

static void EM_47_with_nothing_under_way_what_does_not_fit_never_will(
    void **state)
{
    (void)state;
    purse_init(&purse, 1);
    assert_int_equal(purse_take(&purse, 1.25), PURSE_SPENT);
    purse_pay(&purse, 0.75);
    assert_int_equal(purse_take(&purse, 0.5), PURSE_SPENT);
    assert_int_equal(purse_take(&purse, 0.25), PURSE_OPEN);
    assert_int_equal(purse_take(&purse, 0.5), PURSE_SPENT);
    assert_true(purse_spent(&purse) == 0.75);
}

static void of_sums_set_aside_and_given_back_nothing_stays(void **state)
{
    (void)state;
    purse_init(&purse, 1);
    for (int i = 0; i < 7; i++)
        assert_int_equal(purse_take(&purse, 0.1), PURSE_OPEN);
    for (int i = 0; i < 7; i++)
        purse_give_back(&purse, 0.1);
    assert_int_equal(purse_take(&purse, 1.5), PURSE_SPENT);
    assert_int_equal(purse_take(&purse, 1), PURSE_OPEN);
}

static void EM_47_a_larger_budget_takes_what_was_refused(void **state)
{
    (void)state;
    purse_init(&purse, 1);
    purse_pay(&purse, 0.75);
    assert_false(purse_is_spent(&purse)); /* nobody asked for more */
    assert_int_equal(purse_take(&purse, 0.5), PURSE_SPENT);
    assert_true(purse_is_spent(&purse));
    assert_true(purse_set_budget(&purse, 1.2) == 1);
    assert_true(purse_is_spent(&purse));
    assert_true(purse_set_budget(&purse, 1.25) == 1.2);
    assert_false(purse_is_spent(&purse));
    assert_int_equal(purse_take(&purse, 0.5), PURSE_OPEN);
    assert_true(purse_budget(&purse) == 1.25);
}

static void a_budget_warns_once_when_four_fifths_are_spent(void **state)
{
    (void)state;
    purse_init(&purse, 10);
    purse_pay(&purse, 7.9);
    assert_false(purse_warns(&purse));
    purse_pay(&purse, 0.1);
    assert_true(purse_warns(&purse));
    assert_false(purse_warns(&purse));
    purse_set_budget(&purse, 100);
    assert_false(purse_warns(&purse));
    purse_pay(&purse, 72);
    assert_true(purse_warns(&purse)); /* another budget */
    purse_set_budget(&purse, 90);
    assert_int_equal(purse_take(&purse, 20), PURSE_SPENT);
    assert_false(purse_warns(&purse)); /* too late: that was told */
    purse_set_budget(&purse, 0);
    assert_false(purse_warns(&purse));
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_budget_any_sum_is_there),
        TEST(EM_47_requests_under_way_cannot_pass_the_budget_together),
        TEST(a_request_waits_for_what_others_may_not_need),
        TEST(EM_47_with_nothing_under_way_what_does_not_fit_never_will),
        TEST(of_sums_set_aside_and_given_back_nothing_stays),
        TEST(EM_47_a_larger_budget_takes_what_was_refused),
        TEST(a_budget_warns_once_when_four_fifths_are_spent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
