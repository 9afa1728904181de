/*
 * Tests of what a run believes of a message from another process: heads,
 * commands and texts that are wrong in one place each are refused.
 */
#include "config.h"
#include "remote/wire.h"
#include "tests/support/sample_snapshot.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct command good_command(void)
{
    struct command c = { .kind = COMMAND_RETRY };

    c.select.by = SELECT_KIND;
    strcpy(c.select.kind, "429");
    strcpy(c.origin, "a test");
    return c;
}

static void a_head_of_this_release_is_taken(void **state)
{
    struct wire_head h;
    struct error err;

    (void)state;
    for (int kind = WIRE_COMMAND; kind <= WIRE_FAREWELL; kind++) {
        wire_head_init(&h, (enum wire_kind)kind);
        assert_true(wire_check_head(&h, &err));
        assert_true(h.size <= WIRE_BODY_MAX);
    }
}

static void a_foreign_head_is_refused(void **state)
{
    struct wire_head h;
    struct error err;

    (void)state;
    wire_head_init(&h, WIRE_COMMAND);
    h.magic[0] = 'B';
    assert_false(wire_check_head(&h, &err));
    assert_non_null(strstr(err.text, "does not speak"));
    wire_head_init(&h, WIRE_COMMAND);
    h.build++; /* the same release, but not the same structs */
    assert_false(wire_check_head(&h, &err));
    assert_non_null(strstr(err.text, "use the program that started the run"));
    wire_head_init(&h, WIRE_COMMAND);
    strcpy(h.release, "0.0.7");
    assert_false(wire_check_head(&h, &err));
    assert_non_null(strstr(err.text, "batchtop 0.0.7"));
    wire_head_init(&h, WIRE_COMMAND);
    memset(h.release, 'x', sizeof h.release);
    assert_false(wire_check_head(&h, &err));
}

static void a_size_or_kind_that_is_not_is_refused(void **state)
{
    static const uint32_t kinds[] = { 0, WIRE_FAREWELL + 1, UINT32_MAX };
    static const uint64_t sizes[] = { 0, 1, WIRE_BODY_MAX + 1, UINT64_MAX };
    struct wire_head h;
    struct error err;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        wire_head_init(&h, WIRE_COMMAND);
        h.kind = kinds[i];
        assert_false(wire_check_head(&h, &err));
    }
    for (size_t i = 0; i < 4; i++) {
        wire_head_init(&h, WIRE_COMMAND);
        h.size = sizes[i];
        assert_false(wire_check_head(&h, &err));
    }
}

static void a_good_command_is_taken(void **state)
{
    struct command c = good_command();
    struct error err;

    (void)state;
    assert_true(wire_check_command(&c, &err));
}

static void enums_out_of_bounds_are_refused(void **state)
{
    struct command c = good_command();
    struct error err;

    (void)state;
    c.kind = (enum command_kind)(COMMAND_STOP + 1);
    assert_false(wire_check_command(&c, &err));
    c = good_command();
    c.kind = COMMAND_NONE;
    assert_false(wire_check_command(&c, &err));
    c = good_command();
    c.knob = KNOB_COUNT;
    assert_false(wire_check_command(&c, &err));
    c = good_command();
    c.stages = STAGES_ALL + 1;
    assert_false(wire_check_command(&c, &err));
    c = good_command();
    c.when = (enum retry_when)(RETRY_AT_END + 1);
    assert_false(wire_check_command(&c, &err));
    c = good_command();
    c.select.by = (enum select_by)(SELECT_TAGGED + 1);
    assert_false(wire_check_command(&c, &err));
    c = good_command();
    c.select.tags = SELECT_TAGS + 1;
    assert_false(wire_check_command(&c, &err));
}

static void texts_must_end(void **state)
{
    struct command c = good_command();
    struct wire_farewell f = { .status = 3 };
    struct wire_said said;
    struct error err;

    (void)state;
    memset(c.path, 'p', sizeof c.path);
    assert_false(wire_check_command(&c, &err));
    c = good_command();
    memset(c.select.kind, 'k', sizeof c.select.kind);
    assert_false(wire_check_command(&c, &err));
    memset(&said, 'a', sizeof said);
    assert_false(wire_check_said(&said, &err));
    said.text[3] = '\0';
    assert_true(wire_check_said(&said, &err));
    assert_true(wire_check_farewell(&f, &err));
    memset(f.text, 'x', sizeof f.text);
    assert_false(wire_check_farewell(&f, &err));
}

static void a_filter_must_end(void **state)
{
    struct wire_ask a = {
        .ask = { .filter = "429", .sought = "!timeout" }
    };
    struct error err;

    (void)state;
    assert_true(wire_check_ask(&a, &err));
    memset(a.ask.filter, 'f', sizeof a.ask.filter);
    assert_false(wire_check_ask(&a, &err));
    a.ask.filter[0] = '\0';
    memset(a.ask.sought, 's', sizeof a.ask.sought);
    assert_false(wire_check_ask(&a, &err));
}

#define REFUSED(field, value)                                                 \
    do {                                                                      \
        sample_snapshot(&s, SAMPLE_CROWD);                                    \
        s.field = value;                                                      \
        assert_false(wire_check_snapshot(&s, &err));                          \
        assert_non_null(strstr(err.text, "out of its bounds"));               \
    } while (0)

static void what_indexes_an_array_stays_in_it(void **state)
{
    static struct snapshot s;
    struct error err;

    (void)state;
    REFUSED(event_count, SNAPSHOT_EVENTS + 1);
    REFUSED(state, (enum run_state)(RUN_FAILED + 1));
    REFUSED(embed.worker[63].state, (enum worker_state)(WORKER_BLOCKED + 1));
    REFUSED(upsert.worker[0].spark_len, SNAPSHOT_SPARK + 1);
    REFUSED(upsert.workers, SNAPSHOT_WORKERS + 1);
    REFUSED(history_len, SNAPSHOT_HISTORY + 1);
    REFUSED(advice.knob, KNOB_COUNT);
    REFUSED(kind_count, SNAPSHOT_KINDS + 1);
    REFUSED(kinds[0].cause.kind, ERROR_KIND_COUNT);
    REFUSED(failure_count, SNAPSHOT_FAILURES + 1);
    REFUSED(failures[1].standing, (enum failure_standing)-1);
    REFUSED(failures[0].kind, (enum error_kind)-1);
    REFUSED(document.len, SNAPSHOT_DOCUMENT);
}

static void every_moment_of_a_run_is_taken(void **state)
{
    static struct snapshot s;
    struct error err;

    (void)state;
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        sample_snapshot(&s, (enum sample)i);
        assert_true(wire_check_snapshot(&s, &err));
    }
    memset(&s, 0, sizeof s);
    assert_true(wire_check_snapshot(&s, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_of_this_release_is_taken),
        cmocka_unit_test(a_foreign_head_is_refused),
        cmocka_unit_test(a_size_or_kind_that_is_not_is_refused),
        cmocka_unit_test(a_good_command_is_taken),
        cmocka_unit_test(enums_out_of_bounds_are_refused),
        cmocka_unit_test(texts_must_end),
        cmocka_unit_test(a_filter_must_end),
        cmocka_unit_test(what_indexes_an_array_stays_in_it),
        cmocka_unit_test(every_moment_of_a_run_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
