/* The lines of a run without a screen, moment by moment. */
#include "config.h"
#include "tests/support/plain_tools.h"

#include "sys/clock.h"

static void out(void)
{
    now.state = RUN_RETRYING;
    strcpy(now.reason, "embedder: HTTP 503");
    strcpy(now.wait_for, "embedder: HTTP 503: try later");
    now.wait_ms = 90000;
    now.wait_next_ms = 3200;
}

static void EM_49_each_line_of_an_outage_says_what_since_when_and_until_when(
    void **state)
{
    (void)state;
    begin(0);
    out();
    later(100); /* the change of state */
    for (int i = 0; i < 3; i++) {
        const char *line = later(60000);

        assert_has(line, "waits since ");
        assert_has(line, "for the embedder: HTTP 503: try later");
        assert_has(line, "next try in 4 s");
    }
}

static void one_document_is_no_documents(void **state)
{
    (void)state;
    now.total = 1;
    now.processed = 0;
    now.state = RUN_STARTING;
    begin(0);
    now.state = RUN_RUNNING;
    later(0);
    rewind(to);
    free(said);
    said = calloc(1, 1000);
    assert_non_null(said);
    assert_true(fread(said, 1, 999, to) > 0);
    assert_has(said, ", 1 document\n");
}

/* In lines of a log both clocks are UTC, as "Z" says. */
static void the_end_is_told_with_its_clock(void **state)
{
    const char *line;

    (void)state;
    now.eta_ms = 430000;
    now.done_wall_s = clock_wall_s() + 7 * 86400;
    strcpy(now.done_clock, "18:51"); /* of somebody in another zone */
    begin(0);
    line = later(60000);
    assert_has(line, " (7 min)");
    assert_null(strstr(line, "18:51"));
    now.eta_ms = -2;
    assert_null(strstr(later(60000), "done ~"));
}

static void and_so_do_the_events(void **state)
{
    const char *line;

    (void)state;
    begin(1);
    assert_null(strstr(later(60000), "done_at"));
    now.eta_ms = 430000;
    now.done_wall_s = 1797271200;
    line = later(60000);
    assert_has(line, "\"eta_s\":430");
    assert_has(line, "\"done_at\":\"2026-12-14T18:00:00Z\"");
}

static void EM_49_so_does_each_event_of_progress_json(void **state)
{
    const char *line;

    (void)state;
    begin(1);
    assert_null(strstr(later(60000), "waits_for"));
    out();
    later(100);
    line = later(60000);
    assert_has(line, "\"waits_for\":\"embedder: HTTP 503: try later\"");
    assert_has(line, "\"waits_since\":\"2");
    assert_has(line, "\"next_try_s\":4}");
}

static void when_it_is_over_the_lines_are_as_before(void **state)
{
    (void)state;
    begin(0);
    out();
    later(100);
    now.state = RUN_RUNNING;
    now.reason[0] = now.wait_for[0] = '\0';
    later(100);
    assert_null(strstr(later(60000), "waits"));
}

/* A command's last words come last: "No such file or directory". */
static void a_reason_is_told_to_its_end(void **state)
{
    size_t last = sizeof now.reason - 2;

    (void)state;
    begin(0);
    now.state = RUN_FAILED;
    memset(now.reason, 'x', last);
    now.reason[last] = 'y';
    strcpy(now.remedy, "mend it");
    assert_has(later(100), "xxxxy (mend it)\n");
}

static void what_an_earlier_run_left_is_no_new_kind(void **state)
{
    (void)state;
    now.resumed = true;
    owes(3, 0);
    now.kinds[0].cause.stage[0] = 'e';
    strcpy(now.kinds[0].key, "a");
    now.kind_count = 1;
    begin(0);
    now.kind_count = 2;
    strcpy(now.kinds[1].key, "b");
    assert_has(later(100), "new failure kind: ");
    assert_null(strstr(said, "429"));
}

static void a_line_of_a_run_that_holds_says_why(void **state)
{
    (void)state;
    begin(0);
    now.state = RUN_PAUSED;
    strcpy(now.reason, "HTTP 401: the key was not accepted");
    assert_has(later(100), "paused: HTTP 401: the key was not accepted");
    assert_has(later(60000), "failed 0  paused"); /* once is enough */
}

static void the_status_is_an_event_without_a_log(void **state)
{
    char text[2048] = "";

    (void)state;
    plain = NULL;
    plain_status(to, &now);
    rewind(to);
    assert_true(fread(text, 1, sizeof text - 1, to) > 0);
    assert_has(text, "\"event\":\"progress\",\"state\":\"RUNNING\"");
    assert_has(text, "\"job\":\"corpus\",\"processed\":500,");
}

static void a_line_says_what_is_in_flight_where_that_changed(void **state)
{
    (void)state;
    begin(0);
    flows(8, 512);
    assert_has(later(60000), "  embed 8 in flight x 512, upsert 3 x 1,000\n");
    assert_null(strstr(later(60000), "in flight"));
    flows(9, 512);
    assert_has(later(60000), "  embed 9 in flight x 512, upsert 3 x 1,000\n");
}

static void an_event_says_what_is_tried_and_no_unknown_number(void **state)
{
    const char *line;

    (void)state;
    begin(1);
    flows(8, 512);
    now.embed.seek.tried = 768;
    now.embed.seek.tries_batch = true;
    now.embed.seek.latency_ms = 5;
    now.embed.rate = 4105;
    now.embed.p50_ms = -1;
    now.embed.p95_ms = 210;
    strcpy(now.bottleneck, "EMBED");
    strcpy(now.bottleneck_why, "busy");
    now.embed.worker[3].state = WORKER_BUSY;
    line = later(60000);
    assert_has(line, "\"tried_batch\":768,\"knee\":8,\"requests_now\":1,");
    assert_has(line, "\"latency_s\":0.0050,\"docs_per_s\":4105.0,");
    assert_has(line, "\"p95_s\":0.210,");
    assert_null(strstr(line, "p50_s\":-"));
    assert_has(line, "\"bottleneck\":\"EMBED\",\"bottleneck_why\":\"busy\",");
    assert_null(strstr(line, "unloaded_s"));
    now.embed.seek.tries_batch = false;
    assert_has(later(60000), "\"tried_width\":768,");
}

static void an_advice_is_printed_once_when_it_begins(void **state)
{
    (void)state;
    begin(0);
    strcpy(now.advice.text, "do: b 20 to 100 documents a request");
    strcpy(now.advice.command, "set embed-batch=100");
    assert_has(later(1000), "do: b 20 to 100 documents a request (ctl set "
                            "embed-batch=100)");
    strcpy(now.advice.text, "do: b 20 to 90 documents a request");
    assert_null(strstr(later(1000), "do:"));
    now.advice.text[0] = '\0';
    assert_null(strstr(later(1000), "do:"));
    strcpy(now.advice.text, "do: b 20 to 100 documents a request");
    assert_null(strstr(later(1000), "do:")); /* it came and went */
    assert_has(later(600000), "do: b 20");
}

static void an_event_has_the_advice_and_the_command_for_it(void **state)
{
    (void)state;
    begin(1);
    assert_has(later(60000), "\"advice\":null,");
    strcpy(now.advice.text, "do: it");
    strcpy(now.advice.command, "set rpm=700");
    assert_has(later(1000), "\"event\":\"advice\"");
    assert_has(later(60000),
               "\"advice\":{\"text\":\"do: it\",\"command\":\"set rpm=700\"},");
}

static size_t lines_of(const char *text)
{
    size_t n = 0;

    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

static void a_fast_run_has_no_two_lines_of_progress_in_ten_seconds(void **state)
{
    (void)state;
    now.done_pct = 0;
    begin(0);
    for (int i = 0; i < 9; i++) {
        now.done_pct += 10;
        assert_string_equal(later(1000), "");
    }
    assert_int_equal(lines_of(later(1000)), 1); /* a step of 5 %, and time */
    assert_string_equal(later(10000), "");      /* time, but no step */
    assert_int_equal(lines_of(later(50000)), 1);
}

static void events_of_progress_come_by_time(void **state)
{
    (void)state;
    begin(1);
    for (int i = 0; i < 6; i++) {
        now.done_pct += 7;
        assert_string_equal(later(9900), "");
        assert_has(later(100), "\"event\":\"progress\"");
    }
}

static void a_line_in_a_log_begins_with_its_date(void **state)
{
    const char *line;

    (void)state;
    begin(0);
    line = later(60000);
    assert_int_equal(strspn(line, "0123456789-T:Z"), 20);
    assert_memory_equal(line + 19, "Z ", 2);
    assert_has(line, "-");
    assert_has(line, "T");
}

/* A service throttles for a third of the time, twelve times a minute. */
static void EM_49_a_state_that_flaps_fills_no_log_its_share_is_said(
    void **state)
{
    size_t lines = 0;

    (void)state;
    begin(0);
    for (int i = 0; i < 11 * 60; i++) {
        now.state = i % 5 < 2 ? RUN_THROTTLED : RUN_RUNNING;
        strcpy(now.reason, i % 5 < 2 ? "HTTP 429" : "");
        lines += lines_of(later(1000));
        if (*said)
            assert_has(said, "  throttled 40 % of it");
    }
    assert_int_equal(lines, 11);
}

static void EM_49_a_throttle_that_lasts_is_told_and_its_end_once(void **state)
{
    (void)state;
    begin(0);
    now.state = RUN_THROTTLED;
    strcpy(now.reason, "HTTP 429");
    assert_string_equal(later(100), "");
    assert_has(later(10000), " throttled: HTTP 429\n");
    now.state = RUN_RUNNING;
    now.reason[0] = '\0';
    later(10000);
    assert_null(strstr(said, "running"));
    assert_has(later(50000), " running\n");
}

static void what_a_person_does_is_told_at_once(void **state)
{
    (void)state;
    begin(0);
    for (int i = 0; i < 3; i++) {
        now.state = RUN_PAUSED;
        assert_has(later(100), " paused\n");
        now.state = RUN_RUNNING;
        assert_has(later(100), " running\n");
    }
}

static void an_event_says_the_share_of_each_state(void **state)
{
    (void)state;
    begin(1);
    now.state = RUN_THROTTLED;
    later(4000);
    now.state = RUN_RUNNING;
    later(4000);
    assert_has(later(2000), "\"throttled_pct\":40");
    assert_null(strstr(said, "held_pct"));
    assert_null(strstr(later(10000), "throttled_pct"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(EM_49_each_line_of_an_outage_says_what_since_when_and_until_when),
        TEST(one_document_is_no_documents),
        TEST(the_end_is_told_with_its_clock),
        TEST(and_so_do_the_events),
        TEST(EM_49_so_does_each_event_of_progress_json),
        TEST(when_it_is_over_the_lines_are_as_before),
        TEST(a_reason_is_told_to_its_end),
        TEST(a_line_of_a_run_that_holds_says_why),
        TEST(what_an_earlier_run_left_is_no_new_kind),
        TEST(the_status_is_an_event_without_a_log),
        TEST(a_line_says_what_is_in_flight_where_that_changed),
        TEST(an_event_says_what_is_tried_and_no_unknown_number),
        TEST(an_advice_is_printed_once_when_it_begins),
        TEST(an_event_has_the_advice_and_the_command_for_it),
        TEST(a_fast_run_has_no_two_lines_of_progress_in_ten_seconds),
        TEST(events_of_progress_come_by_time),
        TEST(a_line_in_a_log_begins_with_its_date),
        TEST(EM_49_a_state_that_flaps_fills_no_log_its_share_is_said),
        TEST(EM_49_a_throttle_that_lasts_is_told_and_its_end_once),
        TEST(what_a_person_does_is_told_at_once),
        TEST(an_event_says_the_share_of_each_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
