/*
 * Every reader of what a server answers, against a server that means ill:
 * good answers cut at each byte, with any byte another, with pieces doubled
 * and left out, and bodies made up to overflow something, 89,000 in all. None
 * may read beyond its bytes (the sanitizers look on), none may show the
 * terminal what a server said unescaped, and no document may count as stored
 * or embedded without the whole of its answer.
 */
#include "config.h"
#include "tests/support/replies.h"
#include "tests/support/tap.h"

#include <string.h>

static void each_sample_is_a_good_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < reply_reader_count; i++)
        if (!reply_feed(&reply_readers[i], reply_readers[i].sample,
                        strlen(reply_readers[i].sample)) &&
            !reply_is_refusal(&reply_readers[i]))
            fail_msg("%s: the sample is none", reply_readers[i].name);
}

static void SE_17_half_an_answer_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < reply_reader_count; i++)
        for (size_t n = 0; n < strlen(reply_readers[i].sample); n++)
            if (reply_feed(&reply_readers[i], reply_readers[i].sample, n))
                fail_msg("%s: %zu bytes are enough", reply_readers[i].name, n);
}

static void SE_17_any_byte_may_be_another(void **state)
{
    static const char bytes[] = "\0\"\\{}[]:,0-e.u \x1b\x80\xff\n";
    char copy[512];

    (void)state;
    for (size_t i = 0; i < reply_reader_count; i++) {
        size_t n = strlen(reply_readers[i].sample);

        assert_true(n < sizeof copy);
        memcpy(copy, reply_readers[i].sample, n);
        for (size_t at = 0; at < n; at++) {
            for (size_t b = 0; b < sizeof bytes - 1; b++) {
                copy[at] = bytes[b];
                reply_feed(&reply_readers[i], copy, n);
            }
            copy[at] = reply_readers[i].sample[at];
        }
    }
}

/* A piece is left out, or there twice. */
static void SE_17_any_piece_may_be_missing_or_doubled(void **state)
{
    char copy[1024];

    (void)state;
    for (size_t i = 0; i < reply_reader_count; i++) {
        const char *s = reply_readers[i].sample;
        size_t n = strlen(s);

        for (size_t at = 0; at < n; at++)
            for (size_t len = 1; at + len <= n && len < 40; len += 3) {
                memcpy(copy, s, at);
                memcpy(copy + at, s + at + len, n - at - len);
                reply_feed(&reply_readers[i], copy, n - len);
                memcpy(copy, s, at + len);
                memcpy(copy + at + len, s + at, n - at);
                reply_feed(&reply_readers[i], copy, n + len);
            }
    }
}

/* The sample with each of its strings and numbers in turn made this. */
static void exchange(const struct reply_reader *r, const char *with, size_t len)
{
    static char copy[300000];
    const char *s = r->sample;
    size_t n = strlen(s);

    for (size_t at = 0, end; at < n; at = end) {
        end = at + 1;
        if (s[at] == '"')
            end = at + 2 + strcspn(s + at + 1, "\"");
        else if (s[at] >= '0' && s[at] <= '9')
            end = at + strspn(s + at, "0123456789.e-");
        else
            continue;
        assert_true(n + len < sizeof copy);
        memcpy(copy, s, at);
        memcpy(copy + at, with, len);
        memcpy(copy + at + len, s + end, n - end);
        reply_feed(r, copy, n - (end - at) + len);
    }
}

static void SE_17_values_no_service_would_send(void **state)
{
    static const char *const values[] = {
        "\"\\u001b]0;owned\\u0007\"", "\"\\u0000\"", "\"\\ud800\"",
        "\"\\u202e\\u200b\"", ("\"\xc2\x9b" "31m\""), "\"\"", "1e999", "-1",
        "18446744073709551616", "99999999999999999999999999", "1e-400",
        "NaN", "null", "true", "{}", "[]", "[[[[[[[[[[]]]]]]]]]]",
    };
    static char large[200000];

    (void)state;
    memset(large, 'x', sizeof large);
    large[0] = large[sizeof large - 1] = '"';
    for (size_t i = 0; i < reply_reader_count; i++) {
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++)
            exchange(&reply_readers[i], values[v], strlen(values[v]));
        exchange(&reply_readers[i], large, sizeof large);
    }
}

static void SE_17_no_depth_is_too_deep_to_be_refused(void **state)
{
    static const char *const open[] = { "[", "{\"a\":", "[{\"data\":[",
                                        "{\"result\":{\"data\":" };
    static char deep[1 << 20];

    (void)state;
    for (size_t o = 0; o < sizeof open / sizeof open[0]; o++) {
        size_t len = strlen(open[o]), n = 0;

        for (; n + len <= sizeof deep; n += len)
            memcpy(deep + n, open[o], len);
        for (size_t i = 0; i < reply_reader_count; i++)
            assert_false(reply_feed(&reply_readers[i], deep, n));
    }
}

static int release(void **state)
{
    (void)state;
    reply_readers_release();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sample_is_a_good_answer),
        cmocka_unit_test(SE_17_half_an_answer_is_none),
        cmocka_unit_test(SE_17_any_byte_may_be_another),
        cmocka_unit_test(SE_17_any_piece_may_be_missing_or_doubled),
        cmocka_unit_test(SE_17_values_no_service_would_send),
        cmocka_unit_test(SE_17_no_depth_is_too_deep_to_be_refused),
    };

    return cmocka_run_group_tests(tests, NULL, release);
}
