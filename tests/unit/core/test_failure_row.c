/* The row of a failure: what its columns say, cut and printable. */
#include "config.h"
#include "core/failures/failure_row.h"
#include "tests/support/tap.h"

#include <string.h>

static struct failure_row row_of(const char *id, const char *message,
                                 enum error_kind kind, int code)
{
    struct failure f = { .cause = { .stage = "embed", .kind = kind,
                                    .code = code },
                         .id = text_of(id), .message = message,
                         .wall_s = 1000 };

    return failure_row_of(&f, FAILURE_FINAL);
}

static void the_code_has_a_column_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(row_of("a", "m", ERROR_LIMITED, 429).code, "429");
    assert_string_equal(row_of("a", "m", ERROR_TIMEOUT, 28).code, "timeout");
    assert_string_equal(row_of("a", "m", ERROR_INPUT, 0).code, "-");
    assert_string_equal(row_of("a", "m", ERROR_LOCAL, 28).code, "local");
    assert_string_equal(row_of("a", "m", ERROR_LOCAL, 28).stage, "EMBED");
}

static void a_code_in_its_column_is_not_said_again(void **state)
{
    (void)state;
    assert_string_equal(
        row_of("a", "HTTP 429: slow down", ERROR_LIMITED, 429).message,
        "slow down");
    assert_string_equal(row_of("a", "HTTP 429: ", ERROR_LIMITED, 429).message,
                        "HTTP 429: ");
    assert_string_equal(
        row_of("a", "HTTP 503: behind a proxy", ERROR_LIMITED, 429).message,
        "HTTP 503: behind a proxy");
}

static void SE_05_hostile_texts_are_made_printable(void **state)
{
    struct failure_row row = row_of(
        "\033[2Jid\n", "evil \033]0;title\007 \xe2\x80\xae \x80",
        ERROR_REFUSED, 400);

    (void)state;
    assert_string_equal(row.id, "<1B>[2Jid<0A>");
    assert_null(strchr(row.message, '\033'));
    assert_null(strchr(row.message, '\007'));
    assert_non_null(strstr(row.message, "<U+202E>"));
}

static void a_very_long_text_is_cut_not_spilt(void **state)
{
    char text[5000];
    struct failure_row row;

    (void)state;
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    row = row_of(text, text, ERROR_REFUSED, 400);
    assert_true(strlen(row.id) < sizeof row.id);
    assert_true(strlen(row.message) < sizeof row.message);
}

static void equal_errors_have_equal_keys(void **state)
{
    struct failure_row a = row_of("a", "m", ERROR_REFUSED, 400);
    struct failure_row b = row_of("b", "m", ERROR_REFUSED, 400);
    struct failure_row answer = row_of("", "m", ERROR_REFUSED, 400);
    struct failure_row other = row_of("a", "n", ERROR_REFUSED, 400);

    (void)state;
    assert_true(failure_row_key(&a) == failure_row_key(&b));
    assert_true(failure_row_key(&a) != failure_row_key(&answer));
    assert_true(failure_row_key(&a) != failure_row_key(&other));
    b.standing = FAILURE_WAITING;
    assert_true(failure_row_key(&a) != failure_row_key(&b));
}

static void a_filter_looks_at_each_column(void **state)
{
    struct failure_row row = row_of("doc-1", "refused", ERROR_REFUSED, 400);

    (void)state;
    assert_true(failure_row_passes(&row, "doc"));
    assert_true(failure_row_passes(&row, "embed"));
    assert_true(failure_row_passes(&row, "400"));
    assert_true(failure_row_passes(&row, "REFUSED"));
    assert_false(failure_row_passes(&row, "!refused"));
    assert_false(failure_row_passes(&row, "upsert"));
    assert_true(failure_row_passes(&row, "!upsert"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_code_has_a_column_of_its_own),
        cmocka_unit_test(a_code_in_its_column_is_not_said_again),
        cmocka_unit_test(SE_05_hostile_texts_are_made_printable),
        cmocka_unit_test(a_very_long_text_is_cut_not_spilt),
        cmocka_unit_test(equal_errors_have_equal_keys),
        cmocka_unit_test(a_filter_looks_at_each_column),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
