/* Open failures by kind: their order, their advice, and more than fit. */
#include "config.h"
#include "core/failures/failure_kinds.h"
#include "tests/support/tap.h"

#include <string.h>

static struct failure_kinds kinds;
static struct snapshot seen;

static int setup(void **state)
{
    (void)state;
    memset(&kinds, 0, sizeof kinds);
    return 0;
}

static struct failure_cause embed_code(int code)
{
    return (struct failure_cause){ .stage = "embed", .kind = ERROR_REFUSED,
                                   .code = code };
}

static void open_more(struct failure_cause c, uint64_t n)
{
    failure_kinds_find(&kinds, &c)->open += n;
    failure_kinds_fill(&kinds, &seen);
}

static void kinds_come_largest_first_with_their_advice(void **state)
{
    (void)state;
    open_more(embed_code(400), 1);
    open_more((struct failure_cause){ .stage = "upsert",
                                      .kind = ERROR_TIMEOUT }, 3);
    open_more((struct failure_cause){ .stage = "read", .kind = ERROR_INPUT,
                                      .rejected = true }, 2);
    assert_int_equal(seen.kind_count, 3);
    assert_string_equal(seen.kinds[0].key, "upsert/timeout/0");
    assert_true(seen.kinds[0].worth_retry);
    assert_false(seen.kinds[0].needs_change);
    assert_string_equal(seen.kinds[0].advice, "yes");
    assert_string_equal(seen.kinds[1].key, "rejected/input/0");
    assert_true(seen.kinds[1].cause.rejected);
    assert_false(seen.kinds[1].worth_retry);
    assert_string_equal(seen.kinds[2].key, "embed/refused/400");
    assert_string_equal(seen.kinds[2].label, "400 refused by the service");
    assert_false(seen.kinds[2].worth_retry);
    assert_true(seen.kinds[1].needs_change && seen.kinds[2].needs_change);
    assert_int_equal(seen.failures_open, 6);
}

static void I5_more_kinds_than_places_still_add_up(void **state)
{
    struct failure_cause c;
    uint64_t open = 0;

    (void)state;
    for (int i = 0; i < 2 * SNAPSHOT_KINDS; i++) {
        c = embed_code(400 + i);
        c.rejected = i % 2;
        open_more(c, 10);
    }
    assert_int_equal(seen.failures_open, 20 * SNAPSHOT_KINDS);
    assert_int_equal(seen.kind_count, SNAPSHOT_KINDS);
    for (uint32_t i = 0; i < seen.kind_count; i++)
        open += seen.kinds[i].open;
    assert_int_equal(open, 20 * SNAPSHOT_KINDS);
    assert_string_equal(seen.kinds[0].key, "others");
    c = embed_code(9999);
    failure_kinds_note(&kinds, failure_kinds_find(&kinds, &c), "e: newest");
    failure_kinds_fill(&kinds, &seen);
    assert_string_equal(seen.kinds[0].common, "e: newest");
}

static void a_kind_with_nothing_open_gives_its_place_up(void **state)
{
    struct failure_cause c;

    (void)state;
    for (int i = 0; i < 4 * SNAPSHOT_KINDS; i++) {
        c = embed_code(400 + i);
        open_more(c, 1);
        failure_kinds_find(&kinds, &c)->open = 0;
    }
    open_more(embed_code(999), 1);
    assert_int_equal(seen.kind_count, 1);
    assert_string_equal(seen.kinds[0].key, "embed/refused/999");
}

static void a_kind_says_what_most_of_its_failures_say(void **state)
{
    static const char *const said[] = { "line 1: blank", "line 2: no text",
                                        "line 3: no text", "line 4: no text",
                                        "line 5: blank" };
    struct failure_cause c = embed_code(0);
    struct failure_kind *k = failure_kinds_find(&kinds, &c);

    (void)state;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        failure_kinds_note(&kinds, k, said[i]);
    assert_int_equal(k->open, 5);
    assert_string_equal(k->common, "line 4: no text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(kinds_come_largest_first_with_their_advice,
                               setup),
        cmocka_unit_test_setup(a_kind_says_what_most_of_its_failures_say,
                               setup),
        cmocka_unit_test_setup(I5_more_kinds_than_places_still_add_up, setup),
        cmocka_unit_test_setup(a_kind_with_nothing_open_gives_its_place_up,
                               setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
