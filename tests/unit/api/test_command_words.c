/* The one table of words, and the one parser of them. */
#include "config.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "api/command_words.h"
#include "options/options.h"

static struct command c;
static struct error err;

static bool is_read(const char *word, const char *operand, unsigned heard)
{
    const struct command_word *w = command_word_find(word, heard);

    assert_non_null(w);
    return command_read(&c, w, operand, &err);
}

static void a_setting_is_read_by_each_of_its_words(void **state)
{
    char setting[64];

    (void)state;
    for (int k = 0; k < KNOB_COUNT; k++) {
        const char *names[] = { command_words[k].word,
                                command_words[k].synonym };

        for (int i = 0; i < 2 && names[i]; i++) {
            assert_true(is_read(names[i], "7", WORD_OF_LINE));
            assert_int_equal(c.kind, COMMAND_SET);
            assert_int_equal(c.knob, k);
            snprintf(setting, sizeof setting, "%s=8", names[i]);
            assert_true(is_read("set", setting, WORD_OF_CTL));
            assert_int_equal(c.knob, k);
            assert_int_equal(c.value, 8 * knob_facts[k].unit);
        }
    }
}

static void auto_is_a_value_of_what_is_sought_alone(void **state)
{
    (void)state;
    assert_true(is_read("embed-workers", "auto", WORD_OF_LINE));
    assert_int_equal(c.value, KNOB_AUTO);
    assert_true(is_read("set", "store-batch=auto", WORD_OF_CTL));
    assert_int_equal(c.knob, KNOB_UPSERT_BATCH);
    assert_int_equal(c.value, KNOB_AUTO);
    assert_false(is_read("set", "rpm=auto", WORD_OF_CTL));
    assert_string_equal(err.text, "rpm: \"auto\" is no number");
    assert_false(is_read("workers", "", WORD_OF_LINE));
    assert_string_equal(err.text, "embed-workers wants a number or auto");
}

static void a_budget_may_have_cents(void **state)
{
    (void)state;
    assert_true(is_read("budget", "0.08", WORD_OF_LINE));
    assert_int_equal(c.value, 80000);
    assert_true(is_read("set", "budget=12.5", WORD_OF_CTL));
    assert_int_equal(c.value, 12500000);
    assert_true(is_read("budget", "1000000000", WORD_OF_LINE));
    assert_int_equal(c.value, knob_facts[KNOB_BUDGET].max);
}

/* The range of the option of this name, "1..4096"; NULL: there is none. */
static const char *range_of(const char *word)
{
    static const struct {
        const char *name, *range;
    } options[] = {
#define X(group, type, name, form, range, initial, help) { #name, range },
        OPTIONS(X)
#undef X
    };

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        size_t n = strlen(options[i].name), same = 0;

        while (same < n && (options[i].name[same] == word[same] ||
                            (options[i].name[same] == '_' &&
                             word[same] == '-')))
            same++;
        if (same == n && !word[n])
            return options[i].range;
    }
    return NULL;
}

static void a_setting_goes_as_far_as_its_option(void **state)
{
    (void)state;
    for (int k = 0; k < KNOB_COUNT; k++) {
        const char *range = range_of(command_words[k].word);
        long long min, max;

        assert_non_null(range);
        assert_int_equal(knob_facts[k].takes_auto,
                         strncmp(range, OPTION_AUTO, strlen(OPTION_AUTO)) == 0);
        if (knob_facts[k].takes_auto)
            range += strlen(OPTION_AUTO);
        assert_int_equal(sscanf(range, "%lld..%lld", &min, &max), 2);
        assert_int_equal(knob_facts[k].max, max * knob_facts[k].unit);
        if (k != KNOB_UPSERT_BATCH) /* there 0 is for the store to say */
            assert_int_equal(knob_facts[k].min, min);
    }
}

static void no_word_means_two_things(void **state)
{
    (void)state;
    for (const struct command_word *w = command_words; w->word; w++) {
        assert_ptr_equal(command_word_find(w->word, w->where), w);
        if (w->synonym)
            assert_ptr_equal(command_word_find(w->synonym, w->where), w);
        if (w->letter)
            assert_ptr_equal(command_word_of(w->letter), w);
    }
    assert_null(command_word_find("set", WORD_OF_LINE));
    assert_null(command_word_find("batch", WORD_OF_CTL));
}

static void an_operand_that_is_none_is_named(void **state)
{
    static const struct {
        const char *word, *operand, *text;
    } cases[] = {
        { "set", "speed=3", "\"speed=3\" sets nothing: NAME=N with one of "
                            "embed-batch, store-batch, embed-workers, "
                            "store-workers, rpm, tpm, max-memory, budget" },
        { "set", "budget=five", "budget: \"five\" is no sum of USD" },
        { "set", "budget=-1", "budget: \"-1\" is no sum of USD" },
        { "set", "budget=1e300", "is no sum of USD" },
        { "set", "rpm=0.5", "rpm: \"0.5\" is no number" },
        { "set", "", "\"\" sets nothing" },
        { "set", "rpm=", "rpm wants a number" },
        { "set", "batch=-1", "embed-batch: \"-1\" is no number" },
        { "pause", "embedder", "\"embedder\" is no stage" },
        { "export", "", "export wants a file name" },
        { "retry", "a word that is longer than any kind", "no kind of failure" },
        { "drain", "now", "drain takes nothing behind it" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(is_read(cases[i].word, cases[i].operand, WORD_OF_CTL));
        assert_int_equal(err.kind, ERROR_CONFIG);
        assert_non_null(strstr(err.text, cases[i].text));
    }
}

static void operands_become_what_a_command_has(void **state)
{
    (void)state;
    assert_true(is_read("pause", "Upsert", WORD_OF_LINE));
    assert_int_equal(c.stages, 1 << STAGE_UPSERT);
    assert_true(is_read("resume", "", WORD_OF_LINE));
    assert_int_equal(c.stages, 0);
    assert_true(is_read("retry-at-end", "429", WORD_OF_LINE));
    assert_int_equal(c.when, RETRY_AT_END);
    assert_int_equal(c.select.by, SELECT_KIND);
    assert_string_equal(c.select.kind, "429");
    assert_true(is_read("export", "f.jsonl", WORD_OF_LINE));
    assert_int_equal(c.select.by, SELECT_ALL);
    assert_string_equal(c.path, "f.jsonl");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(auto_is_a_value_of_what_is_sought_alone),
        cmocka_unit_test(a_setting_is_read_by_each_of_its_words),
        cmocka_unit_test(a_budget_may_have_cents),
        cmocka_unit_test(a_setting_goes_as_far_as_its_option),
        cmocka_unit_test(no_word_means_two_things),
        cmocka_unit_test(an_operand_that_is_none_is_named),
        cmocka_unit_test(operands_become_what_a_command_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
