/* The log of a run: in order, printable, and the newest events of it kept. */
#include "config.h"
#include "core/log/notices.h"
#include "tests/support/tap.h"

#include <stdlib.h>
#include <string.h>

static struct notices *notices;
static struct snapshot seen;

static int setup(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof seen);
    notices = notices_new();
    return notices ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    notices_free(notices);
    return 0;
}

/* The first of the events that were not seen yet; "" for none. */
static const char *next(void)
{
    notices_fill(notices, &seen);
    return seen.event_count ? seen.events[0].text : "";
}

static void who_looks_in_order_misses_none(void **state)
{
    uint64_t number = 0;

    (void)state;
    for (int i = 1; i <= 100; i++)
        notices_add(notices, "%d", i);
    do {
        notices_fill(notices, &seen);
        for (uint32_t i = 0; i < seen.event_count; i++) {
            assert_int_equal(seen.events[i].seq, ++number);
            assert_int_equal(atoi(seen.events[i].text), number);
            assert_string_equal(seen.events[i].who, "run");
        }
    } while (seen.event_count);
    assert_int_equal(number, 100);
    assert_int_equal(seen.event_newest, 100);
    assert_string_equal(next(), "");
}

static void the_newest_stay_when_the_ring_is_full(void **state)
{
    (void)state;
    for (int i = 1; i <= EVENTS_KEPT + 7; i++)
        notices_add(notices, "%d", i);
    assert_string_equal(next(), "8");
    assert_int_equal(seen.events[0].seq, 8);
    seen.events_seen = EVENTS_KEPT + 6;
    assert_string_equal(next(), "263");
    assert_int_equal(seen.event_count, 1);
}

static void who_comes_late_knows_what_is_old(void **state)
{
    static struct snapshot late;

    (void)state;
    notices_add(notices, "old");
    notices_fill(notices, &seen);
    notices_add(notices, "older than the late one, too");
    memset(&late, 0, sizeof late);
    notices_fill(notices, &late);
    assert_int_equal(late.event_count, 2);
    assert_int_equal(late.event_newest, 2);
    notices_add(notices, "new");
    assert_string_equal(next(), "older than the late one, too");
    notices_fill(notices, &late);
    assert_int_equal(late.event_count, 1);
    assert_string_equal(late.events[0].text, "new");
    assert_true(late.events[0].seq > 2);
}

static void an_event_says_who_and_what(void **state)
{
    const struct event_head head = { .kind = EVENT_KNOB,
                                     .knob = KNOB_RPM,
                                     .who = "viewer 2" };

    (void)state;
    notices_event(notices, &head, "requests/min %s", "none -> 800");
    assert_string_equal(next(), "requests/min none -> 800");
    assert_string_equal(seen.events[0].who, "viewer 2");
    assert_int_equal(seen.events[0].kind, EVENT_KNOB);
    assert_int_equal(seen.events[0].knob, KNOB_RPM);
    assert_false(seen.events[0].told);
    assert_true(seen.events[0].wall_s > 0 && seen.events[0].at_ms > 0);
}

static void before_the_first_one_there_is_none(void **state)
{
    (void)state;
    assert_string_equal(next(), "");
    assert_int_equal(seen.events_seen, 0);
    notices_add(notices, "first");
    assert_string_equal(next(), "first");
}

static void SE_05_a_notice_is_made_printable_and_cut(void **state)
{
    char text[5000];

    (void)state;
    notices_add(notices, "exported to %s", "\033[31mred");
    assert_string_equal(next(), "exported to <1B>[31mred");
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    notices_add(notices, "%s", text);
    assert_true(strlen(next()) < EVENT_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_looks_in_order_misses_none, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_newest_stay_when_the_ring_is_full,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(who_comes_late_knows_what_is_old,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(an_event_says_who_and_what, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(before_the_first_one_there_is_none,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            SE_05_a_notice_is_made_printable_and_cut, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
