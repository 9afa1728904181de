/* The name of a job, and which ledger is its. */
#include "config.h"
#include "engine/job/job_name.h"
#include "tests/support/ledger_tools.h"

#include <stdio.h>

static void name_is(const char *corpus, const char *expected)
{
    static const char *const commands[] = { NULL };
    char *argv[] = { (char *)"batchtop", (char *)corpus };
    struct options opt;
    struct error err = { 0 };
    const char *command;
    char name[72];

    assert_true(options_init(&opt, &err));
    assert_true(options_parse(&opt, 2, argv, commands, &command, &err));
    job_name(&opt, name, sizeof name);
    assert_string_equal(name, expected);
    options_release(&opt);
}

static void a_job_is_named_after_its_corpus(void **state)
{
    (void)state;
    name_is("some/where/corpus.jsonl.gz", "corpus");
    name_is("corpus.v2.ndjson", "corpus.v2");
    name_is("-", "stdin");
    name_is("two words.json", "two_words");
    name_is("_begins.json", "xbegins");
    name_is(".json", "xjson");
}

static void the_live_ledger_counts_before_the_newest_of_the_archive(
    void **state)
{
    struct ledger *l = new_job("job");
    char path[160], archived_as[512];
    struct error err;
    bool archived;

    (void)state;
    assert_false(job_find(checkpoints, "other", path, sizeof path, &archived));
    commit(l);
    assert_true(ledger_archive(l, archived_as, sizeof archived_as, &err));
    assert_true(job_find(checkpoints, "job", path, sizeof path, &archived));
    assert_true(archived);
    ledger_close(new_job("job"));
    assert_true(job_find(checkpoints, "job", path, sizeof path, &archived));
    assert_false(archived);
    assert_string_equal(path, in_dir("job.ledger"));
}

/* Nothing is to be made whole where nothing is, or all is well. */
static void a_sound_ledger_is_left_alone(void **state)
{
    struct error err;

    (void)state;
    assert_true(job_repair_ledger(checkpoints, "job", &err));
    ledger_close(new_job("job"));
    assert_true(job_repair_ledger(checkpoints, "job", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_is_named_after_its_corpus),
        HOME_TEST(the_live_ledger_counts_before_the_newest_of_the_archive),
        HOME_TEST(a_sound_ledger_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
