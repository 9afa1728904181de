/* What a run will have cost: the sum at the end, in simulated runs. */
#include "config.h"
#include "tests/support/tap.h"

#include <math.h>
#include <string.h>

#include "core/money.h"

static struct snapshot s;

/* A moment of a corpus of `total` documents, of which an earlier run did
 * `before`: at 0.01 USD each. */
static void at(uint64_t total, uint64_t before, uint64_t read,
               uint64_t embedded, uint64_t stored)
{
    memset(&s, 0, sizeof s);
    s.state = RUN_RUNNING;
    s.total = total;
    s.resumed_at = before;
    s.produced = read;
    s.embedded = embedded;
    s.upserted = stored;
    s.in_flight = read - stored;
    s.run_cost_usd = (double)embedded * 0.01;
    s.cost_usd = s.run_cost_usd + (double)before * 0.01;
}

static bool comes_to(double usd)
{
    return fabs(money_at_end(&s) - usd) < 1e-9;
}

static void each_document_costs_what_those_before_it_did(void **state)
{
    (void)state;
    at(1000, 0, 100, 50, 20);
    assert_true(comes_to(10));
    at(1000, 0, 1000, 900, 20); /* all is read, 100 have no vector */
    assert_true(comes_to(10));
    at(1000, 0, 1000, 1000, 20); /* what is left is the store's */
    assert_true(comes_to(10));
}

static void earlier_runs_count_but_not_in_the_mean(void **state)
{
    (void)state;
    at(1000, 600, 100, 100, 100);
    s.cost_usd = s.run_cost_usd + 60; /* they had longer texts */
    assert_true(comes_to(60 + 4));
}

static void a_vector_from_the_spool_is_not_paid_again(void **state)
{
    (void)state;
    at(1000, 0, 400, 100, 100);
    s.spooled = 300;
    assert_true(comes_to(1 + 6));
}

static void what_is_not_known_is_not_said(void **state)
{
    (void)state;
    at(0, 0, 100, 50, 20); /* a pipe */
    assert_true(money_at_end(&s) == 0);
    at(1000, 500, 100, 0, 0); /* no document of this run was paid for */
    assert_true(money_at_end(&s) == 0);
    at(1000, 0, 100, 50, 20);
    s.cost_usd = s.run_cost_usd = 0; /* nobody is paid */
    assert_true(money_at_end(&s) == 0);
    at(1000, 0, 990, 990, 980);
    s.state = RUN_DONE; /* ten were rejected */
    assert_true(money_at_end(&s) == s.cost_usd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_document_costs_what_those_before_it_did),
        cmocka_unit_test(earlier_runs_count_but_not_in_the_mean),
        cmocka_unit_test(a_vector_from_the_spool_is_not_paid_again),
        cmocka_unit_test(what_is_not_known_is_not_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
