/* Claims on open failures, with a recorder and a ledger, and no run around. */
#include "config.h"
#include "engine/retry_claim.h"
#include "tests/support/run_tools.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCS = 4 };

static struct run *run;
static struct retry_claim claim;

static struct doc doc_at(uint64_t pos)
{
    return (struct doc){ .pos = pos, .offset = pos * 10, .length = 9,
                         .id_hash = 100 + pos, .flags = DOC_RETRY };
}

static struct failure failure_at(const struct doc *d, const char *id)
{
    struct error why;
    struct failure f;

    error_set(&why, ERROR_SERVER, 500, "it broke");
    f = failure_of(d, "embed", &why);
    f.message = "it broke";
    f.id = text_of(id);
    return f;
}

/* Each document of the corpus failed before anything was claimed. */
static void fail_all(void)
{
    record_counts_move(run->counts, COUNT_CORPUS, COUNT_IN_FLIGHT, DOCS);
    for (uint64_t pos = 0; pos < DOCS; pos++) {
        struct doc d = doc_at(pos);
        struct failure f = failure_at(&d, "an-id");

        d.flags |= DOC_UNTRACKED;
        recorder_failure(run->recorder, &d, &f);
    }
    retry_claim_open(&claim, run);
    assert_false(claim.failed);
}

static int setup(void **state)
{
    static char store[160];
    static const char *const words[] = { "--embed", "openai:m", "--dim", "8",
                                         "--store", store, NULL };
    struct error err;

    if (make_home(state))
        return -1;
    snprintf(store, sizeof store, "jsonl:%s", in_home("out.jsonl"));
    write_corpus(DOCS, 0);
    read_options(&opt, words);
    run = open_run(&opt, RUN_OPEN_NEW);
    if (!run || !recorder_start(run->recorder, &err))
        return -1;
    fail_all();
    return 0;
}

static int teardown(void **state)
{
    struct summary end;

    retry_claim_close(&claim);
    run_finish(run, &end);
    options_release(&opt);
    return remove_home(state);
}

static uint64_t at(enum record_account account)
{
    return record_counts_balance(run->counts).at[account];
}

static bool add(enum claim_purpose purpose, uint64_t pos, size_t i)
{
    struct doc d = doc_at(pos);
    struct failure f = failure_at(&d, "an-id");

    return retry_claim_add(&claim, purpose, &d, &f, i);
}

static void a_failure_leaves_the_failed_count_exactly_once(void **state)
{
    struct batch *b = batch_new();

    (void)state;
    assert_int_equal(at(COUNT_FAILED), DOCS);
    assert_true(add(CLAIM_SEND, 0, 0));
    assert_false(add(CLAIM_SEND, 0, 1)); /* it is under way */
    assert_int_equal(claim.busy, 1);
    assert_non_null(batch_add(b, text_of("d0"), text_of("t"), text_of("")));
    assert_true(retry_claim_settle(&claim, b));
    assert_int_equal(claim.granted, 1);
    assert_int_equal(at(COUNT_FAILED), DOCS - 1);
    assert_int_equal(at(COUNT_IN_FLIGHT), 1);
    assert_int_equal(b->open, 1);
    look(run);
    assert_int_equal(seen.failures_open, DOCS - 1);
    assert_false(add(CLAIM_SKIP, 0, 0)); /* nor does it end by another's hand */
    batch_free(b);
}

static void what_was_given_up_meanwhile_is_claimed_in_vain(void **state)
{
    struct batch *b = batch_new();

    (void)state;
    assert_true(add(CLAIM_SKIP, 1, 0));
    assert_true(retry_claim_settle(&claim, NULL));
    assert_true(recorder_flush(run->recorder, RECORDER_FLUSH_MS));
    assert_int_equal(at(COUNT_SKIPPED), 1);
    assert_non_null(batch_add(b, text_of("d1"), text_of("t"), text_of("")));
    assert_true(add(CLAIM_SEND, 1, 0)); /* by a row that was read before */
    assert_true(retry_claim_settle(&claim, b));
    assert_int_equal(claim.granted, 1);
    assert_int_equal(claim.busy, 1);
    assert_int_equal(b->open, 0);
    assert_int_equal(b->docs[0].fate, DOC_SUPERSEDED);
    assert_int_equal(at(COUNT_FAILED), DOCS - 1);
    assert_true(add(CLAIM_SEND, 1, 0)); /* its id was left */
    retry_claim_take_back(&claim);
    batch_free(b);
}

static void what_fails_anew_is_open_with_its_new_error(void **state)
{
    struct doc d = doc_at(2);
    struct failure f = failure_at(&d, "an-id");
    char text[32] = "no such record";

    (void)state;
    f.cause.kind = ERROR_INPUT;
    f.message = text;
    assert_true(retry_claim_add(&claim, CLAIM_FAIL, &d, &f, 0));
    memset(text, 'x', sizeof text - 1); /* it was copied */
    assert_true(retry_claim_settle(&claim, NULL));
    assert_true(recorder_flush(run->recorder, RECORDER_FLUSH_MS));
    assert_int_equal(claim.granted, 1);
    assert_int_equal(at(COUNT_FAILED), DOCS);
    look(run);
    assert_int_equal(seen.failures_open, DOCS);
    assert_string_equal(seen.failures[0].message, "no such record");
}

static void a_row_without_an_id_is_claimed_by_its_place(void **state)
{
    struct doc d = doc_at(3);
    struct failure f = failure_at(&d, "");

    (void)state;
    d.flags |= DOC_UNTRACKED;
    assert_true(retry_claim_add(&claim, CLAIM_SKIP, &d, &f, 0));
    assert_true(add(CLAIM_SEND, 3, 0)); /* its id was not entered */
    retry_claim_take_back(&claim);
    assert_true(retry_claim_settle(&claim, NULL));
    assert_true(recorder_flush(run->recorder, RECORDER_FLUSH_MS));
    assert_int_equal(at(COUNT_SKIPPED), 1);
}

static void without_a_commit_all_stay_open_as_they_were(void **state)
{
    struct batch *b = batch_new();

    (void)state;
    assert_non_null(batch_add(b, text_of("d0"), text_of("t"), text_of("")));
    assert_true(add(CLAIM_SEND, 0, 0));
    assert_true(add(CLAIM_SKIP, 1, 0));
    control_stop(run->control); /* nobody waits for a commit any more */
    recorder_end(run->recorder, &(uint64_t){ 0 }, &(struct error){ 0 });
    assert_false(retry_claim_settle(&claim, b));
    assert_true(claim.failed);
    assert_int_equal(claim.granted, 0);
    assert_int_equal(b->open, 0);
    assert_int_equal(at(COUNT_FAILED), DOCS);
    batch_free(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_failure_leaves_the_failed_count_exactly_once),
        TEST(what_was_given_up_meanwhile_is_claimed_in_vain),
        TEST(what_fails_anew_is_open_with_its_new_error),
        TEST(a_row_without_an_id_is_claimed_by_its_place),
        TEST(without_a_commit_all_stay_open_as_they_were),
    };

    setenv("OPENAI_API_KEY", "a-key", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
