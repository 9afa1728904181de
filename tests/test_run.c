/* Whole runs in this process, with a hand on every lever. */
#include "config.h"
#include "run_tools.h"

#include "fakeapi.h"

static struct fakeapi *api;
static struct options opt;
static char url[64];

static int setup(void **state)
{
    return make_home(state);
}

static int teardown(void **state)
{
    options_release(&opt);
    fakeapi_stop(api);
    api = NULL;
    return remove_home(state);
}

static void start_api(const struct fakeapi_options *o)
{
    api = fakeapi_start(o);
    assert_non_null(api);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", fakeapi_port(api));
}

#define API "--embed", "openai:m", "--embed-url", url, "--dim", "8"

/* --- what is remembered ---------------------------------------------------- */

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

/* --- the end -------------------------------------------------------------- */

static void a_finished_ledger_that_cannot_be_moved_stays_and_is_whole(
    void **state)
{
    const char *const words[] = { NULL };
    struct summary sum;
    struct run *r;
    FILE *in_the_way;

    (void)state;
    write_corpus(50, 0);
    assert_int_equal(mkdir(in_home("checkpoints"), 0700), 0);
    in_the_way = fopen(in_home("checkpoints/completed"), "w");
    assert_non_null(in_the_way);
    fclose(in_the_way);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    sum = finish(r, EXIT_STORED);
    assert_string_equal(sum.archived, "");
    assert_int_equal(unlink(in_home("checkpoints/completed")), 0);

    r = begin(&opt, RUN_OPEN_RESUMED);
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.stored, 50);
    assert_int_equal(seen.requests, 0);
    sum = finish(r, EXIT_STORED);
    assert_string_not_equal(sum.archived, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(EM_07_a_ceiling_is_remembered_for_the_endpoint),
        TEST(a_finished_ledger_that_cannot_be_moved_stays_and_is_whole),
    };

    setenv("OPENAI_API_KEY", "a-key", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
