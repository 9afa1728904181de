/* The lines of a run without a screen, moment by moment. */
#include "config.h"
#include "host/plain.h"
#include "tests/support/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options/options.h"
#include "sys/clock.h"

static struct plain *plain;
static struct snapshot now;
static struct options opt;
static char *said;
static size_t said_size;
static FILE *to;

/* A run of a thousand documents that stands at half of them. */
static int setup(void **state)
{
    struct error err;

    (void)state;
    to = tmpfile();
    if (!to || !options_init(&opt, &err))
        return -1;
    memset(&now, 0, sizeof now);
    now.state = RUN_RUNNING;
    now.now_ms = 1000000;
    now.eta_ms = -1;
    now.total = 1000;
    now.processed = 500;
    now.done_pct = 50;
    strcpy(now.job, "corpus");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    plain_free(plain);
    options_release(&opt);
    free(said);
    said = NULL;
    fclose(to);
    return 0;
}

static void begin(int progress)
{
    opt.progress = progress;
    plain = plain_new(to, &opt);
    assert_non_null(plain);
    plain_look(plain, &now);
}

/* What is said at the next look, so much later. */
static const char *later(int64_t ms)
{
    long from = ftell(to), size;

    now.now_ms += ms;
    plain_look(plain, &now);
    size = ftell(to) - from;
    free(said);
    said_size = (size_t)size;
    said = calloc(1, said_size + 1);
    assert_non_null(said);
    fseek(to, from, SEEK_SET);
    assert_int_equal(fread(said, 1, said_size, to), said_size);
    return said;
}

static void assert_has(const char *text, const char *words)
{
    if (!text || !strstr(text, words))
        fail_msg("\"%s\" is not in: %s", words, text ? text : "");
}

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

static const char *ended(enum exit_status status)
{
    static struct summary sum;
    static char text[4096];

    memset(&sum, 0, sizeof sum);
    sum.last = now;
    sum.status = status;
    rewind(to);
    assert_int_equal(ftruncate(fileno(to), 0), 0);
    plain_summary(to, &sum, &opt);
    plain_json(to, &sum, NULL);
    rewind(to);
    memset(text, 0, sizeof text);
    assert_true(fread(text, 1, sizeof text - 1, to) > 0);
    return text;
}

static void a_peak_is_above_the_mean(void **state)
{
    (void)state;
    now.rate_avg = now.rate_peak = 50;
    begin(0);
    assert_has(ended(EXIT_STORED), "avg 50 docs/s\n");
    now.rate_peak = 80;
    assert_has(ended(EXIT_STORED), "avg 50 docs/s, peak 80\n");
}

static void owes(uint64_t failed, uint64_t rejected)
{
    now.failed = failed;
    now.rejected = rejected;
    now.failures_open = failed + rejected;
    now.kind_count = 2;
    now.kinds[0] = (struct failure_kind){ .label = "429 rate limited",
                                          .open = failed };
    now.kinds[1] = (struct failure_kind){ .label = "record cannot be used",
                                          .open = rejected,
                                          .cause.rejected = true };
}

/* The same two words as in status, jobs and JSON. */
static void failed_and_rejected_are_two_numbers_everywhere(void **state)
{
    const char *text;

    (void)state;
    owes(408, 225);
    begin(0);
    assert_has(later(60000), "  failed 408  rejected 225");
    text = ended(EXIT_SOME_FAILED);
    assert_has(text, "  failed            408   408 429 rate limited\n");
    assert_has(text, "  rejected          225   225 records cannot be used\n");
    assert_has(text, "\"failed\":408,\"rejected\":225,");
    owes(408, 0);
    assert_null(strstr(later(60000), "rejected"));
}

static void the_summary_says_what_is_known_and_no_more(void **state)
{
    const char *text;

    (void)state;
    plain = NULL;
    now.stored = 60000;
    now.rate_avg = 24286.6;
    text = ended(EXIT_SOME_FAILED);
    assert_null(strstr(text, "duplicates  "));
    assert_null(strstr(text, "  cost "));
    assert_has(text, "\"docs_per_s\":24286.6,\"cost_usd\":null,");
    now.duplicates = 48;
    now.cost_known = true;
    now.embed.requests = 124;
    now.upsert.requests = 414;
    text = ended(EXIT_SOME_FAILED);
    assert_has(text, "  duplicates         48   of an id that was under way");
    assert_has(text, "\"cost_usd\":0.000000,");
    assert_has(text, "124 to the embedder and 414 to the store, 0 tokens\n");
}

/* A run at a price, of whose budget so much is spent. */
static void pays(double cost, double at_end, double budget, bool spent)
{
    now.cost_known = true;
    now.tokens = 1000;
    now.cost_usd = cost;
    now.cost_projected_usd = at_end;
    now.budget_usd = budget;
    now.budget_spent = spent;
}

static void EM_47_money_is_in_lines_events_and_the_summary(void **state)
{
    const char *text;

    (void)state;
    begin(0);
    assert_null(strstr(later(60000), "USD"));
    pays(0.33, 1.34, 5, false);
    assert_has(later(60000), "  0.3300 of 5.00 USD, about 1.34 at the end");
    now.budget_usd = now.cost_projected_usd = 0;
    assert_has(later(60000), "  0.3300 USD\n");
    pays(4.99, 12.5, 5, true);
    text = ended(EXIT_RESUMABLE);
    assert_has(text, "  budget           5.00   USD, spent: that is why it "
                     "stopped; all would cost about 12.50\n");
    assert_has(text, "next        batchtop resume corpus --budget N      "
                     "with N above 5 USD\n");
    assert_has(text, "\"cost_usd\":4.990000,"
                     "\"cost_projected_usd\":12.500000,"
                     "\"budget_usd\":5.000000,");
    pays(4.99, 4.99, 5, false);
    now.state = RUN_DONE;
    text = ended(EXIT_STORED);
    assert_has(text, "  budget           5.00   USD\n");
}

static void an_event_has_the_money_and_null_where_nobody_knows(void **state)
{
    (void)state;
    begin(1);
    assert_has(later(60000), "\"cost_usd\":null,\"cost_projected_usd\":null,"
                             "\"budget_usd\":null,");
    pays(0, 0, 0, false); /* a model of one's own */
    assert_has(later(60000), "\"cost_usd\":0.000000,"
                             "\"cost_projected_usd\":0.000000,");
}

static void the_next_step_is_one_that_does_something(void **state)
{
    (void)state;
    plain = NULL;
    assert_has(ended(EXIT_RESUMABLE), "next        batchtop resume corpus\n");
    owes(200, 0);
    assert_has(ended(EXIT_SOME_FAILED), "next        batchtop retry corpus\n");
    now.kind_count = 1;
    now.kinds[0] = (struct failure_kind){ .label = "refused by the service",
                                          .open = 200,
                                          .needs_change = true };
    assert_has(ended(EXIT_SOME_FAILED), "retry corpus      (after a change");
    now.kind_count = 0;
    now.resumed = true;
    now.resumed_at = 1000; /* all of them: only a retry has work */
    assert_has(ended(EXIT_RESUMABLE), "next        batchtop retry corpus\n");
    now.total_estimated = true;
    assert_has(ended(EXIT_RESUMABLE), "next        batchtop resume corpus\n");
    owes(0, 12);
    assert_has(ended(EXIT_SOME_FAILED), "batchtop failures corpus > failed");
    assert_null(strstr(ended(EXIT_SOME_FAILED), "batchtop retry"));
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

static void the_summary_tells_requests_from_documents_sent_again(void **state)
{
    static struct summary sum;
    char text[2048] = "";

    (void)state;
    plain = NULL;
    memset(&sum, 0, sizeof sum);
    sum.last = now;
    sum.last.requests = 18;
    plain_summary(to, &sum, &opt);
    rewind(to);
    assert_true(fread(text, 1, sizeof text - 1, to) > 0);
    assert_has(text, "requests           18   0 tokens");
    rewind(to);
    sum.last.retries = 3;
    sum.last.resent = 250;
    plain_summary(to, &sum, &opt);
    rewind(to);
    assert_true(fread(text, 1, sizeof text - 1, to) > 0);
    assert_has(text, "18   3 of them retries of 250 documents, 0 tokens");
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

static void flows(uint32_t width, uint32_t batch)
{
    now.embed.seek = (struct seek_view){ .sought = true, .width = width,
                                         .bound = 64, .knee = 8 };
    now.embed.batch = batch;
    now.upsert.seek.width = 3;
    now.upsert.batch = 1000;
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

static void the_end_says_it_in_both_forms(void **state)
{
    static struct summary sum;
    char text[4096] = "";

    (void)state;
    plain = NULL;
    flows(8, 512);
    now.embed.requests = 1;
    memset(&sum, 0, sizeof sum);
    sum.last = now;
    plain_summary(to, &sum, &opt);
    plain_json(to, &sum, NULL);
    rewind(to);
    assert_true(fread(text, 1, sizeof text - 1, to) > 0);
    assert_has(text, "8   in flight (auto, knee 8 of 64) x 512 documents (auto)");
    assert_has(text, "\"embed\":{\"width\":8,\"bound\":64,");
    assert_has(text, "\"upsert\":{\"width\":3,");
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
        TEST(a_peak_is_above_the_mean),
        TEST(the_end_is_told_with_its_clock),
        TEST(and_so_do_the_events),
        TEST(EM_49_so_does_each_event_of_progress_json),
        TEST(when_it_is_over_the_lines_are_as_before),
        TEST(a_line_of_a_run_that_holds_says_why),
        TEST(failed_and_rejected_are_two_numbers_everywhere),
        TEST(the_summary_says_what_is_known_and_no_more),
        TEST(the_next_step_is_one_that_does_something),
        TEST(what_an_earlier_run_left_is_no_new_kind),
        TEST(the_summary_tells_requests_from_documents_sent_again),
        TEST(the_status_is_an_event_without_a_log),
        TEST(a_line_says_what_is_in_flight_where_that_changed),
        TEST(the_end_says_it_in_both_forms),
        TEST(an_event_says_what_is_tried_and_no_unknown_number),
        TEST(a_fast_run_has_no_two_lines_of_progress_in_ten_seconds),
        TEST(events_of_progress_come_by_time),
        TEST(EM_47_money_is_in_lines_events_and_the_summary),
        TEST(an_event_has_the_money_and_null_where_nobody_knows),
        TEST(a_line_in_a_log_begins_with_its_date),
        TEST(EM_49_a_state_that_flaps_fills_no_log_its_share_is_said),
        TEST(EM_49_a_throttle_that_lasts_is_told_and_its_end_once),
        TEST(what_a_person_does_is_told_at_once),
        TEST(an_event_says_the_share_of_each_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
