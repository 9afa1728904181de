/*
 * Tests of the token bucket and of the backoff, on a clock that the test moves:
 * no minute sees more than rate and burst allow, and no wait is longer than it
 * has to be.
 */
#include "config.h"
#include "flow/backoff.h"
#include "flow/bucket.h"
#include "tests/support/tap.h"

#include <stdlib.h>

enum { MINUTE = 60000 };

static double level_at(const struct bucket *b, int64_t now_ms)
{
    struct bucket then = *b;

    bucket_adjust(&then, 0, now_ms);
    return then.level;
}

static uint32_t random_word(void)
{
    static uint32_t state = 1;

    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

/* What was let through, and when, on a clock of its own. */
struct log {
    struct {
        int64_t at;
        double n;
    } *taken;
    size_t count;
    double total;
};

static void note(struct log *l, int64_t at, double n)
{
    if (l->count % 4096 == 0)
        l->taken = realloc(l->taken, (l->count + 4096) * sizeof *l->taken);
    if (!l->taken)
        abort();
    l->taken[l->count].at = at;
    l->taken[l->count++].n = n;
    l->total += n;
}

/* The most in any window of 60 s, both ends included. */
static double busiest_minute(const struct log *l)
{
    double sum = 0, most = 0;

    for (size_t first = 0, i = 0; i < l->count; i++) {
        sum += l->taken[i].n;
        while (l->taken[first].at < l->taken[i].at - MINUTE)
            sum -= l->taken[first++].n;
        if (sum > most)
            most = sum;
    }
    return most;
}

/* Take as fast as allowed for `minutes`, sleeping exactly as told plus up to
 * `late` ms, amounts 1..largest. */
static struct log run(struct bucket *b, int minutes, unsigned largest,
                      unsigned late)
{
    struct log l = { 0 };
    double n = 1;

    for (int64_t now = 0; now < (int64_t)minutes * MINUTE;) {
        int64_t wait = bucket_take(b, n, now);

        if (wait == 0) {
            note(&l, now, n);
            n = 1 + random_word() % largest;
        } else {
            now += wait + (late ? random_word() % late : 0);
        }
    }
    return l;
}

static void no_window_of_a_minute_sees_more_than_rate_and_burst(void **state)
{
    static const struct {
        double per_min, burst;
        unsigned largest, late;
    } cases[] = {
        { 60, 1, 1, 0 },           { 60, 10, 1, 0 },
        { 3000, 50, 1, 0 },        { 3500, 60, 1, 7 },
        { 7, 3, 1, 900 },          { 1000000, 16700, 8000, 30 },
        { 99991, 1700, 300, 100 }, { 123457, 5000, 1, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bucket b;
        struct log l;

        bucket_init(&b, cases[i].per_min, cases[i].burst, 0);
        l = run(&b, 5, cases[i].largest, cases[i].late);
        assert_true(busiest_minute(&l) <=
                    cases[i].per_min + cases[i].burst + 1e-3);
        free(l.taken);
    }
}

static void the_mean_is_the_rate_within_one_per_cent(void **state)
{
    static const double rates[] = { 60, 3000, 3500, 99991, 1000000 };

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        double rate = rates[i], burst = rate / 60 + 1, mean;
        struct bucket b;
        struct log l;

        bucket_init(&b, rate, burst, 0);
        l = run(&b, 20, rate > 10000 ? 100 : 1, 5);
        mean = (l.total - burst) / 20;
        assert_true(mean > rate * 0.99 && mean < rate * 1.01);
        free(l.taken);
    }
}

static void sleeping_for_the_wait_is_enough_and_not_credited_twice(
    void **state)
{
    struct bucket b;

    (void)state;
    bucket_init(&b, 60, 1, 0);
    assert_int_equal(bucket_take(&b, 1, 0), 0);
    assert_int_equal(bucket_take(&b, 1, 0), 1000);
    assert_int_equal(bucket_take(&b, 1, 400), 600);
    assert_int_equal(bucket_take(&b, 1, 999), 1);
    assert_int_equal(bucket_take(&b, 1, 1000), 0);
    assert_int_equal(bucket_take(&b, 1, 1000), 1000);
    assert_int_equal(bucket_take(&b, 1, 2000), 0);
    /* An hour of sleep is worth one burst. */
    assert_int_equal(bucket_take(&b, 1, 3600000), 0);
    assert_int_equal(bucket_take(&b, 1, 3600000), 1000);
    /* A clock that goes back gives nothing. */
    assert_int_equal(bucket_take(&b, 1, 0), 1000);
}

static void two_callers_that_wait_together_share_one_token(void **state)
{
    struct bucket b;

    (void)state;
    bucket_init(&b, 60, 1, 0);
    assert_int_equal(bucket_take(&b, 1, 0), 0);
    assert_int_equal(bucket_take(&b, 1, 0), 1000);
    assert_int_equal(bucket_take(&b, 1, 0), 1000);
    assert_int_equal(bucket_take(&b, 1, 1000), 0);
    assert_int_equal(bucket_take(&b, 1, 1000), 1000);
}

static void a_request_above_the_burst_waits_for_a_full_bucket(void **state)
{
    struct bucket b;

    (void)state;
    bucket_init(&b, 6000, 100, 0);
    assert_int_equal(bucket_take(&b, 50, 0), 0);
    assert_int_equal(bucket_take(&b, 300, 0), 500);
    assert_int_equal(bucket_take(&b, 300, 500), 0);
    assert_true(level_at(&b, 500) == -200);
    assert_int_equal(bucket_take(&b, 1, 500), 2010);
}

static void an_estimate_is_corrected_afterwards(void **state)
{
    struct bucket b;

    (void)state;
    bucket_init(&b, 6000, 100, 0);
    assert_int_equal(bucket_take(&b, 40, 0), 0);
    bucket_adjust(&b, 100, 0);
    assert_true(level_at(&b, 0) == -40);
    assert_int_equal(bucket_take(&b, 10, 0), 500);
    bucket_adjust(&b, -60, 0);
    assert_true(level_at(&b, 0) == 20);
    bucket_adjust(&b, -1000, 0);
    assert_true(level_at(&b, 0) == 100);
}

static void a_pause_earns_nothing(void **state)
{
    struct bucket b;

    (void)state;
    bucket_init(&b, 60, 10, 0);
    assert_int_equal(bucket_take(&b, 10, 0), 0);
    bucket_skip(&b, 300000);
    assert_int_equal(bucket_take(&b, 1, 300000), 1000);
    assert_int_equal(bucket_take(&b, 1, 301000), 0);
    bucket_skip(&b, 5);
    assert_int_equal(bucket_take(&b, 1, 301000), 1000);
}

static void the_rate_can_change_while_it_runs(void **state)
{
    struct bucket b;

    (void)state;
    bucket_init(&b, 60, 10, 0);
    assert_int_equal(bucket_take(&b, 10, 0), 0);
    bucket_set(&b, 600, 5, 2000);
    assert_true(level_at(&b, 2000) == 2);
    assert_int_equal(bucket_take(&b, 3, 2000), 100);
    bucket_set(&b, 600, 1, 2000);
    assert_true(level_at(&b, 9000) == 1);
    bucket_set(&b, 0, 0, 9000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(bucket_take(&b, 1e9, 9000), 0);
}

static void a_rate_of_next_to_nothing_still_tells_a_finite_wait(void **state)
{
    struct bucket b;
    int64_t wait;

    (void)state;
    bucket_init(&b, 1e-300, 1, 0);
    assert_int_equal(bucket_take(&b, 1, 0), 0);
    wait = bucket_take(&b, 1, 0);
    assert_true(wait > MINUTE && wait < INT64_C(100) * 24 * 60 * MINUTE);
}

static void backoff_doubles_up_to_the_cap_and_never_waits_for_nothing(
    void **state)
{
    (void)state;
    for (unsigned tries = 1; tries < 200; tries++) {
        int64_t full = tries > 7 ? BACKOFF_CAP_MS
                                 : (int64_t)BACKOFF_BASE_MS << (tries - 1);

        assert_true(full <= BACKOFF_CAP_MS);
        assert_int_equal(backoff_ms(tries, -1, 0), full / 10);
        assert_in_range(backoff_ms(tries, -1, 0.999999), full * 9 / 10, full);
        for (int i = 0; i < 100; i++)
            assert_in_range(backoff_ms(tries, -1, i / 100.0), full / 10, full);
    }
    assert_int_equal(backoff_ms(4000000000u, -1, 0), BACKOFF_CAP_MS / 10);
}

static void the_word_of_the_service_is_the_least_we_wait(void **state)
{
    (void)state;
    assert_int_equal(backoff_ms(1, 12000, 0.5), 12000);
    assert_int_equal(backoff_ms(1, 0, 0), 50);
    assert_int_equal(backoff_ms(7, 1000, 0), 3200);
    assert_int_equal(backoff_ms(1, 3600000, 0.9), 3600000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_window_of_a_minute_sees_more_than_rate_and_burst),
        cmocka_unit_test(the_mean_is_the_rate_within_one_per_cent),
        cmocka_unit_test(
            sleeping_for_the_wait_is_enough_and_not_credited_twice),
        cmocka_unit_test(two_callers_that_wait_together_share_one_token),
        cmocka_unit_test(a_request_above_the_burst_waits_for_a_full_bucket),
        cmocka_unit_test(an_estimate_is_corrected_afterwards),
        cmocka_unit_test(a_pause_earns_nothing),
        cmocka_unit_test(the_rate_can_change_while_it_runs),
        cmocka_unit_test(a_rate_of_next_to_nothing_still_tells_a_finite_wait),
        cmocka_unit_test(
            backoff_doubles_up_to_the_cap_and_never_waits_for_nothing),
        cmocka_unit_test(the_word_of_the_service_is_the_least_we_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
