/* Vectors of floats: usable ones, dot products, length one. */
#include "config.h"
#include "tests/support/tap.h"
#include "util/floats.h"

#include <math.h>
#include <string.h>

static void a_vector_is_usable_when_finite_and_not_all_zero(void **state)
{
    float v[70] = { 0 };

    (void)state;
    for (size_t n = 0; n <= 70; n++)
        assert_false(float_usable(v, n));
    for (size_t i = 0; i < 70; i++) {
        v[i] = -0.0f;
        assert_false(float_usable(v, 70));
        v[i] = -0x1p-149f;
        assert_true(float_usable(v, 70));
        v[(i + 7) % 70] = NAN;
        assert_false(float_usable(v, 70));
        v[(i + 7) % 70] = -INFINITY;
        assert_false(float_usable(v, 70));
        v[i] = v[(i + 7) % 70] = 0;
    }
}

static void a_float_beyond_a_bound_is_found_at_every_place(void **state)
{
    static const float found[] = { 2, -2, 1.5f, INFINITY, -INFINITY };
    float v[19] = { 0 };

    (void)state;
    for (size_t i = 0; i < 19; i++)
        v[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? 1.25f : -1.25f;
    assert_false(float_any_beyond(v, 0, 1));
    assert_false(float_any_beyond(v, 19, 1.25f));
    for (size_t i = 0; i < 19; i++)
        for (size_t k = 0; k < sizeof found / sizeof *found; k++) {
            float kept = v[i];

            v[i] = found[k];
            assert_true(float_any_beyond(v, i + 1, 1.25f));
            assert_true(float_any_beyond(v, 19, 1.25f));
            assert_false(float_any_beyond(v, i, 1.25f));
            v[i] = kept;
        }
}

static void a_dot_product_takes_every_element(void **state)
{
    float a[70], b[70];

    (void)state;
    for (size_t n = 0; n <= 70; n++) {
        float sum = 0;

        for (size_t i = 0; i < n; i++) {
            a[i] = (float)(i + 1);
            b[i] = (float)(i % 5) - 2;
            sum += a[i] * b[i];
        }
        assert_true(float_dot(a, b, n) == sum);
    }
}

static void a_dot_and_a_square_have_the_bits_of_two_dots(void **state)
{
    char room[70 * sizeof(float) + 1];
    float a[70], b[70], square;

    (void)state;
    for (size_t n = 0; n <= 70; n++) {
        for (size_t i = 0; i < n; i++) {
            a[i] = 1 / (float)(i + 3);
            b[i] = 1 / ((float)(i * 7 % 13) - 5.5F);
        }
        memcpy(room + 1, b, n * sizeof *b); /* at an odd address */
        assert_true(float_dot_square(a, room + 1, n, &square) ==
                    float_dot(a, b, n));
        assert_true(square == float_dot(b, b, n));
    }
}

static void turned_floats_have_their_bytes_the_other_way_round(void **state)
{
    const float v[2] = { 1, -2 }; /* 0x3f800000, 0xc0000000 */
    unsigned char room[2 * sizeof(float) + 1], *to = room + 1;
    uint32_t bits;

    (void)state;
    float_turn(to, v, 2); /* to an odd address */
    memcpy(&bits, to, sizeof bits);
    assert_int_equal(bits, 0x0000803f);
    memcpy(&bits, to + sizeof bits, sizeof bits);
    assert_int_equal(bits, 0x000000c0);
    float_turn(to, to, 2);
    assert_memory_equal(to, v, sizeof v);
}

static void a_cosine_survives_squares_beyond_floats(void **state)
{
    float v[3] = { 1, 0, 1 }, tiny[3] = { 1e-44F, 0, 0 };
    float large[3] = { 3e38F, 0, 3e38F }, none[3] = { 0 };
    float endless[3] = { INFINITY, 0, 0 }, bad[3] = { NAN, 0, 0 };

    (void)state;
    assert_true(fabs(float_cosine(v, tiny, 3) - sqrt(0.5)) < 1e-12);
    assert_true(fabs(float_cosine(large, v, 3) - 1) < 1e-12);
    assert_true(float_cosine(v, none, 3) == 0);
    assert_true(float_cosine(none, v, 3) == 0);
    assert_true(float_cosine(v, endless, 3) == 0);
    assert_true(float_cosine(v, bad, 3) == 0);
}

static void normalising_gives_length_one_or_nothing(void **state)
{
    float v[5] = { 3, 0, -4, 0, 0 }, zero[3] = { 0 };
    float tiny[2] = { 3e-45f, 4e-45f }, large[2] = { 3e38f, -3e38f };
    float bad[2] = { INFINITY, 1 };

    (void)state;
    assert_true(float_normalise(v, 5));
    assert_true(v[0] == 0.6f && v[2] == -0.8f && v[4] == 0);
    assert_true(float_normalise(tiny, 2));
    assert_true(fabsf(float_dot(tiny, tiny, 2) - 1) < 1e-6f);
    assert_true(float_normalise(large, 2));
    assert_true(fabsf(float_dot(large, large, 2) - 1) < 1e-6f);
    assert_false(float_normalise(zero, 3));
    assert_false(float_normalise(zero, 0));
    assert_false(float_normalise(bad, 2));
    assert_true(bad[1] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vector_is_usable_when_finite_and_not_all_zero),
        cmocka_unit_test(a_float_beyond_a_bound_is_found_at_every_place),
        cmocka_unit_test(a_dot_product_takes_every_element),
        cmocka_unit_test(a_dot_and_a_square_have_the_bits_of_two_dots),
        cmocka_unit_test(
            turned_floats_have_their_bytes_the_other_way_round),
        cmocka_unit_test(a_cosine_survives_squares_beyond_floats),
        cmocka_unit_test(normalising_gives_length_one_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
