/* The failure log counts by cause: what is open, what waits, what healed. */
#include "config.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/failures/failure_log.h"
#include "core/failures/failure_log_parts.h"
#include "data/batch.h"
#include "data/failure_fold.h"
#include "sys/clock.h"

static struct failure_log *f;
static struct snapshot *s;

static int begin(void **state)
{
    (void)state;
    f = failure_log_new(5);
    s = calloc(1, sizeof *s);
    return f && s ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    failure_log_free(f);
    free(s);
    return 0;
}

static struct failure failed(const char *stage, enum error_kind kind, int code,
                             uint64_t pos, const char *message)
{
    struct failure x = { .cause = { .kind = kind, .code = code,
                                    .rejected = kind == ERROR_INPUT },
                         .pos = pos, .tries = 1, .id = text_of("a"),
                         .message = message };

    snprintf(x.cause.stage, sizeof x.cause.stage, "%s", stage);
    return x;
}

static struct failure bad_line(uint64_t n)
{
    static char message[64];
    static const char *const what[] = { "\"text\" is missing",
                                        "\"text\" is blank" };
    struct failure x;

    snprintf(message, sizeof message, "line %llu: %s", (unsigned long long)n,
             what[n % 2]);
    x = failed("read", ERROR_INPUT, 0, n, message);
    x.id = text_of("");
    return x;
}

static void look(void)
{
    failure_log_fill(f, s);
}

static uint64_t sum_open(void)
{
    uint64_t n = 0;

    for (uint32_t i = 0; i < s->cause_count; i++)
        n += s->causes[i].open;
    return n;
}

static void bad_lines_are_two_causes_with_their_counts(void **state)
{
    struct failure x;

    (void)state;
    for (uint64_t n = 1; n <= 225; n++) {
        x = bad_line(n);
        failure_log_final(f, &x);
    }
    look();
    assert_int_equal(s->cause_count, 2);
    assert_int_equal(s->causes[0].open, 113);
    assert_string_equal(s->causes[0].message, "\"text\" is blank");
    assert_int_equal(s->causes[1].open, 112);
    assert_string_equal(s->causes[1].helps, "mend the corpus");
    assert_int_equal(s->causes[0].spark[CAUSE_SPARK - 1] +
                     s->causes[0].spark[CAUSE_SPARK - 2], 113);
}

static void what_differs_is_said_only_where_it_differs(void **state)
{
    struct failure x = failed("embed", ERROR_REFUSED, 400, 1,
                              "longer than 8192 tokens");

    (void)state;
    failure_log_final(f, &x);
    look();
    assert_string_equal(s->causes[0].message, "longer than 8192 tokens");
    x = failed("embed", ERROR_REFUSED, 400, 2, "longer than 512 tokens");
    failure_log_final(f, &x);
    look();
    assert_int_equal(s->cause_count, 1);
    assert_string_equal(s->causes[0].message, "longer than # tokens");
    assert_string_equal(s->causes[0].helps, "needs a change");
}

static void what_healed_by_itself_leaves_the_rows(void **state)
{
    struct failure x = failed("embed", ERROR_SERVER, 500, 3, "injected");
    struct doc d = { .pos = 3, .fate = DOC_STORED };

    (void)state;
    failure_log_deferred(f, &x);
    look();
    assert_int_equal(s->cause_count, 1);
    assert_int_equal(s->causes[0].open, 0);
    assert_int_equal(s->causes[0].waiting, 1);
    assert_string_equal(s->causes[0].helps, "tries by itself");
    x.message = "reset";
    failure_log_deferred(f, &x); /* the same document, in another way */
    look();
    assert_int_equal(s->cause_count, 1);
    assert_string_equal(s->causes[0].message, "reset");
    failure_log_stored(f, &d, 1);
    look();
    assert_int_equal(s->cause_count, 0);
    assert_int_equal(s->healed_count, 1);
    assert_string_equal(s->healed[0].label, "EMBED 500");
    assert_int_equal(s->healed[0].count, 1);
}

static void what_is_given_up_is_open_and_no_longer_waits(void **state)
{
    struct failure x = failed("embed", ERROR_SERVER, 500, 3, "injected");

    (void)state;
    failure_log_deferred(f, &x);
    failure_log_final(f, &x);
    look();
    assert_int_equal(s->cause_count, 1);
    assert_int_equal(s->causes[0].open, 1);
    assert_int_equal(s->causes[0].waiting, 0);
    assert_string_equal(s->causes[0].helps, "retry (r)");
    failure_log_healed(f, &x.cause, failure_fold(&x).hash, 1);
    look();
    assert_int_equal(s->cause_count, 0);
    assert_int_equal(s->healed_count, 0); /* a person retried it */
}

static void a_services_answers_are_over_when_it_serves(void **state)
{
    struct error err;

    (void)state;
    error_set(&err, ERROR_LIMITED, 429, "slow down");
    for (int i = 0; i < 12; i++)
        failure_log_note_wait(f, "embed", &err);
    failure_log_passed(f, "upsert");
    failure_log_passed(f, "embed"); /* the last one was just now */
    look();
    assert_int_equal(s->cause_count, 1);
    assert_int_equal(s->causes[0].waiting, 12);
    failure_causes_pass(&f->causes, "embed", clock_wall_s() + 60);
    look();
    assert_int_equal(s->cause_count, 0);
    assert_string_equal(s->healed[0].label, "EMBED 429");
    assert_int_equal(s->healed[0].count, 12);
}

static const char *word_of(int n)
{
    static char word[32];

    snprintf(word, sizeof word, "w%c%c", 'a' + n / 26, 'a' + n % 26);
    return word;
}

static void too_many_causes_are_counted_as_others(void **state)
{
    struct failure x;

    (void)state;
    for (int i = 0; i < 200; i++) {
        x = failed("embed", ERROR_REFUSED, 400, (uint64_t)i, word_of(i));
        failure_log_final(f, &x);
    }
    look();
    assert_int_equal(s->cause_count, SNAPSHOT_CAUSES);
    assert_int_equal(sum_open(), 200);
    assert_string_equal(s->causes[0].key, "others");
    assert_int_equal(s->causes[0].open, 137);
    x = failed("embed", ERROR_REFUSED, 400, 199, word_of(199));
    failure_log_healed(f, &x.cause, failure_fold(&x).hash, 1);
    look();
    assert_int_equal(s->causes[0].open, 136);
    assert_true(failure_log_causes_agree(f));
}

static void a_recount_takes_the_ledgers_word(void **state)
{
    struct failure x = failed("embed", ERROR_REFUSED, 400, 1, "refused");

    (void)state;
    failure_log_final(f, &x);
    failure_log_forget(f);
    assert_false(failure_log_causes_agree(f));
    failure_log_forget_causes(f);
    failure_log_preload(f, &x.cause, 2);
    failure_log_preload_cause(f, &x);
    failure_log_preload_cause(f, &x);
    assert_true(failure_log_causes_agree(f));
    look();
    assert_int_equal(s->causes[0].open, 2);
}

static void a_cause_lists_its_own_documents(void **state)
{
    struct failure x;

    (void)state;
    for (uint64_t n = 1; n <= 20; n++) {
        x = bad_line(n);
        failure_log_final(f, &x);
    }
    look();
    s->ask.cause = s->causes[strstr(s->causes[0].message, "blank") == NULL].hash;
    look();
    assert_int_equal(s->listed_total, 10);
    for (uint32_t i = 0; i < s->failure_count; i++)
        assert_int_equal(s->failures[i].cause, s->ask.cause);
    snprintf(s->ask.filter, sizeof s->ask.filter, "line 13");
    look();
    assert_int_equal(s->listed_total, 1);
}

static void waits_that_leave_the_log_are_forgotten(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < FAILURE_LOG_ROWS + 500; n++) {
        struct failure x = failed("embed", ERROR_SERVER, 500, n, "injected");

        failure_log_deferred(f, &x);
    }
    look();
    assert_int_equal(s->causes[0].waiting, FAILURE_LOG_ROWS);
    assert_int_equal(s->healed_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
        T(bad_lines_are_two_causes_with_their_counts),
        T(what_differs_is_said_only_where_it_differs),
        T(what_healed_by_itself_leaves_the_rows),
        T(what_is_given_up_is_open_and_no_longer_waits),
        T(a_services_answers_are_over_when_it_serves),
        T(too_many_causes_are_counted_as_others),
        T(a_recount_takes_the_ledgers_word),
        T(a_cause_lists_its_own_documents),
        T(waits_that_leave_the_log_are_forgotten),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
