/* What becomes of requests that are too large, refused or answered with
 * nonsense, and where they end; against a service that is a script. */
#include "config.h"
#include "flow/dispatch.h"
#include "tests/support/flow/fake_stage.h"
#include "tests/support/tap.h"

#include <string.h>

/* ---- sizes and refusals ---- */

static void EM_07_one_bad_in_2048_is_found_in_23_requests(void **state)
{
    static const size_t at[] = { 0, 1, 777, 1024, 2047 };
    struct fake *f = *state;

    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        memset(f->fate, 0, sizeof f->fate);
        f->requests = f->proofs = 0;
        f->poison = at[i];
        assert_true(fake_go(f, 2048));
        assert_true(f->requests <= 23);
        assert_int_equal(f->proofs, 1); /* before it was blamed */
        assert_int_equal(fake_tally(f, SENT), 2047);
        assert_int_equal(fake_tally(f, FAILED), 1);
        assert_int_equal(f->fate[at[i]], FAILED);
        assert_int_equal(f->why[at[i]], ERROR_REFUSED);
    }
    assert_int_equal(ceiling_docs(&f->ceiling, 0), 0);
}

static void EM_07_a_document_that_the_service_names_needs_no_proof(
    void **state)
{
    struct fake *f = *state;

    f->poison = 3;
    f->poison_err.about = ABOUT_DOCUMENT;
    assert_true(fake_go(f, 8));
    assert_int_equal(f->fate[3], FAILED);
    assert_int_equal(f->proofs, 0);
}

static void EM_07_a_request_too_large_is_halved_and_the_ceiling_stays(
    void **state)
{
    struct fake *f = *state;
    unsigned requests;

    f->most = 100;
    assert_true(fake_go(f, 1000));
    assert_int_equal(fake_tally(f, SENT), 1000);
    assert_in_range(ceiling_docs(&f->ceiling, 0), 50, 100);
    assert_in_range(ceiling_size(&f->ceiling, 0), 5000, 20000);
    requests = f->requests;
    memset(f->fate, 0, sizeof f->fate);
    f->largest = 0;
    assert_true(fake_go(f, 1000));
    assert_true(f->largest <= 100);
    assert_true(f->requests - requests < requests);
    assert_int_equal(fake_tally(f, SENT), 1000);
}

static void EM_07_the_number_that_a_service_names_is_taken_at_once(
    void **state)
{
    struct fake *f = *state;

    f->most = 10;
    f->most_err.most = 10;
    assert_true(fake_go(f, 100));
    assert_int_equal(ceiling_docs(&f->ceiling, 0), 10);
    assert_int_equal(f->requests, 1 + 10);
    assert_int_equal(fake_tally(f, SENT), 100);
}

static void EM_23_what_fails_for_its_size_is_made_smaller_whatever_it_says(
    void **state)
{
    static const enum error_kind kinds[] = { ERROR_SERVER, ERROR_TIMEOUT,
                                             ERROR_NETWORK, ERROR_REFUSED,
                                             ERROR_PROTOCOL };
    struct fake *f = *state;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        memset(f->fate, 0, sizeof f->fate);
        memset(&f->ceiling, 0, sizeof f->ceiling);
        f->dispatch.retries = 0;
        f->most = 32;
        f->most_err = fake_failure(kinds[i]);
        f->requests = 0;
        assert_true(fake_go(f, 1000));
        assert_int_equal(fake_tally(f, SENT), 1000);
        assert_in_range(ceiling_docs(&f->ceiling, 0), 16, 32);
        assert_true(f->requests < 3 * 1000 / 32);
    }
}

static void EM_23_one_accident_teaches_no_size(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = fake_failure(ERROR_SERVER);
    assert_true(fake_go(f, 100));
    assert_int_equal(f->requests, 3);
    assert_int_equal(fake_tally(f, SENT), 100);
    assert_int_equal(ceiling_docs(&f->ceiling, 0), 0);
}

static void EM_23_a_429_that_no_waiting_mends_is_halved(void **state)
{
    struct fake *f = *state;

    f->most = 32;
    f->most_err = fake_failure(ERROR_LIMITED);
    assert_true(fake_go(f, 100));
    assert_int_equal(fake_tally(f, SENT), 100);
    assert_true(f->requests < 20);
}

static void ST_07_one_item_that_is_too_large_fails_alone(void **state)
{
    struct fake *f = *state;

    f->poison = 0;
    error_set(&f->poison_err, ERROR_SIZE, 413, "too large");
    assert_true(fake_go(f, 4));
    assert_int_equal(f->fate[0], FAILED);
    assert_int_equal(f->why[0], ERROR_SIZE);
    assert_int_equal(fake_tally(f, SENT), 3);
    assert_int_equal(ceiling_docs(&f->ceiling, 0), 0); /* teaches nothing */
    assert_int_equal(ceiling_size(&f->ceiling, 0), 0);
}

static void a_request_takes_what_fits_and_the_rest_follows(void **state)
{
    struct fake *f = *state;

    f->cut = 32;
    assert_true(fake_go(f, 100));
    assert_int_equal(f->requests, 4);
    assert_int_equal(f->last, 4);
    assert_int_equal(fake_tally(f, SENT), 100);
}

static void nothing_to_do_asks_for_nothing(void **state)
{
    struct fake *f = *state;

    assert_true(fake_go(f, 0));
    assert_int_equal(f->requests, 0);
}

/* ---- answers that make no sense ---- */

static void EM_13_a_senseless_answer_is_asked_for_once_more(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = fake_failure(ERROR_PROTOCOL);
    assert_true(fake_go(f, 64));
    assert_int_equal(f->requests, 2);
    assert_int_equal(f->proof_texts, 2); /* are they told apart? */
    assert_int_equal(fake_tally(f, SENT), 64);
}

static void EM_13_a_second_one_is_bisected(void **state)
{
    struct fake *f = *state;

    f->errors = 2;
    f->err = fake_failure(ERROR_PROTOCOL);
    assert_true(fake_go(f, 64));
    assert_int_equal(f->requests, 4);
    assert_int_equal(f->largest, 64);
    assert_int_equal(f->last, 32);
    assert_int_equal(fake_tally(f, SENT), 64);
}

static void EM_13_a_429_before_it_is_not_the_once_more(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = fake_failure(ERROR_LIMITED);
    f->thens = 1;
    f->then = fake_failure(ERROR_PROTOCOL);
    assert_true(fake_go(f, 64));
    assert_int_equal(f->requests, 3);
    assert_int_equal(f->last, 64);
}

static void EM_13_one_that_never_makes_sense_fails_alone(void **state)
{
    struct fake *f = *state;

    f->poison = 0;
    f->poison_err = fake_failure(ERROR_PROTOCOL);
    assert_true(fake_go(f, 1));
    assert_int_equal(f->requests, 2);
    assert_int_equal(f->fate[0], FAILED);
    assert_int_equal(f->why[0], ERROR_PROTOCOL);
}

static void EM_24_a_service_that_answers_nonsense_to_all_holds(void **state)
{
    struct fake *f = *state;

    f->mend = f->sick = true;
    error_reply(&f->err, ERROR_PROTOCOL, "no list of vectors");
    f->err.about = ABOUT_SERVICE;
    assert_true(fake_go(f, 100));
    assert_int_equal(f->held, 1);
    assert_true(f->requests <= 5);
    assert_int_equal(fake_tally(f, SENT), 100);
    assert_int_equal(fake_tally(f, FAILED), 0);
}

static void EM_24_a_store_that_answers_nonsense_to_all_holds(void **state)
{
    struct fake *f = *state;

    f->dispatch.ops = &fake_store_ops;
    f->proof = PROOF_ANSWERS;
    f->mend = f->sick = true;
    f->err = fake_failure(ERROR_PROTOCOL);
    assert_true(fake_go(f, 100));
    assert_int_equal(f->held, 1);
    assert_true(f->requests <= 8 + POLICY_NONSENSE_UNPROVEN);
    /* The first few could have been one record each. */
    assert_true(fake_tally(f, FAILED) <= 3);
    assert_int_equal(fake_tally(f, SENT) + fake_tally(f, FAILED), 100);
}

/* ---- the end ---- */

static void OS_01_a_stop_abandons_what_was_not_reached(void **state)
{
    struct fake *f = *state;

    f->cut = 10;
    f->stop_at = 3;
    assert_false(fake_go(f, 100));
    assert_int_equal(f->requests, 3);
    assert_int_equal(fake_tally(f, SENT), 20);
    assert_int_equal(fake_tally(f, FAILED) + fake_tally(f, DEFERRED), 0);
}

static void OS_01_a_stop_in_the_middle_of_a_bisection_fails_nobody(
    void **state)
{
    struct fake *f = *state;

    f->poison = 100;
    f->stop_at = 5;
    assert_false(fake_go(f, 2048));
    assert_int_equal(f->requests, 5);
    assert_int_equal(fake_tally(f, FAILED) + fake_tally(f, DEFERRED), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(EM_07_one_bad_in_2048_is_found_in_23_requests),
        TEST(EM_07_a_document_that_the_service_names_needs_no_proof),
        TEST(EM_07_a_request_too_large_is_halved_and_the_ceiling_stays),
        TEST(EM_07_the_number_that_a_service_names_is_taken_at_once),
        TEST(EM_23_what_fails_for_its_size_is_made_smaller_whatever_it_says),
        TEST(EM_23_one_accident_teaches_no_size),
        TEST(EM_23_a_429_that_no_waiting_mends_is_halved),
        TEST(ST_07_one_item_that_is_too_large_fails_alone),
        TEST(a_request_takes_what_fits_and_the_rest_follows),
        TEST(nothing_to_do_asks_for_nothing),
        TEST(EM_13_a_senseless_answer_is_asked_for_once_more),
        TEST(EM_13_a_second_one_is_bisected),
        TEST(EM_13_a_429_before_it_is_not_the_once_more),
        TEST(EM_13_one_that_never_makes_sense_fails_alone),
        TEST(EM_24_a_service_that_answers_nonsense_to_all_holds),
        TEST(EM_24_a_store_that_answers_nonsense_to_all_holds),
        TEST(OS_01_a_stop_abandons_what_was_not_reached),
        TEST(OS_01_a_stop_in_the_middle_of_a_bisection_fails_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
