/* Messages of many documents become few causes, whatever the texts hold. */
#include "config.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "data/failure_fold.h"

static struct failure_fold fold_of(const char *stage, int code, const char *id,
                                   const char *message)
{
    struct failure f = { .cause = { .kind = ERROR_REFUSED, .code = code },
                         .id = text_of(id), .message = message };

    snprintf(f.cause.stage, sizeof f.cause.stage, "%s", stage);
    return failure_fold(&f);
}

static void folds_to(const char *id, const char *message, const char *text)
{
    assert_string_equal(fold_of("embed", 400, id, message).text, text);
}

static void numbers_and_ids_fold_and_words_stay(void **state)
{
    (void)state;
    folds_to("", "input longer than 8,192 tokens (9,114)",
             "input longer than # tokens (#)");
    folds_to("", "HTTP 400: refused", "refused");
    folds_to("", "line 622,817: \"text\" is missing", "\"text\" is missing");
    folds_to("", "line 7, column 1,209: the text ends", "the text ends");
    folds_to("", "line 7, column: x", "line #, column: x");
    folds_to("", "line 7", "line #");
    folds_to("alpha", "document 'alpha' is refused", "document '#' is refused");
    folds_to("text", "the text is blank", "the text is blank");
    folds_to("", "of 39a1f3e8-0000-4000-8000-0a and x-1: no", "of # and #: no");
    folds_to("", "shards [1, 2, 3, 14] failed", "shards [#] failed");
    folds_to("", "127.0.0.1:39735 did not answer in 0.3 s",
             "# did not answer in # s");
    folds_to("", "bad value \"a text that the service gave back, whole\" here",
             "bad value # here");
    folds_to("", "", "");
}

static void many_bad_lines_are_a_handful_of_causes(void **state)
{
    uint64_t seen[8];
    size_t n = 0;
    static const char *const forms[] = {
        "line %d: \"text\" is missing", "line %d: the text ends inside a "
        "string at column %d", "line %d: \"text\" is blank"
    };

    (void)state;
    for (int i = 1; i <= 225; i++) {
        char message[120];
        size_t at = 0;
        uint64_t hash;

        snprintf(message, sizeof message, forms[i % 3], i, i * 7);
        hash = fold_of("read", 0, "", message).hash;
        while (at < n && seen[at] != hash)
            at++;
        if (at == n)
            seen[n++] = hash;
        assert_true(n <= 3);
    }
    assert_int_equal(n, 3);
}

static void stage_and_code_tell_causes_apart(void **state)
{
    (void)state;
    assert_true(fold_of("embed", 500, "", "injected").hash !=
                fold_of("upsert", 500, "", "injected").hash);
    assert_true(fold_of("embed", 500, "", "injected").hash !=
                fold_of("embed", 503, "", "injected").hash);
    assert_true(fold_of("embed", 500, "", "injected 1").hash ==
                fold_of("embed", 500, "", "injected 2").hash);
}

static void the_length_of_an_id_does_not_move_the_cut(void **state)
{
    char a[600], b[600], tail[400];

    (void)state;
    memset(tail, 'x', sizeof tail - 1);
    tail[sizeof tail - 1] = '\0';
    for (size_t i = 5; i < sizeof tail - 1; i += 6)
        tail[i] = ' ';
    snprintf(a, sizeof a, "doc-1: %s", tail);
    snprintf(b, sizeof b, "doc-1000000000001: %s", tail);
    assert_true(fold_of("embed", 0, "", a).hash ==
                fold_of("embed", 0, "", b).hash);
}

static void SE_05_hostile_text_folds_within_bounds(void **state)
{
    unsigned seed = 7;

    (void)state;
    assert_true(fold_of("embed", 0, "", "\033]0;t\007 \xe2\x80\xae" "1").hash ==
                fold_of("embed", 0, "", "\033]0;t\007 \xe2\x80\xae" "2").hash);
    for (int i = 0; i < 2000; i++) {
        char message[1200], id[80];
        struct failure_fold x;
        size_t n = (size_t)i % (sizeof message - 1);

        for (size_t k = 0; k < n; k++) {
            seed = seed * 1103515245u + 12345u;
            message[k] = (char)(1 + (seed >> 16) % 255);
        }
        message[n] = '\0';
        snprintf(id, sizeof id, "%.70s", message);
        x = fold_of("embed", 0, id, message);
        assert_true(strlen(x.text) < sizeof x.text);
        for (const char *p = x.text; *p; p++)
            assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
        assert_true(x.hash != 0);
    }
}

static void a_key_selects_its_cause_and_no_other(void **state)
{
    struct failure f = { .cause = { .stage = "embed", .kind = ERROR_SERVER,
                                    .code = 500 },
                         .message = "injected 7" };
    struct failure other = f;
    char key[FAILURE_KEY];

    (void)state;
    other.message = "another";
    failure_fold_key(failure_fold(&f).hash, key);
    assert_int_equal(failure_fold_parse(key), failure_fold(&f).hash);
    assert_true(failure_word_valid(key));
    assert_true(failure_named(&f, key));
    assert_false(failure_named(&other, key));
    assert_true(failure_named(&other, "500"));
    assert_int_equal(failure_fold_parse("cause-12"), 0);
    assert_int_equal(failure_fold_parse("cause-0123456789abcdeg"), 0);
    assert_int_equal(failure_fold_parse("embed/server/500"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_ids_fold_and_words_stay),
        cmocka_unit_test(many_bad_lines_are_a_handful_of_causes),
        cmocka_unit_test(stage_and_code_tell_causes_apart),
        cmocka_unit_test(the_length_of_an_id_does_not_move_the_cut),
        cmocka_unit_test(SE_05_hostile_text_folds_within_bounds),
        cmocka_unit_test(a_key_selects_its_cause_and_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
