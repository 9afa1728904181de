/* Rates, latencies and progress, on a clock of the test's own. */
#include "config.h"
#include "tests/support/desks/meter_desk.h"
#include "tests/support/tap.h"

#include <string.h>

#include "core/progress.h"

enum { SECOND = 1000000, HOUR = 3600 };

/* So many seconds, each with so many documents stored. */
static void live(struct desk *d, int seconds, uint64_t docs)
{
    for (int i = 0; i < seconds; i++) {
        d->now_us += SECOND;
        d->flow.stored += docs;
        d->flow.read += 2 * docs;
            assert_true(meter_tick(d->m, &d->flow, d->now_us));
    }
    meter_fill(d->m, &d->s);
}

static const struct stage_view *view(struct desk *d)
{
    meter_stage_view(d->stage, &d->v, 1, d->now_us / 1000);
    return &d->v;
}

static void is_near(double value, double wanted)
{
    if (value < wanted * 0.999 - 1e-9 || value > wanted * 1.001 + 1e-9)
        fail_msg("%g is not about %g", value, wanted);
}

/* --- rates ---------------------------------------------------------------- */

/* A run begins with seconds in which little is stored: they count as others. */
static void a_rate_is_the_mean_at_first(void **state)
{
    struct desk *d = *state;

    live(d, 1, 500);
    is_near(d->s.rate, 500);
    is_near(d->s.read_rate, 1000);
    assert_int_equal(d->s.history_len, 1);
    live(d, 1, 0);
    is_near(d->s.rate, 250);
    live(d, 3, 1500);
    is_near(d->s.rate, 1000);
}

/* After ten seconds of another rate 1 - 1/e of the way is done. */
static void a_rate_is_smoothed_over_ten_seconds(void **state)
{
    struct desk *d = *state;

    live(d, 60, 100);
    is_near(d->s.rate, 100);
    live(d, 10, 200);
    is_near(d->s.rate, 100 + 100 * (1 - 0.367879));
    live(d, 90, 200);
    is_near(d->s.rate, 200);
    is_near(d->s.rate_peak, 200);
    live(d, 10, 0);
    is_near(d->s.rate, 200 * 0.367879);
    is_near(d->s.rate_peak, 200);
}

static void ticks_of_another_length_smooth_alike(void **state)
{
    struct desk *d = *state;

    live(d, 60, 100);
    for (int i = 0; i < 20; i++) {
        d->now_us += SECOND / 2;
        d->flow.stored += 100;
        assert_true(meter_tick(d->m, &d->flow, d->now_us));
    }
    meter_fill(d->m, &d->s);
    is_near(d->s.rate, 100 + 100 * (1 - 0.367879));
}

/* So many seconds in which the embed queue is full to this part. */
static void fill(struct desk *d, int seconds, double full)
{
    for (int i = 0; i < seconds; i++) {
        d->flow.embed_full_ms += full * 1000;
        live(d, 1, 1);
    }
}

static void a_queue_that_a_pause_fills_is_no_sign_of_a_bottleneck(void **state)
{
    struct desk *d = *state;

    d->flow.paused = true;
    fill(d, 5, 1);
    is_near(d->s.embed_queue.full_pct, 0);
    d->flow.paused = false;
    fill(d, 1, 0.2); /* the first second that counts is all of it */
    is_near(d->s.embed_queue.full_pct, 20);
    d->flow.paused = true;
    fill(d, 60, 1);
    is_near(d->s.embed_queue.full_pct, 20);
    d->flow.paused = false;
    fill(d, 90, 1);
    is_near(d->s.embed_queue.full_pct, 100);
}

static void the_history_is_the_newest_seconds_oldest_first(void **state)
{
    struct desk *d = *state;

    for (uint64_t i = 0; i < SNAPSHOT_HISTORY + 7; i++)
        live(d, 1, i);
    assert_int_equal(d->s.history_len, SNAPSHOT_HISTORY);
    assert_int_equal((int)d->s.history[0], 7);
    assert_int_equal((int)d->s.history[SNAPSHOT_HISTORY - 1],
                     SNAPSHOT_HISTORY + 6);
}

static void a_tick_without_time_changes_nothing(void **state)
{
    struct desk *d = *state;

    live(d, 3, 10);
    assert_true(meter_tick(d->m, &d->flow, d->now_us));
    assert_true(meter_tick(d->m, &d->flow, d->now_us - SECOND));
    live(d, 1, 10);
    is_near(d->s.rate, 10);
    assert_int_equal(d->s.history_len, 4);
}

/* --- progress ------------------------------------------------------------- */

static void work_is_by_bytes_that_are_final(void **state)
{
    struct progress p = progress_of(30, 10, 8000, 10000, false);

    (void)state;
    is_near(p.work, 6000);
    is_near(p.work_left, 4000);
    p = progress_of(190, 10, 110000, 110000, true);
    is_near(p.work_left, 110000.0 / 20);
    p = progress_of(50, 5, 4096, 0, false); /* a pipe */
    is_near(p.work, 50);
    assert_true(p.work_left < 0);
    is_near(progress_of(50, 5, 4096, 0, true).work_left, 5);
    is_near(progress_of(9, 0, 9, 8, false).work_left, 0);
}

static void a_limit_is_the_end_where_the_corpus_has_more(void **state)
{
    struct progress p = progress_of(30, 10, 8000, 100000, false);

    (void)state;
    progress_end_behind(&p, 30, 10, 20);
    assert_int_equal(p.total, 60);
    assert_false(p.estimated);
    assert_false(p.complete);
    is_near(p.done_pct, 50);
    is_near(p.work_left, 30 * 200);
    p = progress_of(30, 10, 8000, 10000, false); /* 50 in all */
    progress_end_behind(&p, 30, 10, 20);
    assert_int_equal(p.total, 50);
    assert_true(p.estimated);
    p = progress_of(30, 10, 8000, 0, false); /* a pipe */
    progress_end_behind(&p, 30, 10, 20);
    assert_int_equal(p.total, 60);
    is_near(p.work_left, 30);
    p = progress_of(30, 10, 8000, 8000, true);
    progress_end_behind(&p, 30, 10, 20);
    assert_int_equal(p.total, 40);
}

static void progress_is_unknown_until_something_tells(void **state)
{
    (void)state;
    assert_int_equal(progress_of(50, 5, 4096, 0, false).total, 0);
    assert_int_equal(progress_of(0, 0, 0, 4096, false).total, 0);
    is_near(progress_of(50, 5, 4096, 0, false).done_pct, 0);
    is_near(progress_of(0, 0, 0, 0, true).done_pct, 100); /* empty */
    is_near(progress_of(9, 0, 9, 8, false).done_pct, 100); /* it has shrunk */
}

/* --- standing still ------------------------------------------------------- */

static void OS_09_stopped_time_is_credited_to_nothing(void **state)
{
    struct desk *d = *state;

    meter_state(d->w, WORKER_BUSY, 0, "", d->now_us);
    for (int i = 0; i < 20; i++) {
        meter_request(d->w, 50, 50, 1000, true);
        live(d, 1, 50);
    }
    d->now_us += (int64_t)HOUR * SECOND; /* SIGSTOP, SIGCONT */
    d->flow.stored += 5;
    meter_request(d->w, 5, 5, 1000, true);
    assert_false(meter_tick(d->m, &d->flow, d->now_us));
    meter_fill(d->m, &d->s);
    is_near(d->s.rate, 50);
    assert_int_equal(d->s.history_len, 20);
    is_near(view(d)->rate, 50);
    is_near(view(d)->busy_pct, 100);

    meter_request(d->w, 50, 50, 1000, true);
    live(d, 1, 50);
    is_near(d->s.rate, 50);
    is_near(view(d)->rate, 50);
    is_near(view(d)->busy_pct, 100);
    assert_int_equal(view(d)->docs, 20 * 50 + 5 + 50);
}

static void a_slow_tick_is_not_a_stop(void **state)
{
    struct desk *d = *state;

    live(d, 1, 100);
    d->now_us += (int64_t)METER_STILL_S * SECOND;
    d->flow.stored += 100 * METER_STILL_S;
    assert_true(meter_tick(d->m, &d->flow, d->now_us));
    meter_fill(d->m, &d->s);
    is_near(d->s.rate, 100);
}

/* --- workers -------------------------------------------------------------- */

static void a_worker_is_busy_for_its_share_of_the_time(void **state)
{
    struct desk *d = *state;

    for (int i = 0; i < 60; i++) {
        meter_state(d->w, WORKER_BUSY, 0, "", d->now_us);
        meter_state(d->w, WORKER_IDLE, 0, "", d->now_us + SECOND / 4);
        live(d, 1, 0);
    }
    is_near(view(d)->busy_pct, 25);
    is_near(d->v.duty, 1);
}

static void a_spare_worker_dilutes_no_share(void **state)
{
    struct desk *d = *state;
    struct meter_worker *other = meter_worker(d->stage, 1);

    for (int i = 0; i < 60; i++) {
        meter_state(d->w, WORKER_BUSY, 0, "", d->now_us);
        live(d, 1, 0);
    }
    meter_stage_view(d->stage, &d->v, 2, d->now_us / 1000);
    is_near(d->v.duty, 1);
    is_near(d->v.busy_pct, 100);
    meter_state(other, WORKER_IDLE, 0, "", d->now_us);
    live(d, 120, 0);
    meter_stage_view(d->stage, &d->v, 2, d->now_us / 1000);
    is_near(d->v.duty, 2);
    is_near(d->v.busy_pct, 50);
}

static void what_most_waiting_was_for_is_told(void **state)
{
    struct desk *d = *state;
    struct meter_worker *other = meter_worker(d->stage, 1);

    for (int i = 0; i < 60; i++) {
        meter_state(d->w, WORKER_LIMITED, 500, "requests/min", d->now_us);
        meter_state(d->w, WORKER_IDLE, 0, "", d->now_us + SECOND / 10);
        meter_state(other, WORKER_LIMITED, 500, "tokens/min", d->now_us);
        meter_state(other, WORKER_BACKOFF, 500, "429",
                    d->now_us + SECOND / 2);
        live(d, 1, 0);
    }
    meter_stage_view(d->stage, &d->v, 2, d->now_us / 1000);
    is_near(d->v.limited_pct, 30); /* of both */
    is_near(d->v.backoff_pct, 25);
    assert_string_equal(d->v.limited_by, "tokens/min");
    meter_stage_view(d->stage, &d->v, 1, d->now_us / 1000);
    is_near(d->v.limited_pct, 10);
    assert_string_equal(d->v.limited_by, "requests/min");
}

static void a_state_has_its_beginning_its_wait_and_its_reason(void **state)
{
    struct desk *d = *state;
    const struct worker_view *w = &d->v.worker[0];

    meter_state(d->w, WORKER_BACKOFF, 3000, "429", d->now_us);
    d->now_us += SECOND;
    view(d);
    assert_int_equal(w->state, WORKER_BACKOFF);
    assert_string_equal(w->reason, "429");
    assert_int_equal(w->state_ms, 1000);
    assert_int_equal(w->wait_ms, 2000);
    meter_state(d->w, WORKER_BACKOFF, 5000, "outage", d->now_us);
    d->now_us += 5 * SECOND - SECOND / 1000;
    view(d);
    assert_int_equal(w->state_ms, 5999); /* still the same one */
    assert_int_equal(w->wait_ms, 1);
    assert_string_equal(w->reason, "outage");
    d->now_us += SECOND / 1000;
    view(d);
    assert_int_equal(w->wait_ms, 0);
    assert_string_equal(w->reason, ""); /* it is over */
}

static void errors_are_counted_by_the_minute(void **state)
{
    struct desk *d = *state;

    for (int i = 0; i < 120; i++) {
        meter_request(d->w, i % 2 ? 10 : 0, 10, 1000, i % 2);
        live(d, 1, 0);
    }
    assert_int_equal(view(d)->worker[0].errors, 60);
    assert_int_equal(d->v.requests, 120);
    assert_int_equal(d->v.failed, 60);
    assert_int_equal(view(d)->errors_per_min, 30);
    live(d, 59, 0);
    assert_int_equal(view(d)->errors_per_min, 0);
}

static void the_first_minute_has_no_more_errors_than_came(void **state)
{
    struct desk *d = *state;

    meter_request(d->w, 0, 10, 1000, false);
    live(d, 1, 0);
    assert_int_equal(view(d)->errors_per_min, 1);
    live(d, 58, 0);
    assert_int_equal(view(d)->errors_per_min, 1);
    live(d, 2, 0);
    assert_int_equal(view(d)->errors_per_min, 0);
}

/* --- latencies ------------------------------------------------------------ */

/* They are told with the next tick. */
static void is_latency(struct desk *d, int64_t p50_ms, int64_t p95_ms)
{
    live(d, 1, 0);
    view(d);
    assert_int_equal(d->v.p50_ms, p50_ms);
    assert_int_equal(d->v.p95_ms, p95_ms);
    assert_int_equal(d->v.worker[0].p50_ms, p50_ms);
    assert_int_equal(d->v.worker[0].p95_ms, p95_ms);
}

static void half_and_all_but_a_twentieth_are_no_slower(void **state)
{
    struct desk *d = *state;

    meter_state(d->w, WORKER_BUSY, 0, "", d->now_us);
    is_latency(d, -1, -1);
    meter_request(d->w, 1, 1, 80, true);
    is_latency(d, 1, 1); /* not 0, which would be none */
    meter_request(d->w, 1, 1, 900000, true);
    is_latency(d, 1, 900);
    for (int ms = 60; ms > 0; ms--)
        meter_request(d->w, 1, 1, ms * 1000, true);
    is_latency(d, 30, 58);
}

static void latencies_are_those_of_the_last_requests(void **state)
{
    struct desk *d = *state;

    meter_state(d->w, WORKER_BUSY, 0, "", d->now_us);
    for (int i = 0; i < 500; i++)
        meter_request(d->w, 1, 1, (int64_t)HOUR * SECOND * 24, false);
    is_latency(d, INT32_MAX / 1000 + 1, INT32_MAX / 1000 + 1);
    for (int i = 0; i < 64; i++)
        meter_request(d->w, 1, 1, 5000, true);
    is_latency(d, 5, 5);
}

static void a_stage_knows_the_latencies_of_those_at_work(void **state)
{
    struct desk *d = *state;
    struct meter_worker *other = meter_worker(d->stage, 1);

    meter_state(d->w, WORKER_BUSY, 0, "", d->now_us);
    meter_state(other, WORKER_BUSY, 0, "", d->now_us);
    for (int i = 0; i < 64; i++) {
        meter_request(d->w, 1, 1, 10000, true);
        meter_request(other, 1, 1, 90000, true);
    }
    assert_int_equal(view(d)->p95_ms, -1); /* told by the second */
    live(d, 1, 0);
    meter_stage_view(d->stage, &d->v, 2, d->now_us / 1000);
    assert_int_equal(d->v.worker[0].p95_ms, 10);
    assert_int_equal(d->v.worker[1].p50_ms, 90);
    assert_int_equal(d->v.p50_ms, 10);
    assert_int_equal(d->v.p95_ms, 90);
    meter_state(other, WORKER_OFF, 0, "", d->now_us);
    live(d, 1, 0);
    assert_int_equal(view(d)->p95_ms, 10);
    meter_stage_view(meter_of(d->m, METER_UPSERT), &d->v, 1, 0);
    assert_int_equal(d->v.p95_ms, -1);
}

static void an_answer_takes_what_the_last_ten_seconds_served_took(void **state)
{
    struct desk *d = *state;

    meter_state(d->w, WORKER_BUSY, 0, "", d->now_us);
    live(d, 1, 0);
    assert_true(view(d)->answer_ms <= 0);
    for (int s = 0; s < 120; s++) {
        meter_request(d->w, 1, 1, 300000, true);
        meter_request(d->w, 0, 1, 5000, false); /* a 429 comes at once */
        live(d, 1, 0);
    }
    assert_float_equal(view(d)->answer_ms, 300, 1);
    for (int s = 0; s < 30; s++) {
        meter_request(d->w, 1, 1, 15000000, true);
        live(d, 1, 0);
    }
    assert_true(view(d)->answer_ms > 13000);
}

/* --- graphs --------------------------------------------------------------- */

static int sparks_of(struct desk *d, enum meter_which which)
{
    meter_stage_view(meter_of(d->m, which), &d->v, 1, d->now_us / 1000);
    return d->v.worker[0].spark_len;
}

static void the_graphs_of_the_stages_move_on_in_turn(void **state)
{
    struct desk *d = *state;
    int moved[METER_STAGES] = { 0 };

    live(d, 1, 0);
    for (int second = 2; second <= 9; second++) {
        int embed = sparks_of(d, METER_EMBED);
        int upsert = sparks_of(d, METER_UPSERT);

        live(d, 1, 0);
        embed = sparks_of(d, METER_EMBED) - embed;
        upsert = sparks_of(d, METER_UPSERT) - upsert;
        assert_int_equal(embed + upsert, 1);
        moved[METER_EMBED] += embed;
        moved[METER_UPSERT] += upsert;
    }
    assert_int_equal(moved[METER_EMBED], 4);
    assert_int_equal(moved[METER_UPSERT], 4);
}

static void a_step_of_a_graph_holds_all_documents_since_the_last(void **state)
{
    struct desk *d = *state;
    double docs = 0;

    for (int second = 1; second <= 9; second++) {
        meter_request(d->w, 100, 100, 1000, true);
        live(d, 1, 0);
    }
    view(d);
    for (int i = 0; i < d->v.worker[0].spark_len; i++)
        docs += (double)d->v.worker[0].spark[i] *
                (i == 0 ? 1 : SNAPSHOT_SPARK_S);
    is_near(docs, 900);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, meter_desk_setup,                    \
                                    meter_desk_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_rate_is_the_mean_at_first),
        TEST(a_rate_is_smoothed_over_ten_seconds),
        TEST(ticks_of_another_length_smooth_alike),
        TEST(a_queue_that_a_pause_fills_is_no_sign_of_a_bottleneck),
        TEST(the_history_is_the_newest_seconds_oldest_first),
        TEST(a_tick_without_time_changes_nothing),
        TEST(work_is_by_bytes_that_are_final),
        TEST(a_limit_is_the_end_where_the_corpus_has_more),
        TEST(progress_is_unknown_until_something_tells),
        TEST(OS_09_stopped_time_is_credited_to_nothing),
        TEST(a_slow_tick_is_not_a_stop),
        TEST(a_worker_is_busy_for_its_share_of_the_time),
        TEST(a_spare_worker_dilutes_no_share),
        TEST(what_most_waiting_was_for_is_told),
        TEST(a_state_has_its_beginning_its_wait_and_its_reason),
        TEST(errors_are_counted_by_the_minute),
        TEST(the_first_minute_has_no_more_errors_than_came),
        TEST(half_and_all_but_a_twentieth_are_no_slower),
        TEST(latencies_are_those_of_the_last_requests),
        TEST(a_stage_knows_the_latencies_of_those_at_work),
        TEST(an_answer_takes_what_the_last_ten_seconds_served_took),
        TEST(the_graphs_of_the_stages_move_on_in_turn),
        TEST(a_step_of_a_graph_holds_all_documents_since_the_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
