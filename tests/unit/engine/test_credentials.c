/* Keys by options and environment: where each is found, and what is not said
 * of a name that may be a key itself. */
#include "config.h"
#include "engine/job/credentials.h"
#include "tests/support/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct embedder_ops ops = { .name = "test", .key_env = "T_KEY",
                                         .key_env_too = "T_KEY_TOO" };
static const struct store_ops store = { .key_env = "T_STORE_KEY" };
static struct options opt;
static struct error err;

static int setup(void **state)
{
    make_home(state);
    unsetenv("T_KEY");
    unsetenv("T_KEY_TOO");
    unsetenv("T_OTHER");
    unsetenv("T_STORE_KEY");
    err = (struct error){ 0 };
    return options_init(&opt, &err) ? 0 : -1;
}

static int teardown(void **state)
{
    options_release(&opt);
    return remove_home(state);
}

static void give(char *a, char *b, char *c, char *d)
{
    static const char *const commands[] = { NULL };
    char *argv[] = { (char *)"batchtop", (char *)"c.jsonl", a, b, c, d };
    const char *command;

    if (!options_parse(&opt, c ? 6 : 4, argv, commands, &command, &err))
        fail_msg("%s", err.text);
}

/* The key of endpoint i; NULL: there is none. */
static void is(size_t i, const char *expected)
{
    char *key;

    if (!credentials_embedder(&opt, &ops, i, &key, &err))
        fail_msg("%s", err.text);
    if (expected)
        assert_string_equal(key, expected);
    else
        assert_null(key);
    free(key);
}

static void refused(const char *words)
{
    char *key;

    assert_false(credentials_embedder(&opt, &ops, 0, &key, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_null(key);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" says nothing of \"%s\"", err.text, words);
}

static void the_first_usual_variable_that_holds_something_counts(void **state)
{
    (void)state;
    is(0, NULL);
    assert_string_equal(credentials_embedder_variable(&opt, &ops, 0), "T_KEY");
    setenv("T_KEY_TOO", "second", 1);
    setenv("T_KEY", "", 1);
    is(0, "second");
    assert_string_equal(credentials_embedder_variable(&opt, &ops, 0),
                        "T_KEY_TOO");
    setenv("T_KEY", "first", 1);
    is(0, "first");
}

static void a_named_variable_hides_the_usual_one_and_must_be_set(void **state)
{
    (void)state;
    setenv("T_KEY", "usual", 1);
    give((char *)"--embed-key-env", (char *)"T_OTHER", NULL, NULL);
    refused("T_OTHER is not set");
    setenv("T_OTHER", "mine", 1);
    is(0, "mine");
    setenv("T_OTHER", "two\nlines", 1);
    refused("a line end inside");
}

static void a_shorter_list_goes_in_turn(void **state)
{
    (void)state;
    setenv("T_KEY", "a", 1);
    setenv("T_OTHER", "b", 1);
    give((char *)"--embed-key-env", (char *)"T_KEY",
         (char *)"--embed-key-env", (char *)"T_OTHER");
    is(0, "a");
    is(1, "b");
    is(2, "a");
}

static void SE_03_what_may_be_a_key_is_not_shown(void **state)
{
    (void)state;
    give((char *)"--embed-key-env", (char *)"skabcdef0", NULL, NULL);
    refused("its name is not shown");
    assert_null(strstr(err.text, "skabc"));
    assert_string_equal(credentials_embedder_variable(&opt, &ops, 0), "");
}

static void SE_03_nor_is_a_file_that_is_not_there(void **state)
{
    (void)state;
    give((char *)"--embed-key-file", (char *)"sk-abcdefghijklmnopqrst", NULL,
         NULL);
    refused("its name is not shown");
    assert_null(strstr(err.text, "sk-abc"));
}

static void a_file_counts_before_any_variable(void **state)
{
    char path[128];

    (void)state;
    snprintf(path, sizeof path, "%s", in_home("key"));
    write_file(path, "of the file\n", 12);
    assert_int_equal(chmod(path, 0600), 0);
    setenv("T_STORE_KEY", "of the variable", 1);
    setenv("T_KEY", "of the variable", 1);
    give((char *)"--embed-key-file", path, NULL, NULL);
    is(0, "of the file");
    assert_string_equal(credentials_embedder_variable(&opt, &ops, 0), "");
    assert_string_equal(credentials_store_variable(&opt, &store),
                        "T_STORE_KEY");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_usual_variable_that_holds_something_counts),
        TEST(a_named_variable_hides_the_usual_one_and_must_be_set),
        TEST(a_shorter_list_goes_in_turn),
        TEST(SE_03_what_may_be_a_key_is_not_shown),
        TEST(SE_03_nor_is_a_file_that_is_not_there),
        TEST(a_file_counts_before_any_variable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
