/*
 * Tests of the three formulas for the size of an upsert request, against
 * published and measured numbers.
 */
#include "config.h"
#include "core/sizing.h"
#include "tests/support/tap.h"

#include <math.h>

static struct sizing size_of(uint64_t dim, uint64_t metadata)
{
    const struct sizing_input in = { .dim = dim, .metadata_bytes = metadata,
                                     .max_mb = 2, .safety = 0.8,
                                     .cap = 1000 };
    struct sizing out;

    sizing_compute(&in, &out);
    return out;
}

static void the_planning_formula_gives_its_own_numbers(void **state)
{
    (void)state;
    assert_int_equal(size_of(768, 500).planning, 319);
    assert_int_equal(size_of(1536, 2000).planning, 147);
    assert_int_equal(size_of(1536, 2048).planning, 146);
    assert_int_equal(size_of(3072, 1000).planning, 85);
    assert_int_equal(size_of(384, 0).planning, 683);
    assert_int_equal(size_of(768, 0).planning, 352);
    assert_int_equal(size_of(1536, 0).planning, 179);
    assert_int_equal(size_of(3072, 0).planning, 90);
}

static void the_binary_model_gives_the_published_table(void **state)
{
    (void)state;
    assert_int_equal(size_of(386, 0).binary, 1000);
    assert_int_equal(size_of(768, 500).binary, 559);
    assert_int_equal(size_of(1536, 2000).binary, 245);
}

static void it_says_the_numbers_that_it_used(void **state)
{
    struct sizing s = size_of(768, 500);

    (void)state;
    assert_true(fabs(s.planning_budget - 1677721.6) < 1e-6);
    assert_true(fabs(s.planning_record - 5258) < 1e-9);
    assert_true(fabs(s.binary_budget - 2e6) < 1e-9);
    assert_true(fabs(s.binary_record - 3572) < 1e-9);
    assert_true(fabs(s.measured_budget - 1.8e6) < 1e-3);
    assert_true(fabs(s.measured_record - (768 * s.measured_float + 560)) <
                1e-6);
}

static void a_float_in_json_takes_what_was_measured(void **state)
{
    static const struct {
        uint64_t dim;
        double bytes;
    } row[] = { { 384, 12.22 }, { 768, 12.37 }, { 1024, 12.42 },
                { 1536, 12.50 }, { 3072, 12.64 } };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        assert_true(fabs(sizing_json_float(row[i].dim) - row[i].bytes) <
                    1e-9);
    for (uint64_t dim = 1; dim < 8192; dim++) /* no steps, no way back */
        assert_true(sizing_json_float(dim) <= sizing_json_float(dim + 1));
    assert_true(fabs(sizing_json_float(1) - 12.22) < 1e-9);
    assert_true(fabs(sizing_json_float(100000) - 12.64) < 1e-9);
}

static void the_measured_size_fits_into_the_request(void **state)
{
    static const uint64_t dims[] = { 384, 768, 1024, 1536, 3072 };

    (void)state;
    for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++) {
        struct sizing s = size_of(dims[i], 1000);

        assert_true((double)s.measured * s.measured_record <=
                    s.measured_budget);
        assert_true((double)(s.measured + 1) * s.measured_record >
                    s.measured_budget);
        assert_true(s.measured < s.planning);
    }
}

static void there_is_always_room_for_one_and_never_above_the_cap(
    void **state)
{
    struct sizing_input in = { .dim = 65536, .metadata_bytes = 40960,
                               .max_mb = 0.01, .safety = 0.01, .cap = 1000 };
    struct sizing s;

    (void)state;
    sizing_compute(&in, &s);
    assert_int_equal(s.planning, 1);
    assert_int_equal(s.measured, 1);
    in = (struct sizing_input){ .dim = 1, .max_mb = 1000, .safety = 1,
                                .cap = 77 };
    sizing_compute(&in, &s);
    assert_int_equal(s.planning, 77);
    assert_int_equal(s.binary, 77);
    assert_int_equal(s.measured, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_planning_formula_gives_its_own_numbers),
        cmocka_unit_test(the_binary_model_gives_the_published_table),
        cmocka_unit_test(it_says_the_numbers_that_it_used),
        cmocka_unit_test(a_float_in_json_takes_what_was_measured),
        cmocka_unit_test(the_measured_size_fits_into_the_request),
        cmocka_unit_test(there_is_always_room_for_one_and_never_above_the_cap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
