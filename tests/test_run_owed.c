/* Failures of a whole run: sent again, given up, written out. */
#include "config.h"
#include "run_tools.h"

#include "fakeapi.h"

enum { DOCS = 300 };

static struct fakeapi *api;
static struct options opt;
static char url[64];

static int setup(void **state)
{
    const struct fakeapi_options o = { .dim = 8 };

    if (make_home(state))
        return -1;
    api = fakeapi_start(&o);
    if (!api)
        return -1;
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", fakeapi_port(api));
    write_corpus(DOCS, 0);
    return 0;
}

static int teardown(void **state)
{
    options_release(&opt);
    fakeapi_stop(api);
    return remove_home(state);
}

/* Each document alone in its request, so that the twist hits them all. */
static struct run *begin_failing(void)
{
    const char *const words[] = { "--embed", "openai:m", "--embed-url", url,
                                  "--embed-batch", "1", "--retries", "0",
                                  "--dim", "8", "--embed-workers", "2",
                                  NULL };
    struct run *r;

    fakeapi_twist(api, TWIST_ZERO);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.failed, DOCS);
    assert_int_equal(seen.failures_open, DOCS);
    return r;
}

static void a_retry_behind_another_forgives_no_failure_twice(void **state)
{
    struct run *r = begin_failing();
    unsigned sent = 0;

    (void)state;
    while (sent < 8) {
        struct command again = { .kind = COMMAND_RETRY };
        struct error err;

        look(r);
        assert_true(seen.failed <= DOCS && seen.in_flight <= DOCS);
        sent += command(r, &again, &err);
    }
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.failed, DOCS);
    fakeapi_twist(api, TWIST_NONE);
    order(r, (struct command){ .kind = COMMAND_RETRY });
    order(r, (struct command){ .kind = COMMAND_RETRY });
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.stored, DOCS);
    finish(r, EXIT_STORED);
}

static void a_skip_behind_a_retry_gives_up_only_what_is_owed(void **state)
{
    struct run *r = begin_failing();
    struct error err;

    (void)state;
    fakeapi_twist(api, TWIST_NONE);
    for (int i = 0; i < 4; i++) {
        struct command c = { .kind = i % 2 ? COMMAND_SKIP : COMMAND_RETRY };

        command(r, &c, &err); /* by the last one nothing may be owed */
    }
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.stored + seen.skipped, DOCS);
    assert_int_equal(seen.failures_open, 0);
    finish(r, EXIT_STORED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_retry_behind_another_forgives_no_failure_twice, setup,
            teardown),
        cmocka_unit_test_setup_teardown(
            a_skip_behind_a_retry_gives_up_only_what_is_owed, setup,
            teardown),
    };

    setenv("OPENAI_API_KEY", "a-key", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
