/* Tests of JSON as a message: it comes back as the same JSON, numbers keep
 * their kind, and depth is told before it is sent. */
#include "config.h"
#include "store/store_value.h"
#include "tests/support/tap.h"

/* Qdrant's. */
static const struct value_form with_integers = {
    .null = 1, .real = 2, .integer = 3, .string = 4, .boolean = 5, .object = 6,
    .list = 7
};

static void comes_back(const struct value_form *form, const char *json,
                       const char *want)
{
    struct buf b = { 0 }, room = { 0 }, back = { 0 };

    store_put_value(&b, form, text_of(json), &room);
    assert_false(b.failed);
    assert_true(store_value_json(&back, form, (struct text){ b.data, b.len }));
    assert_string_equal(buf_cstr(&back), want);
    buf_release(&b);
    buf_release(&room);
    buf_release(&back);
}

static void a_value_comes_back(void **state)
{
    static const char *const same[] = {
        "null", "true", "false", "\"\"", "\"gr\xc3\xbc\xc3\x9f\"", "{}", "[]",
        "7", "-9223372036854775808", "9223372036854775807", "0.5",
        "[1,[2,[3,{\"a\":[]}]],{}]",
        "{\"a\":{\"b\":{\"c\":null}},\"d\":[true,false],\"e\":\"\"}"
    };

    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        comes_back(&with_integers, same[i], same[i]);
    comes_back(&with_integers, " { \"a\" : [ 1 , 2 ] } ", "{\"a\":[1,2]}");
    comes_back(&with_integers, "\"say \\\"\\u00fc\\\"\\n\"",
               "\"say \\\"\xc3\xbc\\\"\\n\"");
    comes_back(&with_integers, "{\"\\u0061\":1}", "{\"a\":1}");
}

static void numbers_keep_their_kind(void **state)
{
    struct buf b = { 0 }, room = { 0 };

    (void)state;
    comes_back(&with_integers, "[1,1.0,1e2,-0,1.10]", "[1,1,100,-0,1.1000000000000001]");
    comes_back(&value_google, "[1,-5,true]", "[1,-5,true]");
    store_put_value(&b, &with_integers, text_of("1"), &room);
    assert_memory_equal(b.data, "\x18\x01", 2);
    buf_clear(&b);
    store_put_value(&b, &with_integers, text_of("1.0"), &room);
    assert_memory_equal(b.data, "\x11\0\0\0\0\0\0\xf0\x3f", 9);
    buf_clear(&b);
    store_put_value(&b, &value_google, text_of("1"), &room);
    assert_memory_equal(b.data, "\x11\0\0\0\0\0\0\xf0\x3f", 9);
    buf_clear(&b);
    store_put_value(&b, &with_integers, text_of("18446744073709551615"), &room);
    assert_int_equal(b.data[0], 0x11); /* a double: the caller refuses it */
    buf_release(&b);
    buf_release(&room);
}

/* Names and texts of any length, and of many. */
static void large_values_come_back(void **state)
{
    struct buf json = { 0 };

    (void)state;
    buf_putc(&json, '{');
    for (size_t i = 0; i < 300; i++) {
        buf_printf(&json, "%s\"name%zu\":\"", i ? "," : "", i);
        for (size_t k = 0; k < i * 7; k++)
            buf_putc(&json, 'x');
        buf_putc(&json, '"');
    }
    buf_putc(&json, '}');
    comes_back(&with_integers, buf_cstr(&json), json.data);
    buf_release(&json);
}

static void depth_is_told(void **state)
{
    struct buf json = { 0 }, b = { 0 }, room = { 0 };

    (void)state;
    assert_false(store_value_is_deep(text_of("{\"a{[{[\":[1]}"), 5));
    assert_true(store_value_is_deep(text_of("{\"a\\\"\":[1]}"), 4));
    assert_false(store_value_is_deep(text_of("[[],[],{},{}]"), 5));
    for (size_t i = 0; i < 128; i++)
        buf_putc(&json, '[');
    for (size_t i = 0; i < 128; i++)
        buf_putc(&json, ']');
    store_put_value(&b, &with_integers, (struct text){ json.data, json.len },
                    &room);
    assert_false(b.failed);
    buf_clear(&room);
    assert_false(store_value_json(&room, &with_integers,
                                  (struct text){ b.data, b.len }));
    buf_release(&json);
    buf_release(&b);
    buf_release(&room);
}

static void what_is_no_json_is_told(void **state)
{
    static const char *const bad[] = { "", "{", "[1", "{\"a\"}", "nul",
                                       "{\"a\":}" };
    struct buf room = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf b = { 0 };

        store_put_value(&b, &with_integers, text_of(bad[i]), &room);
        assert_true(b.failed);
        buf_release(&b);
    }
    buf_release(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_comes_back),
        cmocka_unit_test(numbers_keep_their_kind),
        cmocka_unit_test(large_values_come_back),
        cmocka_unit_test(depth_is_told),
        cmocka_unit_test(what_is_no_json_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
