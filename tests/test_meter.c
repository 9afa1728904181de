#include "config.h"
#include "core/meter.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "sys/clock.h"

static struct meter *meter;
static int64_t begun_ms;
static struct snapshot *snap;

static int begin(void **state)
{
    (void)state;
    meter = meter_new();
    snap = calloc(1, sizeof *snap);
    begun_ms = clock_ms();
    return meter && snap ? 0 : 1;
}

static int end(void **state)
{
    (void)state;
    meter_free(meter);
    free(snap);
    return 0;
}

static struct meter_worker *worker(enum meter_which which, size_t i)
{
    return meter_worker(meter_of(meter, which), i);
}

static void tick(int second)
{
    struct meter_flow flow = { 0 };

    meter_tick(meter, &flow, begun_ms + second * 1000);
}

static const struct stage_view *look(enum meter_which which, size_t workers)
{
    struct stage_view *v =
        which == METER_EMBED ? &snap->embed : &snap->upsert;

    meter_stage_view(meter_of(meter, which), v, workers, begun_ms);
    return v;
}

static void the_graphs_of_the_stages_move_on_in_turn(void **state)
{
    int moved[METER_STAGES] = { 0 };

    (void)state;
    tick(1);
    for (int second = 2; second <= 9; second++) {
        int embed = look(METER_EMBED, 1)->worker[0].spark_len;
        int upsert = look(METER_UPSERT, 1)->worker[0].spark_len;

        tick(second);
        embed = look(METER_EMBED, 1)->worker[0].spark_len - embed;
        upsert = look(METER_UPSERT, 1)->worker[0].spark_len - upsert;
        assert_int_equal(embed + upsert, 1);
        moved[METER_EMBED] += embed;
        moved[METER_UPSERT] += upsert;
    }
    assert_int_equal(moved[METER_EMBED], 4);
    assert_int_equal(moved[METER_UPSERT], 4);
}

static void a_step_of_a_graph_holds_all_documents_since_the_last(void **state)
{
    const struct worker_view *v;
    double docs = 0;

    (void)state;
    for (int second = 1; second <= 9; second++) {
        meter_request(worker(METER_EMBED, 0), 100, 100, 1000, true);
        tick(second);
    }
    v = &look(METER_EMBED, 1)->worker[0];
    for (int i = 0; i < v->spark_len; i++)
        docs += (double)v->spark[i] * (i == 0 ? 1 : SNAPSHOT_SPARK_S);
    assert_true(docs > 880 && docs < 920);
}

static void latencies_are_told_by_the_second(void **state)
{
    (void)state;
    assert_int_equal(look(METER_EMBED, 1)->worker[0].p95_ms, -1);
    meter_state(worker(METER_EMBED, 0), WORKER_BUSY, 0, "");
    for (int ms = 1; ms <= 50; ms++)
        meter_request(worker(METER_EMBED, 0), 1, 1, ms * 1000, true);
    assert_int_equal(look(METER_EMBED, 1)->worker[0].p95_ms, -1);
    tick(1);
    assert_int_equal(look(METER_EMBED, 1)->worker[0].p50_ms, 25);
    assert_int_equal(look(METER_EMBED, 1)->worker[0].p95_ms, 47);
    assert_int_equal(look(METER_EMBED, 1)->p95_ms, 47);
    assert_int_equal(look(METER_UPSERT, 1)->p95_ms, -1);
}

static void a_stage_knows_the_latencies_of_those_at_work(void **state)
{
    (void)state;
    meter_state(worker(METER_EMBED, 0), WORKER_BUSY, 0, "");
    meter_state(worker(METER_EMBED, 1), WORKER_BUSY, 0, "");
    meter_request(worker(METER_EMBED, 0), 1, 1, 10000, true);
    meter_request(worker(METER_EMBED, 1), 1, 1, 900000, true);
    meter_state(worker(METER_EMBED, 1), WORKER_OFF, 0, "");
    tick(1);
    assert_int_equal(look(METER_EMBED, 2)->p95_ms, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            the_graphs_of_the_stages_move_on_in_turn, begin, end),
        cmocka_unit_test_setup_teardown(
            a_step_of_a_graph_holds_all_documents_since_the_last, begin, end),
        cmocka_unit_test_setup_teardown(latencies_are_told_by_the_second,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            a_stage_knows_the_latencies_of_those_at_work, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
