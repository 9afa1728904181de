/*
 * EM-51: throughput seeking against services that nobody described, in virtual
 * time: each is compared with the best of a grid of fixed numbers of requests
 * in flight, which a client without a gate sends, whatever is refused.
 *
 * A line says for each service the best fixed number and its rate; how many
 * times less was served, in the median of the seeds and at worst; after how
 * many seconds two seconds brought 90 % of the best, at worst; the same where
 * the last run's knee is known; and what was refused of 1,000, on average. Of
 * every second seed the workers are slow to hear of another number.
 *
 *   SEEK_SEEDS=N   so many seeds (8)
 */
#include "config.h"
#include "tests/support/flow/closed_loop.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST = 64, SEEDS_MOST = 1000, BINS_A_SECOND = 1000 / LOOP_BIN_MS };

static const double ratio_most = 1.25, refused_most = 10, refused_worst = 12;
static const double knee_s = 2;

struct row {
    const char *name;
    struct service service;
    double in_s;   /* 90 % are reached; 0: not judged */
    double ratio;  /* another bound; 0: as all */
};

static const struct row rows[] = {
    { "5 ms", { .ms = 5, .spread = .3 }, 10, 0 },
    { "50 ms", { .ms = 50, .spread = .4 }, 10, 0 },
    { "50 ms, all alike", { .ms = 50, .spread = .02 }, 10, 0 },
    { "50 ms, 100 to connect",
      { .ms = 50, .spread = .4, .connect_ms = 100 }, 10, 0 },
    { "500 ms", { .ms = 500, .spread = .4 }, 10, 0 },
    { "2 s", { .ms = 2000, .spread = .5 }, 15, 0 },
    { "4 servers x 50 ms", { .ms = 50, .spread = .4, .servers = 4 }, 10, 0 },
    { "1 x 20 ms", { .ms = 20, .spread = .4, .servers = 1 }, 10, 0 },
    { "24 x 300 ms", { .ms = 300, .spread = .4, .servers = 24 }, 10, 0 },
    { "slower with each, knee 10",
      { .ms = 100, .spread = .3, .slower_at = 10 }, 10, 0 },
    { "8 at once, 100 ms",
      { .ms = 100, .spread = .4, .most_at_once = 8 }, 10, 0 },
    { "the same, names a time",
      { .ms = 100, .spread = .4, .most_at_once = 8, .retry_after_ms = 1000 },
      10, 0 },
    { "30 at once, 300 ms",
      { .ms = 300, .spread = .4, .most_at_once = 30 }, 10, 0 },
    { "12 a second",
      { .ms = 100, .spread = .4, .per_s = 12, .burst = 12 }, 10, 1.1 },
    { "the same, in a row of 2",
      { .ms = 20, .spread = .4, .per_s = 12, .burst = 2 }, 20, 1.11 },
    { "200 a second",
      { .ms = 20, .spread = .4, .per_s = 200, .burst = 200 }, 10, 1.1 },
    { "12 a second, names a time",
      { .ms = 100, .spread = .4, .per_s = 12, .burst = 12,
        .retry_after_ms = 1000 }, 10, 1.1 },
    { "12 a second, tells what is left",
      { .ms = 100, .spread = .4, .per_s = 12, .burst = 12,
        .retry_after_ms = 1000, .headers = true }, 10, 1.1 },
    { "16 servers, 4 after 60 s",
      { .ms = 50, .spread = .4, .servers = 16, .change_s = 60,
        .servers_then = 4 }, 0, 0 },
    { "4 servers, 16 after 60 s",
      { .ms = 50, .spread = .4, .servers = 4, .change_s = 60,
        .servers_then = 16 }, 0, 0 },
    { "50 ms, one in 20 fails",
      { .ms = 50, .spread = .4, .fails = .05 }, 10, 0 },
    { "50 ms, out from 40 to 60 s",
      { .ms = 50, .spread = .4, .out_from_s = 40, .out_to_s = 60 }, 0, 0 }
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static size_t seeds(void)
{
    const char *text = getenv("SEEK_SEEDS");
    size_t n = text ? strtoul(text, NULL, 10) : 0;

    return n == 0 ? 8 : n < SEEDS_MOST ? n : SEEDS_MOST;
}

/* Fast ones need not be asked a million times. */
static double seconds_of(const struct row *r)
{
    return r->service.ms < 10 ? 30 : 120;
}

static struct loop_plan plan_of(const struct row *r)
{
    struct loop_plan p = { .stages = 1, .seconds = seconds_of(r) };

    p.stage[0] = (struct stage_plan){ .service = r->service, .docs = 1 };
    return p;
}

static double best_fixed(const struct row *r, size_t *width)
{
    static const size_t grid[] = { 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, MOST };
    struct loop_outcome out[LOOP_STAGES];
    double best = 0;

    for (size_t i = 0; i < sizeof grid / sizeof grid[0]; i++) {
        struct loop_plan p = plan_of(r);

        p.seed = 4711;
        p.stage[0].fixed = grid[i];
        loop_run(&p, out);
        if ((double)out[0].documents > 1.01 * best) {
            best = (double)out[0].documents;
            *width = grid[i];
        }
    }
    return best;
}

/* From when on two seconds, or two latencies, brought 90 % of that rate. */
static double reached_s(const struct row *r, const struct loop_outcome *o,
                        double per_s)
{
    size_t bins = (r->service.ms > 1000 ? 4 : 2) * BINS_A_SECOND;
    double wanted = .9 * per_s * (double)bins / BINS_A_SECOND, sum = 0;
    size_t all = (size_t)seconds_of(r) * BINS_A_SECOND;

    for (size_t i = 0; i < all; i++) {
        sum += (double)o->bin[i];
        sum -= i >= bins ? (double)o->bin[i - bins] : 0;
        if (i + 1 >= bins && sum >= wanted)
            return (double)(i + 1 - bins) / BINS_A_SECOND;
    }
    return LOOP_SECONDS;
}

/* What a row came to. */
struct score {
    double best_per_s, ratio[SEEDS_MOST], in_s[SEEDS_MOST],
        from_knee_s[SEEDS_MOST], refused, refused_worst;
    size_t width, knee;
};

static double refused_of(const struct loop_outcome *o)
{
    return 1000.0 * (double)o->refused / (double)(o->refused + o->served);
}

/* A run as the last one, that knows its knee. */
static void score_knee(const struct row *r, const struct seek_knee *knee,
                       uint64_t seed, struct score *s)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = plan_of(r);

    p.seed = seed + 1000000;
    p.stage[0].bounds = (struct seek_bounds){
        .width = { .most = MOST, .start = knee->width },
        .start_per_s = knee->per_s, .start_ceiling = knee->ceiling };
    loop_run(&p, out);
    s->from_knee_s[seed - 1] = reached_s(r, &out[0], s->best_per_s);
}

static void score_seed(const struct row *r, size_t seed, struct score *s)
{
    struct loop_outcome out[LOOP_STAGES];
    struct loop_plan p = plan_of(r);
    double refused, best = s->best_per_s * seconds_of(r);

    p.seed = seed;
    p.lags = seed % 2 == 0;
    p.stage[0].bounds.width.most = MOST;
    loop_run(&p, out);
    s->ratio[seed - 1] = best / (double)out[0].documents;
    s->in_s[seed - 1] = reached_s(r, &out[0], s->best_per_s);
    refused = refused_of(&out[0]);
    s->refused += refused / (double)seeds();
    if (refused > s->refused_worst)
        s->refused_worst = refused;
    s->knee = out[0].knee.width;
    if (out[0].knee.width && r->in_s > 0)
        score_knee(r, &out[0].knee, seed, s);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The worst; of many seeds all but one in 25 are as good. */
static double worst(double *of)
{
    qsort(of, seeds(), sizeof *of, compare);
    return of[seeds() - 1 - seeds() / 25];
}

static void tell(const struct row *r, struct score *s)
{
    double ratio = worst(s->ratio), in_s = worst(s->in_s);
    double from_knee_s = worst(s->from_knee_s);

    print_message("%-32s best %2zu %8.1f/s  ratio %.2f, worst %.2f  90 %% "
                  "after %5.2f s, from the knee %4.2f s  refused %4.1f\n",
                  r->name, s->width, s->best_per_s, s->ratio[seeds() / 2],
                  ratio, in_s, from_knee_s, s->refused);
}

static void judge(const struct row *r, struct score *s)
{
    assert_true(worst(s->ratio) <= (r->ratio > 0 ? r->ratio : ratio_most));
    assert_true(s->refused <= refused_most);
    assert_true(s->refused_worst <= refused_worst);
    if (r->in_s <= 0)
        return;
    assert_true(worst(s->in_s) <= r->in_s);
    assert_true(worst(s->from_knee_s) <= knee_s);
}

static void EM_51_any_service_is_served_at_nearly_its_best(void **state)
{
    static struct score scores[ROWS];

    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct score *s = &scores[i];

        s->best_per_s = best_fixed(&rows[i], &s->width) / seconds_of(&rows[i]);
        for (size_t seed = 1; seed <= seeds(); seed++)
            score_seed(&rows[i], seed, s);
        tell(&rows[i], s);
    }
    for (size_t i = 0; i < ROWS; i++)
        judge(&rows[i], &scores[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(EM_51_any_service_is_served_at_nearly_its_best),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
