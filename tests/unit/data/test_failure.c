/* What a failure is called, and which ones a command means. */
#include "config.h"
#include "data/failure.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "data/batch.h"

static const struct failure refused = {
    .cause = { .stage = "embed", .kind = ERROR_REFUSED, .code = 400 },
    .pos = 5,
};
static const struct failure bad = {
    .cause = { .stage = "read", .kind = ERROR_INPUT, .rejected = true },
    .pos = 6,
};

static bool selects(const char *kind, const struct failure *f)
{
    struct failure_select select = { .by = SELECT_KIND };

    snprintf(select.kind, sizeof select.kind, "%s", kind);
    return failure_selected(&select, f);
}

static void a_selection_goes_by_key_word_code_stage_or_rejected(void **state)
{
    (void)state;
    assert_true(selects("embed/refused/400", &refused));
    assert_true(selects("refused", &refused));
    assert_true(selects("400", &refused));
    assert_true(selects("embed", &refused));
    assert_false(selects("upsert/refused/400", &refused));
    assert_false(selects("limited", &refused));
    assert_false(selects("40", &refused));
    assert_false(selects("rejected", &refused));
    assert_false(selects("", &refused));
    assert_true(selects("rejected", &bad));
    assert_true(selects("read", &bad));
    assert_true(selects("rejected/input/0", &bad));
    assert_false(selects("0", &bad)); /* no code is not the code 0 */
}

static void a_selection_is_of_all_of_one_document_or_of_some(void **state)
{
    struct failure_select one = { .by = SELECT_ONE, .source = 0, .pos = 5 };
    struct failure_select all = { .by = SELECT_ALL };
    struct failure_select some = { .by = SELECT_TAGGED, .tags = 2,
                                   .tag = { { .pos = 1 }, { .pos = 6 } } };

    (void)state;
    assert_true(failure_selected(&all, &refused));
    assert_true(failure_selected(&one, &refused));
    assert_false(failure_selected(&one, &bad));
    one.source = 1;
    assert_false(failure_selected(&one, &refused));
    assert_true(failure_selected(&some, &bad));
    assert_false(failure_selected(&some, &refused));
    some.tags = 1;
    assert_false(failure_selected(&some, &bad));
}

static void every_key_selects_its_own_cause_and_is_a_word(void **state)
{
    (void)state;
    for (int kind = 0; kind < ERROR_KIND_COUNT; kind++) {
        struct failure f = { .cause = { .stage = "upsert",
                                        .kind = (enum error_kind)kind,
                                        .code = 500 + kind,
                                        .rejected = kind % 2 } };
        char key[FAILURE_KEY];

        failure_cause_key(&f.cause, key);
        assert_true(selects(key, &f));
        assert_true(failure_word_valid(key));
        assert_true(failure_word_valid(error_word(f.cause.kind)));
    }
    assert_true(failure_word_valid("429"));
    assert_true(failure_word_valid("embed"));
    assert_true(failure_word_valid("rejected"));
    assert_false(failure_word_valid("limitd"));
}

static void a_failure_says_where_its_document_is(void **state)
{
    const struct doc d = { .source = 1, .pos = 2, .offset = 30, .length = 4,
                           .tries = 5 };
    struct error why;
    struct failure f;

    (void)state;
    error_set(&why, ERROR_LIMITED, 429, "slow down");
    f = failure_of(&d, "embed", &why);
    assert_true(selects("embed/limited/429", &f));
    assert_int_equal(f.source, 1);
    assert_int_equal(f.pos, 2);
    assert_int_equal(f.offset, 30);
    assert_int_equal(f.length, 4);
    assert_int_equal(f.tries, 5);
    assert_string_equal(f.message, "slow down");
    assert_int_equal(f.id.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_selection_goes_by_key_word_code_stage_or_rejected),
        cmocka_unit_test(a_selection_is_of_all_of_one_document_or_of_some),
        cmocka_unit_test(every_key_selects_its_own_cause_and_is_a_word),
        cmocka_unit_test(a_failure_says_where_its_document_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
