/* What lines of plain mode tell of the log of a run. */
#include "config.h"
#include "host/plain.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct options opt;
static struct snapshot now;
static struct plain *plain;
static FILE *to;
static char *lines;
static size_t size;

static int begin(void **state)
{
    (void)state;
    memset(&now, 0, sizeof now);
    now.state = RUN_RUNNING;
    now.total = 1000;
    to = tmpfile();
    plain = to ? plain_new(to, &opt) : NULL;
    return plain ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    plain_free(plain);
    fclose(to);
    free(lines);
    lines = NULL;
    return 0;
}

/* The lines that the next look adds. */
static const char *said(void)
{
    long from = ftell(to);

    plain_look(plain, &now);
    size = (size_t)(ftell(to) - from);
    free(lines);
    lines = calloc(1, size + 1);
    assert_non_null(lines);
    fseek(to, from, SEEK_SET);
    assert_int_equal(fread(lines, 1, size, to), size);
    return lines;
}

static void happens(const char *who, const char *text, bool told)
{
    struct run_event *e = &now.events[0];

    memset(e, 0, sizeof *e);
    e->seq = ++now.event_newest;
    e->kind = EVENT_KNOB;
    e->told = told;
    snprintf(e->who, sizeof e->who, "%s", who);
    snprintf(e->text, sizeof e->text, "%s", text);
    now.event_count = 1;
}

static void what_is_told_is_a_line_once_with_who_did_it(void **state)
{
    (void)state;
    said();
    happens("viewer 2", "embed batch 20 -> 50", true);
    assert_non_null(strstr(said(), " embed batch 20 -> 50 (viewer 2)\n"));
    assert_string_equal(said(), "");
    happens("viewer 2", "came", false);
    assert_string_equal(said(), "");
}

static void of_a_start_all_is_told(void **state)
{
    (void)state;
    happens("ctl", "embed batch 20 -> 50", true);
    assert_non_null(strstr(said(), "embed batch 20 -> 50 (ctl)"));
}

/* It would stand there with the time of now. */
static void who_joins_a_run_is_told_no_old_message(void **state)
{
    (void)state;
    happens("ctl", "embed batch 20 -> 50", true);
    plain_join(plain);
    assert_null(strstr(said(), "embed batch 20"));
    happens("ctl", "embed batch 50 -> 60", true);
    assert_non_null(strstr(said(), "embed batch 50 -> 60 (ctl)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
        T(what_is_told_is_a_line_once_with_who_did_it),
        T(of_a_start_all_is_told),
        T(who_joins_a_run_is_told_no_old_message),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
