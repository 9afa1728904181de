/* Tests of Protocol Buffers: what is written is the shortest form that others
 * read, and any bytes can be read without harm. */
#include "config.h"
#include "util/protobuf.h"
#include "tests/support/tap.h"

#include <math.h>
#include <stdlib.h>

static void expect_bytes(struct buf *b, const char *bytes, size_t n)
{
    assert_false(b->failed);
    assert_int_equal(b->len, n);
    assert_memory_equal(b->data, bytes, n);
    buf_release(b);
}
#define EXPECT(b, literal) expect_bytes(b, literal, sizeof(literal) - 1)

/* The examples of protobuf.dev. */
static void numbers_and_texts_are_as_the_guide_has_them(void **state)
{
    struct buf b = { 0 };

    (void)state;
    proto_put_u64(&b, 1, 150);
    EXPECT(&b, "\x08\x96\x01");
    proto_put_text(&b, 2, text_of("testing"));
    EXPECT(&b, "\x12\x07testing");
    proto_put_u64(&b, 1, (uint64_t)-2);
    EXPECT(&b, "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    proto_put_bool(&b, 16, true);
    EXPECT(&b, "\x80\x01\x01");
    proto_put_double(&b, 2, 1.0);
    EXPECT(&b, "\x11\0\0\0\0\0\0\xf0\x3f");
    proto_put_float(&b, 3, -2.0F);
    EXPECT(&b, "\x1d\0\0\0\xc0");
}

static void floats_are_packed(void **state)
{
    static const float v[] = { 1, -2 };
    struct buf b = { 0 };

    (void)state;
    proto_put_floats(&b, 101, v, 2);
    assert_int_equal(b.len, proto_floats_size(101, 2));
    EXPECT(&b, "\xaa\x06\x08\0\0\x80\x3f\0\0\0\xc0");
    proto_put_floats(&b, 1, v, 0);
    EXPECT(&b, "\x0a\0");
}

/* Whatever was guessed, the length is as short as can be. */
static void a_message_has_the_shortest_length(void **state)
{
    static const size_t sizes[] = { 0, 1, 127, 128, 16383, 16384, 2097152 };
    char *text = calloc(1, 2097152);

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            struct buf got = { 0 }, want = { 0 };
            size_t outer = proto_open(&got, 1, sizes[k]);
            size_t mark = proto_open(&got, 9, sizes[k]);

            buf_put(&got, text, sizes[i]);
            proto_close(&got, mark);
            proto_put_u64(&got, 3, 7);
            proto_close(&got, outer);
            proto_put_head(&want, 1, sizes[i] + 3 +
                                         proto_varint_size(sizes[i]));
            proto_put_text(&want, 9, (struct text){ text, sizes[i] });
            proto_put_u64(&want, 3, 7);
            assert_int_equal(got.len, want.len);
            assert_memory_equal(got.data, want.data, want.len);
            buf_release(&got);
            buf_release(&want);
        }
    free(text);
}

static void what_is_written_is_read(void **state)
{
    struct buf b = { 0 };
    struct proto_cursor c;
    struct proto_field f;
    uint64_t n;
    size_t m;

    (void)state;
    proto_put_u64(&b, 1, UINT64_MAX);
    proto_put_double(&b, 2, -0.5);
    proto_put_float(&b, 3, 0.25F);
    m = proto_open(&b, 536870911, 0);
    proto_put_text(&b, 4, text_of("in"));
    proto_close(&b, m);
    proto_begin(&c, (struct text){ b.data, b.len });
    assert_true(proto_next(&c, &f) && proto_is(&f, 1, PROTO_VARINT));
    assert_true(f.value == UINT64_MAX);
    assert_true(proto_next(&c, &f) && proto_is(&f, 2, PROTO_FIXED64));
    assert_true(proto_double(&f) == -0.5);
    assert_true(proto_next(&c, &f) && proto_is(&f, 3, PROTO_FIXED32));
    assert_true(proto_float(&f) == 0.25F);
    assert_true(proto_next(&c, &f) && proto_is(&f, 536870911, PROTO_BYTES));
    assert_true(proto_find(f.bytes, 4, PROTO_BYTES, &f));
    assert_true(text_is(f.bytes, "in"));
    assert_false(proto_next(&c, &f));
    assert_false(c.bad);
    assert_true(proto_find_u64((struct text){ b.data, b.len }, 1, &n));
    assert_true(n == UINT64_MAX);
    assert_true(proto_find_u64((struct text){ b.data, b.len }, 9, &n));
    assert_true(n == 0); /* which nobody writes */
    buf_release(&b);
}

static void expect_bad(const char *bytes, size_t n)
{
    struct proto_cursor c;
    struct proto_field f;
    char *copy = malloc(n); /* so that a sanitizer sees a step too far */

    memcpy(copy, bytes, n);
    proto_begin(&c, (struct text){ copy, n });
    while (proto_next(&c, &f))
        assert_true(f.bytes.len <= n);
    assert_true(c.bad);
    assert_false(proto_find((struct text){ copy, n }, 1, PROTO_BYTES, &f));
    assert_false(proto_find_u64((struct text){ copy, n }, 1, &f.value));
    free(copy);
}

static void what_is_no_message_is_told(void **state)
{
    static const struct text bad[] = {
        { "\x08", 1 },                     /* no number */
        { "\x08\xff", 2 },                 /* it goes on */
        { "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12 },
        { "\x0a\x05" "abc", 5 },           /* longer than all */
        { "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 },
        { "\x0d\0\0\0", 4 },               /* half a float */
        { "\x09\0\0\0\0\0\0\0", 8 },       /* most of a double */
        { "\x0b\x0c", 2 },                 /* a group */
        { "\x0e", 1 }, { "\x0f", 1 },      /* no form at all */
        { "\0\0", 2 },                     /* field 0 */
        { "\xff\xff\xff\xff\xff\x01\0", 7 } /* a field beyond all */
    };
    struct proto_cursor c;
    struct proto_field f;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_bad(bad[i].ptr, bad[i].len);
    proto_begin(&c, (struct text){ NULL, 0 });
    assert_false(proto_next(&c, &f));
    assert_false(c.bad);
}

static void the_last_of_several_counts(void **state)
{
    static const unsigned path[] = { 2, 1, 0 };
    struct text m = { "\x12\x03\x0a\x01" "a\x12\x03\x0a\x01" "b", 10 }, got;

    (void)state;
    assert_true(proto_at(m, path, &got));
    assert_true(text_is(got, "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_texts_are_as_the_guide_has_them),
        cmocka_unit_test(floats_are_packed),
        cmocka_unit_test(a_message_has_the_shortest_length),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_is_no_message_is_told),
        cmocka_unit_test(the_last_of_several_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
