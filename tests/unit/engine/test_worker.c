/* What embedders and upserters share, on a worker of a run that is open. */
#include "config.h"
#include "engine/worker.h"
#include "tests/support/run_tools.h"

#include "engine/recorder/recorder.h"
#include "tests/support/await.h"
#include "tests/support/batch_tools.h"

static struct run *run;
static struct worker *w;
static struct batch *batch;

static int setup(void **state)
{
    static const char *const words[] = { "--embed-workers", "1", NULL };

    make_home(state);
    write_corpus(1, 0);
    read_options(&opt, words);
    run = open_run(&opt, RUN_OPEN_NEW);
    w = &run->embedder[0];
    batch = pool_take(run->pool, 0);
    assert_non_null(batch);
    put_doc(batch, "a", 0);
    put_doc(batch, "b", 1);
    return 0;
}

static int teardown(void **state)
{
    if (batch)
        pool_give(run->pool, batch);
    finish(run, EXIT_RESUMABLE);
    options_release(&opt);
    return remove_home(state);
}

static void it_takes_the_next_batch_until_the_run_stops(void **state)
{
    (void)state;
    assert_int_equal(queue_push(run->embed_queue, batch, 0), QUEUE_OK);
    assert_ptr_equal(worker_next(w, run->embed_queue), batch);
    control_stop(run->control);
    assert_null(worker_next(w, run->embed_queue));
}

/* The one behind those that are wanted would park for good. */
static void a_batch_is_not_for_one_too_many(void **state)
{
    (void)state;
    assert_int_equal(queue_push(run->embed_queue, batch, 0), QUEUE_OK);
    batch = NULL;
    control_stop(run->control);
    assert_null(worker_next(&run->embedder[1], run->embed_queue));
}

static void *next_of(void *worker)
{
    return worker_next(worker, run->embed_queue);
}

/* It would take its memory back when it is wanted. */
static void a_spare_gives_its_memory_back_after_a_while(void **state)
{
    struct worker *spare = &run->embedder[1];
    struct error err = { 0 };
    pthread_t t;

    (void)state;
    assert_true(worker_take(spare, &batch, 1, 0));
    atomic_store(&spare->holds_bytes, 5);
    spare->off_since_ms = clock_ms() - 60000;
    assert_true(thread_start(&t, "spare", next_of, spare, &err));
    await(atomic_load(&spare->holds_bytes) == 0);
    control_stop(run->control);
    assert_null(await_thread(t));
    assert_null(spare->item);
    assert_int_equal(spare->room_cap, 0);
}

static void a_document_that_was_sent_before_makes_a_retry(void **state)
{
    (void)state;
    assert_true(worker_take(w, &batch, 1, 0));
    worker_note_sent(w, w->item, 1);
    assert_int_equal(counted(&run->tally.retries), 0);
    worker_note_sent(w, w->item, 2);
    assert_int_equal(counted(&run->tally.retries), 1);
    assert_int_equal(counted(&run->tally.resent), 1);
}

static void a_document_leaves_its_batch_in_two_ways(void **state)
{
    struct batch *back = pool_take(run->pool, 0);
    struct error err;

    (void)state;
    error_set(&err, ERROR_SERVER, 503, "busy");
    assert_true(worker_take(w, &batch, 1, 0));
    worker_fail(w, "embed", &w->item[0], &err);
    assert_int_equal(batch->docs[0].fate, DOC_FAILED);
    assert_int_equal(recorder_backlog(run->recorder), 1);
    assert_true(worker_defer(w, &w->item[1], &err, 0,
                             DEFER_COUNTS | DEFER_ALONE));
    assert_int_equal(batch->docs[1].fate, DOC_DEFERRED);
    assert_int_equal(batch->open, 0);
    assert_int_equal(redo_collect(run->redo, back, 9, false, INT64_MAX), 1);
    assert_int_equal(back->docs[0].tries, 1);
    assert_true(back->docs[0].flags & DOC_ALONE);
    pool_give(run->pool, back);
}

static void EM_47_what_the_budget_does_not_leave_holds_the_stage(void **state)
{
    (void)state;
    run->usd_per_mtok = 1e6; /* a dollar a token */
    purse_release(&run->purse);
    purse_init(&run->purse, 10);
    assert_true(worker_reserve_cost(w, 6));
    assert_true(worker_reserve_cost(w, 6)); /* it is set aside already */
    worker_settle_cost(w); /* nothing came of it */
    assert_false(worker_reserve_cost(w, 11));
    assert_true(control_holds(run->control, HOLD_EMBED));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_takes_the_next_batch_until_the_run_stops),
        TEST(a_batch_is_not_for_one_too_many),
        TEST(a_spare_gives_its_memory_back_after_a_while),
        TEST(a_document_that_was_sent_before_makes_a_retry),
        TEST(a_document_leaves_its_batch_in_two_ways),
        TEST(EM_47_what_the_budget_does_not_leave_holds_the_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
