/* What the first embedder and the first store say, of a run that is open. */
#include "config.h"
#include "engine/preflight.h"
#include "tests/support/run_tools.h"

#include <string.h>

static struct run *run;

static int setup(void **state)
{
    make_home(state);
    write_corpus(3, 0);
    return 0;
}

static int teardown(void **state)
{
    finish(run, EXIT_RESUMABLE);
    options_release(&opt);
    return remove_home(state);
}

static bool asked(const char *const *words, struct error *err)
{
    read_options(&opt, words);
    run = open_run(&opt, RUN_OPEN_NEW);
    return preflight(run, err);
}

static void dimension_and_limits_are_known_then(void **state)
{
    const char *const plain[] = { NULL };
    struct error err = { 0 };

    (void)state;
    if (!asked(plain, &err))
        fail_msg("%s", err.text);
    assert_int_equal(run->dim, 384);
    assert_int_equal(run->upserter[0].store->dim, 384);
    assert_true(run->store_good > 0);
    assert_int_equal(counted(&run->upsert_batch), run->store_good);
}

static void a_ledger_of_another_dimension_is_refused(void **state)
{
    const char *const plain[] = { NULL };
    struct error err;

    (void)state;
    read_options(&opt, plain);
    run = open_run(&opt, RUN_OPEN_NEW);
    run->ledger_dim = 64;
    assert_false(preflight(run, &err));
    assert_int_equal(err.kind, ERROR_FOREIGN);
    assert_non_null(strstr(err.text, "dimension 64, now it is 384"));
}

static void where_nobody_listens_the_embedder_is_named(void **state)
{
    const char *const words[] = { "--embed", "openai:m", "--embed-url",
                                  "http://127.0.0.1:1/v1", "--retries", "0",
                                  NULL };
    struct error err;

    (void)state;
    assert_false(asked(words, &err));
    assert_int_equal(err.kind, ERROR_NETWORK);
    assert_non_null(strstr(err.text, "--embed openai:m"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(dimension_and_limits_are_known_then),
        TEST(a_ledger_of_another_dimension_is_refused),
        TEST(where_nobody_listens_the_embedder_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
