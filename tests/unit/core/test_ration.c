/* Memory for requests in flight grows while it pays, in virtual time. */
#include "config.h"
#include "core/ration.h"

#include "tests/support/tap.h"

enum { MB = 1 << 20, LEAST = 4 * MB, MOST = 128 * MB, EACH = 2 * MB,
       TICK_MS = 100, ANSWER_MS = 50 };

/* A service that works on so many requests at once; the others queue. */
struct service {
    size_t at_once;
    size_t wanted;   /* requests that the stage would like in flight */
    double share;    /* of what is allowed, that is in flight */
    struct ration ration;
    struct ration_now now;
    double served;
};

static void begin(struct service *s, size_t at_once)
{
    *s = (struct service){ .at_once = at_once, .wanted = 64, .share = 1 };
    s->now = (struct ration_now){ .ms = 1, .latency_ms = ANSWER_MS,
                                  .least = LEAST, .most = MOST };
}

/* Returns the bytes after so many ms. */
static size_t go_on(struct service *s, int64_t ms)
{
    size_t bytes = 0;

    for (int64_t end = s->now.ms + ms; s->now.ms < end; s->now.ms += TICK_MS) {
        size_t works;

        bytes = ration_follow(&s->ration, &s->now);
        s->now.allowed = bytes / EACH;
        s->now.wanted = s->wanted < s->now.allowed ? s->wanted
                                                   : s->now.allowed;
        s->now.in_flight = (size_t)((double)s->now.wanted * s->share);
        works = s->now.in_flight < s->at_once ? s->now.in_flight : s->at_once;
        s->served += (double)works * TICK_MS / ANSWER_MS * 100;
        s->now.served = (uint64_t)s->served;
    }
    return bytes;
}

static void it_grows_to_the_most_where_each_rise_pays(void **state)
{
    struct service s;

    (void)state;
    begin(&s, 1000);
    assert_int_equal(go_on(&s, 200), LEAST);
    assert_int_equal(go_on(&s, 5000), MOST);
    assert_int_equal(go_on(&s, 60000), MOST);
}

static void it_stays_where_more_only_queues(void **state)
{
    struct service s;
    size_t most = 0;

    (void)state;
    begin(&s, 2);
    for (int i = 0; i < 600; i++) {
        size_t bytes = go_on(&s, 1000);

        most = bytes > most ? bytes : most;
    }
    assert_int_equal(most, 2 * LEAST); /* it was tried, */
    assert_int_equal(go_on(&s, 100), LEAST);
    assert_true(s.ration.rest_ms >= 100000); /* and seldom in the end */
}

static void it_goes_on_when_the_service_grows(void **state)
{
    struct service s;

    (void)state;
    begin(&s, 2);
    go_on(&s, 20000);
    s.at_once = 1000;
    go_on(&s, 40000);
    assert_int_equal(s.ration.bytes, MOST);
}

static void what_is_not_used_up_is_enough(void **state)
{
    struct service s;

    (void)state;
    begin(&s, 1000);
    s.share = 0.5; /* it is starved */
    assert_int_equal(go_on(&s, 20000), LEAST);
    begin(&s, 1000);
    s.wanted = 1;
    assert_int_equal(go_on(&s, 20000), LEAST);
}

static void a_rise_that_nobody_makes_use_of_is_taken_back(void **state)
{
    struct service s;

    (void)state;
    begin(&s, 1000);
    while (go_on(&s, 100) == LEAST)
        continue;
    s.share = 0.4;
    go_on(&s, 10000);
    assert_int_equal(s.ration.bytes, LEAST);
}

static void a_rise_of_which_a_part_is_wanted_is_judged_by_that(void **state)
{
    struct service s;

    (void)state;
    begin(&s, 1000);
    s.wanted = 3; /* of two, then four */
    assert_int_equal(go_on(&s, 20000), 2 * LEAST);
    assert_false(s.ration.trying);
    begin(&s, 2);
    s.wanted = 3;
    go_on(&s, 20000);
    assert_int_equal(go_on(&s, 100), LEAST);
}

static void a_far_service_may_begin_with_more(void **state)
{
    struct service s;

    (void)state;
    begin(&s, 2);
    s.now.least = 3 * LEAST;
    assert_int_equal(go_on(&s, 200), 3 * LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_to_the_most_where_each_rise_pays),
        cmocka_unit_test(it_stays_where_more_only_queues),
        cmocka_unit_test(it_goes_on_when_the_service_grows),
        cmocka_unit_test(what_is_not_used_up_is_enough),
        cmocka_unit_test(a_rise_that_nobody_makes_use_of_is_taken_back),
        cmocka_unit_test(
            a_rise_of_which_a_part_is_wanted_is_judged_by_that),
        cmocka_unit_test(a_far_service_may_begin_with_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
