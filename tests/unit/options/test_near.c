/* The word that was probably meant. */
#include "config.h"
#include "tests/support/tap.h"

#include <string.h>

#include "options/near.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_that_is_wrong_missing_or_too_much),
        cmocka_unit_test(what_is_far_is_not_meant),
        cmocka_unit_test(words_may_be_as_long_as_they_like),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
