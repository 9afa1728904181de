/* Words for a shell: what it reads back is the word. */
#include "config.h"
#include "tests/support/tap.h"

#include "options/shell.h"

static void quoted_as(const char *word, const char *expected)
{
    struct buf b = { 0 };

    shell_quote(word, &b);
    assert_string_equal(buf_cstr(&b), expected);
    buf_release(&b);
}

static void plain_words_stay_as_they_are(void **state)
{
    (void)state;
    quoted_as("corpus-2", "corpus-2");
    quoted_as("/data/a.jsonl", "/data/a.jsonl");
    quoted_as("http://h:1/x@y,z%20+_", "http://h:1/x@y,z%20+_");
}

static void others_stand_within_quotes(void **state)
{
    (void)state;
    quoted_as("", "''");
    quoted_as("my data", "'my data'");
    quoted_as("a'b", "'a'\\''b'");
    quoted_as("$HOME`x`\"!*", "'$HOME`x`\"!*'");
    quoted_as("caf\xc3\xa9", "'caf\xc3\xa9'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_words_stay_as_they_are),
        cmocka_unit_test(others_stand_within_quotes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
