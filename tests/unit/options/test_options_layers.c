/* Options from variables, profiles and the configuration file: in which order
 * they count, and what is never taken or shown. */
#include "config.h"
#include "tests/support/options_tools.h"
#include "tests/support/tap.h"

#include <stdlib.h>
#include <string.h>

static void layers_count_in_their_order(void **state)
{
    static const char *const set[][2] = {
        { "BATCHTOP_QUEUE", "4" },
        { "BATCHTOP_RETRIES", "4" },
        { "BATCHTOP_PLAIN", "true" },
        { "BATCHTOP_JSON", "0" },
        { "BATCHTOP_TEXT_FIELD", "[\"a b\",\"c\"]" },
        { "BATCHTOP_PROFILE", "p" },
        { "BATCHTOP_NOTHING_OF_OURS", "4" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        setenv(set[i][0], set[i][1], 1);
    assert_true(parse_config("{\"queue\":2,\"fps\":2,\"dim\":2,\"retries\":2,"
                             "\"json\":true,\"profiles\":{\"p\":{\"queue\":3,"
                             "\"fps\":3,\"retries\":3}}}",
                             "--retries 5"));
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        unsetenv(set[i][0]);
    assert_int_equal(opt.retries, 5);
    assert_int_equal(opt.queue, 4);
    assert_int_equal(opt.fps, 3);
    assert_int_equal(opt.dim, 2);
    assert_true(opt.plain);
    assert_false(opt.json);
    assert_int_equal(opt.text_field.count, 2);
    assert_string_equal(opt.text_field.item[0], "a b");
    assert_true(options_given(&opt, "dim"));
}

static void a_variable_is_judged_like_an_option(void **state)
{
    (void)state;
    setenv("BATCHTOP_FPS", "99", 1);
    refused("c.jsonl", "BATCHTOP_FPS", "--fps takes a whole number");
    setenv("BATCHTOP_FPS", "", 1);
    setenv("BATCHTOP_PLAIN", "maybe", 1);
    refused("c.jsonl", "BATCHTOP_PLAIN", "takes true or false");
    unsetenv("BATCHTOP_PLAIN");
    unsetenv("BATCHTOP_FPS");
    setenv("BATCHTOP_EMBED", "exec:true", 1);
    refused("c.jsonl", "BATCHTOP_EMBED", "on the command line only");
    unsetenv("BATCHTOP_EMBED");
}

static void SE_01_a_key_in_a_layer_is_not_shown(void **state)
{
    static const char *const texts[] = {
        "{\"embed-key-env\":\"sk-secret\"}",
        "{\"embed-key-env\":[\"sk-secret\"]}",
        "{\"profiles\":{\"p\":{\"store-key-env\":\"sk-secret\"}}}",
        "{\"api-key\":\"sk-secret\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_false(parse_config(texts[i], i == 2 ? "--profile p" : ""));
        assert_null(strstr(err.text, "secret"));
        options_release(&opt);
        assert_true(options_init(&opt, &err));
    }
    setenv("BATCHTOP_STORE_KEY_ENV", "sk-secret", 1);
    refused("c.jsonl", "BATCHTOP_STORE_KEY_ENV", "is not shown");
    unsetenv("BATCHTOP_STORE_KEY_ENV");
    assert_null(strstr(err.text, "secret"));
}

static void SE_22_a_typed_service_gets_no_address_of_the_configuration(
    void **state)
{
    static const char config[] =
        "{\"embed\":\"openai:m\",\"embed-url\":\"http://a\",\"queue\":3,"
        "\"embed-key-env\":\"KEY_A\",\"store\":\"qdrant+http://q/c\","
        "\"store-key-env\":\"KEY_Q\"}";

    (void)state;
    assert_true(parse_config(config, "--embed cohere:m --store sqlite:x"));
    assert_string_equal(opt.embed, "cohere:m");
    assert_int_equal(opt.embed_url.count, 0);
    assert_int_equal(opt.embed_key_env.count, 0);
    assert_string_equal(opt.store_key_env, "");
    assert_int_equal(opt.queue, 3);
    assert_false(options_given(&opt, "embed-url"));
    options_release(&opt);
    assert_true(options_init(&opt, &err));
    assert_true(parse_config(config, "--embed openai:other"));
    assert_int_equal(opt.embed_url.count, 1);
}

static void a_job_that_is_named_keeps_its_services(void **state)
{
    (void)state;
    assert_true(parse_config("{\"embed\":\"openai:m\",\"dim\":3,"
                             "\"store\":\"sqlite:s\",\"queue\":3}",
                             "--store-batch 4"));
    options_yield(&opt);
    assert_true(options_from_json(&opt, "{\"embed\":\"tei\",\"dim\":5,"
                                        "\"store\":\"sqlite:t\",\"queue\":5,"
                                        "\"store-batch\":6}",
                                  &err));
    assert_string_equal(opt.embed, "tei");
    assert_string_equal(opt.store, "sqlite:t");
    assert_int_equal(opt.dim, 5);
    assert_int_equal(opt.store_batch, 4);
    assert_int_equal(opt.queue, 3);
}

static void a_profile_that_is_not_there_is_named(void **state)
{
    (void)state;
    assert_false(parse_config("{\"profiles\":{\"dev\":{},\"prod\":{}}}",
                              "--profile live"));
    assert_says("there is no profile \"live\"", "dev, prod");
    options_release(&opt);
    assert_true(options_init(&opt, &err));
    assert_false(parse_config("{\"profiles\":{\"dev\":1}}", "--profile dev"));
    assert_says("profile \"dev\"", "not an object");
    options_release(&opt);
    assert_true(options_init(&opt, &err));
    refused("c.jsonl --profile dev", "--profile dev",
            "/nonexistent/batchtop/config.json");
}

static void a_corpus_of_the_configuration_is_for_runs(void **state)
{
    (void)state;
    assert_true(parse_config("{\"corpus\":\"c.jsonl\"}", "failures"));
    assert_int_equal(opt.corpus.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_options(layers_count_in_their_order),
        with_options(a_variable_is_judged_like_an_option),
        with_options(SE_01_a_key_in_a_layer_is_not_shown),
        with_options(
            SE_22_a_typed_service_gets_no_address_of_the_configuration),
        with_options(a_job_that_is_named_keeps_its_services),
        with_options(a_profile_that_is_not_there_is_named),
        with_options(a_corpus_of_the_configuration_is_for_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
