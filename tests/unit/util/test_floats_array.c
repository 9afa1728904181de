/*
 * Tests of how an array of floats is written: in blocks, by wide registers where
 * the processor has some, and to the byte as its floats alone, of which
 * test_floats.c says what is right.
 */
#include "config.h"
#include "util/floats.h"
#include "tests/support/tap.h"

#include <math.h>
#include <string.h>

enum { LONGEST = 80, TURNS = 300 };

static uint32_t array_random(void)
{
    static uint64_t state = 88172645463325252u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

static float array_float(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

/* Like a value of an embedding. */
static float array_usual(void)
{
    return (float)(int32_t)array_random() * 2e-11f;
}

static void assert_like_alone(const float *v, size_t n)
{
    char text[LONGEST * (FLOAT_TEXT_MAX + 1) + 2], *p = text;
    const char *end = float_put_array(text, v, n);

    assert_int_equal(*p++, '[');
    for (size_t i = 0; i < n; i++) {
        char one[FLOAT_TEXT_MAX];
        size_t len = (size_t)(float_put(one, v[i]) - one);

        if (memcmp(p, one, len) != 0 || p[len] != (i + 1 < n ? ',' : ']'))
            fail_msg("%.*s in an array is %.20s", (int)len, one, p);
        p += len + 1;
    }
    assert_ptr_equal(p, end);
}

static void an_array_of_any_length_is_written_like_its_floats(void **state)
{
    float v[LONGEST];

    (void)state;
    for (size_t n = 1; n <= LONGEST; n++)
        for (int turn = 0; turn < TURNS; turn++) {
            for (size_t i = 0; i < n; i++)
                v[i] = turn % 2 ? array_float(array_random()) : array_usual();
            assert_like_alone(v, n);
        }
}

/* Those that wide registers leave to others, at each place of a block. */
static void an_odd_float_in_an_array_is_written_like_alone(void **state)
{
    static const uint32_t odd[] = {
        0,           0x80000000u, 1,           7,           0x007fffffu,
        0x00800000u, 0x00800001u, 0x3f800000u, 0xbf800000u, 0x7f7fffffu,
        0x7f800000u, 0xff800000u, 0x7fc00000u,
    };
    float v[40];

    (void)state;
    for (size_t at = 0; at < 40; at++)
        v[at] = array_usual();
    for (size_t at = 0; at < 40; at++)
        for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
            float usual = v[at];

            v[at] = array_float(odd[i]);
            assert_like_alone(v, 40);
            v[at] = usual;
        }
}

/* Some with few digits: where a point of the wide grid is inside, or a tie. */
static void an_array_of_every_binade_is_written_like_its_floats(void **state)
{
    float v[LONGEST];

    (void)state;
    for (uint32_t exponent = 0; exponent < 255; exponent++)
        for (int turn = 0; turn < TURNS; turn++) {
            for (size_t i = 0; i < LONGEST; i++)
                v[i] = i < 8 ? (float)(array_random() % 100000) *
                                   ldexpf(1, (int)exponent - 150)
                       : i < 16 ? (float)(array_random() % 1000000) * 1e-6f
                                : array_float(exponent << 23 |
                                              (array_random() & 0x7fffff));
            assert_like_alone(v, LONGEST);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_array_of_any_length_is_written_like_its_floats),
        cmocka_unit_test(an_odd_float_in_an_array_is_written_like_alone),
        cmocka_unit_test(an_array_of_every_binade_is_written_like_its_floats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
