/* The clocks and the random numbers that they seed. */
#include "config.h"
#include "sys/clock.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <stdlib.h>
#include <time.h>

static void instants_are_written_in_universal_time(void **state)
{
    char text[32];

    (void)state;
    assert_string_equal(clock_iso8601(text, 21, 1797271200),
                        "2026-12-14T18:00:00Z");
    assert_string_equal(clock_iso8601(text, 21, 0), "1970-01-01T00:00:00Z");
    assert_string_equal(clock_iso8601(text, 5, 0), "");
    setenv("TZ", "UTC0", 1);
    tzset();
    assert_string_equal(clock_hms(text, 9, 1797271200 + 432), "18:07:12");
}

static void the_end_of_a_run_is_told_to_the_minute(void **state)
{
    int64_t now = 1797271200 + 432; /* Monday, 18:07:12 in London */
    char t[16];

    (void)state;
    setenv("TZ", "EST5", 1);
    tzset();
    assert_string_equal(clock_done(t, sizeof t, now + 18, now, true), "18:08Z");
    assert_string_equal(clock_done(t, sizeof t, now + 17, now, false), "13:07");
    assert_string_equal(clock_done(t, sizeof t, now + 6 * 3600, now, true),
                        "Tue 00:07Z");
    assert_string_equal(clock_done(t, sizeof t, now + 6 * 3600, now, false),
                        "19:07");
    assert_string_equal(clock_done(t, sizeof t, now + 7 * 86400, now, false),
                        "21 Dec");
    setenv("TZ", "UTC0", 1);
    tzset();
}

static void the_monotonic_clock_never_goes_back(void **state)
{
    int64_t before = clock_us();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_us();

        assert_true(now >= before);
        before = now;
    }
    assert_in_range(clock_ms() - before / 1000, 0, AWAIT_MS);
}

static void random_numbers_fill_the_unit_interval(void **state)
{
    int tenth[10] = { 0 };

    (void)state;
    for (int i = 0; i < 100000; i++) {
        double x = random_unit();

        assert_true(x >= 0 && x < 1);
        tenth[(int)(x * 10)]++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(tenth[i], 9400, 10600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instants_are_written_in_universal_time),
        cmocka_unit_test(the_end_of_a_run_is_told_to_the_minute),
        cmocka_unit_test(the_monotonic_clock_never_goes_back),
        cmocka_unit_test(random_numbers_fill_the_unit_interval),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
