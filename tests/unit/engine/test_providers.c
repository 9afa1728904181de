/* Embedder and store by the options alone: which, with how many endpoints, and
 * what is refused. */
#include "config.h"
#include "engine/job/providers.h"
#include "tests/support/tap.h"

#include <string.h>

static struct options opt;
static struct error err;

static int setup(void **state)
{
    (void)state;
    err = (struct error){ 0 };
    return options_init(&opt, &err) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    options_release(&opt);
    return 0;
}

static void give(int argc, const char *const *words)
{
    static const char *const commands[] = { NULL };
    char *argv[8] = { (char *)"batchtop" };
    const char *command;

    for (int i = 0; i < argc; i++)
        argv[i + 1] = (char *)words[i];
    if (!options_parse(&opt, argc + 1, argv, commands, &command, &err))
        fail_msg("%s", err.text);
}
#define GIVE(...)                                                              \
    give((int)(sizeof (const char *const[]){ __VA_ARGS__ } /                   \
               sizeof(const char *)),                                          \
         (const char *const[]){ __VA_ARGS__ })

static bool embedder(struct embedder_config *cfg, struct endpoints *e)
{
    const struct embedder_ops *ops;

    return providers_embedder(&opt, &ops, cfg, e, &err);
}

static void the_store_is_a_file_beside_the_corpus_unless_one_is_named(
    void **state)
{
    static const char *const pairs[][2] = {
        { "./a/c.jsonl.gz", "sqlite:a/c.vectors.sqlite" },
        { "c.json", "sqlite:c.vectors.sqlite" },
        { ".json", "sqlite:.json.vectors.sqlite" },
        { "-", "sqlite:stdin.vectors.sqlite" },
    };
    char url[64];

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        options_release(&opt);
        setup(state);
        GIVE(pairs[i][0]);
        assert_true(providers_store_url(&opt, url, sizeof url, &err));
        assert_string_equal(url, pairs[i][1]);
    }
    GIVE("c.jsonl", "--store", "sqlite:mine");
    assert_true(providers_store_url(&opt, url, sizeof url, &err));
    assert_string_equal(url, "sqlite:mine");
    assert_false(providers_store_url(&opt, url, 5, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
}

static void there_are_as_many_endpoints_as_urls(void **state)
{
    struct embedder_config cfg;
    struct endpoints e;

    (void)state;
    GIVE("c.jsonl", "--embed", "openai:m", "--embed-url", "http://a",
         "--embed-url", "http://b");
    assert_true(embedder(&cfg, &e));
    assert_int_equal(e.count, 2);
    assert_string_equal(e.at[1].url, "http://b");
    assert_string_equal(cfg.url, "http://a");
    assert_string_equal(cfg.model, "m");
    endpoints_release(&e);
}

static void what_is_not_there_is_named(void **state)
{
    const struct store_ops *ops;
    struct embedder_config cfg;
    struct store_config store;
    struct endpoints e;

    (void)state;
    GIVE("c.jsonl", "--embed", "nobody:m");
    assert_false(embedder(&cfg, &e));
    assert_non_null(strstr(err.text, "no provider \"nobody\""));
    assert_false(providers_store(&opt, "nowhere://x", &ops, &store, &e, &err));
    assert_non_null(strstr(err.text, "no store for \"nowhere://x\""));
}

/* It comes from a ledger, which may have come with the corpus. */
static void a_command_that_nobody_typed_is_not_run(void **state)
{
    struct embedder_config cfg;
    struct endpoints e;

    (void)state;
    assert_true(options_from_json(&opt, "{\"embed\":\"exec:rm\"}", &err));
    assert_false(embedder(&cfg, &e));
    assert_non_null(strstr(err.text, "only one that is typed is run"));
    GIVE("c.jsonl", "--embed", "exec:rm");
    assert_true(embedder(&cfg, &e));
    endpoints_release(&e);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_store_is_a_file_beside_the_corpus_unless_one_is_named),
        TEST(there_are_as_many_endpoints_as_urls),
        TEST(what_is_not_there_is_named),
        TEST(a_command_that_nobody_typed_is_not_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
