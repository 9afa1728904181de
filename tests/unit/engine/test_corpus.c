/* A corpus file as it was and as it is, in a run that is open and no more. */
#include "config.h"
#include "tests/support/run_tools.h"

#include <stdio.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/job/corpus.h"

static struct run *run;

static void open_corpus(void)
{
    static const char *const plain[] = { "--new-job", NULL };

    if (run)
        finish(run, EXIT_RESUMABLE);
    options_release(&opt);
    read_options(&opt, plain);
    run = open_run(&opt, RUN_OPEN_NEW);
}

static int setup(void **state)
{
    make_home(state);
    write_corpus(10, 0);
    open_corpus();
    return 0;
}

static int teardown(void **state)
{
    finish(run, EXIT_RESUMABLE);
    run = NULL;
    options_release(&opt);
    return remove_home(state);
}

/* As the ledger would know it, of which nothing is done yet. */
static struct corpus_known as_it_is(void)
{
    struct corpus_known k = { .row = { .print = run->corpus[0].fingerprint } };

    k.ctime_ns = k.row.print.ctime_ns;
    return k;
}

static void append(const char *line)
{
    FILE *f = fopen(in_home("c.jsonl"), "a");

    assert_non_null(f);
    fputs(line, f);
    assert_int_equal(fclose(f), 0);
}

static void what_was_not_touched_is_the_same(void **state)
{
    struct corpus_known k = as_it_is();

    (void)state;
    assert_int_equal(corpus_compare(run, 0, &k), CORPUS_SAME);
    open_corpus();
    assert_int_equal(corpus_compare(run, 0, &k), CORPUS_SAME);
}

static void what_has_more_behind_it_has_grown(void **state)
{
    struct corpus_known k = as_it_is();

    (void)state;
    append("{\"id\":\"d10\",\"text\":\"more\"}\n");
    open_corpus();
    assert_int_equal(corpus_compare(run, 0, &k), CORPUS_APPENDED);
}

static void IN_20_what_is_shorter_or_begins_otherwise_has_changed(void **state)
{
    struct corpus_known k = as_it_is();

    (void)state;
    write_corpus(9, 0);
    open_corpus();
    assert_int_equal(corpus_compare(run, 0, &k), CORPUS_CHANGED);
    write_corpus(20, 3);
    open_corpus();
    assert_int_equal(corpus_compare(run, 0, &k), CORPUS_CHANGED);
}

static void IN_20_a_file_that_another_took_the_place_of_is_not_read(
    void **state)
{
    struct error err;

    (void)state;
    run->corpus[0].held = false; /* closed until its turn, as one of many */
    corpus_end(run, 0);
    assert_true(corpus_begin(run, 0, &err));
    corpus_end(run, 0);
    assert_int_equal(unlink(in_home("c.jsonl")), 0);
    write_corpus(11, 4);
    assert_false(corpus_begin(run, 0, &err));
    assert_int_equal(err.kind, ERROR_LOCAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_not_touched_is_the_same),
        TEST(what_has_more_behind_it_has_grown),
        TEST(IN_20_what_is_shorter_or_begins_otherwise_has_changed),
        TEST(IN_20_a_file_that_another_took_the_place_of_is_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
