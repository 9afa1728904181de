/* The recorder alone: it takes what workers would hand to it, and the ledger,
 * the counts and the frontier follow. */
#include "config.h"
#include "tests/support/run_tools.h"

#include <stdio.h>

#include "engine/engine.h"
#include "engine/recorder/recorder.h"
#include "tests/support/batch_tools.h"

enum { DOCS = 3, FLUSH_MS = 60000 };

static struct run *run;
static struct batch *batch;

/* Three documents of the corpus are under way. */
static int setup(void **state)
{
    static const char *const plain[] = { NULL };
    const struct place end = { .pos = DOCS, .offset = DOCS, .line = DOCS };
    struct error err;
    uint32_t segment;
    size_t parked;
    bool ok;

    make_home(state);
    write_corpus(DOCS, 0);
    read_options(&opt, plain);
    run = open_run(&opt, RUN_OPEN_NEW);
    batch = pool_take(run->pool, 0);
    assert_non_null(batch);
    segment = frontier_add(run->frontier, 0, end, DOCS, &ok);
    assert_true(ok);
    for (uint64_t i = 0; i < DOCS; i++) {
        struct doc *d = put_doc(batch, "abc" + i, i);

        d->id_hash = i + 1;
        d->segment = segment;
        d->source = 0;
    }
    record_counts_move(run->counts, COUNT_CORPUS, COUNT_IN_FLIGHT, DOCS);
    assert_null(inflight_enter(run->inflight, batch, &parked));
    return recorder_start(run->recorder, &err) ? 0 : -1;
}

static int teardown(void **state)
{
    finish(run, EXIT_RESUMABLE);
    options_release(&opt);
    return remove_home(state);
}

static void stored(size_t i)
{
    batch->docs[i].fate = DOC_STORED;
    batch->open--;
}

static void failed(size_t i, void (*tell)(struct recorder *, const struct doc *,
                                          const struct failure *))
{
    struct error why;
    struct failure f;

    error_set(&why, ERROR_REFUSED, 400, "it is no good");
    f = failure_of(&batch->docs[i], "embed", &why);
    f.id = batch_text(batch, batch->docs[i].id);
    batch->docs[i].fate = DOC_FAILED;
    batch->open--;
    tell(run->recorder, &batch->docs[i], &f);
}

static void hand_over(void)
{
    recorder_batch(run->recorder, batch);
    assert_true(recorder_flush(run->recorder, FLUSH_MS));
}

static uint64_t counts_at(enum record_account a)
{
    return record_counts_balance(run->counts).at[a];
}

/* What a resume would find. */
static struct ledger_totals in_the_ledger(void)
{
    struct ledger_totals t;
    struct ledger_view *v;
    struct error err;
    char path[160];

    snprintf(path, sizeof path, "%s/c.ledger", checkpoints);
    v = ledger_view_open(path, &err);
    assert_non_null(v);
    assert_true(ledger_view_totals(v, &t, &err));
    ledger_view_close(v);
    return t;
}

static void what_was_stored_is_final_and_its_batch_goes_home(void **state)
{
    size_t out = pool_out(run->pool);
    struct place at;

    (void)state;
    for (size_t i = 0; i < DOCS; i++)
        stored(i);
    hand_over();
    assert_int_equal(counts_at(COUNT_STORED), DOCS);
    assert_int_equal(counts_at(COUNT_IN_FLIGHT), 0);
    assert_int_equal(look(run)->recorded, DOCS);
    assert_int_equal(in_the_ledger().stored, DOCS);
    assert_int_equal(pool_out(run->pool), out - 1);
    frontier_moved(run->frontier, 0, &at);
    assert_int_equal(at.pos, DOCS);
    assert_true(inflight_enter_one(run->inflight, 1)); /* its id is free */
}

static void a_failure_has_its_row_and_holds_no_frontier_up(void **state)
{
    struct ledger_totals t;
    struct place at;

    (void)state;
    failed(0, recorder_failure);
    stored(1);
    stored(2);
    hand_over();
    t = in_the_ledger();
    assert_int_equal(t.stored, 2);
    assert_int_equal(t.failed, 1);
    assert_int_equal(look(run)->failures_open, 1);
    frontier_moved(run->frontier, 0, &at);
    assert_int_equal(at.pos, DOCS);
}

static void what_is_still_under_way_holds_the_frontier_up(void **state)
{
    struct place at;

    (void)state;
    stored(1);
    batch->docs[0].fate = batch->docs[2].fate = DOC_DEFERRED;
    batch->open = 0;
    hand_over();
    assert_int_equal(counts_at(COUNT_IN_FLIGHT), 2);
    frontier_moved(run->frontier, 0, &at);
    assert_int_equal(at.pos, 0);
    assert_int_equal(look(run)->recorded, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_stored_is_final_and_its_batch_goes_home),
        TEST(a_failure_has_its_row_and_holds_no_frontier_up),
        TEST(what_is_still_under_way_holds_the_frontier_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
