/* Tests of throughput seeking: its bounds, the marks of requests, and the line
 * that a later run reads. What it finds is in test_seek_services.c. */
#include "config.h"
#include "flow/seek/seek.h"
#include "tests/support/tap.h"

static void begin(struct seek *s, const struct seek_bounds *b, int64_t now_ms)
{
    seek_init(s, 0);
    seek_bound(s, b, now_ms);
}

/* With that width, of 64 at most. */
static void begin_at(struct seek *s, size_t width, int64_t now_ms)
{
    begin(s, &(struct seek_bounds){ .width = { .most = 64, .start = width } },
          now_ms);
}

static void without_bounds_it_is_pinned(void **state)
{
    struct seek s;

    (void)state;
    seek_init(&s, 7);
    assert_int_equal(seek_width(&s), 7);
    assert_int_equal(s.phase, SEEK_PINNED);
    seek_init(&s, 0);
    assert_int_equal(seek_width(&s), 0); /* any number */
}

static void it_begins_at_the_knee_of_the_last_run(void **state)
{
    struct seek_bounds b = { .width = { .most = 64, .start = 24 },
                             .batch = { .most = 512, .start = 200 } };
    struct seek s;

    (void)state;
    begin(&s, &b, 1000);
    assert_int_equal(seek_width(&s), 24);
    assert_int_equal(s.batch, 200);
    b.width.most = 10;
    seek_bound(&s, &b, 2000);
    assert_int_equal(seek_width(&s), 10);
    b.width.pinned = 5;
    b.batch.pinned = 50;
    seek_bound(&s, &b, 3000);
    assert_int_equal(seek_width(&s), 5);
    assert_int_equal(s.batch, 50);
    assert_int_equal(s.phase, SEEK_PINNED);
}

/* Send n more beside so many. */
static void send(struct seek *s, struct seek_ticket *t, size_t from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        seek_sent(s, &t[i], from + i + 1);
}

static void EM_51_a_burst_narrows_a_pinned_number_once(void **state)
{
    struct seek_ticket t[16];
    struct seek s;

    (void)state;
    seek_init(&s, 16);
    send(&s, t, 0, 16);
    for (size_t i = 0; i < 8; i++)
        seek_refused(&s, &t[15 - i], 15 - i, 1100);
    assert_int_equal(seek_width(&s), 8);
    send(&s, t, 7, 1);
    seek_refused(&s, &t[0], 7, 1200);
    assert_int_equal(seek_width(&s), 4);
    seek_reset(&s, 1300);
    assert_int_equal(seek_width(&s), 16);
}

static void EM_51_a_pin_says_what_it_is_narrowed_to(void **state)
{
    struct seek_bounds b = { .width = { .most = 12, .pinned = 12 } };
    struct seek_stats now;
    struct seek_ticket t[12];
    struct seek s;

    (void)state;
    begin(&s, &b, 1000);
    send(&s, t, 0, 12);
    seek_refused(&s, &t[8], 11, 1100);
    seek_stats(&s, 1100, &now);
    assert_int_equal(now.width, 6);
    assert_string_equal(now.reason, "12 pinned, 6 now: refused above 8");
    seek_reset(&s, 1200);
    seek_stats(&s, 1200, &now);
    assert_int_equal(now.width, 12);
    assert_string_equal(now.reason, "");
}

/* A moment at the next queue, after a pause, is not what held a stage back. */
static void what_is_named_is_what_took_the_time(void **state)
{
    struct seek_stats now;
    struct seek s;

    (void)state;
    begin_at(&s, 24, 1000);
    seek_unfair(&s, SEEK_BLOCKED, 600);
    seek_stats(&s, 1100, &now);
    assert_string_equal(now.reason, "24: measuring");
    seek_unfair(&s, SEEK_STARVED, 500000);
    seek_unfair(&s, SEEK_BLOCKED, 600);
    seek_stats(&s, 1200, &now);
    assert_string_equal(now.reason, "24: too few documents come");
}

/* What a pin sent beyond the ceiling comes back when it is none any more. */
static void EM_51_a_pin_that_is_refused_leaves_the_ceiling_as_it_was(
    void **state)
{
    struct seek_bounds b = { .width = { .most = 64, .start = 8 },
                             .start_ceiling = 8 };
    struct seek_ticket t[12];
    struct seek s;
    bool full;
    int64_t for_ms;

    (void)state;
    begin(&s, &b, 1000);
    for_ms = s.refusals.ceiling_for_ms;
    b.width.pinned = 12;
    seek_bound(&s, &b, 2000);
    send(&s, t, 0, 12);
    seek_refused(&s, &t[8], 11, 2100);
    b.width.pinned = 0;
    seek_bound(&s, &b, 2110);
    seek_refused(&s, &t[9], 10, 2120);
    seek_wait(&s, 0, 9000, &full);
    assert_int_equal(s.refusals.ceiling, 8);
    assert_int_equal(s.refusals.ceiling_for_ms, for_ms);
}

/* A round of n requests of 50 ms; behind them, the next stage may be full. */
static void serve_round(struct seek *s, size_t n, bool blocked, int64_t now_ms)
{
    struct seek_ticket t[16];

    send(s, t, 0, n);
    for (size_t i = 0; i < n; i++) {
        if (blocked)
            seek_unfair(s, SEEK_BLOCKED, 50000);
        seek_served(s, &t[i], s->batch, 50000, now_ms);
    }
}

static void EM_52_a_try_that_could_show_nothing_comes_again_soon(void **state)
{
    struct seek_bounds b = { .width = { .most = 8, .start = 8 },
                             .batch = { .most = 512, .start = 100 } };
    struct seek s;
    int64_t now_ms = 1000;

    (void)state;
    begin(&s, &b, now_ms);
    for (; s.phase != SEEK_TRYING_LARGER && now_ms < 9000; now_ms += 50)
        serve_round(&s, 8, false, now_ms);
    assert_int_equal(s.batch, 400);
    for (; s.phase == SEEK_TRYING_LARGER && now_ms < 9000; now_ms += 200)
        serve_round(&s, 8, true, now_ms);
    assert_int_equal(s.batch, 100);
    for (size_t i = 0; i < 30 && s.batch == 100; i++, now_ms += 50)
        serve_round(&s, 8, false, now_ms);
    assert_int_equal(s.batch, 400);
    for (; s.phase == SEEK_TRYING_LARGER && now_ms < 9000; now_ms += 100)
        serve_round(&s, 8, true, now_ms); /* twice as many documents */
    assert_int_equal(s.batch, 400);
}

static void EM_51_a_knee_is_never_more_than_was_in_flight(void **state)
{
    struct seek_knee knee;
    struct seek s;

    (void)state;
    begin_at(&s, 14, 1000);
    for (int64_t now_ms = 1000; now_ms < 3000; now_ms += 50)
        serve_round(&s, 8, false, now_ms);
    seek_knee(&s, &knee);
    assert_int_equal(knee.width, 8);
}

/* Eight at once are served, of sixteen; late refusals belong to the burst. */
static void EM_51_what_was_in_flight_with_the_first_refused_is_the_limit(
    void **state)
{
    struct seek_ticket t[16];
    struct seek s;
    bool full;

    (void)state;
    begin_at(&s, 16, 0);
    send(&s, t, 0, 16);
    for (size_t i = 0; i < 8; i++)
        assert_true(seek_refused(&s, &t[15 - i], 15 - i, 1100) > 0);
    for (size_t i = 0; i < 8; i++)
        seek_served(&s, &t[i], 1, 200000, 1200);
    assert_int_equal(seek_wait(&s, 0, 9000, &full), 0);
    assert_int_equal(seek_width(&s), 8);
    seek_refused(&s, &t[0], 7, 9100);
    seek_wait(&s, 0, 20000, &full);
    assert_int_equal(seek_width(&s), 8);
}

/* The eighth met one that had left and still counted: the limit is eight. */
static void EM_51_one_that_met_what_had_left_hides_no_limit(void **state)
{
    struct seek_ticket t[10];
    struct seek s;
    bool full;

    (void)state;
    begin_at(&s, 16, 0);
    serve_round(&s, 8, false, 1000);
    send(&s, t, 0, 10);
    seek_refused(&s, &t[7], 9, 1100);
    seek_refused(&s, &t[9], 8, 1120);
    seek_wait(&s, 8, 2000, &full);
    assert_int_equal(s.refusals.ceiling, 8);
    assert_int_equal(seek_width(&s), 8);
}

/* One more at what was served may be of either kind: half as many go on. */
static void EM_51_what_may_be_either_goes_on_with_half(void **state)
{
    struct seek_ticket t[8];
    struct seek s;
    bool full;

    (void)state;
    begin_at(&s, 8, 0);
    serve_round(&s, 8, false, 1000);
    s.refusals.rare = 4; /* after others */
    send(&s, t, 0, 8);
    seek_refused(&s, &t[7], 7, 1100);
    seek_wait(&s, 7, 2000, &full);
    assert_int_equal(s.refusals.ceiling, 0);
    assert_int_equal(seek_width(&s), 4);
}

/* Nobody waits for one, but many in a row are a limit again. */
static void EM_51_stray_refusals_hold_nobody_up_while_they_are_few(
    void **state)
{
    struct seek_ticket t[16];
    struct seek s;

    (void)state;
    begin_at(&s, 16, 0);
    s.refusals.strays = (struct seek_strays){ .known = true,
                                              .odd_wanted = 2 };
    send(&s, t, 0, 16);
    assert_int_equal(seek_refused(&s, &t[15], 15, 1100), SEEK_STRAY);
    for (size_t i = 0; i < 8; i++)
        seek_served(&s, &t[i], 1, 200000, 1200);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(seek_refused(&s, &t[8], 7, 1300), SEEK_STRAY);
    assert_int_equal(seek_width(&s), 16);
    assert_true(seek_refused(&s, &t[8], 7, 1300) > 0);
    assert_false(s.refusals.strays.known);
    assert_int_equal(s.refusals.strays.odd_wanted, 4);
}

static void EM_51_another_bound_leaves_the_pace(void **state)
{
    struct seek_bounds b = { .width = { .most = 64, .start = 20 },
                             .start_per_s = 10 };
    struct seek_stats now;
    struct seek_ticket t;
    struct seek s;
    bool full;

    (void)state;
    begin(&s, &b, 1000);
    b.width.most = 8;
    seek_bound(&s, &b, 2000);
    seek_stats(&s, 2000, &now);
    assert_int_equal(now.phase, SEEK_PACED);
    assert_int_equal(now.knee, 8);
    assert_int_equal(seek_wait(&s, 0, 3000, &full), 0);
    seek_sent(&s, &t, 1);
    assert_in_range(seek_wait(&s, 1, 3000, &full), 90, 101);
    assert_false(full);
}

/* The ms until it is paced no more at a service without a limit. */
static int64_t ms_paced(double per_s)
{
    struct seek_bounds b = { .width = { .most = 64, .start = 20 },
                             .start_per_s = per_s };
    struct seek_stats stats;
    struct seek_ticket t;
    int64_t now = 1000;
    struct seek s;
    bool full;

    begin(&s, &b, now);
    for (int i = 0; i < 1000; i++) {
        seek_stats(&s, now, &stats);
        if (stats.phase != SEEK_PACED)
            return now - 1000;
        now += seek_wait(&s, 0, now, &full);
        seek_sent(&s, &t, 1);
        now += 50;
        seek_served(&s, &t, 100, 50000, now);
    }
    return INT64_MAX;
}

/* Three requests a minute, then no limit any more. */
static void EM_51_a_remembered_limit_that_is_gone_is_left_soon(void **state)
{
    (void)state;
    assert_in_range(ms_paced(0.05), 30000, 120000);
    assert_int_equal(ms_paced(0.001), 0);
}

/* One that fails or is called off is replaced, so that the start goes on. */
static void the_start_waits_for_no_request_that_is_gone(void **state)
{
    struct seek_bounds b = { .width.most = 64 };
    struct seek_ticket t[3];
    struct seek s;

    (void)state;
    begin(&s, &b, 0);
    send(&s, t, 0, 1);
    seek_failed(&s, &t[0], 1100);
    send(&s, t, 0, 1);
    seek_cancelled(&s, &t[0]);
    send(&s, t, 0, 1);
    seek_served(&s, &t[0], 1, 50000, 1200);
    assert_int_equal(seek_width(&s), 8);
}

static void a_knee_is_read_back_for_the_same_endpoint(void **state)
{
    struct seek_knee knee = { .width = 24, .batch = 200, .per_s = 11.64,
                              .ceiling = 30 }, back;
    const char *url = "https://api.example/v1 model";
    char text[SEEK_TEXT];

    (void)state;
    seek_knee_write(&knee, url, text);
    assert_string_equal(text, "24 200 11640 30 https://api.example/v1 model");
    assert_true(seek_knee_read(&back, url, text));
    assert_int_equal(back.width, 24);
    assert_int_equal(back.batch, 200);
    assert_int_equal(back.ceiling, 30);
    assert_true(back.per_s > 11.63 && back.per_s < 11.65);
    assert_false(seek_knee_read(&back, "https://other.example", text));
    assert_false(seek_knee_read(&back, url, "24 200"));
    assert_false(seek_knee_read(&back, url, ""));
    assert_false(seek_knee_read(&back, url,
                                "0 200 0 0 https://api.example/v1 model"));
    seek_knee_write(&(struct seek_knee){ 0 }, url, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_bounds_it_is_pinned),
        cmocka_unit_test(it_begins_at_the_knee_of_the_last_run),
        cmocka_unit_test(EM_51_a_burst_narrows_a_pinned_number_once),
        cmocka_unit_test(EM_51_a_pin_says_what_it_is_narrowed_to),
        cmocka_unit_test(what_is_named_is_what_took_the_time),
        cmocka_unit_test(
            EM_51_a_pin_that_is_refused_leaves_the_ceiling_as_it_was),
        cmocka_unit_test(
            EM_52_a_try_that_could_show_nothing_comes_again_soon),
        cmocka_unit_test(EM_51_a_knee_is_never_more_than_was_in_flight),
        cmocka_unit_test(
            EM_51_a_remembered_limit_that_is_gone_is_left_soon),
        cmocka_unit_test(
            EM_51_what_was_in_flight_with_the_first_refused_is_the_limit),
        cmocka_unit_test(EM_51_one_that_met_what_had_left_hides_no_limit),
        cmocka_unit_test(EM_51_what_may_be_either_goes_on_with_half),
        cmocka_unit_test(
            EM_51_stray_refusals_hold_nobody_up_while_they_are_few),
        cmocka_unit_test(EM_51_another_bound_leaves_the_pace),
        cmocka_unit_test(the_start_waits_for_no_request_that_is_gone),
        cmocka_unit_test(a_knee_is_read_back_for_the_same_endpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
