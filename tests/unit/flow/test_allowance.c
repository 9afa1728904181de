/* The retry budget, in virtual time. */
#include "config.h"
#include "flow/allowance.h"
#include "tests/support/tap.h"

/* Retries made when one is wanted at every one of `looks` looks, ms_each
 * apart, with calls_each calls in between. */
static unsigned made(struct allowance *a, unsigned looks, int64_t ms_each,
                     uint64_t calls_each)
{
    unsigned n = 0;

    for (unsigned i = 1; i <= looks; i++)
        if (allowance_left(a, a->calls + calls_each,
                           a->last_ms + ms_each)) {
            allowance_use(a);
            n++;
        }
    return n;
}

static void what_is_saved_up_can_be_used_at_once(void **state)
{
    struct allowance a;

    (void)state;
    allowance_init(&a, 0.2, 2, 20, 1000);
    assert_int_equal(made(&a, 100, 0, 0), 20);
}

static void EM_06_retries_are_a_fifth_of_the_calls(void **state)
{
    struct allowance a;

    (void)state;
    allowance_init(&a, 0.2, 0, 20, 1000);
    assert_int_equal(made(&a, 100, 0, 0), 20);
    assert_int_equal(made(&a, 10000, 1, 1), 2000);
}

static void without_a_call_a_few_a_second_go_on(void **state)
{
    struct allowance a;

    (void)state;
    allowance_init(&a, 0.2, 2, 20, 1000);
    made(&a, 100, 0, 0);
    assert_in_range(made(&a, 600, 100, 0), 119, 121); /* a minute */
}

static void no_more_is_saved_than_the_most(void **state)
{
    struct allowance a;

    (void)state;
    allowance_init(&a, 0.2, 2, 20, 1000);
    assert_true(allowance_left(&a, 1000000, 3600000));
    assert_int_equal(made(&a, 100, 0, 0), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_saved_up_can_be_used_at_once),
        cmocka_unit_test(EM_06_retries_are_a_fifth_of_the_calls),
        cmocka_unit_test(without_a_call_a_few_a_second_go_on),
        cmocka_unit_test(no_more_is_saved_than_the_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
