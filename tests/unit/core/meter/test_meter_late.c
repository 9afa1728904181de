/* What a meter makes of answers that do not come, on a clock of the test's
 * own. */
#include "config.h"
#include "tests/support/desks/meter_desk.h"
#include "tests/support/tap.h"

enum { SECOND = 1000000 };

static void late_live(struct desk *d, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        d->now_us += SECOND;
        assert_true(meter_tick(d->m, &d->flow, d->now_us));
    }
}

static const struct stage_view *late_view(struct desk *d)
{
    meter_stage_view(d->stage, &d->v, 1, d->now_us / 1000);
    return &d->v;
}

/* So many requests of 200 ms, one after another. */
static void late_answer(struct desk *d, struct meter_worker *w, int requests)
{
    for (int i = 0; i < requests; i++) {
        meter_state(w, WORKER_BUSY, 0, "", d->now_us - 200000);
        meter_request(w, 10, 10, 200000, true);
    }
}

static void a_request_far_older_than_usual_is_slow(void **state)
{
    struct desk *d = *state;
    const struct worker_view *w = &d->v.worker[0];

    late_answer(d, d->w, 10);
    late_live(d, 1);
    meter_state(d->w, WORKER_BUSY, 0, "", d->now_us);
    d->now_us += 2 * SECOND - 1000;
    late_view(d);
    assert_int_equal(w->state_ms, 1999);
    assert_false(w->slow); /* ten times as old, and soon */
    d->now_us += 1000;
    late_view(d);
    assert_true(w->slow);
    meter_request(d->w, 10, 10, 2 * SECOND, true);
    late_view(d);
    assert_false(w->slow); /* it came */
    assert_int_equal(w->state_ms, 0);
}

static void a_request_as_old_as_others_is_not_slow(void **state)
{
    struct desk *d = *state;

    for (int i = 0; i < 10; i++) {
        meter_state(d->w, WORKER_BUSY, 0, "", d->now_us);
        late_live(d, 1);
        meter_request(d->w, 10, 10, SECOND, true);
    }
    late_live(d, 1);
    meter_state(d->w, WORKER_BUSY, 0, "", d->now_us);
    d->now_us += 3 * SECOND;
    assert_false(late_view(d)->worker[0].slow);
    d->now_us += 1000;
    assert_true(late_view(d)->worker[0].slow);
}

/* It has answers of its stage to go by, and before those nothing. */
static void a_first_request_is_slow_beside_its_stage(void **state)
{
    struct desk *d = *state;
    struct meter_worker *other = meter_worker(d->stage, 1);

    meter_state(other, WORKER_BUSY, 0, "", d->now_us);
    late_live(d, 5);
    meter_stage_view(d->stage, &d->v, 2, d->now_us / 1000);
    assert_false(d->v.worker[1].slow);
    late_answer(d, d->w, 10);
    late_live(d, 1);
    meter_stage_view(d->stage, &d->v, 2, d->now_us / 1000);
    assert_true(d->v.worker[1].slow);
    assert_false(d->v.worker[0].slow);
}

/* All workers wait for 15 s after hundreds of answers in 200 ms. */
static void answers_that_do_not_come_are_in_the_p95(void **state)
{
    struct desk *d = *state;

    for (int i = 0; i < 8; i++)
        late_answer(d, meter_worker(d->stage, (size_t)i), 64);
    late_live(d, 1);
    meter_stage_view(d->stage, &d->v, 8, d->now_us / 1000);
    assert_int_equal(d->v.p95_ms, 200);
    for (int i = 0; i < 8; i++)
        meter_state(meter_worker(d->stage, (size_t)i), WORKER_BUSY, 0, "",
                    d->now_us);
    late_live(d, 15);
    meter_stage_view(d->stage, &d->v, 8, d->now_us / 1000);
    assert_int_equal(d->v.p95_ms, 15000);
    assert_int_equal(d->v.worker[3].p95_ms, 15000);
    assert_int_equal(d->v.p50_ms, 200); /* of what came back */
}

static void one_late_answer_of_many_is_not_in_the_p95_of_the_stage(
    void **state)
{
    struct desk *d = *state;
    struct meter_worker *late = meter_worker(d->stage, 1);

    late_answer(d, d->w, 64);
    late_answer(d, late, 64);
    late_live(d, 1);
    meter_state(late, WORKER_BUSY, 0, "", d->now_us);
    for (int i = 0; i < 15; i++) {
        late_answer(d, d->w, 4);
        late_live(d, 1);
    }
    meter_stage_view(d->stage, &d->v, 2, d->now_us / 1000);
    assert_int_equal(d->v.p95_ms, 200);
    assert_int_equal(d->v.worker[1].p95_ms, 15000);
    assert_true(d->v.worker[1].slow);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, meter_desk_setup,                    \
                                    meter_desk_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_far_older_than_usual_is_slow),
        TEST(a_request_as_old_as_others_is_not_slow),
        TEST(a_first_request_is_slow_beside_its_stage),
        TEST(answers_that_do_not_come_are_in_the_p95),
        TEST(one_late_answer_of_many_is_not_in_the_p95_of_the_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
