/* Tests of throughput seeking: its bounds, and the line that a later run
 * reads. */
#include "config.h"
#include "flow/seek.h"
#include "tests/support/tap.h"

static void without_bounds_it_is_pinned(void **state)
{
    struct seek s;

    (void)state;
    seek_init(&s, 7);
    assert_int_equal(seek_width(&s), 7);
    assert_int_equal(s.phase, SEEK_PINNED);
    seek_init(&s, 0);
    assert_int_equal(seek_width(&s), 0); /* any number */
}

static void it_begins_at_the_knee_of_the_last_run(void **state)
{
    struct seek_bounds b = { .width = { .most = 64, .start = 24 },
                             .batch = { .most = 512, .start = 200 } };
    struct seek s;

    (void)state;
    seek_init(&s, 0);
    seek_bound(&s, &b, 1000);
    assert_int_equal(seek_width(&s), 24);
    assert_int_equal(s.batch, 200);
    b.width.most = 10;
    seek_bound(&s, &b, 2000);
    assert_int_equal(seek_width(&s), 10);
    b.width.pinned = 5;
    b.batch.pinned = 50;
    seek_bound(&s, &b, 3000);
    assert_int_equal(seek_width(&s), 5);
    assert_int_equal(s.batch, 50);
    assert_int_equal(s.phase, SEEK_PINNED);
}

static void a_knee_is_read_back_for_the_same_endpoint(void **state)
{
    struct seek_knee knee = { .width = 24, .batch = 200, .per_s = 11.64,
                              .ceiling = 30 }, back;
    const char *url = "https://api.example/v1 model";
    char text[SEEK_TEXT];

    (void)state;
    seek_knee_write(&knee, url, text);
    assert_string_equal(text, "24 200 11640 30 https://api.example/v1 model");
    assert_true(seek_knee_read(&back, url, text));
    assert_int_equal(back.width, 24);
    assert_int_equal(back.batch, 200);
    assert_int_equal(back.ceiling, 30);
    assert_true(back.per_s > 11.63 && back.per_s < 11.65);
    assert_false(seek_knee_read(&back, "https://other.example", text));
    assert_false(seek_knee_read(&back, url, "24 200"));
    assert_false(seek_knee_read(&back, url, ""));
    assert_false(seek_knee_read(&back, url,
                                "0 200 0 0 https://api.example/v1 model"));
    seek_knee_write(&(struct seek_knee){ 0 }, url, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_bounds_it_is_pinned),
        cmocka_unit_test(it_begins_at_the_knee_of_the_last_run),
        cmocka_unit_test(a_knee_is_read_back_for_the_same_endpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
