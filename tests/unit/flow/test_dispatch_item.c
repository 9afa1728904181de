/* What becomes of an item that failed in a reply that succeeded. */
#include "config.h"
#include "flow/dispatch.h"
#include "tests/support/flow/fake_stage.h"
#include "tests/support/tap.h"

#include <string.h>

static void an_item_s_own_failure_waits_or_is_final(void **state)
{
    struct fake *f = *state;
    struct error later = fake_failure(ERROR_SERVER);
    struct error never = fake_failure(ERROR_REFUSED);

    f->reply.stored = 7;
    dispatch_item(&f->dispatch, &f->reply, &f->items[0], &later);
    dispatch_item(&f->dispatch, &f->reply, &f->items[1], &never);
    f->docs[2].tries = 5;
    dispatch_item(&f->dispatch, &f->reply, &f->items[2], &later);
    assert_int_equal(f->fate[0], DEFERRED);
    assert_int_equal(f->fate[1], FAILED);
    assert_int_equal(f->fate[2], FAILED);
}

static void ST_02_an_item_s_429_is_not_a_try_and_never_final(void **state)
{
    struct fake *f = *state;
    struct error err = fake_failure(ERROR_LIMITED);

    f->docs[0].tries = 5;
    dispatch_item(&f->dispatch, &f->reply, &f->items[0], &err);
    assert_int_equal(f->fate[0], DEFERRED);
    assert_int_equal(f->flags, 0);
}

static void ST_12_what_is_no_item_s_own_holds_and_leaves_it_open(void **state)
{
    struct fake *f = *state;
    struct error err = fake_failure(ERROR_CONFIG);

    f->mend = true;
    err.about = ABOUT_SERVICE;
    dispatch_item(&f->dispatch, &f->reply, &f->items[0], &err);
    assert_int_equal(f->held, 1);
    assert_int_equal(f->fate[0], WAITING);
}

static void ST_30_the_429_of_an_item_closes_the_gate_for_all(void **state)
{
    struct fake *f = *state;
    struct gate_stats stats;
    enum gate_why why;

    f->odd_away = true;
    assert_true(fake_go(f, 10));
    assert_int_equal(fake_tally(f, SENT), 5);
    assert_int_equal(fake_tally(f, DEFERRED), 5);
    assert_int_equal(f->requests, 1);
    assert_true(gate_closed_ms(f->dispatch.gate, f->now_ms, &why) > 0);
    assert_int_equal(why, GATE_THROTTLED);
    gate_stats(f->dispatch.gate, f->now_ms, &stats);
    assert_string_equal(stats.last.text, "queue is full");
}

static void ST_30_what_is_sent_away_once_closes_the_gate_once(void **state)
{
    struct fake *f = *state;
    enum gate_why why;

    f->odd_away = true;
    assert_true(fake_go(f, 10));
    gate_reset(f->dispatch.gate, f->now_ms);
    f->now_ms += gate_closed_ms(f->dispatch.gate, f->now_ms, &why);
    f->odd_away = false;
    memset(f->fate, 0, sizeof f->fate);
    assert_true(fake_go(f, 10));
    assert_int_equal(gate_closed_ms(f->dispatch.gate, f->now_ms, &why), 0);
}

static void an_item_without_room_to_wait_stays_open(void **state)
{
    struct fake *f = *state;
    struct error err = fake_failure(ERROR_SERVER);

    f->no_room = 1;
    dispatch_item(&f->dispatch, &f->reply, &f->items[0], &err);
    assert_int_equal(f->fate[0], WAITING);
    assert_int_equal(f->docs[0].tries, 1); /* nor does it wait for ever */
}

static void EM_28_items_that_fail_beside_stored_ones_hold_nothing(
    void **state)
{
    struct fake *f = *state;
    struct error err = fake_failure(ERROR_REFUSED);
    size_t n = 2 * POLICY_STREAK;

    f->dispatch.ops = &fake_store_ops;
    f->reply.n = 1000;
    f->reply.stored = 1000 - n;
    for (size_t i = 0; i < n; i++)
        dispatch_item(&f->dispatch, &f->reply, &f->items[i], &err);
    assert_int_equal(fake_tally(f, FAILED), n);
    assert_int_equal(f->held, 0);
    assert_int_equal(atomic_load(&f->witness.streak), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_item_s_own_failure_waits_or_is_final),
        TEST(ST_02_an_item_s_429_is_not_a_try_and_never_final),
        TEST(ST_12_what_is_no_item_s_own_holds_and_leaves_it_open),
        TEST(ST_30_the_429_of_an_item_closes_the_gate_for_all),
        TEST(ST_30_what_is_sent_away_once_closes_the_gate_once),
        TEST(an_item_without_room_to_wait_stays_open),
        TEST(EM_28_items_that_fail_beside_stored_ones_hold_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
