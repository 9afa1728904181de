/* What the log of a run tells of what began and ended, second by second. */
#include "config.h"
#include "core/log/chronicle.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

static struct chronicle *chronicle;
static struct notices *notices;
static struct snapshot log_now;
static struct gate_stats gate[2];
static struct chronicle_facts facts;
static int64_t second;

static int begin(void **state)
{
    (void)state;
    memset(&log_now, 0, sizeof log_now);
    memset(gate, 0, sizeof gate);
    memset(&facts, 0, sizeof facts);
    facts.gate = gate;
    second = 1000;
    chronicle = chronicle_new();
    notices = notices_new();
    return chronicle && notices ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    chronicle_free(chronicle);
    notices_free(notices);
    return 0;
}

/* So many seconds in this state. */
static void passes(enum run_state state, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        struct snapshot *s = chronicle_snapshot(chronicle);

        s->state = state;
        s->now_ms = ++second * 1000;
        chronicle_look(chronicle, &facts, notices);
    }
}

/* The next event of the log; "" for none. */
static const char *next(void)
{
    static char text[EVENT_TEXT + 32];
    uint64_t seen = log_now.events_seen;
    const struct run_event *e = &log_now.events[0];

    notices_fill(notices, &log_now);
    if (!log_now.event_count)
        return "";
    log_now.events_seen = seen + 1;
    snprintf(text, sizeof text, "%s: %s",
             event_kind_word((enum event_kind)e->kind), e->text);
    return text;
}

static void the_start_and_the_end_are_told_once(void **state)
{
    (void)state;
    passes(RUN_STARTING, 2);
    passes(RUN_RUNNING, 5);
    passes(RUN_DONE, 5);
    assert_string_equal(next(), "state: started");
    assert_string_equal(next(), "state: done");
    assert_string_equal(next(), "");
    passes(RUN_RUNNING, 1);
    assert_string_equal(next(), "state: more to do");
}

static void an_outage_has_its_reason_and_how_long_it_was(void **state)
{
    (void)state;
    passes(RUN_RUNNING, 1);
    next();
    gate[1].outage = true;
    snprintf(gate[1].last.text, sizeof gate[1].last.text, "HTTP 503");
    passes(RUN_RETRYING, 1);
    assert_string_equal(next(), "outage: the store is out: HTTP 503");
    passes(RUN_RETRYING, 419);
    gate[1].outage = false;
    passes(RUN_RUNNING, 3);
    assert_string_equal(next(), "end: the store serves again, after 7 min");
    assert_string_equal(next(), "");
}

/* A service that throttles many times a minute fills no log. */
static void throttling_that_flaps_is_one_event_and_its_end(void **state)
{
    (void)state;
    passes(RUN_RUNNING, 1);
    next();
    for (int i = 0; i < 100; i++) {
        passes(RUN_THROTTLED, 2);
        passes(RUN_RUNNING, 4);
    }
    assert_string_equal(next(), "slow: throttled");
    assert_string_equal(next(), "");
    passes(RUN_RUNNING, 60);
    assert_string_equal(next(), "end: throttled no more, after 9 min");
    assert_string_equal(next(), "");
}

static void a_service_is_slow_when_half_of_its_requests_are(void **state)
{
    struct stage_view *v = &chronicle_snapshot(chronicle)->embed;

    (void)state;
    passes(RUN_RUNNING, 1);
    next();
    for (int i = 0; i < 3; i++)
        v->worker[i].state = WORKER_BUSY;
    v->worker[0].slow = true;
    passes(RUN_RUNNING, 5);
    assert_string_equal(next(), "");
    v->worker[1].slow = true;
    passes(RUN_RUNNING, 5);
    assert_string_equal(next(), "slow: the embedder answers slowly: 2 of 3 "
                                "requests are far older than usual");
    v->worker[0].slow = v->worker[1].slow = false;
    passes(RUN_RUNNING, 12);
    assert_string_equal(next(),
                        "end: the embedder answers as usual again, after 5 s");
}

static void a_hold_that_a_notice_tells_has_only_its_end_here(void **state)
{
    (void)state;
    passes(RUN_RUNNING, 1);
    next();
    facts.held[HOLD_EMBED] = true;
    passes(RUN_PAUSED, 10);
    facts.held[HOLD_EMBED] = false;
    passes(RUN_RUNNING, 3);
    assert_string_equal(next(), "end: embed goes on, after 10 s");
    facts.held[HOLD_MEMORY] = true;
    snprintf(facts.memory, sizeof facts.memory, "memory 81 %% used");
    passes(RUN_HELD, 1);
    assert_string_equal(next(), "hold: held: memory 81 % used");
}

static void owes(uint32_t i, const char *key, const char *label)
{
    struct snapshot *s = chronicle_snapshot(chronicle);
    struct failure_kind *k = &s->kinds[i];

    s->kind_count = i + 1;
    snprintf(k->key, sizeof k->key, "%s", key);
    snprintf(k->cause.stage, sizeof k->cause.stage, "embed");
    snprintf(k->label, sizeof k->label, "%s", label);
}

static void a_cause_is_told_when_it_is_new(void **state)
{
    (void)state;
    passes(RUN_RUNNING, 1);
    next();
    owes(0, "embed/limited/429", "429 rate limited");
    passes(RUN_RUNNING, 3);
    assert_string_equal(next(), "cause: new cause: embed 429 rate limited");
    assert_string_equal(next(), "");
}

static void what_an_earlier_run_left_is_no_event(void **state)
{
    (void)state;
    chronicle_snapshot(chronicle)->resumed = true;
    owes(0, "embed/limited/429", "429 rate limited");
    passes(RUN_STARTING, 3);
    assert_string_equal(next(), "");
    owes(1, "embed/input/400", "400 refused");
    passes(RUN_STARTING, 3);
    assert_string_equal(next(), "cause: new cause: embed 400 refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
        T(the_start_and_the_end_are_told_once),
        T(an_outage_has_its_reason_and_how_long_it_was),
        T(throttling_that_flaps_is_one_event_and_its_end),
        T(a_service_is_slow_when_half_of_its_requests_are),
        T(a_hold_that_a_notice_tells_has_only_its_end_here),
        T(a_cause_is_told_when_it_is_new),
        T(what_an_earlier_run_left_is_no_event),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
