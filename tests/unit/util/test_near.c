/* The word that was probably meant, by its letters or as others say it. */
#include "config.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options/guess.h"
#include "util/words/near.h"

static void means(const char *word, const char *words, const char *expected)
{
    struct near n;

    near_begin(&n, word);
    near_look_at_words(&n, words);
    assert_string_equal(n.best, expected);
}

static void a_letter_that_is_wrong_missing_or_too_much(void **state)
{
    (void)state;
    means("serach", "status|search|resume", "search");
    means("statu", "status|search|resume", "status");
    means("ressume", "status|search|resume", "resume");
    means("jbos", "size|jobs", "jobs");
    means("hsh", "field|hash|line", "hash");
}

static void what_is_far_is_not_meant(void **state)
{
    (void)state;
    means("corpus", "status|search|resume", "");
    means("x", "ok", "");
    means("", "status", "");
}

static void words_may_be_as_long_as_they_like(void **state)
{
    char word[2 * NEAR_WORD_MAX];

    (void)state;
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    means(word, "status", "");
    means("status", word, "");
    word[NEAR_WORD_MAX - 1] = '\0';
    means(word, word, word);
}

/* --- what other programs call it --- */

static void words_of_other_programs_are_known(void **state)
{
    static const char *const of[][2] = {
        { "batch", "--embed-batch" },   { "batch-size", "--embed-batch" },
        { "workers", "--embed-workers" }, { "concurrency", "--embed-workers" },
        { "model", "--embed" },         { "text", "--text-field" },
        { "url", "--embed-url" },       { "key", "--embed-key-env" },
        { "api-key", "--embed-key-env" }, { "resume", "batchtop resume JOB" },
        { "collection", "--store URL/COLLECTION" },
        { "output", "--store" },        { "v", "-V" },
        { "text_field", "--text-field" }, { "embd-url", "--embed-url" },
    };
    char to[GUESS_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        assert_string_equal(guess_option(of[i][0], to), of[i][1]);
    assert_null(guess_option("nothing-like-that", to));
}

static void commands_of_other_programs_are_known(void **state)
{
    static const char *const names[] = { "jobs", "status", NULL };
    static const char *const of[][2] = {
        { "list", "batchtop jobs" },    { "ls", "batchtop jobs" },
        { "stop", "batchtop ctl JOB stop" },
        { "pause", "batchtop ctl JOB pause" },
        { "ingest", "batchtop run CORPUS" },
        { "version", "batchtop --version" }, { "stauts", "batchtop status" },
        { "rm", "batchtop CORPUS --new-job" },
        { "delete", "batchtop CORPUS --new-job" },
    };
    char to[GUESS_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        assert_string_equal(guess_command(of[i][0], names, to), of[i][1]);
    assert_null(guess_command("corpus", names, to));
}

static void a_variable_of_no_option_is_told(void **state)
{
    static const char *const none[] = { NULL };
    char *argv[] = { (char *)"batchtop", (char *)"--embed-key-env",
                     (char *)"BATCHTOP_MINE" };
    const char *command;
    struct options o;
    struct error err;
    char text[200], all[1000] = "";
    size_t at = 0;

    (void)state;
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1); /* not the user's */
    assert_true(options_init(&o, &err));
    assert_true(options_parse(&o, 3, argv, none, &command, &err));
    setenv("BATCHTOP_MINE", "x", 1);
    setenv("BATCHTOP_TEI_KEY", "x", 1); /* a job may remember it */
    setenv("BATCHTOP_LIMIT", "2", 1);
    setenv("BATCHTOP_LIMT", "20", 1);
    setenv("BATCHTOP_QQQQQQQQ", "20", 1);
    setenv("BATCHTOP_dim", "20", 1); /* capitals count */
    while (guess_stray_variable(&o, &at, text, sizeof text))
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s\n", text);
    assert_non_null(strstr(all, "the variable BATCHTOP_LIMT is no option's: "
                                "did you mean BATCHTOP_LIMIT?\n"));
    assert_non_null(strstr(all, "BATCHTOP_QQQQQQQQ is no option's: it does"));
    assert_non_null(strstr(all, "BATCHTOP_dim is no option's"));
    assert_null(strstr(all, "BATCHTOP_MINE"));
    assert_null(strstr(all, "KEY"));
    options_release(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_that_is_wrong_missing_or_too_much),
        cmocka_unit_test(what_is_far_is_not_meant),
        cmocka_unit_test(words_may_be_as_long_as_they_like),
        cmocka_unit_test(words_of_other_programs_are_known),
        cmocka_unit_test(commands_of_other_programs_are_known),
        cmocka_unit_test(a_variable_of_no_option_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
