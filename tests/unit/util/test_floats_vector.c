/* Vectors of floats: usable ones, dot products, length one. */
#include "config.h"
#include "tests/support/tap.h"
#include "util/floats.h"

#include <math.h>

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
        cmocka_unit_test(a_dot_product_takes_every_element),
        cmocka_unit_test(normalising_gives_length_one_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
