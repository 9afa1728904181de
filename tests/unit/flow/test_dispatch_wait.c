/* What waits, and for how long: a 429, a quota, a failure that may pass, an
 * outage; against a service that is a script. */
#include "config.h"
#include "flow/dispatch.h"
#include "tests/support/flow/fake_stage.h"
#include "tests/support/tap.h"

#include "flow/backoff.h"

/* ---- slow down, come back later ---- */

static void EM_05_a_429_uses_no_attempt(void **state)
{
    struct fake *f = *state;

    f->dispatch.retries = 0;
    f->errors = 2;
    f->err = fake_failure(ERROR_LIMITED);
    assert_true(fake_go(f, 10));
    assert_int_equal(f->requests, 3);
    assert_int_equal(fake_tally(f, SENT), 10);
    assert_int_equal(f->deferrals, 0);
}

static void EM_25_a_quota_without_a_time_is_waited_for_some_minutes(
    void **state)
{
    struct fake *f = *state;
    int64_t began = f->now_ms;

    f->mend = f->sick = true;
    error_set(&f->err, ERROR_QUOTA, 429, "check quota");
    assert_true(fake_go(f, 1));
    assert_int_equal(f->held, 1);
    assert_in_range(f->now_ms - began, POLICY_PATIENCE_MS,
                    2 * POLICY_PATIENCE_MS);
    assert_int_equal(fake_tally(f, SENT), 1);
}

static void EM_06_what_may_pass_waits_outside_with_a_try_counted(void **state)
{
    struct fake *f = *state;

    f->poison = 0;
    f->poison_err = fake_failure(ERROR_SERVER);
    assert_true(fake_go(f, 1));
    assert_int_equal(f->requests, 1);
    assert_int_equal(f->fate[0], DEFERRED);
    assert_int_equal(f->flags, DEFER_COUNTS | DEFER_ALONE);
    assert_in_range(f->delay_ms, 50, BACKOFF_BASE_MS);
}

static void EM_06_no_try_is_used_up_beside_another(void **state)
{
    struct fake *f = *state;

    f->dispatch.retries = 0;
    f->errors = 3;
    f->err = fake_failure(ERROR_SERVER);
    assert_true(fake_go(f, 10));
    assert_int_equal(fake_tally(f, SENT), 10);
    assert_int_equal(f->deferrals, 0);
}

static void EM_06_the_same_is_not_sent_again_at_once(void **state)
{
    struct fake *f = *state;
    int64_t began = f->now_ms;

    f->dispatch.ops = &fake_store_ops;
    f->proof = PROOF_ANSWERS;
    f->errors = 2;
    f->err = fake_failure(ERROR_SERVER);
    assert_true(fake_go(f, 1));
    assert_int_equal(f->requests, 3);
    assert_int_equal(f->fate[0], SENT);
    assert_true(f->now_ms - began >= 2 * BACKOFF_BASE_MS / 2);
}

static void EM_06_the_service_s_word_is_the_least_a_document_waits(
    void **state)
{
    struct fake *f = *state;

    f->poison = 0;
    f->poison_err = fake_failure(ERROR_SERVER);
    f->poison_err.retry_after_ms = 45000;
    assert_true(fake_go(f, 1));
    assert_int_equal(f->delay_ms, 45000);
}

static void EM_06_the_last_try_fails_the_document_alone(void **state)
{
    struct fake *f = *state;

    f->poison = 3;
    f->poison_err = fake_failure(ERROR_TIMEOUT);
    f->docs[3].tries = 5;
    f->docs[4].tries = 5;
    assert_true(fake_go(f, 10));
    assert_int_equal(f->fate[3], FAILED);
    assert_int_equal(f->why[3], ERROR_TIMEOUT);
    assert_int_equal(fake_tally(f, SENT), 9);
}

static void without_room_to_wait_the_worker_waits_and_the_tries_end(
    void **state)
{
    struct fake *f = *state;

    f->poison = 0;
    f->poison_err = fake_failure(ERROR_SERVER);
    f->no_room = UINT32_MAX;
    assert_true(fake_go(f, 2));
    assert_int_equal(f->fate[0], FAILED);
    assert_int_equal(f->docs[0].tries, 5);
    assert_int_equal(f->fate[1], SENT);
}

/* ---- outages ---- */

static void EM_02_in_an_outage_no_document_fails(void **state)
{
    struct fake *f = *state;
    struct error err = fake_failure(ERROR_NETWORK);

    fake_break_down(f, &err);
    f->dispatch.retries = 0;
    f->errors = 2;
    f->err = err;
    assert_true(fake_go(f, 10));
    assert_int_equal(fake_tally(f, SENT), 10);
}

static void EM_02_a_probe_is_the_proof_not_a_request(void **state)
{
    struct fake *f = *state;
    struct error err = fake_failure(ERROR_SERVER);

    fake_break_down(f, &err);
    assert_true(fake_go(f, 100));
    assert_int_equal(f->proofs, 1);
    assert_int_equal(f->requests, 1);
    assert_int_equal(f->last, 100);
}

static void EM_02_without_a_proof_the_probe_has_one_document(void **state)
{
    struct fake *f = *state;
    struct error err = fake_failure(ERROR_SERVER);

    f->dispatch.ops = &fake_mute_ops;
    fake_break_down(f, &err);
    assert_true(fake_go(f, 100));
    assert_int_equal(f->requests, 2);
    assert_int_equal(f->last, 99);
}

static void EM_26_refused_connections_use_up_no_try_at_any_count(void **state)
{
    struct fake *f = *state;

    f->dispatch.retries = 0;
    f->err = fake_failure(ERROR_NETWORK);
    f->err.about = ABOUT_SERVICE;
    f->errors = 50;
    assert_true(fake_go(f, 3));
    assert_int_equal(fake_tally(f, SENT), 3);
    assert_int_equal(fake_tally(f, FAILED) + f->deferrals, 0);
}

static void EM_26_a_service_that_is_back_is_found_within_two_seconds(
    void **state)
{
    struct fake *f = *state;
    int64_t began = f->now_ms;

    f->err = fake_failure(ERROR_NETWORK);
    f->err.about = ABOUT_SERVICE;
    f->errors = 20;
    f->dispatch.ops = &fake_mute_ops;
    assert_true(fake_go(f, 1));
    assert_true(f->now_ms - began >= 8 * GATE_PROBE_CAP_MS / 2);
    assert_true(f->now_ms - began <= 21 * GATE_PROBE_CAP_MS);
}

static void EM_02_where_another_endpoint_works_the_items_go_there(
    void **state)
{
    struct fake *f = *state;
    struct error err = fake_failure(ERROR_NETWORK);

    f->elsewhere = true;
    fake_break_down(f, &err);
    assert_true(fake_go(f, 10));
    assert_int_equal(f->requests, 0);
    assert_int_equal(fake_tally(f, DEFERRED), 10);
    assert_int_equal(f->delay_ms, 0);
    assert_int_equal(f->flags, 0);
}

static void EM_02_an_endpoint_that_only_sends_away_keeps_no_items(
    void **state)
{
    struct fake *f = *state;
    int64_t began = f->now_ms;

    f->elsewhere = f->sick = true;
    f->err = fake_failure(ERROR_LIMITED);
    assert_true(fake_go(f, 10));
    assert_int_equal(fake_tally(f, DEFERRED), 10);
    assert_int_equal(f->flags, 0);
    assert_in_range(f->now_ms - began, 60000, 300000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(EM_05_a_429_uses_no_attempt),
        TEST(EM_25_a_quota_without_a_time_is_waited_for_some_minutes),
        TEST(EM_06_what_may_pass_waits_outside_with_a_try_counted),
        TEST(EM_06_no_try_is_used_up_beside_another),
        TEST(EM_06_the_same_is_not_sent_again_at_once),
        TEST(EM_06_the_service_s_word_is_the_least_a_document_waits),
        TEST(EM_06_the_last_try_fails_the_document_alone),
        TEST(without_room_to_wait_the_worker_waits_and_the_tries_end),
        TEST(EM_02_in_an_outage_no_document_fails),
        TEST(EM_02_a_probe_is_the_proof_not_a_request),
        TEST(EM_02_without_a_proof_the_probe_has_one_document),
        TEST(EM_26_refused_connections_use_up_no_try_at_any_count),
        TEST(EM_26_a_service_that_is_back_is_found_within_two_seconds),
        TEST(EM_02_where_another_endpoint_works_the_items_go_there),
        TEST(EM_02_an_endpoint_that_only_sends_away_keeps_no_items),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
