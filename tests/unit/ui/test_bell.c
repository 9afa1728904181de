/* When the console rings: bell_rings() and moments made up for it. */
#include "config.h"
#include "ui/terminal/bell.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

static struct bell bell;
static struct snapshot now;

static int begin(void **state)
{
    (void)state;
    memset(&bell, 0, sizeof bell);
    memset(&now, 0, sizeof now);
    now.now_ms = 1000;
    return 0;
}

static void breaks(const char *kind)
{
    snprintf(now.kinds[now.kind_count++].key, sizeof now.kinds[0].key, "%s",
             kind);
}

static bool comes_to(enum run_state state)
{
    now.now_ms += 250;
    now.state = state;
    return bell_rings(&bell, &now, false);
}

static void it_rings_once_for_each_kind_of_failure(void **state)
{
    (void)state;
    assert_false(comes_to(RUN_STARTING));
    assert_false(comes_to(RUN_RUNNING));
    breaks("embed/limited/429");
    assert_true(comes_to(RUN_RUNNING));
    assert_false(comes_to(RUN_RUNNING));
    breaks("embed/refused/400");
    assert_true(comes_to(RUN_RUNNING));
    now.kind_count = 0; /* retried, and failed again */
    assert_false(comes_to(RUN_RUNNING));
    breaks("embed/limited/429");
    assert_false(comes_to(RUN_RUNNING));
}

static void more_kinds_than_it_remembers_do_it_no_harm(void **state)
{
    char key[24];

    (void)state;
    comes_to(RUN_RUNNING);
    for (int i = 0; i < 100; i++) {
        now.kind_count = 0;
        snprintf(key, sizeof key, "embed/refused/%d", i);
        breaks(key);
        assert_true(comes_to(RUN_RUNNING));
    }
}

static void it_rings_when_the_run_holds_but_not_at_each_turn(void **state)
{
    (void)state;
    comes_to(RUN_RUNNING);
    assert_true(comes_to(RUN_THROTTLED));
    assert_false(comes_to(RUN_THROTTLED));
    assert_false(comes_to(RUN_RUNNING));
    assert_false(comes_to(RUN_THROTTLED));
    comes_to(RUN_RUNNING);
    now.now_ms += 10000;
    assert_true(comes_to(RUN_HELD));
    now.now_ms += 10000;
    assert_true(comes_to(RUN_RETRYING));
    assert_false(comes_to(RUN_PAUSED)); /* a hand knows what it does */
    assert_true(comes_to(RUN_DONE));
    assert_false(comes_to(RUN_DONE));
}

static void what_was_so_before_it_came_is_no_news(void **state)
{
    (void)state;
    breaks("embed/limited/429");
    now.state = RUN_THROTTLED;
    assert_false(bell_rings(&bell, &now, true)); /* a guest */
    assert_false(bell_rings(&bell, &now, true));
    breaks("embed/refused/400");
    assert_true(bell_rings(&bell, &now, true));
    begin(NULL);
    now.resumed = true;
    assert_false(comes_to(RUN_STARTING));
    breaks("embed/limited/429"); /* out of the ledger */
    assert_false(comes_to(RUN_RUNNING));
    breaks("embed/refused/400");
    assert_true(comes_to(RUN_RUNNING));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, begin)
        T(it_rings_once_for_each_kind_of_failure),
        T(more_kinds_than_it_remembers_do_it_no_harm),
        T(it_rings_when_the_run_holds_but_not_at_each_turn),
        T(what_was_so_before_it_came_is_no_news),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
