/* The stage or limit that holds the others up, by figures. */
#include "config.h"
#include "core/bottleneck.h"
#include "tests/support/tap.h"

#include <string.h>

static struct snapshot s;

/* It reads, and both queues are empty. */
static int setup(void **state)
{
    (void)state;
    memset(&s, 0, sizeof s);
    s.state = RUN_RUNNING;
    s.history_len = 2;
    s.embed.workers = 9; /* some of them are new */
    s.embed.duty = 4;
    s.embed.busy_pct = 80;
    return 0;
}

static void is(const char *word, const char *why)
{
    bottleneck_fill(&s);
    assert_string_equal(s.bottleneck, word);
    assert_string_equal(s.bottleneck_why, why);
}

static void it_is_the_last_stage_with_a_full_queue_before_it(void **state)
{
    (void)state;
    is("READ", "queue behind it 0 % full, workers 80 % busy");
    s.embed_queue.full_pct = 50;
    is("EMBED", "queue before it 50 % full, workers 80 % busy");
    s.upsert_queue.full_pct = 90;
    s.upsert.backoff_pct = 10;
    is("UPSERT", "queue before it 90 % full, workers 0 % busy, 10 % put off by "
                 "the service");
}

static void it_says_whose_number_bounds_the_stage(void **state)
{
    (void)state;
    s.embed_queue.full_pct = 100;
    s.embed.seek = (struct seek_view){ .sought = true, .width = 6, .bound = 8 };
    strcpy(s.embed.seek.bound_by, "--embed-workers");
    is("EMBED", "queue before it 100 % full, workers 80 % busy");
    s.embed.seek.width = 8;
    is("EMBED", "queue before it 100 % full, workers 80 % busy, 8 at once by "
                "--embed-workers");
    s.embed.seek.bound_by[0] = '\0'; /* as many as there can be */
    is("EMBED", "queue before it 100 % full, workers 80 % busy");
}

static void more_than_half_of_one_workers_time_makes_it_the_limit(void **state)
{
    (void)state;
    strcpy(s.embed.limited_by, "tokens/min");
    s.embed_queue.full_pct = 100;
    s.embed.limited_pct = 12.5; /* of four workers */
    is("EMBED", "queue before it 100 % full, workers 80 % busy");
    assert_string_equal(s.limit_now, "");
    s.embed.limited_pct = 13;
    is("LIMIT", "tokens/min: workers wait for it 13 % of their time");
    assert_string_equal(s.limit_now, "tokens/min is the limit now");
}

static void it_says_what_its_service_takes(void **state)
{
    (void)state;
    s.embed_queue.full_pct = 100;
    s.embed.backoff_pct = 30;
    s.embed.seek = (struct seek_view){ .sought = true, .width = 8, .knee = 8,
                                       .bound = 64 };
    strcpy(s.embed.seek.phase, "refused");
    is("EMBED", "queue before it 100 % full, workers 80 % busy, its service "
                "takes 8 at once");
    s.embed.seek.per_s = 12.25; /* they wait for that */
    is("EMBED", "queue before it 100 % full, workers 80 % busy, its service "
                "takes 12.2 requests a second");
}

static void a_run_that_does_not_read_has_none(void **state)
{
    (void)state;
    s.reading_done = true;
    is("", "");
    s.reading_done = false;
    s.history_len = 1;
    is("", "");
    s.history_len = 2;
    s.state = RUN_THROTTLED;
    is("", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(
            it_is_the_last_stage_with_a_full_queue_before_it, setup),
        cmocka_unit_test_setup(it_says_whose_number_bounds_the_stage, setup),
        cmocka_unit_test_setup(
            more_than_half_of_one_workers_time_makes_it_the_limit, setup),
        cmocka_unit_test_setup(it_says_what_its_service_takes, setup),
        cmocka_unit_test_setup(a_run_that_does_not_read_has_none, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
