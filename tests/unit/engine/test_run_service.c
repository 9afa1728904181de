/* Whole runs in this process before a service that has a will of its own. */
#include "config.h"
#include "tests/support/run_tools.h"

#include "embed/embedder.h"
#include "tests/support/fakeapi/fakeapi.h"

/* --- what is remembered --------------------------------------------------- */

static void EM_07_a_ceiling_is_remembered_for_the_endpoint(void **state)
{
    const struct fakeapi_options o = { .dim = 8, .limit_bytes = 900,
                                       .poison = "number 37" };
    const char *const words[] = { API, NULL };
    struct options other;
    struct run *r;
    uint32_t limit;

    (void)state;
    start_api(&o);
    write_corpus(400, 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    limit = seen.embed.batch_limit;
    assert_in_range(limit, 1, 50);
    finish(r, EXIT_SOME_FAILED);

    r = open_run(&opt, RUN_OPEN_RESUMED);
    assert_int_equal(look(r)->embed.batch_limit, limit);
    finish(r, EXIT_RESUMABLE);

    snprintf(url, sizeof url, "http://127.0.0.1:1/v1");
    read_options(&other, words);
    r = open_run(&other, RUN_OPEN_RESUMED);
    assert_int_equal(look(r)->embed.batch_limit, 0);
    finish(r, EXIT_RESUMABLE);
    options_release(&other);
}

/* --- what the service asks for -------------------------------------------- */

/* Longer than a worker would wait of its own accord. */
enum { PACE_LONG_MS = 700 };

static void EM_05_nothing_is_sent_before_a_429_says_so(void **state)
{
    static const enum fakeapi_pace paces[] = { PACE_MS, PACE_RESET };
    static const struct fakeapi_answer limited = { .limited = true };
    const char *const words[] = { API, "--embed-batch", "5", "--new-job",
                                  "--embed-workers", "1", NULL };

    (void)state;
    write_corpus(60, 0);
    for (size_t i = 0; i < sizeof paces / sizeof paces[0]; i++) {
        const struct fakeapi_options o = { .dim = 8, .pace = paces[i],
                                           .pace_ms = PACE_LONG_MS };
        struct run *r;

        options_release(&opt);
        fakeapi_stop(api);
        start_api(&o);
        fakeapi_script(api, &(struct fakeapi_answer){ .genuine = true });
        fakeapi_script(api, &limited); /* behind the probe */
        read_options(&opt, words);
        r = begin(&opt, RUN_OPEN_NEW);
        wait_until(r, seen.state == RUN_DONE);
        assert_int_equal(seen.stored, 60);
        assert_int_equal(fakeapi_stats(api).refused, 1);
        assert_int_equal(fakeapi_stats(api).early, 0);
        finish(r, EXIT_STORED);
    }
}

/* What the test above relies on. */
static void EM_05_a_request_before_its_time_is_noticed(void **state)
{
    const struct fakeapi_options o = { .dim = 8, .rate_429_pct = 100,
                                       .pace_ms = 3600000 };
    const struct embed_input in = { text_of("a text"), false };
    struct embedder_config cfg = { .model = "m", .stop_fd = -1, .dim = 8,
                                   .key = "a-key" };
    struct embed_usage use;
    struct embedder *e;
    struct error err;
    float vector[8];

    (void)state;
    start_api(&o);
    cfg.url = url;
    e = embedder_find(text_of("openai"))->open(&cfg, &err);
    assert_non_null(e);
    for (uint64_t i = 0; i < 3; i++) {
        assert_false(e->ops->embed(e, &in, 1, vector, &use, &err));
        assert_int_equal(err.kind, ERROR_LIMITED);
        assert_int_equal(fakeapi_stats(api).early, i);
    }
    e->ops->close(e);
}

/* A service that did its work, and charges for it, before the line broke. */
static void EM_19_calls_that_were_paid_twice_are_counted(void **state)
{
    const struct fakeapi_answer broken = { .genuine = true, .cut_16ths = 8 };
    const char *const words[] = { API, "--embed-batch", "5",
                                  "--embed-workers", "1", NULL };
    const struct fakeapi_options o = { .dim = 8 };
    struct summary s;
    struct run *r;

    (void)state;
    start_api(&o);
    fakeapi_script(api, &(struct fakeapi_answer){ .genuine = true });
    fakeapi_script(api, &broken);
    fakeapi_script(api, &broken);
    write_corpus(40, 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    s = finish(r, EXIT_STORED);
    assert_int_equal(s.last.stored, 40);
    /* Five that were broken are sent as two, broken, too, and three. */
    assert_int_equal(s.last.resent, 5 + 2);
    assert_int_equal(s.last.retries, 4); /* 2, twice 1, 3 */
    assert_int_equal(fakeapi_stats(api).texts, 40 + 5 + 2 + 1 /* first */);
}

/* One point of Qdrant's: the later record waits for the earlier one and wins. */
static void IN_17_two_spellings_of_a_uuid_are_never_under_way_together(
    void **state)
{
    const struct fakeapi_options o = { .dim = 8 };
    char store[96];
    const char *const words[] = { API, "--store", store, "--create", NULL };
    struct fakeapi_stats stats;
    struct summary s;
    struct run *r;
    FILE *f;

    (void)state;
    start_api(&o);
    snprintf(store, sizeof store, "qdrant+http://127.0.0.1:%d/c",
             fakeapi_port(api));
    f = fopen(in_home("c.jsonl"), "w");
    assert_non_null(f);
    fputs("{\"id\":\"6BA7B810-9DAD-11D1-80B4-00C04FD430C8\",\"text\":\"a\"}\n"
          "{\"id\":\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\",\"text\":\"b\"}\n",
          f);
    assert_int_equal(fclose(f), 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    s = finish(r, EXIT_STORED);
    stats = fakeapi_stats(api);
    assert_int_equal(s.last.duplicates, 1);
    assert_int_equal(stats.distinct, 1);
    assert_int_equal(stats.points, 2);
}

/* The line to come back with is one that works: no ledger is left. */
static void OS_15_a_drain_ends_a_start_that_is_sent_away(void **state)
{
    const struct fakeapi_options o = { .dim = 8, .rate_429_pct = 100 };
    const char *const words[] = { API, NULL };
    struct command drain = { .kind = COMMAND_DRAIN };
    struct error err;
    struct summary s;
    char said[160];
    struct run *r;

    (void)state;
    start_api(&o);
    write_corpus(3, 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, fakeapi_stats(api).embed_requests > 0);
    assert_string_equal(seen.resume_line, "the same line again");
    assert_true(run_command(r, &drain, said, sizeof said, &err));
    assert_string_equal(said, "it had not begun: it ends at once");
    s = finish(r, EXIT_RESUMABLE);
    assert_true(s.unbegun);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_TEST(EM_07_a_ceiling_is_remembered_for_the_endpoint),
        RUN_TEST(EM_05_nothing_is_sent_before_a_429_says_so),
        RUN_TEST(EM_05_a_request_before_its_time_is_noticed),
        RUN_TEST(OS_15_a_drain_ends_a_start_that_is_sent_away),
        RUN_TEST(EM_19_calls_that_were_paid_twice_are_counted),
        RUN_TEST(IN_17_two_spellings_of_a_uuid_are_never_under_way_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
