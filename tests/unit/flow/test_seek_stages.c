/*
 * EM-52: throughput seeking where more than one service is at work, in virtual
 * time: two stages in a row, a pool of batches, few workers, a known limit, a
 * slow source, a pause, and requests whose size is sought, too. Each is
 * compared with the best of a grid of fixed numbers (and sizes) for both
 * stages.
 *
 *   SEEK_SEEDS=N   so many seeds (6)
 */
#include "config.h"
#include "tests/support/flow/closed_loop.h"
#include "tests/support/tap.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

static const double ratio_most = 1.25, rare = 3; /* refused of 1,000 */
static const double near = 1.1;
/* Wanted on average where another stage is the bottleneck. */
static const double idle_width = 8;

#define SOUGHT .bounds.width.most = MOST, .docs = 1
#define SIZED(MORE, SIZE)                                                      \
    .bounds = { .width.most = (MORE),                                          \
                .batch = { .start = 100, .most = (SIZE) } },                   \
    .docs = 100

static const struct service quick = { .ms = 20, .spread = .3, .servers = 4 };
static const struct service slow = { .ms = 200, .spread = .4, .servers = 16 };
static const struct service free_50 = { .ms = 50, .spread = .4 };
static const struct service flat = { .ms = 100, .spread = .3, .servers = 4,
                                     .flat_docs = 256 };

static size_t seeds(void)
{
    const char *text = getenv("SEEK_SEEDS");
    size_t n = text ? strtoul(text, NULL, 10) : 0;

    return n ? n : 6;
}

static double done(const struct loop_plan *p, const struct loop_outcome *out)
{
    return (double)out[p->stages - 1].documents;
}

/* The best with these sizes of requests. */
static double best_of_size(const struct loop_plan *p, size_t docs)
{
    static const size_t grid[] = { 1, 2, 4, 8, 16, 32, MOST };
    enum { GRID = sizeof grid / sizeof grid[0] };
    struct loop_outcome out[LOOP_STAGES];
    double best = 0;

    for (size_t i = 0; i < GRID * (p->stages > 1 ? GRID : 1); i++) {
        struct loop_plan q = *p;

        q.stage[0].fixed = grid[i % GRID];
        q.stage[1].fixed = grid[i / GRID];
        q.stage[0].docs = docs;
        if (q.stage[0].fixed > q.stage[0].bounds.width.most ||
            (p->stages > 1 &&
             q.stage[1].fixed > q.stage[1].bounds.width.most))
            continue;
        loop_run(&q, out);
        if (done(p, out) > best)
            best = done(p, out);
    }
    return best;
}

static double best_fixed(const struct loop_plan *p)
{
    size_t docs = p->stage[0].docs, most = p->stage[0].bounds.batch.most;
    double best = best_of_size(p, docs);

    while (most && (docs *= 2) <= most) {
        double other = best_of_size(p, docs);

        if (other > best)
            best = other;
    }
    return best;
}

/* The worst of the seeds; every second time workers are slow to hear. */
static double worst_ratio(const char *name, struct loop_plan p,
                          struct loop_outcome out[LOOP_STAGES])
{
    double best, worst = 0, sum = 0;

    p.seed = 4711;
    best = best_fixed(&p);
    for (size_t seed = 1; seed <= seeds(); seed++) {
        double ratio;

        p.seed = seed;
        p.lags = seed % 2 == 0;
        loop_run(&p, out);
        ratio = best / done(&p, out);
        sum += ratio;
        if (ratio > worst)
            worst = ratio;
    }
    print_message("%-34s best %8.1f/s  ratio %.2f, worst %.2f  widths %2zu "
                  "%2zu  wanted %4.1f %4.1f  size %zu\n", name,
                  best / p.seconds, sum / (double)seeds(), worst,
                  out[0].knee.width, out[1].knee.width, out[0].mean_width,
                  out[1].mean_width, out[0].knee.batch);
    return worst;
}

/* Of 1,000 requests of the first stage, at worst. */
static double worst_refused(const char *name, const struct loop_plan *plan)
{
    struct loop_outcome out[LOOP_STAGES];
    double worst = 0;

    for (size_t seed = 1; seed <= seeds(); seed++) {
        struct loop_plan p = *plan;
        double refused;

        p.seed = seed;
        p.lags = seed % 2 == 0;
        loop_run(&p, out);
        refused = (double)out[0].refused;
        refused *= 1000 / (refused + (double)out[0].served);
        if (refused > worst)
            worst = refused;
    }
    print_message("%-34s refused of 1,000 at worst %.1f\n", name, worst);
    return worst;
}

static void EM_52_either_stage_may_be_the_bottleneck(void **state)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = { .stages = 2, .seconds = 60, .queue = 16 };

    (void)state;
    p.stage[0] = (struct stage_plan){ .service = slow, SOUGHT };
    p.stage[1] = (struct stage_plan){ .service = quick, SOUGHT };
    assert_true(worst_ratio("first stage slow", p, out) <= ratio_most);
    assert_true(out[1].mean_width <= idle_width);
    p.stage[0].service = quick;
    p.stage[1].service = slow;
    assert_true(worst_ratio("second stage slow", p, out) <= ratio_most);
    assert_true(out[0].mean_width <= idle_width);
    p.stage[0].service = p.stage[1].service = free_50;
    assert_true(worst_ratio("both as fast", p, out) <= ratio_most);
}

static void EM_52_the_bottleneck_may_move(void **state)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = { .stages = 2, .seconds = 120, .queue = 16 };

    (void)state;
    p.stage[0] = (struct stage_plan){ .service = slow, SOUGHT };
    p.stage[0].service.change_s = 60;
    p.stage[0].service.servers_then = 4;
    p.stage[1] = (struct stage_plan){
        .service = { .ms = 50, .spread = .4, .servers = 3 }, SOUGHT };
    assert_true(worst_ratio("from the second to the first", p, out) <=
                ratio_most);
    p.stage[0].service = slow;
    p.stage[1].service = (struct service){ .ms = 50, .spread = .4,
                                           .servers = 2, .change_s = 60,
                                           .servers_then = 16 };
    assert_true(worst_ratio("from the second to the first, up", p, out) <=
                ratio_most);
}

static void EM_52_a_pool_of_batches_bounds_what_is_in_flight(void **state)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = { .stages = 2, .seconds = 120, .queue = 16,
                           .pool = 40 };

    (void)state;
    p.stage[0] = (struct stage_plan){
        .service = { .ms = 2000, .spread = .4 }, SOUGHT };
    p.stage[1] = (struct stage_plan){ .service = free_50, SOUGHT };
    assert_true(worst_ratio("2 s, a pool of 40", p, out) <= ratio_most);
    assert_true(out[1].mean_width <= idle_width);
    assert_true(out[0].most_in_flight <= 40);
}

static void EM_52_workers_are_the_most(void **state)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = { .stages = 1, .seconds = 60 };

    (void)state;
    p.stage[0] = (struct stage_plan){ .service = free_50, .workers = 4,
                                      .bounds.width.most = 4, .docs = 1 };
    assert_true(worst_ratio("4 workers", p, out) <= ratio_most);
    assert_int_equal(out[0].most_in_flight, 4);
}

static void EM_52_what_does_not_send_learns_nothing(void **state)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = { .stages = 1, .seconds = 120, .seed = 1 };

    (void)state;
    p.stage[0] = (struct stage_plan){ .service = free_50, .rpm = 600, SOUGHT };
    loop_run(&p, out);
    assert_in_range(out[0].documents, 1160, 1220);
    assert_int_equal(out[0].knee.width, 0);
    assert_non_null(
        strstr(out[0].seek.reason, "a rate or a 429 holds it back"));
    p.stage[0].rpm = 0;
    p.source_per_s = 100;
    loop_run(&p, out);
    assert_in_range(out[0].documents, 11900, 12000);
    assert_int_equal(out[0].knee.width, 0);
    assert_non_null(strstr(out[0].seek.reason, "too few documents come"));
}

static void EM_52_a_pause_changes_nothing(void **state)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = { .stages = 1, .seconds = 60, .pause_from_s = 20,
                           .pause_to_s = 30 };

    (void)state;
    p.stage[0] = (struct stage_plan){ .service = free_50, SOUGHT };
    assert_true(worst_ratio("a pause", p, out) <= ratio_most);
    assert_int_equal(out[0].knee.width, MOST);
}

/* A worker that has work of its own between two requests never fills its
 * place. */
static void EM_52_workers_with_work_of_their_own_are_no_reason_to_stop(
    void **state)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = { .stages = 1, .seconds = 20 };

    (void)state;
    p.stage[0] = (struct stage_plan){
        .service = { .ms = 5, .spread = .3 }, .cpu_ms = 5, SOUGHT };
    assert_true(worst_ratio("5 ms, as long for itself", p, out) <= ratio_most);
}

static void EM_52_the_size_of_requests_is_sought_where_that_pays(void **state)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = { .stages = 1, .seconds = 120 };

    (void)state;
    p.stage[0] = (struct stage_plan){ .service = flat, SIZED(MOST, 1000) };
    assert_true(worst_ratio("as long up to 256 documents", p, out) <=
                ratio_most);
    assert_true(out[0].knee.batch >= 200);
    p.read_ahead = 30;
    assert_true(worst_ratio("the same, 30 batches read ahead", p, out) <=
                ratio_most);
    p.read_ahead = 0;
    p.stage[0] = (struct stage_plan){
        .service = { .ms = 1, .doc_ms = 1, .spread = .3, .servers = 4 },
        SIZED(MOST, 1000) };
    assert_true(worst_ratio("as long for each document", p, out) <=
                ratio_most);
}

/* The next stage takes more documents than come, but fewer than larger requests
 * could bring, so these are in flight for a part of the time only. */
static void EM_52_larger_requests_pay_though_the_next_stage_fills(void **state)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = { .stages = 2, .seconds = 20, .queue = 16,
                           .read_ahead = 16 };

    (void)state;
    p.stage[0] = (struct stage_plan){ .service = free_50, SIZED(16, 400) };
    p.stage[1] = (struct stage_plan){
        .service = { .ms = 1, .doc_ms = .06, .spread = .3, .servers = 4 },
        .bounds.width.most = MOST, .docs = 100 };
    assert_true(worst_ratio("the next takes twice as many", p, out) <=
                near);
    assert_int_equal(out[0].knee.batch, 400);
}

/* Requests are scarce: more documents in each are more documents. */
static void EM_52_a_known_limit_on_requests_makes_them_large(void **state)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = { .stages = 1, .seconds = 60, .read_ahead = 16,
                           .seed = 1 };

    (void)state;
    p.stage[0] = (struct stage_plan){ .service = free_50, .rpm = 600,
                                      SIZED(MOST, 512) };
    loop_run(&p, out);
    assert_int_equal(out[0].seek.batch, 512);
    assert_true(out[0].documents >= 45 * 10 * 512);
    p.stage[0].service.most_docs = 150;
    loop_run(&p, out);
    assert_int_equal(out[0].seek.batch, 100);
    assert_true(out[0].documents >= 55 * 10 * 100);
}

/* What is tried moves the bound on the width, and comes through only after
 * the batches that were read before. */
static void EM_52_a_try_of_a_size_outlives_the_bound_that_it_moves(void **state)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = { .stages = 1, .seconds = 60, .read_ahead = 16 };

    (void)state;
    p.stage[0] = (struct stage_plan){
        .service = { .ms = 50, .spread = .02, .most_at_once = 8 },
        SIZED(MOST, 512), .docs_held = 12800 };
    assert_true(worst_ratio("8 at once, any size", p, out) <= ratio_most);
    assert_int_equal(out[0].knee.batch, 512);
}

/* More memory is no reason to forget what was refused. */
static void EM_52_a_ration_that_moves_keeps_below_what_is_refused(void **state)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = { .stages = 1, .seconds = 60, .read_ahead = 16 };

    (void)state;
    p.stage[0] = (struct stage_plan){
        .service = { .ms = 50, .spread = .3, .most_at_once = 8 },
        .bounds = { .width.most = MOST,
                    .batch = { .start = 1000, .most = 1000 } },
        .docs = 1000, .docs_held = 64000, .docs_unproved = 7000 };
    assert_true(worst_ratio("8 at once, a ration of 7", p, out) <= near);
    assert_true(worst_refused("8 at once, a ration of 7", &p) <= rare);
    p.stage[0].service.away_ms = 10;
    assert_true(worst_refused("the same, 10 ms away", &p) <= rare);
}

static void EM_52_a_size_that_is_refused_is_not_tried_again(void **state)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = { .stages = 1, .seconds = 120 };

    (void)state;
    p.stage[0] = (struct stage_plan){
        .service = { .ms = 100, .spread = .3, .most_docs = 150 },
        SIZED(16, 1000) };
    assert_true(worst_ratio("413 above 150 documents", p, out) <= ratio_most);
    assert_int_equal(out[0].knee.batch, 100);
    assert_true(out[0].too_large <= 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(EM_52_either_stage_may_be_the_bottleneck),
        cmocka_unit_test(EM_52_the_bottleneck_may_move),
        cmocka_unit_test(EM_52_a_pool_of_batches_bounds_what_is_in_flight),
        cmocka_unit_test(EM_52_workers_are_the_most),
        cmocka_unit_test(EM_52_what_does_not_send_learns_nothing),
        cmocka_unit_test(EM_52_a_pause_changes_nothing),
        cmocka_unit_test(
            EM_52_workers_with_work_of_their_own_are_no_reason_to_stop),
        cmocka_unit_test(
            EM_52_the_size_of_requests_is_sought_where_that_pays),
        cmocka_unit_test(
            EM_52_larger_requests_pay_though_the_next_stage_fills),
        cmocka_unit_test(EM_52_a_known_limit_on_requests_makes_them_large),
        cmocka_unit_test(
            EM_52_a_try_of_a_size_outlives_the_bound_that_it_moves),
        cmocka_unit_test(
            EM_52_a_ration_that_moves_keeps_below_what_is_refused),
        cmocka_unit_test(EM_52_a_size_that_is_refused_is_not_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
