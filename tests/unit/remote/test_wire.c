/*
 * Tests of what a run believes of a message from another process: heads,
 * commands and texts that are wrong in one place each are refused.
 */
#include "config.h"
#include "remote/wire.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

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
    h.layout++; /* the same release, but not the same structs */
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
    memset(&c.reread.send_blank, 2, 1);
    assert_false(wire_check_command(&c, &err));
    c = good_command();
    memset(&c.overwrite, 2, 1); /* neither true nor false */
    assert_false(wire_check_command(&c, &err));
    c = good_command();
    c.select.by = (enum select_by)(SELECT_TAGGED + 1);
    assert_false(wire_check_command(&c, &err));
    c = good_command();
    c.select.tags = SELECT_TAGS + 1;
    assert_false(wire_check_command(&c, &err));
    c = good_command();
    c.select.pos = UINT64_MAX; /* it would come back in every snapshot */
    assert_false(wire_check_command(&c, &err));
}

static void texts_must_end_and_be_printable(void **state)
{
    struct command c = good_command();
    struct wire_said said;
    struct error err;

    (void)state;
    memset(c.path, 'p', sizeof c.path);
    assert_false(wire_check_command(&c, &err));
    c = good_command();
    memset(c.select.kind, 'k', sizeof c.select.kind);
    assert_false(wire_check_command(&c, &err));
    c = good_command();
    strcpy(c.origin, "\x1b[2J");
    assert_false(wire_check_command(&c, &err));
    memset(&said, 'a', sizeof said);
    said.code = 0;
    assert_false(wire_check_said(&said, &err));
    said.text[3] = '\0';
    assert_true(wire_check_said(&said, &err));
}

static void a_filter_must_end(void **state)
{
    struct failure_ask a = { .filter = "429", .sought = "!timeout" };
    struct error err;

    (void)state;
    assert_true(wire_check_ask(&a, &err));
    memset(a.filter, 'f', sizeof a.filter);
    assert_false(wire_check_ask(&a, &err));
    a.filter[0] = '\0';
    memset(a.sought, 's', sizeof a.sought);
    assert_false(wire_check_ask(&a, &err));
}

static void rows_that_cannot_be_are_not_looked_for(void **state)
{
    struct failure_ask a = { .seek = INT64_MIN };
    struct error err;

    (void)state;
    assert_false(wire_check_ask(&a, &err));
    assert_non_null(strstr(err.text, "\"seek\""));
    a = (struct failure_ask){ .first = UINT64_MAX };
    assert_false(wire_check_ask(&a, &err));
}

static void last_words_are_lines_of_printable_text(void **state)
{
    struct wire_farewell f = { .status = 3, .text = "stopped\n  stored 7\n" };
    struct error err;

    (void)state;
    assert_true(wire_check_farewell(&f, &err));
    f.status = 256;
    assert_false(wire_check_farewell(&f, &err));
    f.status = 0;
    strcpy(f.text, "one\n\x1b[2Jtwo\n");
    assert_false(wire_check_farewell(&f, &err));
    memset(f.text, 'x', sizeof f.text);
    assert_false(wire_check_farewell(&f, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_of_this_release_is_taken),
        cmocka_unit_test(a_foreign_head_is_refused),
        cmocka_unit_test(a_size_or_kind_that_is_not_is_refused),
        cmocka_unit_test(a_good_command_is_taken),
        cmocka_unit_test(enums_out_of_bounds_are_refused),
        cmocka_unit_test(texts_must_end_and_be_printable),
        cmocka_unit_test(a_filter_must_end),
        cmocka_unit_test(rows_that_cannot_be_are_not_looked_for),
        cmocka_unit_test(last_words_are_lines_of_printable_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
