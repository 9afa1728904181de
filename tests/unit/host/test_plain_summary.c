/* What is said of a run when it is over, in words and as one object; and of its
 * money, which lines and events have, too. */
#include "config.h"
#include "tests/support/plain_tools.h"

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

static void IN_35_fields_that_all_records_lack_come_next(void **state)
{
    const char *text;

    (void)state;
    plain = NULL;
    owes(0, 5);
    now.stored = 0;
    now.kind_count = 1;
    now.kinds[0] = (struct failure_kind){
        .label = "record cannot be used", .open = 5, .needs_change = true,
        .cause = { .kind = ERROR_INPUT, .rejected = true },
        .common = "line 1: no id"
    };
    text = ended(EXIT_SOME_FAILED);
    assert_has(text, "  reason      line 1: no id\n");
    assert_has(text, "next        batchtop failures corpus > failed.jsonl");
    strcpy(now.mend, "--id-field doc_id");
    text = ended(EXIT_SOME_FAILED);
    assert_has(text, "next        the same line with --id-field doc_id\n");
    now.mend[0] = '\0';
    now.stored = 5; /* no longer most of them */
    assert_null(strstr(ended(EXIT_SOME_FAILED), "  reason "));
}

static void OS_15_what_to_look_at_stands_before_the_next_line(void **state)
{
    struct summary sum = { .status = EXIT_RESUMABLE, .unbegun = true };
    char text[2048] = "";

    (void)state;
    plain = NULL;
    sum.last = now;
    snprintf(sum.first_aid, sizeof sum.first_aid, "mend --store");
    plain_summary(to, &sum, &opt);
    sum.status = EXIT_USAGE;
    plain_summary(to, &sum, &opt);
    rewind(to);
    assert_true(fread(text, 1, sizeof text - 1, to) > 0);
    assert_has(text, "  first       mend --store\n"
                     "  next        the same line again");
    assert_has(text, "  next        mend --store; then the same line again\n");
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_peak_is_above_the_mean),
        TEST(failed_and_rejected_are_two_numbers_everywhere),
        TEST(the_summary_says_what_is_known_and_no_more),
        TEST(EM_47_money_is_in_lines_events_and_the_summary),
        TEST(an_event_has_the_money_and_null_where_nobody_knows),
        TEST(the_next_step_is_one_that_does_something),
        TEST(IN_35_fields_that_all_records_lack_come_next),
        TEST(OS_15_what_to_look_at_stands_before_the_next_line),
        TEST(the_summary_tells_requests_from_documents_sent_again),
        TEST(the_end_says_it_in_both_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
