/*
 * Tests of the record counts: records move between accounts, and the sum is
 * right at every moment, also while several threads move some.
 */
#include "config.h"
#include "core/books.h"
#include "tests/support/tap.h"

#include "sys/thread.h"

static uint64_t sum(const struct balance *now)
{
    uint64_t sum = 0;

    for (int i = BOOK_CORPUS + 1; i < BOOK_COUNT; i++)
        sum += now->at[i];
    return sum;
}

static void a_record_stands_in_one_account_at_a_time(void **state)
{
    struct books *b = books_new();
    struct balance now;

    (void)state;
    books_move(b, BOOK_CORPUS, BOOK_FLIGHT, 100);
    books_move(b, BOOK_FLIGHT, BOOK_STORED, 90);
    books_move(b, BOOK_FLIGHT, BOOK_FAILED, 8);
    books_move(b, BOOK_FAILED, BOOK_FLIGHT, 3); /* a retry */
    books_move(b, BOOK_FAILED, BOOK_SUPERSEDED, 1);
    now = books_balance(b);
    assert_int_equal(now.at[BOOK_CORPUS], 100);
    assert_int_equal(now.at[BOOK_FLIGHT], 5);
    assert_int_equal(now.at[BOOK_STORED], 90);
    assert_int_equal(now.at[BOOK_FAILED], 4);
    assert_int_equal(now.at[BOOK_SUPERSEDED], 1);
    assert_int_equal(sum(&now), 100);
    books_free(b);
    books_free(NULL);
}

enum { CROWD = 4, ROUNDS = 5000 };

static void *clerk(void *arg)
{
    struct books *b = arg;

    for (int i = 0; i < ROUNDS; i++) {
        books_move(b, BOOK_CORPUS, BOOK_FLIGHT, 3);
        books_move(b, BOOK_FLIGHT, BOOK_FAILED, 1);
        books_move(b, BOOK_FLIGHT, BOOK_STORED, 2);
        books_move(b, BOOK_FAILED, BOOK_FLIGHT, 1);
        books_move(b, BOOK_FLIGHT, BOOK_SKIPPED, 1);
    }
    return NULL;
}

static void I1_the_numbers_add_up_whenever_one_looks(void **state)
{
    struct books *b = books_new();
    pthread_t thread[CROWD];
    struct balance now;
    struct error err;

    (void)state;
    for (int i = 0; i < CROWD; i++)
        assert_true(thread_start(&thread[i], "clerk", clerk, b, &err));
    do {
        now = books_balance(b);
        assert_int_equal(sum(&now), now.at[BOOK_CORPUS]);
    } while (now.at[BOOK_SKIPPED] < CROWD * ROUNDS);
    for (int i = 0; i < CROWD; i++)
        pthread_join(thread[i], NULL);
    now = books_balance(b);
    assert_int_equal(now.at[BOOK_CORPUS], 3 * CROWD * ROUNDS);
    assert_int_equal(now.at[BOOK_STORED], 2 * CROWD * ROUNDS);
    assert_int_equal(now.at[BOOK_FLIGHT] + now.at[BOOK_FAILED], 0);
    books_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_stands_in_one_account_at_a_time),
        cmocka_unit_test(I1_the_numbers_add_up_whenever_one_looks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
