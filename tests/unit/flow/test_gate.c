/*
 * Tests of the gate before a service, on a clock that the test moves: rates,
 * throttles, pacing by headers.
 */
#include "config.h"
#include "tests/support/flow/gate_tools.h"

#include <math.h>
#include <stdlib.h>

#include "flow/backoff.h"
#include "sys/clock.h"

enum { MINUTE = 60000, STORM_MS = 30 * MINUTE };

/* Requests that a gate let in, on a clock that only the test moves. */
struct log {
    struct {
        int64_t at;
        double n;
    } *entry;
    size_t count, cap;
    double total;
};

static void note(struct log *l, int64_t at, double n)
{
    if (l->count == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 4096;
        l->entry = realloc(l->entry, l->cap * sizeof *l->entry);
        assert_non_null(l->entry);
    }
    l->entry[l->count].at = at;
    l->entry[l->count++].n = n;
    l->total += n;
}

/* The most in any window of 60 s, both ends included. */
static double busiest_minute(const struct log *l)
{
    double sum = 0, most = 0;

    for (size_t first = 0, i = 0; i < l->count; i++) {
        sum += l->entry[i].n;
        while (l->entry[first].at < l->entry[i].at - MINUTE)
            sum -= l->entry[first++].n;
        if (sum > most)
            most = sum;
    }
    return most;
}

/* `workers` take turns for `ms` at a request of `tokens`, as fast as the gate
 * says; *requests and *tokens logs what entered. */
static void storm(struct gate *g, double tokens, int64_t from, int64_t ms,
                  struct log *requests, struct log *used)
{
    enum gate_why why;
    int64_t now = from;

    while (now < from + ms) {
        struct gate_ticket t;
        int64_t wait = ask(g, &t, 1, tokens, now, &why);

        if (wait > 0) {
            now += wait;
            continue;
        }
        note(requests, now, 1);
        note(used, now, tokens);
        gate_leave(g, &t, &(struct gate_answer){ .used = tokens }, now);
    }
}

static void check_rate(uint64_t rpm, uint64_t tpm, double tokens, double limit,
                       bool by_tokens)
{
    struct gate *g = gate_new(rpm, tpm, 0);
    struct log requests = { 0 }, used = { 0 };
    struct log *l = by_tokens ? &used : &requests;
    double one = by_tokens ? tokens : 1, burst = fmax(limit / 60, one);

    storm(g, tokens, clock_ms() + 1000, STORM_MS, &requests, &used);
    assert_true(busiest_minute(l) <= limit + burst + 1e-6);
    assert_true(fabs(l->total * MINUTE / STORM_MS - limit) <=
                limit * 0.01 + one * MINUTE / STORM_MS);
    free(requests.entry);
    free(used.entry);
    gate_free(g);
}

static void no_minute_sees_more_requests_than_limit_and_burst(void **state)
{
    static const uint64_t rpm[] = { 1, 7, 60, 3000, 20011 };

    (void)state;
    for (size_t i = 0; i < sizeof rpm / sizeof rpm[0]; i++)
        check_rate(rpm[i], 0, 0, (double)rpm[i], false);
}

static void no_minute_sees_more_tokens_than_limit_and_burst(void **state)
{
    (void)state;
    check_rate(0, 60000, 130, 60000, true);
    check_rate(0, 1000000, 777, 1000000, true);
    check_rate(0, 150000, 9001, 150000, true); /* above a second's worth */
}

/* A request that counts as a hundred, where a second has 33 of them. */
static void what_counts_as_many_requests_takes_as_many(void **state)
{
    enum { MANY = 100, RPM = 2000 };
    struct gate *g = gate_new(RPM, 0, 0);
    int64_t from = clock_ms() + 1000, now = from;
    struct log requests = { 0 };
    struct gate_stats stats;
    enum gate_why why;

    (void)state;
    while (now < from + STORM_MS) {
        struct gate_ticket t;
        int64_t wait = ask(g, &t, MANY, 0, now, &why);

        if (wait > 0) {
            assert_int_equal(why, GATE_REQUESTS);
            now += wait;
            continue;
        }
        note(&requests, now, MANY);
        gone(g, NULL, now, 0.5);
    }
    assert_true(busiest_minute(&requests) <= RPM + MANY + 1e-6);
    assert_true(requests.total >= 0.98 * RPM * STORM_MS / MINUTE);
    gate_stats(g, now, &stats);
    assert_in_range(stats.requests_min, RPM * 9 / 10, RPM + MANY);
    free(requests.entry);
    gate_free(g);
}

static void the_tighter_of_two_limits_rules(void **state)
{
    (void)state;
    check_rate(100, 1000000, 500, 100, false);
    check_rate(3000, 60000, 100, 60000, true);
}

static void the_service_s_count_corrects_the_estimate(void **state)
{
    struct gate *g = gate_new(0, 60000, 0);
    int64_t from = clock_ms() + 1000, now = from;
    struct log used = { 0 };
    enum gate_why why;

    (void)state;
    while (now < from + STORM_MS) {
        struct gate_ticket t;
        int64_t wait = ask(g, &t, 1, 100, now, &why);

        if (wait > 0) {
            now += wait;
            continue;
        }
        note(&used, now, 250); /* we guessed 100 */
        gate_leave(g, &t, &(struct gate_answer){ .used = 250 }, now);
    }
    assert_true(busiest_minute(&used) <= 60000 + 1000 + 250);
    assert_true(fabs(used.total * MINUTE / STORM_MS - 60000) <= 700);
    free(used.entry);
    gate_free(g);
}

static void a_changed_rate_holds_from_now_on(void **state)
{
    struct gate *g = gate_new(600, 0, 0);
    int64_t from = clock_ms() + 1000;
    struct log before = { 0 }, after = { 0 }, used = { 0 };
    struct gate_stats stats;

    (void)state;
    storm(g, 0, from, MINUTE, &before, &used);
    gate_set_rate(g, 60, 0, from + MINUTE);
    storm(g, 0, from + MINUTE, 10 * MINUTE, &after, &used);
    assert_in_range((uintmax_t)before.total, 599, 611);
    assert_in_range((uintmax_t)after.total, 599, 602);
    gate_stats(g, from + 11 * MINUTE, &stats);
    assert_int_equal(stats.rpm, 60);
    assert_in_range(stats.requests_min, 58, 61);
    gate_set_rate(g, 0, 0, from + 11 * MINUTE);
    for (int i = 0; i < 1000; i++)
        once(g, NULL, from + 11 * MINUTE);
    free(before.entry);
    free(after.entry);
    free(used.entry);
    gate_free(g);
}

/* A minute has not gone by yet, or was spent in a pause. */
static void a_limit_that_holds_everything_up_is_full_from_the_start(
    void **state)
{
    struct gate *g = gate_new(0, 60000, 0);
    int64_t now = clock_ms() + 1000;
    struct log requests = { 0 }, used = { 0 };
    struct gate_stats stats;

    (void)state;
    gate_stats(g, now, &stats);
    assert_int_equal(stats.tokens_min, 0);
    for (int i = 0; i < 30; i++, now += 5000) {
        storm(g, 100, now, 5000, &requests, &used);
        gate_stats(g, now + 5000, &stats);
        assert_in_range(stats.tokens_min, 57000, 61000);
    }
    for (int i = 0; i < 600; i++)
        gate_skip(g, now += 1000);
    gate_stats(g, now, &stats);
    assert_in_range(stats.tokens_min, 57000, 61000);
    gate_stats(g, now + 2 * MINUTE, &stats);
    assert_int_equal(stats.tokens_min, 0); /* nobody asked for more */
    free(requests.entry);
    free(used.entry);
    gate_free(g);
}

static void a_pause_earns_no_requests(void **state)
{
    struct gate *g = gate_new(600, 0, 0);
    int64_t now = clock_ms() + 1000;
    enum gate_why why;

    (void)state;
    while (enter(g, now, &why) == 0)
        gone(g, NULL, now, 0);
    assert_int_equal(why, GATE_REQUESTS);
    for (int second = 0; second < 60; second++)
        gate_skip(g, now += 1000);
    assert_true(enter(g, now, &why) > 0);
    gate_free(g);
}

static void EM_05_nobody_enters_before_the_service_s_word(void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    struct error err = failure(ERROR_LIMITED, 12000);
    int64_t now = clock_ms() + 1000;
    struct gate_stats stats;
    enum gate_why why;

    (void)state;
    assert_int_equal(enter(g, now, &why), 0);
    assert_int_equal(gone(g, &err, now, 0.5), 12000);
    assert_int_equal(enter(g, now, &why), 12000);
    assert_int_equal(why, GATE_THROTTLED);
    assert_int_equal(enter(g, now + 11999, &why), 1);
    gate_stats(g, now, &stats);
    assert_int_equal(stats.throttled_ms, 12000);
    assert_false(stats.outage);
    assert_int_equal(enter(g, now + 12000, &why), 0);
    gate_free(g);
}

static void EM_05_a_limit_that_headers_tell_of_is_not_called_a_429(void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    struct http_pace pace = { .limit_requests = 60, .remaining_requests = 0,
                              .reset_requests_ms = 60000,
                              .limit_tokens = -1, .remaining_tokens = -1,
                              .reset_tokens_ms = -1 };
    struct error err = failure(ERROR_LIMITED, 1000);
    int64_t now = clock_ms() + 1000;
    enum gate_why why;

    (void)state;
    assert_int_equal(enter(g, now, &why), 0);
    gate_pace(g, &pace, 0, now);
    assert_true(enter(g, now, &why) > 0);
    assert_int_equal(why, GATE_PACED);
    gone(g, &err, now, 0.5);
    assert_true(enter(g, now, &why) > 0);
    assert_int_equal(why, GATE_THROTTLED); /* now there was one */
    gate_pace(g, &pace, 0, now + 10);
    assert_true(enter(g, now + 20, &why) > 0);
    assert_int_equal(why, GATE_THROTTLED);
    gate_free(g);
}

/* Four waiting workers must not enter at once where one request is left. */
static void EM_51_what_headers_leave_is_less_what_is_under_way(void **state)
{
    struct http_pace pace = { .limit_requests = 60, .remaining_requests = 4,
                              .reset_requests_ms = 56000,
                              .limit_tokens = -1, .remaining_tokens = -1,
                              .reset_tokens_ms = -1 };
    struct gate *g = gate_new(0, 0, 0);
    int64_t now = clock_ms() + 1000;
    enum gate_why why;

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(enter(g, now, &why), 0);
    gate_pace(g, &pace, 0, now); /* of the first: three are under way */
    gone(g, NULL, now, 0);
    assert_int_equal(enter(g, now, &why), 0);
    assert_in_range(enter(g, now, &why), 900, 1100);
    assert_int_equal(why, GATE_PACED);
    assert_int_equal(enter(g, now + 1100, &why), 0);
    assert_true(enter(g, now + 1100, &why) > 0);
    assert_int_equal(enter(g, now + 57000, &why), 0);
    gate_free(g);
}

/* A worker that waits with documents in hand goes before one that has none. */
static void who_waits_for_room_takes_a_place_of_the_width(void **state)
{
    struct seek_bounds b = { .width = { .most = 8, .start = 8 } };
    struct gate *g = gate_new(0, 0, 0);
    struct gate_ticket inside[3], waits;
    enum gate_why why;

    (void)state;
    assert_int_equal(gate_width(g), SIZE_MAX);
    b.width.pinned = 3;
    gate_seek(g, &b, 1000);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(g, &inside[i], 1, 0, 1000, &why), 0);
    assert_int_equal(gate_width(g), 3);
    assert_true(ask(g, &waits, 1, 0, 1000, &why) > 0);
    assert_int_equal(why, GATE_CONCURRENT);
    assert_int_equal(gate_width(g), 2);
    gate_cancel(g, &waits);
    assert_int_equal(gate_width(g), 3);
    gate_cancel(g, &inside[0]);
    assert_int_equal(ask(g, &waits, 1, 0, 1000, &why), 0);
    gate_free(g);
}

static void EM_31_what_headers_say_of_a_minute_is_the_most_of_a_request(
    void **state)
{
    struct http_pace pace = { .retry_after_ms = -1, .limit_requests = -1,
                              .limit_tokens = 40000,
                              .remaining_requests = -1,
                              .remaining_tokens = 40000,
                              .reset_requests_ms = -1,
                              .reset_tokens_ms = -1 };
    struct gate *g = gate_new(0, 0, 0);
    int64_t now = clock_ms() + 1000;
    struct gate_stats stats;
    enum gate_why why;

    (void)state;
    gate_stats(g, now, &stats);
    assert_int_equal(stats.tokens_most, 0);
    gate_pace(g, &pace, 100, now);
    gate_stats(g, now, &stats);
    assert_int_equal(stats.tokens_most, 40000);
    assert_int_equal(enter(g, now, &why), 0); /* nothing is used up */
    pace.limit_tokens = -1;
    gate_pace(g, &pace, 100, now);
    gate_stats(g, now, &stats);
    assert_int_equal(stats.tokens_most, 40000); /* silence takes nothing back */
    gate_free(g);
}

static void EM_05_a_shorter_word_does_not_open_the_gate_sooner(void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    struct error slow = failure(ERROR_LIMITED, 30000);
    struct error soon = failure(ERROR_LIMITED, 1000);
    int64_t now = clock_ms() + 1000;
    enum gate_why why;

    (void)state;
    enter(g, now, &why);
    enter(g, now, &why);
    gone(g, &slow, now, 0.5);
    gone(g, &soon, now, 0.5);
    assert_int_equal(enter(g, now, &why), 30000);
    gate_free(g);
}

/* A part of each request passes: the wait is that of a first throttle. */
static void ST_30_items_sent_away_close_the_gate_without_growing(void **state)
{
    struct gate *g = gate_new(0, 0, 8);
    struct error err = failure(ERROR_LIMITED, -1);
    struct gate_ticket t;
    enum gate_why why;
    int64_t now = 1000, wait;

    (void)state;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(ask(g, &t, 1, 0, now, &why), 0);
        gate_leave(g, &t, &(struct gate_answer){ .chance = 1 }, now);
        gate_throttled(g, &t, &err, now, 1);
        wait = enter(g, now, &why);
        assert_int_equal(why, GATE_THROTTLED);
        assert_int_equal(wait, BACKOFF_BASE_MS);
        now += wait;
    }
    gate_free(g);
}

static void a_throttle_is_as_long_as_all_that_prolonged_it(void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    struct error soon = failure(ERROR_LIMITED, 400);
    int64_t now = clock_ms() + 1000;
    struct gate_stats stats;
    enum gate_why why;

    (void)state;
    assert_int_equal(enter(g, now, &why), 0);
    once(g, &soon, now);
    gate_stats(g, now + 300, &stats);
    assert_true(stats.throttled_ms >= 100); /* never before the word */
    assert_int_equal(stats.throttle_ms, 300 + stats.throttled_ms);
    gone(g, &soon, now + 300, 0.5);
    gate_stats(g, now + 300, &stats);
    assert_true(stats.throttled_ms >= 400);
    assert_int_equal(stats.throttle_ms, 300 + stats.throttled_ms);
    now += 300 + stats.throttled_ms;
    gate_stats(g, now, &stats);
    assert_int_equal(stats.throttle_ms, 0);
    once(g, &soon, now);
    gate_stats(g, now, &stats);
    assert_int_equal(stats.throttle_ms, stats.throttled_ms);
    gate_free(g);
}

static void EM_05_a_silent_429_backs_off_further_each_time(void **state)
{
    struct gate *g = gate_new(0, 0, 0);
    struct error err = failure(ERROR_LIMITED, -1);
    int64_t now = clock_ms() + 1000, last = 0;
    enum gate_why why;

    (void)state;
    for (int i = 0; i < 6; i++) {
        int64_t wait;

        assert_int_equal(enter(g, now, &why), 0);
        wait = gone(g, &err, now, 0.5);
        assert_true(wait > last);
        last = wait;
        now += wait;
    }
    once(g, NULL, now); /* a success begins anew */
    assert_int_equal(enter(g, now, &why), 0);
    assert_true(gone(g, &err, now, 0.5) < last);
    gate_free(g);
}

static void no_more_than_so_many_are_inside_at_once(void **state)
{
    struct gate *g = gate_new(0, 0, 3);
    int64_t now = clock_ms() + 1000;
    struct gate_stats stats;
    enum gate_why why;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(enter(g, now, &why), 0);
    assert_true(enter(g, now, &why) > 0);
    assert_int_equal(why, GATE_CONCURRENT);
    gone(g, NULL, now, 0.5);
    assert_int_equal(enter(g, now, &why), 0);
    gate_stats(g, now, &stats);
    assert_int_equal(stats.in_flight, 3);
    assert_int_equal(stats.seek.width, 3);
    gate_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_minute_sees_more_requests_than_limit_and_burst),
        cmocka_unit_test(no_minute_sees_more_tokens_than_limit_and_burst),
        cmocka_unit_test(what_counts_as_many_requests_takes_as_many),
        cmocka_unit_test(the_tighter_of_two_limits_rules),
        cmocka_unit_test(the_service_s_count_corrects_the_estimate),
        cmocka_unit_test(a_changed_rate_holds_from_now_on),
        cmocka_unit_test(
            a_limit_that_holds_everything_up_is_full_from_the_start),
        cmocka_unit_test(
            ST_30_items_sent_away_close_the_gate_without_growing),
        cmocka_unit_test(a_throttle_is_as_long_as_all_that_prolonged_it),
        cmocka_unit_test(a_pause_earns_no_requests),
        cmocka_unit_test(EM_05_nobody_enters_before_the_service_s_word),
        cmocka_unit_test(
            EM_05_a_limit_that_headers_tell_of_is_not_called_a_429),
        cmocka_unit_test(
            EM_31_what_headers_say_of_a_minute_is_the_most_of_a_request),
        cmocka_unit_test(
            EM_51_what_headers_leave_is_less_what_is_under_way),
        cmocka_unit_test(who_waits_for_room_takes_a_place_of_the_width),
        cmocka_unit_test(EM_05_a_shorter_word_does_not_open_the_gate_sooner),
        cmocka_unit_test(EM_05_a_silent_429_backs_off_further_each_time),
        cmocka_unit_test(no_more_than_so_many_are_inside_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
