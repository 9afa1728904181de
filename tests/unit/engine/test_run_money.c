/* What a run pays for: whole runs in this process, at a price. */
#include "config.h"
#include "tests/support/run_tools.h"

#include "tests/support/fakeapi/fakeapi.h"

static int setup(void **state)
{
    const struct fakeapi_options o = { .dim = 8 };

    start_api(&o);
    return make_home(state);
}

/* At 100 USD for a million tokens a text of the corpus costs some 0.0004. */
#define AT_A_PRICE API, "--price", "100"

enum { TOKENS_EACH = 4, TOKENS_FIRST = 2 }; /* fakeapi counts them so */

static void EM_45_the_first_vector_is_counted_too(void **state)
{
    const char *const words[] = { AT_A_PRICE, NULL };
    struct summary s;
    struct run *r;

    (void)state;
    write_corpus(40, 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    s = finish(r, EXIT_STORED);
    assert_int_equal(s.last.tokens, 40 * TOKENS_EACH + TOKENS_FIRST);
}

static void EM_45_an_index_for_all_is_paid_twice_counted_and_held(
    void **state)
{
    const char *const words[] = { AT_A_PRICE, "--embed-batch", "50",
                                  "--embed-workers", "1", NULL };
    struct summary s;
    struct run *r;

    (void)state;
    fakeapi_twist(api, TWIST_ZERO_INDEX);
    write_corpus(300, 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_PAUSED);
    assert_non_null(strstr(seen.reason, "is there twice"));
    assert_int_equal(seen.failed, 0);
    s = finish(r, EXIT_RESUMABLE);
    /* Each time two texts more were asked for: are they told apart? */
    assert_int_equal(fakeapi_stats(api).texts, 2 * (50 + 2) + 1);
    assert_true(s.last.tokens >= 2 * 50 * (TOKENS_EACH - 1));
    assert_true(s.last.cost_usd > 0);
}

static void EM_45_after_the_server_was_mended_a_resume_goes_on(void **state)
{
    const char *const words[] = { AT_A_PRICE, NULL };
    struct run *r;

    (void)state;
    fakeapi_twist(api, TWIST_ZERO_INDEX);
    write_corpus(300, 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_PAUSED);
    fakeapi_twist(api, TWIST_NONE);
    order(r, (struct command){ .kind = COMMAND_RESUME });
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(finish(r, EXIT_STORED).last.stored, 300);
}

/* It takes the first eight of any number, and says 200. */
static void EM_46_an_answer_that_is_short_again_teaches_the_size(void **state)
{
    const char *const words[] = { AT_A_PRICE, "--embed-workers", "1", NULL };
    struct summary s;
    struct run *r;

    (void)state;
    fakeapi_twist(api, TWIST_FIRST_8);
    write_corpus(300, 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    s = finish(r, EXIT_STORED);
    assert_int_equal(s.last.stored, 300);
    assert_in_range(s.last.embed.batch_limit, 4, 9);
    assert_true(s.last.requests <= 100); /* one by one they would be 300 */
}

/* Left for some two hundred documents of three hundred. */
static const char *const little[] = { AT_A_PRICE, "--embed-batch", "20",
                                      "--budget", "0.08", NULL };

/* A run that has spent them. */
static struct run *begin_with_little(void)
{
    struct run *r;

    write_corpus(300, 0);
    read_options(&opt, little);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_PAUSED && seen.stored == seen.embedded);
    return r;
}

static void EM_47_a_spent_budget_lets_nothing_through_nor_does_a_resume(
    void **state)
{
    uint64_t texts;
    struct summary s;
    struct run *r;

    (void)state;
    r = begin_with_little();
    assert_non_null(strstr(seen.reason, "the budget is spent"));
    texts = fakeapi_stats(api).texts;
    assert_true(seen.budget_spent && seen.budget_usd == 0.08);
    for (int i = 0; i < 3; i++) {
        is_refused(r, (struct command){ .kind = COMMAND_RESUME },
                   "the budget is spent");
        wait_until(r, seen.state == RUN_PAUSED);
    }
    s = finish(r, EXIT_RESUMABLE);
    assert_true(s.last.budget_spent);
    assert_int_equal(fakeapi_stats(api).texts, texts);
    assert_in_range(s.last.stored, 100, 200);
    assert_true(s.last.cost_usd <= 0.08);
}

static void EM_47_a_larger_budget_goes_on_and_counts_what_was_spent(
    void **state)
{
    const char *const more[] = { AT_A_PRICE, "--embed-batch", "20",
                                 "--budget", "0.2", NULL };
    uint64_t stored;
    struct run *r;

    (void)state;
    r = begin_with_little();
    stored = finish(r, EXIT_RESUMABLE).last.stored;
    r = begin(&opt, RUN_OPEN_RESUMED); /* the same budget: it is spent */
    wait_until(r, seen.state == RUN_PAUSED);
    assert_true(seen.cost_usd <= 0.08);
    assert_in_range(finish(r, EXIT_RESUMABLE).last.stored, stored, 200);
    options_release(&opt);
    read_options(&opt, more);
    r = begin(&opt, RUN_OPEN_RESUMED);
    wait_until(r, seen.state == RUN_DONE);
    assert_true(seen.cost_usd > 0.1); /* of all 300 */
    finish(r, EXIT_STORED);
}

static void EM_47_a_larger_budget_goes_on_while_it_runs(void **state)
{
    struct run *r;

    (void)state;
    r = begin_with_little();
    /* 300 of them cost 0.12 and a little. */
    assert_true(seen.cost_projected_usd > 0.1);
    assert_true(seen.cost_projected_usd < 0.15);
    order(r, (struct command){ .kind = COMMAND_SET, .knob = KNOB_BUDGET,
                               .value = 70000 });
    wait_until(r, seen.state == RUN_PAUSED && seen.budget_usd == 0.07);
    order(r, (struct command){ .kind = COMMAND_SET, .knob = KNOB_BUDGET,
                               .value = 200000 });
    wait_until(r, seen.state == RUN_DONE);
    assert_false(seen.budget_spent);
    assert_true(seen.cost_projected_usd == seen.cost_usd);
    finish(r, EXIT_STORED);
}

static void a_budget_is_refused_where_no_price_is_known(void **state)
{
    const char *const words[] = { API, NULL };
    struct run *r;

    (void)state;
    write_corpus(40, 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    is_refused(r, (struct command){ .kind = COMMAND_SET, .knob = KNOB_BUDGET,
                                    .value = KNOB_USD },
               "a budget needs a price");
    finish(r, EXIT_STORED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, leave_run)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(EM_45_the_first_vector_is_counted_too),
        TEST(EM_45_an_index_for_all_is_paid_twice_counted_and_held),
        TEST(EM_45_after_the_server_was_mended_a_resume_goes_on),
        TEST(EM_46_an_answer_that_is_short_again_teaches_the_size),
        TEST(EM_47_a_spent_budget_lets_nothing_through_nor_does_a_resume),
        TEST(EM_47_a_larger_budget_goes_on_while_it_runs),
        TEST(a_budget_is_refused_where_no_price_is_known),
        TEST(EM_47_a_larger_budget_goes_on_and_counts_what_was_spent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
