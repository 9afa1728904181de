/* JSON: the grammar, walking, decoding, and values found block by block. */
#include "config.h"
#include "tests/support/await.h"
#include "tests/support/json_tools.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool accepts_bytes(const char *text, size_t n, const char **why)
{
    char *copy = exact(text, n);
    struct json_cursor c;
    bool fine;

    json_begin(&c, copy, n);
    fine = json_value(&c, NULL) && json_end(&c);
    assert_int_equal(fine, c.why == NULL);
    assert_true(c.p >= copy && c.p <= copy + n);
    if (why)
        *why = c.why;
    free(copy);
    return fine;
}

static bool accepts(const char *text)
{
    return accepts_bytes(text, strlen(text), NULL);
}

static void assert_text(struct text t, const char *expected)
{
    assert_int_equal(t.len, strlen(expected));
    assert_memory_equal(t.ptr, expected, t.len);
}

static void IN_10_the_parsing_suite_is_judged_as_it_asks(void **state)
{
    const char *folder = getenv("JSON_TEST_SUITE");
    static char bytes[1 << 20];
    struct dirent *entry;
    size_t files = 0, wrong = 0;
    DIR *dir;

    (void)state;
    assert_non_null(folder);
    dir = opendir(folder);
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        char path[512];
        const char *why;
        bool fine;
        size_t n;
        FILE *f;

        if (!strstr(entry->d_name, ".json"))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        f = fopen(path, "rb");
        assert_non_null(f);
        n = fread(bytes, 1, sizeof bytes, f);
        fclose(f);
        fine = accepts_bytes(bytes, n, &why);
        files++;
        if (fine == (*entry->d_name == 'i' ? fine : *entry->d_name == 'y'))
            continue;
        print_message("%s: %s\n", entry->d_name, fine ? "accepted" : why);
        wrong++;
    }
    closedir(dir);
    assert_true(files > 0);
    assert_int_equal(wrong, 0);
}

static void IN_10_what_lax_parsers_let_pass_is_refused(void **state)
{
    static const char *const bad[] = {
        "",         " ",        "01",        "-01",       "2.",
        "-.1",      ".1",       "1e",        "1e+",       "+1",
        "-",        "NaN",      "Infinity",  "tru",       "True",
        "nul",      "[1,]",     "[,1]",      "[1 2]",     "{\"a\":1,}",
        "{a:1}",    "{\"a\"}",  "{\"a\":}",  "{1:1}",     "[1}",
        "{\"a\":1]", "[",       "{",         "\"",        "\"\\",
        "\"\\x\"",  "\"\\u12\"", "\"\\u12g4\"", "\"a\tb\"", "\"a\nb\"",
        "\f1",      "1 2",      "{} x",      "[1]]",      "'a'",
        "[1,\v2]",  "/*c*/1",   "\xef\xbb\xbf{}", "\x80",  "]",
        ",",        ":",        "{\"a\" 1}", "{\"a\":1 \"b\":2}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (accepts(bad[i]))
            fail_msg("accepted: %s", bad[i]);
}

static void every_form_of_a_value_is_accepted(void **state)
{
    static const char *const good[] = {
        "0",       "-0",     "1e999", "-1.5E-10", "9007199254740993",
        "null",    "true",   "false", "\"\"",     "\"\\u00e4\\n\\/\"",
        "[]",      "{}",     "[ ]",   "{ }",      " [1, [2], {\"a\": []}] \n",
        "{\"\":{}}", "\"\\ud83d\\ude00\"",         "[[],[],{}]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!accepts(good[i]))
            fail_msg("refused: %s", good[i]);
}

static void no_text_that_is_cut_short_is_accepted(void **state)
{
    static const char text[] =
        "{\"id\": \"\\ud83d\\ude00\xc3\xa4\", \"n\": [-1.5e+3, true, null], "
        "\"o\": {\"a\": {}, \"b\": [[]]}}";

    (void)state;
    for (size_t n = 0; n < sizeof text - 1; n++)
        if (accepts_bytes(text, n, NULL))
            fail_msg("accepted the first %zu bytes", n);
    assert_true(accepts(text));
}

static void what_is_wrong_and_where_is_told(void **state)
{
    static const struct {
        const char *text, *why;
        size_t at;
    } cases[] = {
        { "{\"a\" 1}", "a key without a colon behind it", 5 },
        { "[1 2]", "a comma or a closing bracket is missing", 3 },
        { "[1,", "the text ends where a value should be", 3 },
        { "[1", "the text ends inside an array", 2 },
        { "{\"a\":1", "the text ends inside an object", 6 },
        { "{1:2}", "a key must be a string", 1 },
        { "[007]", "a number with a leading zero", 1 },
        { "[maybe]", "not a JSON value", 1 },
        { "[\"\\q\"]", "a backslash that escapes nothing", 2 },
        { "1 x", "something stands behind the value", 2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_cursor c;

        json_begin(&c, cases[i].text, strlen(cases[i].text));
        assert_false(json_value(&c, NULL) && json_end(&c));
        assert_string_equal(c.why, cases[i].why);
        assert_int_equal(c.p - c.start, cases[i].at);
    }
}

static void the_depth_limit_holds_at_its_edge(void **state)
{
    char text[2 * JSON_DEPTH_DEFAULT + 3];
    size_t deep = JSON_DEPTH_DEFAULT;
    const char *why;

    (void)state;
    memset(text, '[', deep + 1);
    memset(text + deep + 1, ']', deep + 1);
    assert_false(accepts_bytes(text, 2 * deep + 2, &why));
    assert_string_equal(why, "too deep");
    assert_true(accepts_bytes(text + 1, 2 * deep, NULL));
}

static void the_depth_limit_counts_what_was_entered(void **state)
{
    static const char text[] = "[[[1]]]";
    struct json_cursor c;

    (void)state;
    json_begin(&c, text, sizeof text - 1);
    c.max_depth = 2;
    assert_true(json_enter_array(&c));
    assert_true(json_element(&c));
    assert_false(json_value(&c, NULL));
    assert_string_equal(c.why, "too deep");

    json_begin(&c, text, sizeof text - 1);
    c.max_depth = 1;
    assert_true(json_enter_array(&c));
    assert_true(json_element(&c));
    assert_false(json_enter_array(&c));
    assert_string_equal(c.why, "too deep");
}

static void *nested(void *arg)
{
    enum { DEEP = 100000 };
    char *text = malloc(DEEP);
    struct json_cursor c;
    bool *refused = arg;

    memset(text, '[', DEEP);
    json_begin(&c, text, DEEP);
    *refused = !json_value(&c, NULL) && strcmp(c.why, "too deep") == 0;
    /* Even a caller that asks for any depth gets a refusal, not a crash. */
    json_begin(&c, text, DEEP);
    c.max_depth = DEEP * 2;
    *refused = *refused && !json_value(&c, NULL);
    free(text);
    return NULL;
}

static void IN_11_a_hundred_thousand_brackets_need_little_stack(void **state)
{
    pthread_attr_t attr;
    pthread_t thread;
    bool refused = false;

    (void)state;
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstacksize(&attr, 256 << 10), 0);
    assert_int_equal(pthread_create(&thread, &attr, nested, &refused), 0);
    await_thread(thread);
    pthread_attr_destroy(&attr);
    assert_true(refused);
}

static const char *const bad_utf8[] = {
    "\"\x80\"",             /* a continuation alone */
    "\"\xc3\"",             /* cut by the quote */
    "\"\xc0\xaf\"",         /* overlong */
    "\"\xe0\x80\xaf\"",     /* overlong */
    "\"\xed\xa0\x80\"",     /* a surrogate */
    "\"\xf4\x90\x80\x80\"", /* above U+10FFFF */
    "\"\xff\"",
    "\"\\ud800\"",
    "\"\\udc00\"",
    "\"\\ud800\\u0041\"",
    "\"\\ud800\\ud800\"",
};

static void IN_12_bad_utf8_and_half_surrogates_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_utf8 / sizeof *bad_utf8; i++) {
        const char *why;

        assert_false(accepts_bytes(bad_utf8[i], strlen(bad_utf8[i]), &why));
        assert_memory_equal(why, "bad UTF-8", 9);
    }
}

static void IN_12_lax_lets_bad_utf8_pass_and_marks_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_utf8 / sizeof *bad_utf8; i++) {
        struct json_cursor c, again;
        struct json_value v, w;
        struct buf fixed, whole;

        json_begin(&c, bad_utf8[i], strlen(bad_utf8[i]));
        c.lax_utf8 = true;
        assert_true(json_value(&c, &v));
        assert_true(v.bad_utf8);
        buf_init(&fixed);
        buf_init(&whole);
        json_repair(&v, &fixed);
        assert_non_null(memmem(fixed.data, fixed.len, "\xef\xbf\xbd", 3));
        buf_printf(&whole, "\"%.*s\"", (int)fixed.len, fixed.data);
        json_begin(&again, whole.data, whole.len);
        assert_true(json_value(&again, &w));
        buf_release(&fixed);
        buf_release(&whole);
    }
}

static void IN_12_repair_replaces_each_bad_part_and_nothing_else(void **state)
{
    static const char text[] = "\"a\xff\xc3\xa4\\n\\ud800z\xc3\"";
    static const char fixed[] =
        "a\xef\xbf\xbd\xc3\xa4\\n\xef\xbf\xbdz\xef\xbf\xbd";
    struct json_cursor c;
    struct json_value v;
    struct buf to;

    (void)state;
    buf_init(&to);
    json_begin(&c, text, sizeof text - 1);
    c.lax_utf8 = true;
    assert_true(json_value(&c, &v));
    json_repair(&v, &to);
    assert_buf(&to, fixed, sizeof fixed - 1);
    buf_release(&to);
}

static void IN_13_a_raw_nul_is_refused_an_escaped_one_survives(void **state)
{
    struct json_value v = value_of("\"a\\u0000b\"");
    struct buf to;

    (void)state;
    assert_false(accepts_bytes("\"a\0b\"", 5, NULL));
    assert_false(accepts_bytes("1\0", 2, NULL));
    assert_false(accepts_bytes("\0", 1, NULL));
    buf_init(&to);
    json_decode(&v, &to);
    assert_buf(&to, "a\0b", 3);
    assert_false(json_is(&v, "a"));
    buf_clear(&to);
    json_put_string(&to, (struct text){ "a\0b", 3 });
    assert_buf(&to, "\"a\\u0000b\"", 10);
    buf_release(&to);
}

static void IN_18_keys_compare_decoded_and_with_case(void **state)
{
    struct json_value plain = value_of("\"text\"");
    struct json_value escaped = value_of("\"t\\u0065xt\"");
    struct json_value wide = value_of("\"\\u00e4\\ud83d\\ude00\"");

    (void)state;
    assert_true(json_is(&plain, "text"));
    assert_false(json_is(&plain, "Text"));
    assert_false(json_is(&plain, "tex"));
    assert_false(json_is(&plain, "texts"));
    assert_true(json_is(&escaped, "text"));
    assert_false(json_is(&escaped, "Text"));
    assert_false(json_is(&escaped, "tex"));
    assert_false(json_is(&escaped, "texts"));
    assert_false(json_is(&escaped, ""));
    assert_true(json_is(&wide, "\xc3\xa4\xf0\x9f\x98\x80"));
    assert_false(json_is(&wide, "\xc3\xa4"));
}

static void IN_18_each_of_two_equal_keys_is_handed_out(void **state)
{
    static const char text[] = "{\"a\":1,\"A\":2,\"a\":3}";
    struct json_cursor c;
    struct json_value key, v;
    int64_t sum = 0, n;
    int seen = 0;

    (void)state;
    json_begin(&c, text, sizeof text - 1);
    assert_true(json_enter_object(&c));
    while (json_member(&c, &key)) {
        assert_true(json_value(&c, &v));
        assert_true(json_integer(&v, &n));
        seen += json_is(&key, "a");
        sum += n;
    }
    assert_null(c.why);
    assert_true(json_end(&c));
    assert_int_equal(seen, 2);
    assert_int_equal(sum, 6);
}

static void values_are_handed_out_as_they_stood(void **state)
{
    struct json_value v = value_of(" {\"a\" : [1e3, \"x\"] }  ");

    (void)state;
    assert_int_equal(v.type, JSON_OBJECT);
    assert_text(v.raw, "{\"a\" : [1e3, \"x\"] }");
    v = value_of("\"a\\tb\"");
    assert_int_equal(v.type, JSON_STRING);
    assert_true(v.escaped);
    assert_false(v.bad_utf8);
    assert_text(v.raw, "a\\tb");
    v = value_of("-0.0");
    assert_int_equal(v.type, JSON_NUMBER);
    assert_text(v.raw, "-0.0");
    assert_int_equal(value_of("null").type, JSON_NULL);
    assert_int_equal(value_of("true").type, JSON_TRUE);
    assert_int_equal(value_of("false").type, JSON_FALSE);
    assert_int_equal(value_of("[]").type, JSON_ARRAY);
}

static void a_text_is_walked_member_by_member(void **state)
{
    static const char text[] =
        " { \"a\" : [ 1 , [ ] , \"x\" ] , \"b\" : { } , \"c\" : null } ";
    struct json_cursor c;
    struct json_value key, v;
    enum json_type type;

    (void)state;
    json_begin(&c, text, sizeof text - 1);
    assert_true(json_enter_object(&c));
    assert_true(json_member(&c, &key) && json_is(&key, "a"));
    assert_true(json_enter_array(&c));
    assert_true(json_element(&c) && json_value(&c, &v));
    assert_text(v.raw, "1");
    assert_true(json_element(&c) && json_enter_array(&c));
    assert_false(json_element(&c));
    assert_true(json_element(&c));
    assert_true(json_peek(&c, &type));
    assert_int_equal(type, JSON_STRING);
    assert_true(json_value(&c, &v));
    assert_false(json_element(&c));
    assert_true(json_member(&c, &key) && json_is(&key, "b"));
    assert_true(json_enter_object(&c));
    assert_false(json_member(&c, &key));
    assert_null(c.why);
    assert_true(json_member(&c, &key) && json_is(&key, "c"));
    assert_true(json_value(&c, &v));
    assert_int_equal(v.type, JSON_NULL);
    assert_false(json_member(&c, &key));
    assert_null(c.why);
    assert_int_equal(c.depth, 0);
    assert_true(json_end(&c));
}

/* Walk an object or array; the sentence that stopped it, or NULL. */
static const char *walk(const char *text)
{
    struct json_cursor c;
    struct json_value key;
    bool fine;

    json_begin(&c, text, strlen(text));
    if (*text == '{') {
        if (json_enter_object(&c))
            while (json_member(&c, &key) && json_value(&c, NULL))
                ;
        assert_false(c.why && json_member(&c, &key));
    } else {
        if (json_enter_array(&c))
            while (json_element(&c) && json_value(&c, NULL))
                ;
        assert_false(c.why && json_element(&c));
    }
    fine = json_end(&c);
    assert_int_equal(fine, c.why == NULL);
    return c.why;
}

static void walking_stops_at_what_is_wrong(void **state)
{
    static const char *const bad[] = {
        "{",       "{\"a\"",      "{\"a\":",  "{\"a\":1",   "{\"a\":1,",
        "{\"a\":1,}", "{,}",      "{1:1}",    "{\"a\":1]",  "{\"a\":1 \"b\"",
        "{\"a\":x}", "[",         "[1",       "[1,",        "[1,]",
        "[,]",     "[1 2]",       "[1}",      "[x]",        "[1] 1",
        "{} {}",   "[\"\x01\"]",  "{\"\xff\":1}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!walk(bad[i]))
            fail_msg("walked through: %s", bad[i]);
    assert_null(walk("{}"));
    assert_null(walk("[]"));
    assert_null(walk("{\"a\":[1,2],\"b\":{}}"));
    assert_null(walk("[1,{\"a\":2}]"));
}

static void only_the_right_bracket_is_entered(void **state)
{
    struct json_cursor c;
    enum json_type type;

    (void)state;
    json_begin(&c, "[1]", 3);
    assert_false(json_enter_object(&c));
    assert_string_equal(c.why, "not an object");
    json_begin(&c, "{}", 2);
    assert_false(json_enter_array(&c));
    assert_string_equal(c.why, "not an array");
    json_begin(&c, "  ", 2);
    assert_false(json_peek(&c, &type));
    assert_non_null(c.why);
    json_begin(&c, "x", 1);
    assert_false(json_peek(&c, &type));
    json_begin(&c, "\0", 1);
    assert_false(json_peek(&c, &type));
}

static void integers_are_read_whole_or_not_at_all(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        { "0", 0 },
        { "-0", 0 },
        { "42", 42 },
        { "9007199254740993", 9007199254740993 },
        { "9223372036854775807", INT64_MAX },
        { "-9223372036854775808", INT64_MIN },
    };
    static const char *const bad[] = {
        "9223372036854775808", "-9223372036854775809", "1.0",
        "1e3", "99999999999999999999", "\"1\"", "true", "null",
        "18446744073709551616", "-99999999999999999999",
    };
    int64_t n = 7;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct json_value v = value_of(good[i].text);

        assert_true(json_integer(&v, &n));
        assert_true(n == good[i].value);
    }
    n = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct json_value v = value_of(bad[i]);

        assert_false(json_integer(&v, &n));
        assert_int_equal(n, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(IN_10_what_lax_parsers_let_pass_is_refused),
        cmocka_unit_test(every_form_of_a_value_is_accepted),
        cmocka_unit_test(no_text_that_is_cut_short_is_accepted),
        cmocka_unit_test(what_is_wrong_and_where_is_told),
        cmocka_unit_test(the_depth_limit_holds_at_its_edge),
        cmocka_unit_test(the_depth_limit_counts_what_was_entered),
        cmocka_unit_test(IN_11_a_hundred_thousand_brackets_need_little_stack),
        cmocka_unit_test(IN_12_bad_utf8_and_half_surrogates_are_refused),
        cmocka_unit_test(IN_12_lax_lets_bad_utf8_pass_and_marks_it),
        cmocka_unit_test(IN_12_repair_replaces_each_bad_part_and_nothing_else),
        cmocka_unit_test(IN_13_a_raw_nul_is_refused_an_escaped_one_survives),
        cmocka_unit_test(IN_18_keys_compare_decoded_and_with_case),
        cmocka_unit_test(IN_18_each_of_two_equal_keys_is_handed_out),
        cmocka_unit_test(values_are_handed_out_as_they_stood),
        cmocka_unit_test(a_text_is_walked_member_by_member),
        cmocka_unit_test(walking_stops_at_what_is_wrong),
        cmocka_unit_test(only_the_right_bracket_is_entered),
        cmocka_unit_test(integers_are_read_whole_or_not_at_all),
        cmocka_unit_test(IN_10_the_parsing_suite_is_judged_as_it_asks),
    };
    size_t n = sizeof tests / sizeof tests[0];

    /* cmocka words a skipped test as a failed one in TAP: leave it out. */
    if (!getenv("JSON_TEST_SUITE")) {
        printf("# skipped: JSON_TEST_SUITE names no folder with the parsing "
               "files of JSONTestSuite\n");
        n--;
    }
    return _cmocka_run_group_tests("tests", tests, n, NULL, NULL);
}
