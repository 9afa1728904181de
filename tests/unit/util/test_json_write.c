/*
 * Tests of the JSON writer: commas stand where they belong at every depth, and
 * what is text is escaped.
 */
#include "config.h"
#include "tests/support/tap.h"

#include "util/json_write.h"

static void commas_stand_between_and_nowhere_else(void **state)
{
    struct buf b = { 0 };
    struct json_writer w = { .to = &b };

    (void)state;
    json_open(&w, NULL, '{');
    json_open(&w, "none", '[');
    json_close(&w, ']');
    json_open(&w, "some", '[');
    json_put_u64(&w, NULL, 18446744073709551615u);
    json_open(&w, NULL, '{');
    json_put_i64(&w, "n", -1);
    json_put_bool(&w, "b", true);
    json_close(&w, '}');
    json_put_text(&w, NULL, NULL);
    json_close(&w, ']');
    json_put_real(&w, "x", 1.25, 1);
    json_close(&w, '}');
    assert_string_equal(buf_cstr(&b),
                        "{\"none\":[],\"some\":[18446744073709551615,"
                        "{\"n\":-1,\"b\":true},null],\"x\":1.2}");
    buf_release(&b);
}

static void text_is_escaped(void **state)
{
    struct buf b = { 0 };
    struct json_writer w = { .to = &b };

    (void)state;
    json_open(&w, NULL, '[');
    json_put_text(&w, NULL, "\"\n\x1b");
    json_put_bytes(&w, NULL, (struct text){ "ab", 1 });
    json_close(&w, ']');
    assert_string_equal(buf_cstr(&b), "[\"\\\"\\n\\u001b\",\"a\"]");
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_between_and_nowhere_else),
        cmocka_unit_test(text_is_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
