/*
 * Tests of the record counts: records move between accounts, and the sum is
 * right at every moment, also while several threads move some.
 */
#include "config.h"
#include "core/record_counts.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include "sys/thread.h"

static uint64_t sum(const struct record_balance *now)
{
    uint64_t sum = 0;

    for (int i = COUNT_CORPUS + 1; i < COUNT_ACCOUNTS; i++)
        sum += now->at[i];
    return sum;
}

static void a_record_stands_in_one_account_at_a_time(void **state)
{
    struct record_counts *b = record_counts_new();
    struct record_balance now;

    (void)state;
    record_counts_move(b, COUNT_CORPUS, COUNT_IN_FLIGHT, 100);
    record_counts_move(b, COUNT_IN_FLIGHT, COUNT_STORED, 90);
    record_counts_move(b, COUNT_IN_FLIGHT, COUNT_FAILED, 8);
    record_counts_move(b, COUNT_FAILED, COUNT_IN_FLIGHT, 3); /* a retry */
    record_counts_move(b, COUNT_FAILED, COUNT_SUPERSEDED, 1);
    now = record_counts_balance(b);
    assert_int_equal(now.at[COUNT_CORPUS], 100);
    assert_int_equal(now.at[COUNT_IN_FLIGHT], 5);
    assert_int_equal(now.at[COUNT_STORED], 90);
    assert_int_equal(now.at[COUNT_FAILED], 4);
    assert_int_equal(now.at[COUNT_SUPERSEDED], 1);
    assert_int_equal(sum(&now), 100);
    record_counts_free(b);
    record_counts_free(NULL);
}

enum { CROWD = 4, ROUNDS = 5000 };

static void *clerk(void *arg)
{
    struct record_counts *b = arg;

    for (int i = 0; i < ROUNDS; i++) {
        record_counts_move(b, COUNT_CORPUS, COUNT_IN_FLIGHT, 3);
        record_counts_move(b, COUNT_IN_FLIGHT, COUNT_FAILED, 1);
        record_counts_move(b, COUNT_IN_FLIGHT, COUNT_STORED, 2);
        record_counts_move(b, COUNT_FAILED, COUNT_IN_FLIGHT, 1);
        record_counts_move(b, COUNT_IN_FLIGHT, COUNT_SKIPPED, 1);
    }
    return NULL;
}

static void I1_the_numbers_add_up_whenever_one_looks(void **state)
{
    struct record_counts *b = record_counts_new();
    pthread_t thread[CROWD];
    struct record_balance now;
    struct error err;

    (void)state;
    for (int i = 0; i < CROWD; i++)
        assert_true(thread_start(&thread[i], "clerk", clerk, b, &err));
    do {
        now = record_counts_balance(b);
        assert_int_equal(sum(&now), now.at[COUNT_CORPUS]);
    } while (now.at[COUNT_SKIPPED] < CROWD * ROUNDS);
    for (int i = 0; i < CROWD; i++)
        await_thread(thread[i]);
    now = record_counts_balance(b);
    assert_int_equal(now.at[COUNT_CORPUS], 3 * CROWD * ROUNDS);
    assert_int_equal(now.at[COUNT_STORED], 2 * CROWD * ROUNDS);
    assert_int_equal(now.at[COUNT_IN_FLIGHT] + now.at[COUNT_FAILED], 0);
    record_counts_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_stands_in_one_account_at_a_time),
        cmocka_unit_test(I1_the_numbers_add_up_whenever_one_looks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
