/* The state of a run by its facts: what ends it hides what holds it. */
#include "config.h"
#include "core/run_state.h"
#include "tests/support/tap.h"

#include <string.h>

static struct gate_stats gate[2];
static struct snapshot s;

static int setup(void **state)
{
    (void)state;
    memset(gate, 0, sizeof gate);
    memset(&s, 0, sizeof s);
    gate[0].trouble_ms = gate[1].trouble_ms = -1;
    return 0;
}

static enum run_state of(struct run_facts f)
{
    f.gate = gate;
    s.reason[0] = s.remedy[0] = '\0';
    return run_state_of(&f, &s);
}

static void what_ends_a_run_hides_what_holds_it(void **state)
{
    struct run_facts f = { .held = true, .cause = HOLD_STORE };

    (void)state;
    assert_int_equal(of((struct run_facts){ .held = false }), RUN_RUNNING);
    assert_int_equal(of(f), RUN_PAUSED);
    f.starting = true;
    assert_int_equal(of(f), RUN_STARTING);
    f.draining = true; /* nothing starts any more */
    assert_int_equal(of(f), RUN_PAUSED);
    f.held = false;
    assert_int_equal(of(f), RUN_DRAINING);
    f.stopping = true;
    assert_int_equal(of(f), RUN_STOPPING);
    f.done = true; /* of what was read */
    assert_int_equal(of(f), RUN_STOPPING);
    s.reading_done = true;
    assert_int_equal(of(f), RUN_DONE);
}

static void memory_holds_by_itself(void **state)
{
    struct run_facts f = { .held = true, .cause = HOLD_MEMORY };

    (void)state;
    assert_int_equal(of(f), RUN_HELD);
    gate[1].outage = true; /* that is why memory is full */
    assert_int_equal(of(f), RUN_RETRYING);
}

static void a_hold_says_where_it_lets_go(void **state)
{
    (void)state;
    s.memory_pct = 5.9;
    s.memory_guard_pct = 5;
    run_state_say_memory(&s);
    assert_string_equal(s.reason, "memory 5 %, reading goes on below 2 %");
    s.memory_pct = 3;
    run_state_say_memory(&s);
    assert_string_equal(s.reason, "memory 3 %, reading goes on below 2 %");
}

static void an_outage_is_named_with_its_next_try(void **state)
{
    (void)state;
    gate[0].throttle_ms = 5000;
    gate[1].outage = true;
    gate[1].probe_ms = 1200;
    strcpy(gate[1].last.text, "connection refused");
    assert_int_equal(of((struct run_facts){ .held = false }), RUN_RETRYING);
    assert_string_equal(s.reason, "store: connection refused");
    assert_string_equal(s.remedy, "next try in 2 s");
}

static void a_short_throttle_is_no_state(void **state)
{
    (void)state;
    gate[0].throttle_ms = 999;
    gate[0].throttled_ms = 500;
    strcpy(gate[0].last.text, "429");
    assert_int_equal(of((struct run_facts){ .held = false }), RUN_RUNNING);
    run_state_fill_wait(&s, gate);
    assert_string_equal(s.wait_for, "");
    gate[0].throttle_ms = 1000;
    assert_int_equal(of((struct run_facts){ .held = false }), RUN_THROTTLED);
    assert_string_equal(s.remedy, "goes on in 1 s");
    run_state_fill_wait(&s, gate);
    assert_string_equal(s.wait_for, "embedder: 429");
    assert_int_equal(s.wait_ms, 500);
    assert_int_equal(s.wait_next_ms, 500);
}

static void when_all_that_is_left_waits_the_run_retries(void **state)
{
    (void)state;
    s.in_flight = s.waiting = 3;
    assert_int_equal(of((struct run_facts){ .held = false }), RUN_RUNNING);
    s.reading_done = true;
    assert_int_equal(of((struct run_facts){ .held = false }), RUN_RETRYING);
    assert_string_equal(s.reason, "");
    s.in_flight = 4;
    assert_int_equal(of((struct run_facts){ .held = false }), RUN_RUNNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_ends_a_run_hides_what_holds_it, setup),
        cmocka_unit_test_setup(memory_holds_by_itself, setup),
        cmocka_unit_test_setup(a_hold_says_where_it_lets_go, setup),
        cmocka_unit_test_setup(an_outage_is_named_with_its_next_try, setup),
        cmocka_unit_test_setup(a_short_throttle_is_no_state, setup),
        cmocka_unit_test_setup(when_all_that_is_left_waits_the_run_retries,
                               setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
