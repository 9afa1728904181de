/* Failures of a whole run: sent again, given up, written out. */
#include "config.h"
#include "tests/support/await.h"
#include "tests/support/run_tools.h"

#include "tests/support/fakeapi/fakeapi.h"

enum { DOCS = 100, VERSIONS = 10 };

static char store[160];

static int set_up(void **state, int delay_ms)
{
    const struct fakeapi_options o = { .dim = 8, .poison = "poison",
                                       .delay_ms = delay_ms };

    if (make_home(state))
        return -1;
    start_api(&o);
    snprintf(store, sizeof store, "sqlite:%s", in_home("c.vectors.sqlite"));
    write_corpus(DOCS, 0);
    return 0;
}

static int setup(void **state)
{
    return set_up(state, 0);
}

/* The run is under way for long enough to be paused. */
static int setup_slow(void **state)
{
    return set_up(state, 10);
}

/* Each document alone in its request, so that the twist hits them all. */
static const char *const one_by_one[] = {
    API, "--embed-batch", "1", "--retries", "0", "--on-error", "all",
    "--embed-workers", "2", "--store", store, NULL
};

static struct run *begin_failing(void)
{
    struct run *r;

    fakeapi_twist(api, TWIST_ZERO);
    read_options(&opt, one_by_one);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.failed, DOCS);
    assert_int_equal(seen.failures_open, DOCS);
    return r;
}

/* Not while nothing is owed yet. */
static bool is_retried(struct run *r)
{
    struct command again = { .kind = COMMAND_RETRY };
    struct error err;

    look(r);
    assert_true(seen.failed <= DOCS && seen.in_flight <= DOCS);
    return command(r, &again, &err);
}

static void a_retry_behind_another_forgives_no_failure_twice(void **state)
{
    struct run *r = begin_failing();

    (void)state;
    for (int i = 0; i < 5; i++)
        await(is_retried(r));
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.failed, DOCS);
    fakeapi_twist(api, TWIST_NONE);
    order(r, (struct command){ .kind = COMMAND_RETRY });
    order(r, (struct command){ .kind = COMMAND_RETRY });
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.stored, DOCS);
    finish(r, EXIT_STORED);
}

static void LD_11_what_a_stopped_retry_claimed_counts_as_failed(void **state)
{
    struct run *r = begin_failing();
    struct summary s;

    (void)state;
    order(r, (struct command){ .kind = COMMAND_RETRY });
    wait_until(r, seen.in_flight > 0);
    order(r, (struct command){ .kind = COMMAND_PAUSE });
    assert_true(look(r)->failed < DOCS);
    s = finish(r, EXIT_RESUMABLE);
    assert_int_equal(s.last.failed, DOCS);
    assert_int_equal(s.last.failures_open, DOCS);
    assert_int_equal(s.last.in_flight, 0);
    assert_int_equal(s.recorded, DOCS);
}

#define ZEROS(index)                                                          \
    "{\"index\":" index ",\"embedding\":[0,0,0,0,0,0,0,0]}"

static void script(int status, const char *body)
{
    struct fakeapi_answer a = { .status = status, .body = text_of(body) };

    fakeapi_script(api, &a);
}

/* Two documents in one request, and the first vector is a good one. */
static void prepare_two(void)
{
    static const char *const two_of_two[] = {
        API, "--embed-batch", "2", "--embed-workers", "1", "--store", store,
        NULL
    };

    write_corpus(2, 0);
    read_options(&opt, two_of_two);
    script(200, "{\"data\":[{\"index\":0,"
                "\"embedding\":[1,0,0,0,0,0,0,0]}]}");
}

/* The first one stays bad; then asking for the second one's again fails, and
 * the whole request is sent again, in halves. */
static void EM_15_a_vector_that_stays_bad_fails_its_document_once(void **state)
{
    static const char one[] = "{\"data\":[" ZEROS("0") "]}";
    struct run *r;

    (void)state;
    prepare_two();
    script(200, "{\"data\":[" ZEROS("0") "," ZEROS("1") "]}");
    script(200, one);
    script(500, "{}");
    script(200, one);
    script(200, one);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.failed, 1);
    assert_int_equal(seen.stored, 1);
    finish(r, EXIT_SOME_FAILED);
}

static void EM_24_zeros_for_every_text_hold_and_fail_nothing(void **state)
{
    static const char both[] = "{\"data\":[" ZEROS("0") "," ZEROS("1") "]}";
    struct run *r;

    (void)state;
    prepare_two();
    for (int i = 0; i < 4; i++)
        script(200, both); /* the two texts and the known words, twice */
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_PAUSED);
    assert_non_null(strstr(seen.reason, "vectors can be used"));
    assert_int_equal(seen.failed, 0);
    order(r, (struct command){ .kind = COMMAND_RESUME });
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(finish(r, EXIT_STORED).last.stored, 2);
}

/* The lines of the store from `from` on are of documents that failed. */
static void only_failed_ones_come_last(size_t from)
{
    FILE *f = fopen(in_home("out.jsonl"), "r");
    char line[1024], id[64];
    size_t n = 0;

    assert_non_null(f);
    for (; fgets(line, sizeof line, f); n++) {
        bool failed = false;

        assert_int_equal(sscanf(line, "{\"id\":\"%63[^\"]", id), 1);
        for (uint32_t i = 0; i < seen.failure_count; i++)
            failed |= strcmp(seen.failures[i].id, id) == 0;
        assert_true(n < from || failed);
    }
    fclose(f);
    assert_int_equal(n, DOCS);
}

static void a_retry_for_the_end_comes_behind_the_whole_corpus(void **state)
{
    struct run *r;
    size_t failed;

    (void)state;
    fakeapi_twist(api, TWIST_ZERO);
    snprintf(store, sizeof store, "jsonl:%s", in_home("out.jsonl"));
    read_options(&opt, one_by_one);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.failed > 3);
    order(r, (struct command){ .kind = COMMAND_PAUSE });
    set(r, KNOB_EMBED_BATCH, 50); /* the rest is soon done */
    failed = look(r)->failed;
    fakeapi_twist(api, TWIST_NONE);
    order(r, (struct command){ .kind = COMMAND_RETRY, .when = RETRY_AT_END });
    assert_int_equal(look(r)->retries_at_end, 1);
    order(r, (struct command){ .kind = COMMAND_RESUME });
    snprintf(seen.ask.filter, sizeof seen.ask.filter, "EMBED");
    wait_until(r, seen.state == RUN_DONE); /* with a row for each */
    assert_int_equal(seen.retries_at_end, 0);
    assert_int_equal(seen.stored, DOCS);
    only_failed_ones_come_last(DOCS - failed);
    seen.ask.filter[0] = '\0';
    finish(r, EXIT_STORED);
}

static void a_retry_for_the_end_is_not_done_when_there_is_none(void **state)
{
    struct run *r;

    (void)state;
    fakeapi_twist(api, TWIST_ZERO);
    read_options(&opt, one_by_one);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.failed > 3);
    order(r, (struct command){ .kind = COMMAND_PAUSE });
    order(r, (struct command){ .kind = COMMAND_RETRY, .when = RETRY_AT_END });
    order(r, (struct command){ .kind = COMMAND_DRAIN });
    wait_until(r, seen.state == RUN_STOPPING);
    assert_int_equal(seen.retries_at_end, 0);
    assert_true(was_told("stay owed"));
    assert_int_equal(seen.stored, 0);
    finish(r, EXIT_RESUMABLE);
}

/* Bad UTF-8, a blank text, and one that nothing can be done about. */
static void what_was_rejected_may_be_read_in_another_way(void **state)
{
    struct command c = { .kind = COMMAND_RETRY };
    struct run *r;
    FILE *f;

    (void)state;
    read_options(&opt, one_by_one);
    f = fopen(in_home("c.jsonl"), "w");
    assert_non_null(f);
    fputs("{\"id\":\"bad\",\"text\":\"\xff\"}\n"
          "{\"id\":\"blank\",\"text\":\" \"}\n{\"id\":\"none\"}\n"
          "{\"id\":\"good\",\"text\":\"good\"}\n",
          f);
    fclose(f);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.rejected, 3);
    assert_non_null(strstr(seen.kinds[0].common, "\"text\" is missing"));
    c.reread.replace_utf8 = true;
    order(r, c);
    wait_until(r, seen.stored == 2 && seen.state == RUN_DONE);
    assert_int_equal(seen.rejected, 2);
    c.reread = (struct reread){ .send_blank = true };
    order(r, c);
    wait_until(r, seen.stored == 3 && seen.state == RUN_DONE);
    assert_int_equal(seen.rejected, 1);
    finish(r, EXIT_SOME_FAILED);
}

static const struct cause_view *cause_that_says(const char *message)
{
    for (uint32_t i = 0; i < seen.cause_count; i++)
        if (strstr(seen.causes[i].message, message))
            return &seen.causes[i];
    fail_msg("no cause says %s", message);
    return NULL;
}

static void a_retry_of_a_cause_sends_exactly_its_documents(void **state)
{
    struct run *r;
    struct command c = { .kind = COMMAND_RETRY, .select.by = SELECT_KIND,
                         .reread = { .send_blank = true } };
    FILE *f = fopen(in_home("c.jsonl"), "w");

    (void)state;
    for (int i = 0; i < 30; i++)
        fprintf(f, i % 3 == 0   ? "{\"id\":\"a%d\",\"text\":\" \"}\n"
                   : i % 3 == 1 ? "{\"id\":\"b%d\"}\n"
                                : "{\"id\":\"c%d\",\"text\":\"poison\"}\n",
                i);
    fclose(f);
    read_options(&opt, one_by_one);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.cause_count, 3);
    assert_int_equal(cause_that_says("\"text\" is missing")->open, 10);
    assert_int_equal(cause_that_says("\"text\" is blank")->open, 10);
    snprintf(c.select.kind, sizeof c.select.kind, "%s",
             cause_that_says("\"text\" is blank")->key);
    order(r, c);
    wait_until(r, seen.stored == 10 && seen.state == RUN_DONE);
    assert_true(was_told("retrying 10 documents"));
    assert_int_equal(seen.cause_count, 2);
    assert_int_equal(cause_that_says("\"text\" is missing")->open, 10);
    finish(r, EXIT_SOME_FAILED);
}

static void a_retry_may_come_in_smaller_requests(void **state)
{
    struct run *r = begin_failing();
    struct command c = { .kind = COMMAND_RETRY, .batch = 5 };
    uint64_t requests = fakeapi_stats(api).embed_requests;

    (void)state;
    is_refused(r, (struct command){ .kind = COMMAND_RETRY, .batch = 33 },
               "takes 1 to 32");
    fakeapi_twist(api, TWIST_NONE);
    set(r, KNOB_EMBED_BATCH, 100);
    order(r, c);
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.stored, DOCS);
    assert_int_equal(fakeapi_stats(api).embed_requests - requests, DOCS / 5);
    finish(r, EXIT_STORED);
}

/* Old versions that the service refuses, new ones that it takes, then more
 * than the test will wait for. */
static void write_versions(void)
{
    FILE *f = fopen(in_home("c.jsonl"), "w");

    assert_non_null(f);
    for (int i = 0; i < 2 * VERSIONS; i++)
        fprintf(f, "{\"id\":\"v%d\",\"text\":\"%s %d\"}\n", i % VERSIONS,
                i < VERSIONS ? "poison" : "cured", i);
    for (int i = 0; i < 20000; i++)
        fprintf(f, "{\"id\":\"d%d\",\"text\":\"text %d\"}\n", i, i);
    assert_int_equal(fclose(f), 0);
}

static void IN_17_a_failure_that_a_newer_record_replaced_is_open_no_more(
    void **state)
{
    struct run *r;

    (void)state;
    write_versions();
    read_options(&opt, one_by_one);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.superseded == VERSIONS);
    order(r, (struct command){ .kind = COMMAND_PAUSE });
    wait_until(r, seen.failures_open == seen.failed);
    assert_int_equal(seen.failed, 0);
    assert_int_equal(seen.kind_count, 0);
    assert_false(seen.reading_done); /* nothing was counted anew */
    for (uint32_t i = 0; i < seen.failure_count; i++)
        assert_int_equal(seen.failures[i].standing, FAILURE_STORED);
    order(r, (struct command){ .kind = COMMAND_STOP });
    finish(r, EXIT_RESUMABLE);
}

static void a_skip_behind_a_retry_gives_up_only_what_is_owed(void **state)
{
    struct run *r = begin_failing();
    struct error err;

    (void)state;
    fakeapi_twist(api, TWIST_NONE);
    for (int i = 0; i < 4; i++) {
        struct command c = { .kind = i % 2 ? COMMAND_SKIP : COMMAND_RETRY };

        command(r, &c, &err); /* by the last one nothing may be owed */
    }
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.stored + seen.skipped, DOCS);
    assert_int_equal(seen.failures_open, 0);
    finish(r, EXIT_STORED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            EM_15_a_vector_that_stays_bad_fails_its_document_once, setup,
            leave_run),
        cmocka_unit_test_setup_teardown(
            a_retry_behind_another_forgives_no_failure_twice, setup,
            leave_run),
        cmocka_unit_test_setup_teardown(
            LD_11_what_a_stopped_retry_claimed_counts_as_failed, setup_slow,
            leave_run),
        cmocka_unit_test_setup_teardown(
            EM_24_zeros_for_every_text_hold_and_fail_nothing, setup,
            leave_run),
        cmocka_unit_test_setup_teardown(
            a_retry_for_the_end_comes_behind_the_whole_corpus, setup_slow,
            leave_run),
        cmocka_unit_test_setup_teardown(
            a_retry_for_the_end_is_not_done_when_there_is_none, setup_slow,
            leave_run),
        cmocka_unit_test_setup_teardown(
            what_was_rejected_may_be_read_in_another_way, setup, leave_run),
        cmocka_unit_test_setup_teardown(
            a_retry_of_a_cause_sends_exactly_its_documents, setup, leave_run),
        cmocka_unit_test_setup_teardown(
            a_retry_may_come_in_smaller_requests, setup, leave_run),
        cmocka_unit_test_setup_teardown(
            IN_17_a_failure_that_a_newer_record_replaced_is_open_no_more,
            setup, leave_run),
        cmocka_unit_test_setup_teardown(
            a_skip_behind_a_retry_gives_up_only_what_is_owed, setup,
            leave_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
