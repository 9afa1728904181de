/* Options: where values come from, what is refused, what a job remembers. */
#include "config.h"
#include "tests/support/options_tools.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

static void parsed(const char *words)
{
    if (!parse(words))
        fail_msg("%s: %s", words, err.text);
}

static void nothing_given_means_the_defaults(void **state)
{
    (void)state;
    parsed("");
    assert_string_equal(command, "");
    assert_int_equal(opt.corpus.count, 0);
    assert_string_equal(opt.embed, "local");
    assert_string_equal(opt.store, "");
    assert_string_equal(opt.checkpoint_dir, "");
    assert_int_equal(opt.embed_batch, 0); /* auto, as the next three */
    assert_int_equal(opt.embed_workers, 0);
    assert_int_equal(opt.store_workers, 0);
    assert_int_equal(opt.max_concurrent, 0);
    assert_int_equal(opt.queue, 10);
    assert_int_equal(opt.max_line_mb, 16);
    assert_int_equal(opt.retries, 5);
    assert_int_equal(opt.on_error, ON_ERROR_DATA);
    assert_int_equal(opt.format, FORMAT_AUTO);
    assert_int_equal(opt.id, ID_FIELD);
    assert_true(opt.max_request_mb == 2.0);
    assert_true(opt.safety == 0.8);
    assert_false(opt.plain);
    assert_int_equal(opt.text_field.count, 1);
    assert_string_equal(opt.text_field.item[0], "text");
    assert_false(options_given(&opt, "embed-batch"));
}

static void a_value_stands_behind_or_after_an_equals_sign(void **state)
{
    (void)state;
    parsed("--embed-batch 7 --queue=8 --store=sqlite:x=y --max-request-mb "
           "1.5 --on-error=stop --plain -k 3");
    assert_int_equal(opt.embed_batch, 7);
    assert_int_equal(opt.queue, 8);
    assert_string_equal(opt.store, "sqlite:x=y");
    assert_true(opt.max_request_mb == 1.5);
    assert_int_equal(opt.on_error, ON_ERROR_STOP);
    assert_true(opt.plain);
    assert_int_equal(opt.k, 3);
    assert_true(options_given(&opt, "embed-batch"));
    assert_true(options_given(&opt, "plain"));
    assert_false(options_given(&opt, "dim"));
    assert_false(options_given(&opt, "no-such-option"));
}

static void the_last_value_of_an_option_wins(void **state)
{
    (void)state;
    parsed("--queue 8 --store a --queue 9 --store b");
    assert_int_equal(opt.queue, 9);
    assert_string_equal(opt.store, "b");
}

static void numbers_hold_at_the_edges_of_their_range(void **state)
{
    (void)state;
    parsed("--embed-batch 1 --dim 0 --safety 1 --budget 0");
    parsed("--embed-batch 4096 --dim 65536 --safety 0.01 "
           "--tpm 1000000000000");
    assert_int_equal(opt.tpm, UINT64_C(1000000000000));
    refused("--embed-batch 0", "--embed-batch", "1..4096");
    refused("--embed-batch 4097", "--embed-batch", "1..4096");
    refused("--embed-batch Auto", "--embed-batch",
            "auto or a whole number in 1..4096");
    parsed("--embed-batch auto --store-workers 7");
    assert_int_equal(opt.embed_batch, 0);
    assert_int_equal(opt.store_workers, 7);
    refused("--safety 1.01", "--safety", "0.01..1");
    refused("--safety 0", "--safety", "0.01..1");
}

static void bad_values_name_the_option_and_what_it_takes(void **state)
{
    static const char *const bad[] = {
        "abc", "-1",   "+1", "1.5", "1e3", "0x10", "10,5", "12k",
        "99999999999999999999999",
    };
    char words[64];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(words, sizeof words, "--queue=%s", bad[i]);
        refused(words, "--queue takes a whole number in 1..1000", "not \"");
    }
    refused("--queue=", "--queue takes", "1..1000");
    refused("--max-request-mb=1,5", "--max-request-mb takes a number in "
                                    "0.01..1000", "\"1,5\"");
    refused("--max-request-mb=nan", "--max-request-mb", "0.01..1000");
    refused("--max-request-mb=inf", "--max-request-mb", "0.01..1000");
    refused("--format=xml", "--format takes one of auto|jsonl|json", "xml");
    refused("--format=", "--format", "auto|jsonl|json");
    refused("--format=JSON", "--format", "auto|jsonl|json");
    refused("--color=a", "--color", "auto|always|never");
    refused("--max-rejected=many", "--max-rejected takes a number or a "
                                   "percentage", "many");
    refused("--max-rejected=%", "--max-rejected", "percentage");
    refused("--max-rejected=5%%", "--max-rejected", "percentage");
    refused("--max-rejected=101%", "--max-rejected", "percentage to 100%");
    parsed("--max-rejected=5%");
    refused("--hold-limit=90", "--hold-limit takes a time like 90s", "90");
    refused("--outage-limit=soon", "0 or off", "soon");
    parsed("--hold-limit=10m --outage-limit=off");
    parsed("--max-rejected=500");
}

static void unknown_options_and_missing_values_are_named(void **state)
{
    (void)state;
    refused("--nope", "--nope", "--help");
    refused("--nope=3", "--nope", "--help");
    refused("--embed_batch=3", "--embed_batch", "--help");
    refused("-x", "-x", "--help");
    refused("--queue", "--queue wants BATCHES", "");
    refused("-k", "--k wants N", "");
    refused("--plain=yes", "--plain takes no value", "");
    refused("--\x1b[2J", "<1B>[2J", "--help");
    refused("-\x1b[2J", "<1B>[2J", "--help");
    refused("--format=\x1b[2J", "--format", "<1B>[2J");
}

static void hides(const char *words, const char *secret)
{
    refused(words, "-key-env takes the name of a variable", "is not shown");
    assert_null(strstr(err.text, secret));
}

static void SE_01_a_key_where_a_variable_s_name_belongs_is_not_shown(
    void **state)
{
    (void)state;
    hides("--embed-key-env=sk-proj-4711", "4711");
    hides("--embed-key-env sk-proj-4711", "4711");
    hides("--store-key-env pcsk_47.11", "47.11");
    hides("--store-key-env=0x4711", "4711");
    hides("--embed-key-env GOOD --embed-key-env=b:4711", "4711");
    parsed("--embed-key-env=_my_Key1 --store-key-env PGPASSWORD");
}

static void a_list_is_replaced_first_and_joined_then(void **state)
{
    (void)state;
    parsed("--text-field title --text-field=body");
    assert_int_equal(opt.text_field.count, 2);
    assert_string_equal(opt.text_field.item[0], "title");
    assert_string_equal(opt.text_field.item[1], "body");
}

static void a_list_has_an_end(void **state)
{
    char words[512] = "";

    (void)state;
    for (int i = 0; i <= OPTION_LIST_MAX; i++)
        strcat(words, "--text-field x ");
    refused(words, "16", "text-field");
}

/* As a shell makes them of *.jsonl. */
static void a_corpus_has_many_files_and_an_end(void **state)
{
    static char *argv[OPTION_CORPUS_MAX + 2] = { (char *)"batchtop" };
    char names[200][16];

    (void)state;
    for (int i = 0; i <= OPTION_CORPUS_MAX; i++)
        argv[i + 1] = names[i % 200];
    for (int i = 0; i < 200; i++)
        snprintf(names[i], sizeof names[i], "%d.jsonl", i);
    assert_true(options_parse(&opt, 201, argv, commands, &command, &err));
    assert_int_equal(opt.corpus.count, 200);
    assert_string_equal(opt.corpus.item[199], "199.jsonl");
    options_release(&opt);
    assert_true(options_init(&opt, &err));
    assert_false(options_parse(&opt, OPTION_CORPUS_MAX + 2, argv, commands,
                               &command, &err));
    assert_says("corpus files", "4096");
}

static void the_first_operand_may_be_a_command(void **state)
{
    (void)state;
    parsed("--queue 3 failures corpus.jsonl run --plain more.jsonl");
    assert_string_equal(command, "failures");
    assert_int_equal(opt.corpus.count, 3);
    assert_string_equal(opt.corpus.item[0], "corpus.jsonl");
    assert_string_equal(opt.corpus.item[1], "run");
    assert_string_equal(opt.corpus.item[2], "more.jsonl");
    assert_true(opt.plain);
}

static void a_file_before_it_makes_a_command_an_operand(void **state)
{
    (void)state;
    parsed("corpus.jsonl failures");
    assert_string_equal(command, "");
    assert_int_equal(opt.corpus.count, 2);
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    parsed("--plain -- --queue failures -k");
    assert_string_equal(command, "");
    assert_int_equal(opt.corpus.count, 3);
    assert_string_equal(opt.corpus.item[0], "--queue");
    assert_string_equal(opt.corpus.item[1], "failures");
    assert_string_equal(opt.corpus.item[2], "-k");
    assert_int_equal(opt.queue, 10);
}

static void a_single_dash_is_standard_input(void **state)
{
    (void)state;
    parsed("-");
    assert_int_equal(opt.corpus.count, 1);
    assert_string_equal(opt.corpus.item[0], "-");
}

static void a_configuration_file_may_have_comments(void **state)
{
    (void)state;
    assert_true(parse_config("// what we use\n"
                             "{\n"
                             "  \"queue\": 20, // batches\n"
                             "  /* over\n     lines */\n"
                             "  \"store\": \"http://host:6333/a//b\",\n"
                             "  \"embed-batch\": \"64\",\n"
                             "  \"safety\": 0.5,\n"
                             "  \"create\": true,\n"
                             "  \"on-error\": \"all\",\n"
                             "  \"text-field\": [\"a\", \"b\"],\n"
                             "  \"max-rejected\": \"3%\",\n"
                             "  \"corpus\": [\"one.jsonl\"]\n"
                             "}\n", ""));
    assert_int_equal(opt.queue, 20);
    assert_string_equal(opt.store, "http://host:6333/a//b");
    assert_int_equal(opt.embed_batch, 64);
    assert_true(opt.safety == 0.5);
    assert_true(opt.create);
    assert_int_equal(opt.on_error, ON_ERROR_ALL);
    assert_int_equal(opt.text_field.count, 2);
    assert_string_equal(opt.text_field.item[1], "b");
    assert_int_equal(opt.corpus.count, 1);
    assert_true(options_given(&opt, "queue"));
}

static void the_command_line_wins_over_the_configuration(void **state)
{
    (void)state;
    assert_true(parse_config("{\"queue\":20,\"store\":\"a\",\"dim\":3,"
                             "\"text-field\":\"x\",\"corpus\":\"c.jsonl\"}",
                             "--queue 30 --text-field y d.jsonl"));
    assert_int_equal(opt.queue, 30);
    assert_string_equal(opt.store, "a");
    assert_int_equal(opt.dim, 3);
    assert_int_equal(opt.text_field.count, 1);
    assert_string_equal(opt.text_field.item[0], "y");
    assert_int_equal(opt.corpus.count, 1);
    assert_string_equal(opt.corpus.item[0], "d.jsonl");
}

static void a_corpus_in_the_configuration_may_be_one_name(void **state)
{
    (void)state;
    assert_true(parse_config("{\"corpus\":\"c.jsonl\"}", ""));
    assert_int_equal(opt.corpus.count, 1);
    assert_string_equal(opt.corpus.item[0], "c.jsonl");
}

static void a_bad_configuration_names_file_and_option(void **state)
{
    static const struct {
        const char *text, *what;
    } cases[] = {
        { "{\"nope\": 1}", "there is no option \"nope\"" },
        { "{\"embed_batch\": 1}", "there is no option \"embed_batch\"" },
        { "{\"text_field\": 1}", "did you mean \"text-field\"?" },
        { "{\"embd-url\": 1}", "did you mean \"embed-url\"?" },
        { "{\"config\": \"x\"}", "\"config\"" },
        { "{\"queue\": 0}", "--queue takes a whole number in 1..1000" },
        { "{\"queue\": 1.5}", "\"queue\" takes a whole number in 1..1000" },
        { "{\"queue\": -1}", "\"queue\" takes a whole number in 1..1000" },
        { "{\"queue\": \"x\"}", "--queue takes a whole number in 1..1000" },
        { "{\"queue\": null}", "\"queue\" takes a whole number" },
        { "{\"queue\": [1]}", "\"queue\" takes a whole number" },
        { "{\"queue\": true}", "\"queue\" takes a whole number" },
        { "{\"safety\": 2}", "\"safety\" takes a number in 0.01..1" },
        { "{\"safety\": 1e999}", "\"safety\" takes a number in 0.01..1" },
        { "{\"create\": 1}", "\"create\" takes true or false" },
        { "{\"create\": \"yes\"}", "\"create\" takes true or false" },
        { "{\"format\": \"xml\"}", "--format takes one of auto|jsonl|json" },
        { "{\"format\": true}", "\"format\" takes one of auto|jsonl|json" },
        { "{\"store\": {}}", "\"store\" takes a text" },
        { "{\"text-field\": [1]}", "\"text-field\" takes a text or several" },
        { "{\"text-field\": {}}", "\"text-field\" takes a text or several" },
        { "{\"corpus\": 1}", "\"corpus\" takes the name" },
        { "{\"corpus\": [\"a\", 1]}", "\"corpus\" takes the name" },
        { "{\"max-rejected\": \"x\"}", "--max-rejected takes" },
        { "[1]", "not a JSON object" },
        { "{", "line 1 is not JSON" },
        { "{} x", "line 1 is not JSON" },
        { "", "line 1 is not JSON" },
        { "/* no end", "line 1 is not JSON" },
        { "{ // a comment\n/* of\ntwo */ \"queue\": }", "line 3 is not" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (parse_config(cases[i].text, ""))
            fail_msg("accepted: %s", cases[i].text);
        assert_says(config_path, cases[i].what);
        options_release(&opt);
        assert_true(options_init(&opt, &err));
    }
    assert_false(parse("--config /nowhere/x.json"));
    assert_non_null(strstr(err.text, "--config: opening /nowhere/x.json"));
    assert_non_null(strstr(err.text, "/nowhere/x.json"));
}

static void what_a_job_remembers_comes_back(void **state)
{
    struct options back;
    struct buf json;

    (void)state;
    parsed("a.jsonl b\"\\.jsonl --embed openai:m --embed-batch 7 --dim 12 "
           "--max-request-mb 1.25 --budget 0.1 --on-error stop --create "
           "--text-field x --text-field y --tpm 1000000000000 "
           "--max-rejected 7% --json-path a.b");
    buf_init(&json);
    options_to_json(&opt, &json);
    assert_true(options_init(&back, &err));
    if (!options_from_json(&back, buf_cstr(&json), &err))
        fail_msg("%s", err.text);
    assert_int_equal(back.corpus.count, 2);
    assert_string_equal(back.corpus.item[1], "b\"\\.jsonl");
    assert_string_equal(back.embed, "openai:m");
    assert_int_equal(back.embed_batch, 7);
    assert_int_equal(back.dim, 12);
    assert_true(back.max_request_mb == 1.25);
    assert_true(back.budget == 0.1);
    assert_int_equal(back.on_error, ON_ERROR_STOP);
    assert_true(back.create);
    assert_int_equal(back.text_field.count, 2);
    assert_string_equal(back.text_field.item[1], "y");
    assert_int_equal(back.tpm, UINT64_C(1000000000000));
    assert_string_equal(back.max_rejected, "7%");
    assert_string_equal(back.json_path, "a.b");
    /* Memory is not the caller's word. */
    assert_false(options_given(&back, "embed-batch"));
    options_release(&back);
    buf_release(&json);
}

static void only_what_makes_the_job_is_remembered(void **state)
{
    static const char *const apart[] = {
        "checkpoint-dir", "new-job", "accept-changed", "accept-store",
        "import", "plain",
        "progress",       "json\"",  "fps",            "config", "kind",
        "safety",         "cap",
    };
    struct buf json;

    (void)state;
    parsed("--plain --new-job --checkpoint-dir /x --fps 2 --kind 429");
    buf_init(&json);
    options_to_json(&opt, &json);
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
        if (strstr(buf_cstr(&json), apart[i]))
            fail_msg("%s is in %s", apart[i], buf_cstr(&json));
    assert_non_null(strstr(buf_cstr(&json), "\"embed-batch\":\"auto\""));
    assert_non_null(strstr(buf_cstr(&json), "\"on-error\":\"data\""));
    buf_release(&json);
}

static void what_the_caller_says_wins_over_the_memory(void **state)
{
    (void)state;
    parsed("--embed-batch 7 --text-field z");
    assert_true(options_from_json(&opt,
                                  "{\"embed-batch\":50,\"queue\":4,"
                                  "\"text-field\":[\"a\",\"b\"],"
                                  "\"corpus\":[\"old.jsonl\"],"
                                  "\"of-another-version\":1}", &err));
    assert_int_equal(opt.embed_batch, 7);
    assert_int_equal(opt.queue, 4);
    assert_int_equal(opt.text_field.count, 1);
    assert_string_equal(opt.text_field.item[0], "z");
    assert_string_equal(opt.corpus.item[0], "old.jsonl");
}

static void SE_22_another_service_gets_neither_address_nor_key_of_the_job(
    void **state)
{
    static const char memory[] =
        "{\"embed\":\"openai:m\",\"embed-url\":[\"http://old\"],"
        "\"embed-key-env\":[\"OLD\"],\"dim\":8,\"queue\":4,"
        "\"store\":\"qdrant+http://old/c\",\"store-key-env\":\"OLD\"}";

    (void)state;
    parsed("--embed mistral:mistral-embed --store qdrant+http://new/c");
    assert_true(options_from_json(&opt, memory, &err));
    assert_int_equal(opt.embed_url.count, 0);
    assert_int_equal(opt.embed_key_env.count, 0);
    assert_int_equal(opt.dim, 0);
    assert_string_equal(opt.store_key_env, "");
    assert_int_equal(opt.queue, 4);
    assert_false(options_given(&opt, "embed-url")); /* it was not said either */
    options_release(&opt);
    assert_true(options_init(&opt, &err));
    parsed("--embed openai:other"); /* the same service */
    assert_true(options_from_json(&opt, memory, &err));
    assert_int_equal(opt.embed_url.count, 1);
    assert_string_equal(opt.store_key_env, "OLD");
}

static void a_damaged_memory_is_an_error(void **state)
{
    (void)state;
    assert_false(options_from_json(&opt, "{\"embed-b", &err));
    assert_false(options_from_json(&opt, "[1]", &err));
    assert_false(options_from_json(&opt, "7", &err));
    assert_false(options_from_json(&opt, "", &err));
    assert_false(options_from_json(&opt, "{\"queue\":0}", &err));
    assert_non_null(strstr(err.text, "queue"));
}

static void help_and_names_have_every_option(void **state)
{
    static const char *const names[] = { "--job", "--embed-batch", "--cap",
                                         "--text-field", "--k" };
    char text[16384];

    (void)state;
    for (int names_only = 0; names_only < 2; names_only++) {
        FILE *f = fmemopen(text, sizeof text, "w");

        assert_non_null(f);
        (names_only ? options_names : options_help)(f);
        fclose(f);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            assert_non_null(strstr(text, names[i]));
    }
}

/* A command line is for all users of the machine to read. */
static void SE_01_no_option_takes_a_key(void **state)
{
    char text[16384], *rest = text, *name;
    FILE *f = fmemopen(text, sizeof text, "w");
    int keys = 0;

    (void)state;
    assert_non_null(f);
    options_names(f);
    fclose(f);
    while ((name = strsep(&rest, "\n"))) {
        const char *key = strstr(name, "key");

        if (key && strcmp(key, "key-env") && strcmp(key, "key-file"))
            fail_msg("%s takes a key?", name);
        keys += key != NULL;
    }
    assert_int_equal(keys, 4);
    refused("c --embed-key sk-canary-4711", "--embed-key", "");
    refused("c --store-key=sk-canary-4711", "--store-key", "");
    assert_null(strstr(err.text, "canary"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_options(nothing_given_means_the_defaults),
        with_options(a_value_stands_behind_or_after_an_equals_sign),
        with_options(the_last_value_of_an_option_wins),
        with_options(numbers_hold_at_the_edges_of_their_range),
        with_options(bad_values_name_the_option_and_what_it_takes),
        with_options(unknown_options_and_missing_values_are_named),
        with_options(SE_01_a_key_where_a_variable_s_name_belongs_is_not_shown),
        with_options(a_list_is_replaced_first_and_joined_then),
        with_options(a_list_has_an_end),
        with_options(a_corpus_has_many_files_and_an_end),
        with_options(the_first_operand_may_be_a_command),
        with_options(a_file_before_it_makes_a_command_an_operand),
        with_options(two_dashes_end_the_options),
        with_options(a_single_dash_is_standard_input),
        with_options(a_configuration_file_may_have_comments),
        with_options(the_command_line_wins_over_the_configuration),
        with_options(a_corpus_in_the_configuration_may_be_one_name),
        with_options(a_bad_configuration_names_file_and_option),
        with_options(what_a_job_remembers_comes_back),
        with_options(only_what_makes_the_job_is_remembered),
        with_options(what_the_caller_says_wins_over_the_memory),
        with_options(
            SE_22_another_service_gets_neither_address_nor_key_of_the_job),
        with_options(a_damaged_memory_is_an_error),
        with_options(help_and_names_have_every_option),
        with_options(SE_01_no_option_takes_a_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
