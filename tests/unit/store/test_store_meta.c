/* What becomes of numbers, and of names that differ in their first letter. */
#include "config.h"
#include "store/meta_parts.h"
#include "store/store_number.h"
#include "tests/support/tap.h"

#include <stdio.h>

static void numbers_are_told_apart_by_their_digits(void **state)
{
    static const struct {
        const char *number;
        bool is_long, over_int64, over_uint64, no_int64, huge;
    } rows[] = {
        { "0", 0, 0, 0, 0, 0 },
        { "-0", 0, 0, 0, 0, 0 },
        { "9007199254740992", 0, 0, 0, 0, 0 },
        { "9007199254740993", 1, 0, 0, 0, 0 },
        { "-9007199254740993", 1, 0, 0, 0, 0 },
        { "9007199254740993.0", 0, 0, 0, 0, 0 },
        { "9223372036854775807", 1, 0, 0, 0, 0 },
        { "9223372036854775808", 1, 1, 0, 1, 0 },
        { "-9223372036854775808", 1, 0, 0, 0, 0 },
        { "-9223372036854775809", 1, 1, 1, 1, 0 },
        { "18446744073709551615", 1, 1, 0, 1, 0 },
        { "18446744073709551616", 1, 1, 1, 1, 0 },
        { "100000000000000000000", 1, 1, 1, 1, 0 },
        { "1e5", 0, 0, 0, 1, 0 },
        { "1E+400", 0, 0, 0, 1, 1 },
        { "0e999", 0, 0, 0, 1, 0 },
        { "1e308", 0, 0, 0, 1, 0 },
        { "-1.7976931348623157e+308", 0, 0, 0, 0, 0 },
        { "1.7976931348623158e308", 0, 0, 0, 0, 0 },
        { "0.017976931348623159E310", 0, 0, 0, 0, 1 },
        { "1.8e308", 0, 0, 0, 0, 1 },
        { "1e309", 0, 0, 0, 1, 1 },
        { "0.00001e312", 0, 0, 0, 0, 0 },
        { "1e-999", 0, 0, 0, 1, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text n = text_of(rows[i].number);

        if (number_is_long(n) != rows[i].is_long ||
            number_over_int64(n) != rows[i].over_int64 ||
            number_over_uint64(n) != rows[i].over_uint64 ||
            number_is_no_int64(n) != rows[i].no_int64 ||
            number_is_huge(n) != rows[i].huge)
            fail_msg("%s is taken for another", rows[i].number);
    }
}

static void numbers_are_found_however_deep_and_never_in_texts(void **state)
{
    static const struct {
        const char *json;
        bool found;
    } rows[] = {
        { "9007199254740993", true },
        { "{\"a\":[true,{\"b\":-9007199254740993}]}", true },
        { "[1,2,9007199254740993]", true },
        { "{\"a\":\"9007199254740993\"}", false },
        { "{\"9007199254740993\":1}", false },
        { "\"\\\"9007199254740993\"", false },
        { "[\"\\\\\",9007199254740993]", true },
        { "[false,null,1e5,2.5e-3]", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (number_inside(text_of(rows[i].json), number_is_long) !=
            rows[i].found)
            fail_msg("%s", rows[i].json);
}

/* A hostile corpus may have them by the hundred thousand. */
static void twins_are_found_among_very_many_names(void **state)
{
    struct buf json = { 0 }, room = { 0 };
    struct text big, small;

    (void)state;
    buf_puts(&json, "{\"pos\":0");
    for (int i = 0; i < 100000; i++)
        buf_printf(&json, ",\"Name%d\":%d", i, i);
    buf_puts(&json, "}");
    assert_false(meta_twins((struct text){ json.data, json.len }, &room, &big,
                            &small));
    json.len--;
    buf_puts(&json, ",\"Pos\":1}");
    assert_true(meta_twins((struct text){ json.data, json.len }, &room, &big,
                           &small));
    assert_true(text_is(big, "Pos") && text_is(small, "pos"));
    buf_release(&json);
    buf_release(&room);
}

static bool any_number(struct text number)
{
    return text_is(number, "7");
}

static void a_number_is_found_wherever_it_stands(void **state)
{
    char json[50];

    (void)state;
    for (size_t n = 0; n < sizeof json; n++) {
        memset(json, ' ', sizeof json);
        assert_false(number_inside((struct text){ json, n }, any_number));
        for (size_t at = 0; at < sizeof json; at++) {
            json[at] = '7';
            assert_int_equal(
                number_inside((struct text){ json, n }, any_number), at < n);
            json[at] = '"'; /* and within a string it is none */
            if (at + 1 < n)
                json[at + 1] = '7';
            assert_false(number_inside((struct text){ json, n }, any_number));
            memset(json, ' ', sizeof json);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_found_wherever_it_stands),
        cmocka_unit_test(numbers_are_told_apart_by_their_digits),
        cmocka_unit_test(numbers_are_found_however_deep_and_never_in_texts),
        cmocka_unit_test(twins_are_found_among_very_many_names),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
