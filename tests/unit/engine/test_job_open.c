/* A job is opened, and nothing begins: what its ledger remembers, and what may
 * not change. */
#include "config.h"
#include "tests/support/run_tools.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/job/job_recall.h"

static int setup(void **state)
{
    make_home(state);
    write_corpus(10, 0);
    return 0;
}

static int teardown(void **state)
{
    options_release(&opt);
    return remove_home(state);
}

static void read_anew(const char *const *words)
{
    options_release(&opt);
    read_options(&opt, words);
}

static const char *const plain[] = { NULL };

/* As a kill leaves it: the ledger stays as it is. */
static void leave_killed(struct run *r)
{
    ledger_close(r->ledger);
    r->ledger = NULL;
    finish(r, EXIT_RESUMABLE);
}

/* As if something had been sent, so that the job is what it is. */
static void leave_sent(const char *model)
{
    struct ledger_totals t = { .produced = 10, .stored = 10 };
    struct run *r;
    struct error err;

    read_options(&opt, plain);
    r = open_run(&opt, RUN_OPEN_NEW);
    assert_true(ledger_total_set(r->ledger, &t, &err));
    assert_true(ledger_set(r->ledger, "dim", "384", &err));
    assert_true(!model || ledger_set(r->ledger, "model", model, &err));
    assert_true(ledger_commit(r->ledger, &err));
    leave_killed(r);
}

static void is_foreign(const char *const *words, const char *says)
{
    struct error err = { 0 };
    struct run *r;
    char said[256];

    read_anew(words);
    assert_int_equal(run_open(&opt, &r, said, sizeof said, &err),
                     RUN_OPEN_ERROR);
    assert_int_equal(err.kind, ERROR_FOREIGN);
    if (!strstr(err.text, says))
        fail_msg("\"%s\" says nothing of \"%s\"", err.text, says);
}

static void a_job_of_whom_nothing_was_sent_may_change(void **state)
{
    const char *const other[] = { "--text-field", "body", NULL };
    struct run *r;

    (void)state;
    read_options(&opt, plain);
    leave_killed(open_run(&opt, RUN_OPEN_NEW));
    leave_killed(open_run(&opt, RUN_OPEN_RESUMED));
    read_anew(other);
    r = open_run(&opt, RUN_OPEN_NEW);
    look(r);
    assert_true(was_told("begins anew"));
    finish(r, EXIT_RESUMABLE);
}

static void a_start_that_did_nothing_leaves_no_file(void **state)
{
    const char *const left[] = { "c.ledger", "c.ledger-wal", "c.lock" };
    char path[160];

    (void)state;
    read_options(&opt, plain);
    finish(open_run(&opt, RUN_OPEN_NEW), EXIT_RESUMABLE);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        snprintf(path, sizeof path, "%s/%s", checkpoints, left[i]);
        assert_int_equal(access(path, F_OK), -1);
    }
    leave_killed(open_run(&opt, RUN_OPEN_NEW));
    finish(open_run(&opt, RUN_OPEN_RESUMED), EXIT_RESUMABLE);
    finish(open_run(&opt, RUN_OPEN_NEW), EXIT_RESUMABLE);
}

static void a_job_that_sent_something_may_not(void **state)
{
    const char *const field[] = { "--text-field", "body", NULL };
    const char *const dim[] = { "--dim", "64", NULL };

    (void)state;
    leave_sent("1-0");
    is_foreign(field, "text-field");
    is_foreign(dim, "the checkpoint is for --dim 384");
}

static void counts_go_on_where_they_stood(void **state)
{
    struct run *r;

    (void)state;
    leave_sent("1-0");
    read_anew(plain);
    r = open_run(&opt, RUN_OPEN_RESUMED);
    assert_int_equal(r->records_at_open, 10);
    assert_int_equal(r->ledger_dim, 384);
    assert_int_equal(look(r)->stored, 10);
    finish(r, EXIT_RESUMABLE);
}

/* What it said is in `message`. */
static void open_former(const char *const *words)
{
    char path[160];
    struct error err = { 0 };
    struct run *r;

    read_anew(words);
    snprintf(path, sizeof path, "%s/c.ledger", checkpoints);
    assert_true(job_recall(&opt, path, &err));
    assert_string_equal(opt.embed, "hash");
    r = open_run(&opt, RUN_OPEN_RESUMED);
    assert_ptr_equal(r->embed_ops, embedder_find(text_of("hash")));
    look(r);
    assert_true(was_told("--embed hash"));
    finish(r, EXIT_RESUMABLE);
}

/* The same line goes on, with or without --embed, and hash is right, too. */
static void a_job_of_the_former_local_goes_on_with_hash(void **state)
{
    const char *const local[] = { "--embed", "local", NULL };
    const char *const hash[] = { "--embed", "hash", NULL };

    (void)state;
    leave_sent(NULL);
    is_foreign(plain, "--embed hash"); /* nobody recalled what it was */
    open_former(plain);
    open_former(local);
    open_former(plain);
    open_former(hash);
}

static void a_job_of_the_present_local_does_not(void **state)
{
    const char *const hash[] = { "--embed", "hash", NULL };
    char path[160];
    struct error err = { 0 };

    (void)state;
    leave_sent("1-0");
    read_anew(plain);
    snprintf(path, sizeof path, "%s/c.ledger", checkpoints);
    assert_true(job_recall(&opt, path, &err));
    assert_string_equal(opt.embed, "local");
    is_foreign(hash, "embed was");
}

static void options_are_recalled_under_those_that_are_given(void **state)
{
    const char *const words[] = { "--embed-batch", "7", "--retries", "3",
                                  NULL };
    const char *const again[] = { "--retries", "5", NULL };
    char path[160];
    struct error err = { 0 };

    (void)state;
    read_options(&opt, words);
    leave_killed(open_run(&opt, RUN_OPEN_NEW));
    read_anew(again);
    snprintf(path, sizeof path, "%s/c.ledger", checkpoints);
    assert_true(job_recall(&opt, path, &err));
    assert_int_equal(opt.embed_batch, 7);
    assert_int_equal(opt.retries, 5);
    assert_false(job_recall(&opt, in_home("nothing"), &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_job_of_whom_nothing_was_sent_may_change),
        TEST(a_start_that_did_nothing_leaves_no_file),
        TEST(a_job_that_sent_something_may_not),
        TEST(counts_go_on_where_they_stood),
        TEST(a_job_of_the_former_local_goes_on_with_hash),
        TEST(a_job_of_the_present_local_does_not),
        TEST(options_are_recalled_under_those_that_are_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
