/* EM-07, ST-07: what a refusal for size teaches, and how it is unlearned. */
#include "config.h"
#include "flow/ceiling.h"
#include "tests/support/tap.h"

#include <string.h>

static void a_refusal_halves_the_count_and_lowers_the_bytes(void **state)
{
    struct ceiling c = { 0 };

    (void)state;
    assert_int_equal(ceiling_docs(&c, 100), 100);
    assert_int_equal(ceiling_size(&c, 0), 0);
    ceiling_failed(&c, 100, 50000, true);
    assert_int_equal(ceiling_docs(&c, 1000), 50);
    assert_int_equal(ceiling_size(&c, 0), 45000);
    assert_int_equal(ceiling_docs(&c, 10), 10);
    ceiling_failed(&c, 2, 50000, true);
    assert_int_equal(ceiling_docs(&c, 0), 1);
}

static void a_few_bytes_that_were_too_many_lift_no_limit(void **state)
{
    struct ceiling c = { 0 };

    (void)state;
    ceiling_failed(&c, 100, 50000, true);
    ceiling_failed(&c, 2, 5, true);
    assert_int_equal(ceiling_size(&c, 0), 5); /* 0 would be none */
}

static void what_did_fit_is_not_forbidden_again(void **state)
{
    struct ceiling c = { 0 };

    (void)state;
    ceiling_served(&c, 80, 9000);
    ceiling_failed(&c, 100, 50000, true);
    assert_int_equal(ceiling_docs(&c, 0), 80);
    assert_int_equal(ceiling_size(&c, 0), 45000);
}

static void the_reason_is_what_no_larger_request_proved_to_fit(void **state)
{
    struct ceiling c = { 0 }, d = { 0 };

    (void)state;
    ceiling_served(&c, 500, 100000);
    ceiling_failed(&c, 40, 300000, true); /* fewer, but larger */
    assert_int_equal(ceiling_docs(&c, 0), 0);
    assert_int_equal(ceiling_size(&c, 0), 270000);
    ceiling_served(&d, 40, 300000);
    ceiling_failed(&d, 500, 100000, true); /* more, but smaller */
    assert_int_equal(ceiling_docs(&d, 0), 250);
    assert_int_equal(ceiling_size(&d, 0), 0);
}

static void a_limit_that_was_lowered_is_learned_anew(void **state)
{
    struct ceiling c = { 0 };

    (void)state;
    ceiling_served(&c, 100, 10000);
    ceiling_failed(&c, 60, 6000, true);
    assert_int_equal(ceiling_docs(&c, 0), 30);
    ceiling_failed(&c, 20, 2000, true);
    assert_int_equal(ceiling_docs(&c, 0), 10);
    assert_int_equal(ceiling_size(&c, 0), 1800);
}

static void EM_23_without_such_words_it_takes_three_failures(void **state)
{
    struct ceiling c = { 0 };

    (void)state;
    for (int i = 1; i < CEILING_FAILURES; i++)
        ceiling_failed(&c, 100, 50000, false);
    ceiling_served(&c, 100, 50000); /* they were accidents */
    for (int i = 1; i < CEILING_FAILURES; i++) {
        ceiling_failed(&c, 200, 90000, false);
        ceiling_served(&c, 100, 45000); /* proves nothing about 200 */
    }
    assert_int_equal(ceiling_docs(&c, 0), 0);
    ceiling_failed(&c, 200, 90000, false);
    assert_int_equal(ceiling_docs(&c, 0), 100);
}

static void EM_23_what_was_learned_so_is_doubted_sooner(void **state)
{
    struct ceiling c = { 0 };

    (void)state;
    for (int i = 0; i < CEILING_FAILURES; i++)
        ceiling_failed(&c, 100, 50000, false);
    assert_int_equal(ceiling_docs(&c, 0), 50);
    for (int i = 0; i < CEILING_PROBE_UNSURE; i++)
        ceiling_served(&c, 50, 25000);
    assert_int_equal(ceiling_docs(&c, 0), 57);
    ceiling_failed(&c, 57, 28500, false); /* it was right: no others */
    assert_int_equal(ceiling_docs(&c, 0), 50);
}

static void EM_23_accidents_do_not_lower_it_further(void **state)
{
    struct ceiling c = { 0 };

    (void)state;
    for (int i = 0; i < CEILING_FAILURES; i++)
        ceiling_failed(&c, 100, 50000, false);
    for (int i = 0; i < 20; i++) {
        ceiling_served(&c, 50, 25000);
        ceiling_failed(&c, 50, 25000, false); /* one in two */
    }
    assert_int_equal(ceiling_docs(&c, 0), 50);
}

static void EM_07_a_number_that_was_told_is_taken_as_it_is(void **state)
{
    struct ceiling c = { 0 };

    (void)state;
    ceiling_served(&c, 80, 9000);
    ceiling_told(&c, 25);
    assert_int_equal(ceiling_docs(&c, 100), 25);
    assert_int_equal(ceiling_size(&c, 0), 0);
}

static void requests_that_fit_raise_it_by_small_steps(void **state)
{
    struct ceiling c = { 0 };

    (void)state;
    ceiling_failed(&c, 100, 50000, true);
    for (int i = 1; i < CEILING_PROBE; i++)
        ceiling_served(&c, 50, 25000);
    assert_int_equal(ceiling_docs(&c, 0), 50);
    ceiling_served(&c, 50, 25000);
    assert_int_equal(ceiling_docs(&c, 0), 57);
    assert_in_range(ceiling_size(&c, 0), 45001, 60000);
    ceiling_failed(&c, 57, 28500, true);
    assert_int_equal(ceiling_docs(&c, 0), 50); /* what is proven */
}

static void another_run_reads_it_for_the_same_endpoint_only(void **state)
{
    static const char *const bad[] = { "", "5", "5 ", "5 6", "x 6 here",
                                       "5 x here", "5 6 here and more",
                                       "99999999999999999999999999 6 here" };
    struct ceiling c = { 0 }, d = { 0 };
    char text[CEILING_TEXT];

    (void)state;
    ceiling_write(&c, "here", text);
    assert_string_equal(text, "");
    ceiling_failed(&c, 100, 50000, true);
    ceiling_write(&c, "here", text);
    assert_false(ceiling_read(&d, "there", text));
    assert_int_equal(ceiling_docs(&d, 0), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ceiling_read(&d, "here", bad[i]));
    assert_true(ceiling_read(&d, "here", text));
    assert_int_equal(ceiling_docs(&d, 0), 50);
    assert_int_equal(ceiling_size(&d, 0), 45000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_halves_the_count_and_lowers_the_bytes),
        cmocka_unit_test(a_few_bytes_that_were_too_many_lift_no_limit),
        cmocka_unit_test(what_did_fit_is_not_forbidden_again),
        cmocka_unit_test(the_reason_is_what_no_larger_request_proved_to_fit),
        cmocka_unit_test(a_limit_that_was_lowered_is_learned_anew),
        cmocka_unit_test(EM_23_without_such_words_it_takes_three_failures),
        cmocka_unit_test(EM_23_accidents_do_not_lower_it_further),
        cmocka_unit_test(EM_23_what_was_learned_so_is_doubted_sooner),
        cmocka_unit_test(EM_07_a_number_that_was_told_is_taken_as_it_is),
        cmocka_unit_test(requests_that_fit_raise_it_by_small_steps),
        cmocka_unit_test(another_run_reads_it_for_the_same_endpoint_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
