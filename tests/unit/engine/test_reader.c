/* The reader alone: a run is open, this thread reads its corpus, and nobody
 * takes what it hands on. */
#include "config.h"
#include "tests/support/run_tools.h"

#include <string.h>

#include "engine/engine.h"
#include "engine/recorder/recorder.h"

static struct run *run;

static int setup(void **state)
{
    return make_home(state);
}

static int teardown(void **state)
{
    options_release(&opt);
    return remove_home(state);
}

static void read_corpus(const char *const *words)
{
    read_options(&opt, words);
    run = open_run(&opt, RUN_OPEN_NEW);
    atomic_store(&run->readers_left, 1);
    reader_main(run);
}

/* The next batch of the embed queue goes home; how many documents it has. */
static size_t next_batch(void)
{
    struct batch *b;
    size_t n;

    if (queue_pop(run->embed_queue, &b, 0) != QUEUE_OK)
        return 0;
    n = b->count;
    pool_give(run->pool, b);
    return n;
}

static uint64_t in_flight(void)
{
    return record_counts_balance(run->counts).at[COUNT_IN_FLIGHT];
}

static void a_batch_is_as_large_as_a_request_should_be(void **state)
{
    const char *const words[] = { "--embed-batch", "4", NULL };

    (void)state;
    write_corpus(10, 0);
    read_corpus(words);
    assert_true(atomic_load(&run->corpus[0].complete));
    assert_int_equal(atomic_load(&run->readers_left), 0);
    assert_int_equal(in_flight(), 10);
    assert_int_equal(next_batch(), 4);
    assert_int_equal(next_batch(), 4);
    assert_int_equal(next_batch(), 2);
    assert_int_equal(next_batch(), 0);
    finish(run, EXIT_RESUMABLE);
}

/* The service takes three texts and a batch has eight: six, in two requests. The
 * record that does not fit comes again, once. */
static void a_batch_is_whole_requests_of_the_service(void **state)
{
    const char *const words[] = { "--embed-batch", "8", NULL };
    struct batch *b;
    uint64_t pos = 0;

    (void)state;
    write_corpus(20, 0);
    read_options(&opt, words);
    run = open_run(&opt, RUN_OPEN_NEW);
    run->max_texts = 3;
    atomic_store(&run->readers_left, 1);
    reader_main(run);
    assert_int_equal(in_flight(), 20);
    while (queue_pop(run->embed_queue, &b, 0) == QUEUE_OK) {
        assert_int_equal(b->count, pos < 18 ? 6 : 2);
        for (size_t i = 0; i < b->count; i++) {
            assert_int_equal(b->docs[i].pos, pos++);
            assert_int_equal((b->docs[i].flags & DOC_BEGINS) != 0, i % 3 == 0);
        }
        pool_give(run->pool, b);
    }
    assert_int_equal(pos, 20);
    finish(run, EXIT_RESUMABLE);
}

/* They are the recorder's, which is not there to take them. */
static void rejects_go_to_the_recorder_and_the_rest_on(void **state)
{
    const char *const words[] = { "--embed-batch", "100", NULL };

    (void)state;
    write_corpus(9, 3);
    read_corpus(words);
    assert_int_equal(in_flight(), 9);
    assert_int_equal(recorder_backlog(run->recorder), 3);
    assert_int_equal(next_batch(), 6);
    finish(run, EXIT_RESUMABLE);
}

static void a_corpus_that_is_none_ends_the_run(void **state)
{
    const char *const plain[] = { NULL };
    struct summary s;

    (void)state;
    write_corpus(100, 1); /* no record has a text */
    read_corpus(plain);
    s = finish(run, EXIT_USAGE);
    assert_non_null(strstr(s.why.text, "the first 100 records cannot be used"));
}

static void as_many_rejects_as_are_allowed_do_not(void **state)
{
    const char *const words[] = { "--max-rejected", "100%", NULL };

    (void)state;
    write_corpus(100, 1);
    read_corpus(words);
    assert_int_equal(recorder_backlog(run->recorder), 100);
    finish(run, EXIT_RESUMABLE);
}

static void I6_a_later_record_of_an_id_waits_for_the_earlier(void **state)
{
    static const char twice[] = "{\"id\":\"a\",\"text\":\"1\"}\n"
                                "{\"id\":\"a\",\"text\":\"2\"}\n"
                                "{\"id\":\"a\",\"text\":\"3\"}\n";
    const char *const plain[] = { NULL };
    struct batch *b;

    (void)state;
    write_file(in_home("c.jsonl"), twice, sizeof twice - 1);
    read_corpus(plain);
    assert_int_equal(queue_pop(run->embed_queue, &b, 0), QUEUE_OK);
    assert_int_equal(b->open, 1);
    assert_int_equal(b->docs[1].fate, DOC_DEFERRED);
    assert_int_equal(recorder_backlog(run->recorder), 1); /* the second */
    run_leave_id(run, b->docs[0].id_hash);
    assert_int_equal(redo_count(run->redo), 1); /* the third */
    pool_give(run->pool, b);
    finish(run, EXIT_RESUMABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_batch_is_as_large_as_a_request_should_be),
        TEST(a_batch_is_whole_requests_of_the_service),
        TEST(rejects_go_to_the_recorder_and_the_rest_on),
        TEST(a_corpus_that_is_none_ends_the_run),
        TEST(as_many_rejects_as_are_allowed_do_not),
        TEST(I6_a_later_record_of_an_id_waits_for_the_earlier),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
