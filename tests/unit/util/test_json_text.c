/* Strings of JSON, decoded and written, and values found block by block. */
#include "config.h"
#include "tests/support/json_tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void escapes_are_decoded(void **state)
{
    static const char expected[] =
        "\" \\ / \b \f \n \r \t A \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80";
    struct json_value v =
        value_of("\"\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0041 \\u00e4 "
                 "\\u20AC \\uD83D\\uDE00\"");
    struct buf to;

    (void)state;
    buf_init(&to);
    json_decode(&v, &to);
    assert_buf(&to, expected, sizeof expected - 1);
    buf_clear(&to);
    json_decode_raw(v.raw, &to);
    assert_buf(&to, expected, sizeof expected - 1);
    buf_release(&to);
}

static void SE_05_json_for_eyes_escapes_what_a_terminal_would_obey(void **state)
{
    static const char said[] =
        "\x1b[2J\x7f\xc2\x9b" "31m \xe2\x80\xaegnirts\xe2\x80\x8b "
        "\xf3\xa0\x81\x81 \xe8\xa8\x98\xe4\xba\x8b \"q\" \xff";
    struct json_value v;
    struct buf json, back;

    (void)state;
    buf_init(&json);
    buf_init(&back);
    json_put_shown(&json, text_of(said));
    assert_string_equal(buf_cstr(&json),
                        "\"\\u001b[2J\\u007f\\u009b31m \\u202egnirts\\u200b "
                        "\\udb40\\udc41 \xe8\xa8\x98\xe4\xba\x8b "
                        "\\\"q\\\" \\u00ff\"");
    v = value_of(buf_cstr(&json));
    json_decode(&v, &back);
    assert_int_equal(back.len, sizeof said); /* all but what was no UTF-8 */
    assert_memory_equal(back.data, said, sizeof said - 2);
    buf_release(&json);
    buf_release(&back);
}

static void what_is_written_reads_back_the_same(void **state)
{
    char all[0x80 + 6];
    struct buf json, back;
    struct json_cursor c;
    struct json_value v;

    (void)state;
    for (int i = 0; i < 0x80; i++)
        all[i] = (char)i;
    memcpy(all + 0x80, "\xc3\xa4\xf0\x9f\x98\x80", 6);
    buf_init(&json);
    buf_init(&back);
    json_put_string(&json, (struct text){ all, sizeof all });
    json_begin(&c, json.data, json.len);
    assert_true(json_value(&c, &v));
    assert_true(json_end(&c));
    json_decode(&v, &back);
    assert_buf(&back, all, sizeof all);
    buf_clear(&json);
    json_put_escaped(&json, text_of("a\"b\\c\n\x1f"));
    assert_buf(&json, "a\\\"b\\\\c\\n\\u001f", 15);
    buf_release(&json);
    buf_release(&back);
}

/* Quotes, controls and high bytes at every place of a long string: the
 * scanner looks at eight bytes at a time. */
/* clang's sanitizer stops where NULL plus 0 is computed. */
static void OS_08_a_text_without_storage_is_an_empty_one(void **state)
{
    struct text none = { NULL, 0 };
    struct json_value v = { .type = JSON_STRING, .raw = none };
    struct json_cursor c;
    struct buf b;

    (void)state;
    json_begin(&c, none.ptr, none.len);
    assert_false(json_value(&c, NULL));
    assert_non_null(c.why);
    json_begin(&c, none.ptr, none.len);
    assert_true(json_end(&c));
    buf_init(&b);
    json_put_string(&b, none);
    json_decode(&v, &b);
    json_decode_raw(none, &b);
    json_repair(&v, &b);
    json_put_shown(&b, none);
    assert_true(json_is(&v, ""));
    assert_true(text_is((struct text){ b.data, b.len }, "\"\"\"\""));
    buf_release(&b);
}

static void a_string_ends_at_its_quote_wherever_it_stands(void **state)
{
    char text[64];

    (void)state;
    for (size_t n = 0; n < 40; n++)
        for (size_t at = 0; at <= n; at++) {
            struct json_value v;
            struct json_cursor c;
            char *copy;

            memset(text, 'x', sizeof text);
            text[0] = text[n + 1] = '"';
            copy = exact(text, n + 2);
            json_begin(&c, copy, n + 2);
            assert_true(json_value(&c, &v));
            assert_int_equal(v.raw.len, n);
            if (at < n) {
                copy[at + 1] = '\x1f';
                json_begin(&c, copy, n + 2);
                assert_false(json_value(&c, &v));
                copy[at + 1] = '\x7f';
                json_begin(&c, copy, n + 2);
                assert_true(json_value(&c, &v));
                copy[at + 1] = '\x80';
                json_begin(&c, copy, n + 2);
                assert_false(json_value(&c, &v));
                copy[at + 1] = '"';
                json_begin(&c, copy, n + 2);
                assert_true(json_value(&c, &v));
                assert_int_equal(v.raw.len, at);
            }
            free(copy);
        }
}

/* Feed `text` in three parts and return the bytes of the value; `done` tells
 * whether its end was seen. */
static size_t extent_in_parts(const char *text, size_t n, size_t first,
                              size_t second, bool *done)
{
    const size_t ends[] = { first, second, n };
    struct json_extent x = { 0 };
    size_t from = 0, total = 0;

    *done = false;
    for (size_t i = 0; i < 3 && !*done; i++) {
        char *part = exact(text + from, ends[i] - from);
        size_t used = 0;

        *done = json_extent_feed(&x, part, ends[i] - from, &used) ==
                JSON_EXTENT_DONE;
        assert_true(used <= ends[i] - from);
        assert_true(*done || used == ends[i] - from);
        total += used;
        from = ends[i];
        free(part);
    }
    return total;
}

static void an_extent_is_the_same_however_the_text_is_cut(void **state)
{
    static const struct {
        const char *value, *rest;
        bool done;
    } cases[] = {
        { "{\"a\":\"}\\\"{\",\"b\":[1,{}]}", " ,", true },
        { "[\"\\\\\",[],{\"x\":\"]\"}]", ",1", true },
        { "\"a\\\\\\\"b\"", " x", true },
        { "-1.5e3", ",2", true },
        { "true", "]", true },
        { "null", "}", true },
        { "12", " ", true },
        { "12", "", false },
        { "1", "\"x\"", true },
        { "1", "{}", true },
        { "\"no end", "", false },
        { "[[\"]\"", "", false },
        { "{}", "{}", true },
        { "\"\"", "\"\"", true },
        { "\"\xc3\xa4\xff\"", " ", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        size_t n = (size_t)snprintf(text, sizeof text, "%s%s",
                                    cases[i].value, cases[i].rest);

        for (size_t a = 0; a <= n; a++)
            for (size_t b = a; b <= n; b++) {
                bool done;
                size_t len = extent_in_parts(text, n, a, b, &done);

                if (len != strlen(cases[i].value) || done != cases[i].done)
                    fail_msg("%s cut at %zu and %zu: %zu bytes, %s", text, a,
                             b, len, done ? "ended" : "open");
            }
    }
}

static void an_extent_is_empty_where_no_value_begins(void **state)
{
    static const char *const bad[] = { ",1", "]", "}", ":1", " 1", "\n" };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct json_extent x = { 0 };
        size_t used = 9;

        assert_int_equal(
            json_extent_feed(&x, bad[i], strlen(bad[i]), &used),
            JSON_EXTENT_DONE);
        assert_int_equal(used, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(
            SE_05_json_for_eyes_escapes_what_a_terminal_would_obey),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(OS_08_a_text_without_storage_is_an_empty_one),
        cmocka_unit_test(a_string_ends_at_its_quote_wherever_it_stands),
        cmocka_unit_test(an_extent_is_the_same_however_the_text_is_cut),
        cmocka_unit_test(an_extent_is_empty_where_no_value_begins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
