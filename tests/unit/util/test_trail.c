/* A hash that is put down and taken up again. */
#include "config.h"
#include "tests/support/tap.h"

#include <string.h>

#include "util/trail.h"

enum { BYTES = 200 };

static unsigned char bytes[BYTES];

static struct trail whole(size_t n)
{
    struct trail t = { .bytes = 0 };

    trail_add(&t, bytes, n);
    return t;
}

static void it_does_not_matter_in_what_pieces_bytes_come(void **state)
{
    struct trail once = whole(BYTES);

    (void)state;
    for (size_t piece = 1; piece <= BYTES; piece++) {
        struct trail t = { .bytes = 0 };

        for (size_t at = 0; at < BYTES; at += piece)
            trail_add(&t, bytes + at,
                      BYTES - at < piece ? BYTES - at : piece);
        assert_true(trail_same(&t, &once));
    }
}

static void every_byte_and_the_length_count(void **state)
{
    (void)state;
    for (size_t n = 1; n <= BYTES; n++) {
        struct trail now = whole(n), before = whole(n - 1), other;

        assert_false(trail_same(&now, &before));
        for (size_t at = 0; at < n; at++) {
            bytes[at] ^= 1;
            other = whole(n);
            assert_false(trail_same(&now, &other));
            bytes[at] ^= 1;
        }
    }
}

static void zeros_are_bytes_too(void **state)
{
    static const char zeros[192];
    struct trail a = { .bytes = 0 }, b = a;

    (void)state;
    trail_add(&a, zeros, 128);
    trail_add(&b, zeros, 192);
    assert_false(trail_same(&a, &b));
    assert_true(a.lane[0] != b.lane[0]);
}

static void it_goes_on_from_its_text(void **state)
{
    (void)state;
    for (size_t n = 0; n <= BYTES; n++) {
        struct trail t = whole(n), back, once = whole(BYTES);
        char text[TRAIL_TEXT];

        trail_write(&t, text);
        assert_true(trail_read(text, &back));
        assert_true(trail_same(&t, &back));
        trail_add(&back, bytes + n, BYTES - n);
        assert_true(trail_same(&back, &once));
    }
}

static void what_is_no_trail_is_told(void **state)
{
    static const char *const wrong[] = { "", "7", "7:", "x:00", "0:0",
                                         "16:00000000000000000000000000000000",
                                         "-1:00" };
    struct trail t = whole(77), out;
    char text[TRAIL_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(trail_read(wrong[i], &out));
    trail_write(&t, text);
    for (size_t n = strlen(text); n-- > 0;) {
        text[n] = '\0';
        assert_false(trail_read(text, &out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_not_matter_in_what_pieces_bytes_come),
        cmocka_unit_test(every_byte_and_the_length_count),
        cmocka_unit_test(zeros_are_bytes_too),
        cmocka_unit_test(it_goes_on_from_its_text),
        cmocka_unit_test(what_is_no_trail_is_told),
    };

    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (unsigned char)(i * 37 + i / 7);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
