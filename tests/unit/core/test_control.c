/*
 * Tests of the run's switch: which stages each cause holds, how holds add up
 * and end, and that a drain, a stop or a nudge wakes every thread that waits.
 */
#include "config.h"
#include "core/control.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "sys/clock.h"
#include "sys/thread.h"

enum { CROWD = 6, A_WHILE_MS = 30000 };
enum { READ = 1 << STAGE_READ, EMBED = 1 << STAGE_EMBED,
       UPSERT = 1 << STAGE_UPSERT };

static int setup(void **state)
{
    *state = control_new();
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    control_free(*state);
    return 0;
}

static uint32_t pause_of(struct control *c, uint32_t stages)
{
    return control_pause(c, stages, "why", "what to do");
}

/* The operator's is a plain one. */
static void hold(struct control *c, enum hold_cause cause)
{
    if (cause == HOLD_OPERATOR)
        assert_int_equal(pause_of(c, STAGES_INTAKE), STAGES_INTAKE);
    else
        assert_true(control_hold(c, cause, "why", "what to do"));
}

/* Which stages do not go on, as bits. */
static unsigned held(struct control *c)
{
    unsigned bits = 0;

    for (int s = 0; s < STAGE_COUNT; s++)
        bits |= (unsigned)control_held(c, (enum stage_id)s) << s;
    return bits;
}

static unsigned held_by(struct control *c, enum hold_cause cause)
{
    unsigned bits;

    hold(c, cause);
    bits = held(c);
    assert_int_equal(control_paused(c), cause == HOLD_MEMORY ? 0 : bits);
    if (cause == HOLD_OPERATOR)
        assert_int_equal(control_unpause(c, STAGES_ALL), bits);
    else
        assert_true(control_release(c, cause));
    return bits;
}

static void each_cause_covers_its_stages(void **state)
{
    assert_int_equal(held_by(*state, HOLD_MEMORY), READ);
    assert_int_equal(held_by(*state, HOLD_EMBED), EMBED);
    assert_int_equal(held_by(*state, HOLD_STORE), UPSERT);
    assert_int_equal(held_by(*state, HOLD_LEDGER), READ | EMBED | UPSERT);
    assert_int_equal(held_by(*state, HOLD_CORPUS), READ);
}

static void the_operator_s_pause_is_of_any_stages(void **state)
{
    assert_int_equal(pause_of(*state, UPSERT), UPSERT);
    assert_int_equal(held(*state), UPSERT);
    assert_true(control_go(*state, STAGE_EMBED));
    assert_int_equal(pause_of(*state, UPSERT), 0);
    assert_int_equal(pause_of(*state, STAGES_INTAKE | UPSERT), STAGES_INTAKE);
    assert_int_equal(held(*state), STAGES_ALL);
    assert_int_equal(control_unpause(*state, EMBED), EMBED);
    assert_int_equal(control_unpause(*state, EMBED), 0);
    assert_int_equal(held(*state), READ | UPSERT);
    assert_int_equal(control_unpause(*state, STAGES_ALL), READ | UPSERT);
    assert_false(control_holds(*state, HOLD_OPERATOR));
    assert_int_equal(held(*state), 0);
}

static void where_all_is_read_a_pause_of_reading_ends(void **state)
{
    pause_of(*state, READ | UPSERT);
    control_read_over(*state);
    assert_int_equal(held(*state), UPSERT);
    pause_of(*state, STAGES_INTAKE); /* everything stays everything */
    control_read_over(*state);
    assert_int_equal(held(*state), STAGES_ALL);
}

static void holds_add_up_and_end_one_by_one(void **state)
{
    hold(*state, HOLD_OPERATOR);
    hold(*state, HOLD_MEMORY);
    assert_int_equal(control_unpause(*state, STAGES_ALL), STAGES_INTAKE);
    assert_true(control_held(*state, STAGE_READ));
    assert_false(control_held(*state, STAGE_EMBED));
    assert_true(control_go(*state, STAGE_EMBED));
    assert_true(control_release(*state, HOLD_MEMORY));
    assert_false(control_release(*state, HOLD_MEMORY));
    assert_true(control_go(*state, STAGE_READ));
}

static void a_second_hold_renews_the_words_only(void **state)
{
    char reason[160], remedy[96];
    enum hold_cause cause;

    assert_false(control_reason(*state, &cause, reason, sizeof reason, remedy,
                                sizeof remedy));
    hold(*state, HOLD_EMBED);
    assert_false(control_hold(*state, HOLD_EMBED, "401", "mend the key"));
    assert_true(control_reason(*state, &cause, reason, sizeof reason, remedy,
                               sizeof remedy));
    assert_int_equal(cause, HOLD_EMBED);
    assert_string_equal(reason, "401");
    assert_string_equal(remedy, "mend the key");
}

static void the_weightiest_hold_speaks(void **state)
{
    static const enum hold_cause order[] = { HOLD_MEMORY, HOLD_OPERATOR,
                                             HOLD_CORPUS, HOLD_STORE,
                                             HOLD_EMBED, HOLD_LEDGER };
    char reason[160], remedy[96];

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        enum hold_cause cause;

        hold(*state, order[i]);
        assert_true(control_holds(*state, order[i]));
        assert_true(control_reason(*state, &cause, reason, sizeof reason,
                                   remedy, sizeof remedy));
        assert_int_equal(cause, order[i]);
    }
}

static void long_words_are_cut_to_their_place(void **state)
{
    char reason[16], remedy[8], words[1000], whole[sizeof words];
    enum hold_cause cause;

    memset(words, 'x', sizeof words);
    words[sizeof words - 1] = '\0';
    control_hold(*state, HOLD_STORE, words, words);
    assert_true(control_reason(*state, &cause, reason, sizeof reason, remedy,
                               sizeof remedy));
    assert_int_equal(strlen(reason), sizeof reason - 1);
    assert_int_equal(strlen(remedy), sizeof remedy - 1);
    assert_true(control_reason(*state, &cause, whole, sizeof whole, remedy,
                               sizeof remedy));
    assert_int_equal(strlen(whole), sizeof((struct error *)0)->text - 1);
}

static void a_drain_ends_reading_only(void **state)
{
    control_drain(*state);
    assert_true(control_draining(*state));
    assert_false(control_stopping(*state));
    assert_false(control_go(*state, STAGE_READ));
    assert_true(control_go(*state, STAGE_EMBED));
    assert_true(control_go(*state, STAGE_UPSERT));
    assert_true(control_sleep(*state, 0));
}

static void OS_01_a_stop_ends_everything_and_shows_on_the_descriptor(
    void **state)
{
    struct pollfd p = { .fd = control_stop_fd(*state), .events = POLLIN };

    assert_int_equal(poll(&p, 1, 0), 0);
    control_stop(*state);
    control_stop(*state); /* impatience is fine */
    for (int s = 0; s < STAGE_COUNT; s++)
        assert_false(control_go(*state, (enum stage_id)s));
    assert_true(control_stopping(*state));
    assert_true(control_draining(*state));
    assert_int_equal(poll(&p, 1, 0), 1);
    assert_false(control_sleep(*state, A_WHILE_MS));
}

static void OS_01_a_stop_wins_over_a_hold(void **state)
{
    hold(*state, HOLD_LEDGER);
    control_stop(*state);
    assert_false(control_go(*state, STAGE_UPSERT));
}

static void the_pause_s_time_is_counted_once(void **state)
{
    int64_t from = clock_ms(), paused;

    assert_int_equal(control_paused_ms(*state), 0);
    pause_of(*state, UPSERT);
    pause_of(*state, EMBED);
    control_sleep(*state, 15);
    assert_int_equal(control_unpause(*state, UPSERT), UPSERT);
    paused = control_paused_ms(*state);
    assert_true(paused >= 15);
    control_unpause(*state, STAGES_ALL);
    assert_true(control_paused_ms(*state) <= clock_ms() - from);
    paused = control_paused_ms(*state);
    hold(*state, HOLD_MEMORY); /* not the operator's */
    control_sleep(*state, 5);
    assert_int_equal(control_paused_ms(*state), paused);
    control_note_suspension(*state, 1000); /* Ctrl-Z */
    assert_int_equal(control_paused_ms(*state), paused + 1000);
    pause_of(*state, EMBED);
    control_note_suspension(*state, 5000); /* in a pause that runs on anyway */
    control_unpause(*state, STAGES_ALL);
    assert_true(control_paused_ms(*state) < paused + 1000 + 5000);
}

/* --- threads ---------------------------------------------------------------- */

struct crowd {
    struct control *c;
    enum stage_id stage;
    atomic_size_t asked, passed, ended;
    pthread_t thread[CROWD];
};

static void *walker(void *arg)
{
    struct crowd *x = arg;

    atomic_fetch_add(&x->asked, 1);
    if (control_go(x->c, x->stage))
        atomic_fetch_add(&x->passed, 1);
    else
        atomic_fetch_add(&x->ended, 1);
    return NULL;
}

static void *sleeper(void *arg)
{
    struct crowd *x = arg;

    atomic_fetch_add(&x->asked, 1);
    if (control_sleep(x->c, A_WHILE_MS))
        atomic_fetch_add(&x->passed, 1);
    else
        atomic_fetch_add(&x->ended, 1);
    return NULL;
}

static void start(struct crowd *x, void *(*main)(void *))
{
    struct error err;

    for (int i = 0; i < CROWD; i++)
        assert_true(thread_start(&x->thread[i], "crowd", main, x, &err));
    while (atomic_load(&x->asked) < CROWD)
        control_sleep(x->c, 1);
}

static void join(struct crowd *x)
{
    for (int i = 0; i < CROWD; i++)
        await_thread(x->thread[i]);
}

static void nobody_passes_a_hold_and_all_do_when_it_ends(void **state)
{
    struct crowd x = { .c = *state, .stage = STAGE_EMBED };

    hold(x.c, HOLD_OPERATOR);
    hold(x.c, HOLD_EMBED);
    start(&x, walker);
    control_release(x.c, HOLD_EMBED);
    control_sleep(x.c, 5);
    assert_int_equal(atomic_load(&x.passed), 0);
    control_unpause(x.c, EMBED);
    join(&x);
    assert_int_equal(atomic_load(&x.passed), CROWD);
}

static void a_drain_wakes_held_readers(void **state)
{
    struct crowd x = { .c = *state, .stage = STAGE_READ };

    hold(x.c, HOLD_MEMORY);
    start(&x, walker);
    control_drain(x.c);
    join(&x);
    assert_int_equal(atomic_load(&x.ended), CROWD);
}

static void OS_01_a_stop_wakes_all_who_are_held(void **state)
{
    struct crowd x = { .c = *state, .stage = STAGE_UPSERT };

    hold(x.c, HOLD_STORE);
    start(&x, walker);
    control_stop(x.c);
    join(&x);
    assert_int_equal(atomic_load(&x.ended), CROWD);
}

static void OS_01_a_stop_wakes_all_who_sleep(void **state)
{
    struct crowd x = { .c = *state };

    start(&x, sleeper);
    control_stop(x.c);
    join(&x);
    assert_int_equal(atomic_load(&x.ended), CROWD);
}

static void *nudger(void *arg)
{
    struct crowd *x = arg;

    while (atomic_load(&x->passed) < CROWD) {
        control_nudge(x->c);
        sched_yield();
    }
    return NULL;
}

static void a_nudge_wakes_all_who_sleep(void **state)
{
    struct crowd x = { .c = *state };
    struct error err;
    pthread_t hand;

    for (int i = 0; i < CROWD; i++)
        assert_true(thread_start(&x.thread[i], "crowd", sleeper, &x, &err));
    assert_true(thread_start(&hand, "nudger", nudger, &x, &err));
    join(&x);
    await_thread(hand);
    assert_int_equal(atomic_load(&x.ended), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_cause_covers_its_stages),
        TEST(the_operator_s_pause_is_of_any_stages),
        TEST(where_all_is_read_a_pause_of_reading_ends),
        TEST(holds_add_up_and_end_one_by_one),
        TEST(a_second_hold_renews_the_words_only),
        TEST(the_weightiest_hold_speaks),
        TEST(long_words_are_cut_to_their_place),
        TEST(a_drain_ends_reading_only),
        TEST(OS_01_a_stop_ends_everything_and_shows_on_the_descriptor),
        TEST(OS_01_a_stop_wins_over_a_hold),
        TEST(the_pause_s_time_is_counted_once),
        TEST(nobody_passes_a_hold_and_all_do_when_it_ends),
        TEST(a_drain_wakes_held_readers),
        TEST(OS_01_a_stop_wakes_all_who_are_held),
        TEST(OS_01_a_stop_wakes_all_who_sleep),
        TEST(a_nudge_wakes_all_who_sleep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
