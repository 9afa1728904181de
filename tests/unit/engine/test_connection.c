/* A worker's own instance of its provider, and its key read again. */
#include "config.h"
#include "engine/job/connection.h"
#include "tests/support/run_tools.h"

#include <stdlib.h>

static struct run *run;
static struct worker *w;

/* The store has a key, out of a variable. */
static int setup(void **state)
{
    static const char *const words[] = { "--store-key-env", "T_KEY", NULL };
    struct error err;

    make_home(state);
    write_corpus(1, 0);
    setenv("T_KEY", "a", 1);
    read_options(&opt, words);
    run = open_run(&opt, RUN_OPEN_NEW);
    run->store_config.dim = 8;
    w = &run->upserter[0];
    return connection_open(w, w->endpoint->key, &err) ? 0 : -1;
}

static int teardown(void **state)
{
    finish(run, EXIT_RESUMABLE);
    options_release(&opt);
    return remove_home(state);
}

static void a_key_is_read_again_when_it_was_asked_for(void **state)
{
    (void)state;
    unsetenv("T_KEY");
    assert_true(connection_reload_key(w)); /* nobody did */
    count(&run->upsert.key_epoch, 1);
    setenv("T_KEY", "b", 1);
    assert_true(connection_reload_key(w));
    assert_non_null(w->store);
    unsetenv("T_KEY");
    assert_true(connection_reload_key(w)); /* once */
}

static void a_key_that_is_not_there_holds_the_stage(void **state)
{
    char reason[128];

    (void)state;
    count(&run->upsert.key_epoch, 1);
    unsetenv("T_KEY");
    assert_false(connection_reload_key(w));
    assert_true(control_held_ms(run->control, HOLD_STORE, reason,
                                sizeof reason) >= 0);
    assert_string_equal(reason, "the variable T_KEY is not set: it should hold "
                                "the key");
}

static void a_remedy_names_the_variable(void **state)
{
    char remedy[160];

    (void)state;
    connection_key_remedy(w, remedy, sizeof remedy);
    assert_string_equal(remedy,
                        "quit, export T_KEY, and the same line resumes");
    run->attended = false;
    connection_key_remedy(w, remedy, sizeof remedy);
    assert_string_equal(remedy, "export T_KEY and run the same line");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_is_read_again_when_it_was_asked_for),
        TEST(a_key_that_is_not_there_holds_the_stage),
        TEST(a_remedy_names_the_variable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
