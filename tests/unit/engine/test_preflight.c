/* What the first embedder and the first store say, of a run that is open. */
#include "config.h"
#include "engine/preflight.h"
#include "tests/support/run_tools.h"

#include "engine/job/connection.h"

#include <stdlib.h>
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
    assert_string_equal(run->first_aid,
                        "start the embedder, or mend --embed-url "
                        "(http://127.0.0.1:1/v1 is where it was asked)");
}

static void OS_15_a_store_that_is_not_there_is_to_be_looked_at(void **state)
{
    const char *const words[] = { "--store", "qdrant+http://127.0.0.1:1/c",
                                  "--retries", "0", NULL };
    struct error err;

    (void)state;
    assert_false(asked(words, &err));
    assert_string_equal(run->first_aid,
                        "start the store, or mend --store "
                        "(qdrant+http://127.0.0.1:1/c is where it was asked)");
}

static void OS_15_of_an_address_with_a_password_only_the_option_is_named(
    void **state)
{
    const char *const words[] = { "--store", "qdrant+http://me:pw@127.0.0.1/c",
                                  NULL };
    struct error err = { .kind = ERROR_NETWORK };
    char aid[400];

    (void)state;
    read_options(&opt, words);
    run = open_run(&opt, RUN_OPEN_NEW);
    connection_first_aid(&run->upserter[0], &err, aid, sizeof aid);
    assert_string_equal(aid, "start the store, or mend --store");
}

static void OS_15_a_command_is_named_with_its_directory(void **state)
{
    const char *const words[] = { "--embed", "exec:./nothing", NULL };
    struct error err;

    (void)state;
    assert_false(asked(words, &err));
    assert_non_null(strstr(run->first_aid,
                           "mend the command of --embed (it was run in /"));
}

static void EM_04_a_refused_key_is_named_by_where_it_came_from(void **state)
{
    static const char *const words[] = { "--embed", "openai:m",
                                         "--embed-key-env", "T_KEY", NULL };
    struct error err;

    (void)state;
    setenv("T_KEY", "a-secret", 1);
    read_options(&opt, words);
    run = open_run(&opt, RUN_OPEN_NEW);
    error_set(&err, ERROR_AUTH, 401, "HTTP 401");
    connection_name_key(&run->embedder[0], &err);
    assert_string_equal(err.text, "the key was that of T_KEY: HTTP 401");
    unsetenv("T_KEY");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(dimension_and_limits_are_known_then),
        TEST(a_ledger_of_another_dimension_is_refused),
        TEST(where_nobody_listens_the_embedder_is_named),
        TEST(OS_15_a_store_that_is_not_there_is_to_be_looked_at),
        TEST(OS_15_of_an_address_with_a_password_only_the_option_is_named),
        TEST(OS_15_a_command_is_named_with_its_directory),
        TEST(EM_04_a_refused_key_is_named_by_where_it_came_from),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
