/* When a stage holds until a hand has mended something, and when it is a
 * document's own fault; against a service that is a script. */
#include "config.h"
#include "flow/dispatch.h"
#include "tests/support/flow/fake_stage.h"
#include "tests/support/tap.h"

#include <errno.h>
#include <string.h>

static void EM_04_a_refused_key_holds_and_fails_nothing(void **state)
{
    static const enum error_kind kinds[] = { ERROR_AUTH, ERROR_QUOTA,
                                             ERROR_CONFIG };
    struct fake *f = *state;

    f->mend = true;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        memset(f->fate, 0, sizeof f->fate);
        f->errors = 1;
        f->err = fake_failure(kinds[i]);
        f->err.about = ABOUT_SERVICE;
        f->requests = 0;
        assert_true(fake_go(f, 10));
        assert_int_equal(f->held, i + 1);
        assert_int_equal(f->requests, 2);
        assert_int_equal(fake_tally(f, SENT), 10);
    }
}

static void EM_27_one_text_alone_is_no_key_and_no_quota(void **state)
{
    static const enum error_kind kinds[] = { ERROR_AUTH, ERROR_CONFIG };
    struct fake *f = *state;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        memset(f->fate, 0, sizeof f->fate);
        f->poison = 6;
        error_set(&f->poison_err, kinds[i], 400, "he wrote: API key invalid");
        assert_true(fake_go(f, 10));
        assert_int_equal(f->held, 0);
        assert_int_equal(f->fate[6], FAILED);
        assert_int_equal(fake_tally(f, SENT), 9);
    }
}

static void EM_27_a_page_for_one_document_is_that_document_s(void **state)
{
    struct fake *f = *state;

    f->poison = 6;
    error_set(&f->poison_err, ERROR_AUTH, 403, "Request blocked");
    assert_true(fake_go(f, 10));
    assert_int_equal(f->held, 0);
    assert_int_equal(f->fate[6], FAILED);
    assert_int_equal(fake_tally(f, SENT), 9);
}

static void EM_28_a_refusal_of_everything_holds_and_fails_nothing(
    void **state)
{
    struct fake *f = *state;

    f->mend = f->sick = true;
    error_set(&f->err, ERROR_REFUSED, 400, "not in good standing");
    assert_true(fake_go(f, 100));
    assert_int_equal(f->held, 1);
    assert_true(f->requests <= 16);
    assert_int_equal(fake_tally(f, SENT), 100);
}

static void EM_28_a_store_that_refuses_everything_holds_after_some(
    void **state)
{
    struct fake *f = *state;

    f->dispatch.ops = &fake_store_ops;
    f->proof = PROOF_ANSWERS;
    f->mend = f->sick = true;
    error_set(&f->err, ERROR_REFUSED, 422, "no such field");
    assert_true(fake_go(f, 1000));
    assert_int_equal(f->held, 1);
    assert_in_range(fake_tally(f, FAILED), 1, POLICY_STREAK);
    assert_true(f->requests <= 64);
    assert_int_equal(fake_tally(f, SENT) + fake_tally(f, FAILED), 1000);
}

static void EM_50_a_retry_of_bad_texts_alone_holds_nothing(void **state)
{
    static const enum error_kind kinds[] = { ERROR_REFUSED, ERROR_PROTOCOL,
                                             ERROR_VECTOR, ERROR_SERVER };
    struct fake *f = *state;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        memset(f->fate, 0, sizeof f->fate);
        memset(f->docs, 0, sizeof f->docs);
        f->every = 1;
        f->poison_err = fake_failure(kinds[i]);
        assert_true(fake_go(f, 100));
        while (fake_tally(f, DEFERRED) > 0)
            assert_true(fake_retry_deferred(f));
        assert_int_equal(f->held, 0);
        assert_int_equal(fake_tally(f, FAILED), 100);
    }
}

static void EM_28_last_tries_in_a_row_are_no_refusal_of_everything(
    void **state)
{
    struct fake *f = *state;

    f->every = 20;
    error_set(&f->poison_err, ERROR_SERVER, 500, "NaN");
    assert_true(fake_go(f, 1000));
    assert_int_equal(fake_tally(f, DEFERRED), 50);
    while (fake_tally(f, DEFERRED) > 0)
        assert_true(fake_retry_deferred(f));
    assert_int_equal(f->held, 0);
    assert_int_equal(fake_tally(f, FAILED), 50);
    assert_int_equal(fake_tally(f, SENT), 950);
}

static void EM_24_one_record_that_makes_a_store_answer_nonsense_fails_alone(
    void **state)
{
    struct fake *f = *state;

    f->dispatch.ops = &fake_store_ops;
    f->proof = PROOF_ANSWERS;
    f->poison = 0; /* no half is served before it is found */
    error_reply(&f->poison_err, ERROR_PROTOCOL, "an error object");
    assert_true(fake_go(f, 100));
    assert_int_equal(f->held, 0);
    assert_int_equal(f->fate[0], FAILED);
    assert_int_equal(fake_tally(f, SENT), 99);
}

static void EM_24_an_error_in_a_reply_of_many_may_be_one_text_s(void **state)
{
    struct fake *f = *state;

    f->poison = 3;
    error_reply(&f->poison_err, ERROR_SERVER, "internal");
    assert_true(fake_go(f, 100));
    while (fake_tally(f, DEFERRED) > 0)
        assert_true(fake_retry_deferred(f));
    assert_int_equal(f->held, 0);
    assert_int_equal(f->fate[3], FAILED);
    assert_int_equal(fake_tally(f, SENT), 99);
}

static void EM_04_a_stop_ends_the_wait_for_a_hand(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = fake_failure(ERROR_AUTH);
    f->err.about = ABOUT_SERVICE;
    assert_false(fake_go(f, 10));
    assert_int_equal(f->requests, 1);
    assert_int_equal(fake_tally(f, WAITING), ITEMS_MAX);
}

static void EM_12_a_page_where_vectors_were_due_holds_the_stage(void **state)
{
    struct fake *f = *state;
    struct error err = fake_failure(ERROR_SERVER);

    err.in_reply = true;
    fake_break_down(f, &err);
    f->sick = true;
    f->err = err;
    assert_false(fake_go(f, 10));
    assert_int_equal(f->held, 1);
    assert_int_equal(f->requests, 0);
    assert_int_equal(fake_tally(f, FAILED) + fake_tally(f, DEFERRED), 0);
}

static void on_error_all_fails_the_documents_instead(void **state)
{
    struct fake *f = *state;

    f->dispatch.all = true;
    f->sick = true;
    f->err = fake_failure(ERROR_AUTH);
    assert_true(fake_go(f, 10));
    assert_int_equal(fake_tally(f, FAILED), 10);
    assert_int_equal(f->requests, 1);
    assert_int_equal(f->held, 0);
}

static void EM_27_on_error_all_fails_nobody_for_a_neighbour_s_page(
    void **state)
{
    struct fake *f = *state;

    f->dispatch.all = true;
    f->poison = 6;
    error_set(&f->poison_err, ERROR_AUTH, 403, "Request blocked");
    assert_true(fake_go(f, 10));
    assert_int_equal(f->fate[6], FAILED);
    assert_int_equal(fake_tally(f, SENT), 9);
}

static void a_reader_that_is_gone_ends_the_run(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    error_set(&f->err, ERROR_UNREAD, EPIPE, "nobody reads");
    assert_false(fake_go(f, 10));
    assert_int_equal(f->ended, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(EM_04_a_refused_key_holds_and_fails_nothing),
        TEST(EM_27_one_text_alone_is_no_key_and_no_quota),
        TEST(EM_27_a_page_for_one_document_is_that_document_s),
        TEST(EM_28_a_refusal_of_everything_holds_and_fails_nothing),
        TEST(EM_28_a_store_that_refuses_everything_holds_after_some),
        TEST(EM_50_a_retry_of_bad_texts_alone_holds_nothing),
        TEST(EM_28_last_tries_in_a_row_are_no_refusal_of_everything),
        TEST(EM_24_one_record_that_makes_a_store_answer_nonsense_fails_alone),
        TEST(EM_24_an_error_in_a_reply_of_many_may_be_one_text_s),
        TEST(EM_04_a_stop_ends_the_wait_for_a_hand),
        TEST(EM_12_a_page_where_vectors_were_due_holds_the_stage),
        TEST(on_error_all_fails_the_documents_instead),
        TEST(EM_27_on_error_all_fails_nobody_for_a_neighbour_s_page),
        TEST(a_reader_that_is_gone_ends_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
