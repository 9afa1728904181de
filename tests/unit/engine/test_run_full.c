/* How full the requests of whole runs are, counted at the services, and that
 * requests over several batches lose and repeat nothing. */
#include "config.h"
#include "tests/support/run_tools.h"

#include "engine/engine.h"
#include "tests/support/fakeapi/fakeapi.h"

enum { DOCS = 3000, LIMIT = 81000 /* bytes, of 0.09 MB */ };

static char store[96];

/* One service that embeds and stores, each request in its time. */
static void serve(const struct fakeapi_options *o, size_t docs)
{
    start_api(o);
    snprintf(store, sizeof store, "qdrant+http://127.0.0.1:%d/c",
             fakeapi_port(api));
    write_corpus(docs, 0);
}

/* One upserter behind several embedders: the store is the bottleneck. */
#define STORE_BOUND                                                           \
    "--embed", "openai:m", "--embed-url", url, "--dim", "32", "--store",      \
        store, "--create", "--embed-workers", "6", "--store-workers", "1"

static struct summary run_to_end(const char *const *words)
{
    struct run *r;

    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    return finish(r, EXIT_STORED);
}

static void each_is_there_once(uint64_t docs)
{
    assert_int_equal(fakeapi_stats(api).distinct, docs);
    assert_int_equal(fakeapi_stats(api).bad, 0);
}

/* --- upserts -------------------------------------------------------------- */

/* About 160 records of 500 bytes fit: more than a batch, less than two. */
static void upserts_that_bytes_end_are_full(void **state)
{
    const struct fakeapi_options o = { .dim = 32, .delay_ms = 10 };
    const char *const words[] = { STORE_BOUND, "--store-batch", "1000",
                                  "--max-request-mb", "0.09", NULL };
    struct fakeapi_stats s;

    (void)state;
    serve(&o, DOCS);
    run_to_end(words);
    s = fakeapi_stats(api);
    each_is_there_once(DOCS);
    assert_int_equal(s.points, DOCS);
    assert_true(s.upsert_requests >= s.upsert_bytes / LIMIT);
    /* 19 of 20; the first and the last two may have less. */
    assert_true(s.upsert_requests <= s.upsert_bytes * 20 / 19 / LIMIT + 3);
}

/* Batches of 70, requests of 100. */
static void upserts_that_a_number_ends_are_full(void **state)
{
    const struct fakeapi_options o = { .dim = 32, .delay_ms = 10 };
    const char *const words[] = { STORE_BOUND, "--store-batch", "100",
                                  "--embed-batch", "70", NULL };

    (void)state;
    serve(&o, DOCS);
    run_to_end(words);
    each_is_there_once(DOCS);
    assert_in_range(fakeapi_stats(api).upsert_requests, DOCS / 100,
                    DOCS / 100 + 3);
}

/* A store that waits for documents gets what there is. */
static void a_store_that_waits_is_sent_a_part(void **state)
{
    const struct fakeapi_options o = { .dim = 32 };
    const char *const words[] = { STORE_BOUND, "--store-batch", "1000",
                                  "--embed-batch", "10", NULL };

    (void)state;
    serve(&o, 25);
    run_to_end(words);
    each_is_there_once(25);
}

/* --- faults --------------------------------------------------------------- */

/* Refusals of all sorts while most batches are in two requests. */
static void ST_26_a_batch_in_two_requests_ends_once_through_all_faults(
    void **state)
{
    const struct fakeapi_options o = {
        .dim = 32, .delay_ms = 1, .fail_500_pct = 8, .reset_pct = 4,
        .rate_429_pct = 4, .pace_ms = 5, .limit_bytes = 30000
    };
    const char *const words[] = { STORE_BOUND, "--store-batch", "100",
                                  "--embed-batch", "70", "--retries", "50",
                                  NULL };
    struct summary s;

    (void)state;
    serve(&o, DOCS);
    s = run_to_end(words);
    each_is_there_once(DOCS);
    assert_int_equal(s.last.stored, DOCS);
    assert_int_equal(s.last.in_flight, 0);
}

static void pause_store(struct run *r, enum command_kind kind)
{
    order(r, (struct command){ .kind = kind, .stages = 1 << STAGE_UPSERT,
                               .origin = "the test" });
}

static void ST_26_a_hold_between_two_requests_of_a_batch_goes_on(void **state)
{
    const struct fakeapi_options o = { .dim = 32, .delay_ms = 2 };
    const char *const words[] = { STORE_BOUND, "--store-batch", "60",
                                  "--embed-batch", "100", NULL };
    struct run *r;

    (void)state;
    serve(&o, DOCS);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    while (look(r)->state != RUN_DONE) {
        uint64_t before = seen.stored;
        struct error err = { 0 };
        const struct command pause = { .kind = COMMAND_PAUSE,
                                       .stages = 1 << STAGE_UPSERT,
                                       .origin = "the test" };

        if (!command(r, &pause, &err))
            break; /* it is done */
        pause_store(r, COMMAND_RESUME);
        wait_until(r, seen.stored > before || seen.state == RUN_DONE);
    }
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(finish(r, EXIT_STORED).last.stored, DOCS);
    each_is_there_once(DOCS);
    assert_int_equal(fakeapi_stats(api).points, DOCS);
}

/* The first 60 of a batch of 100 are stored when the run stops: they are
 * recorded, and the resume sends the others alone. */
static void ST_26_a_stop_records_what_a_batch_in_two_requests_stored(
    void **state)
{
    const struct fakeapi_options o = { .dim = 32, .delay_ms = 20 };
    const char *const words[] = { STORE_BOUND, "--store-batch", "60", NULL };
    struct summary s;
    struct run *r;

    (void)state;
    serve(&o, 500);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, fakeapi_stats(api).points >= 60);
    s = finish(r, EXIT_RESUMABLE);
    /* All but what was under way is in the ledger. */
    assert_true(s.recorded + 60 >= fakeapi_stats(api).points);
    options_release(&opt);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_RESUMED);
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(finish(r, EXIT_STORED).last.stored, 500);
    each_is_there_once(500);
    assert_in_range(fakeapi_stats(api).points, 500, 560); /* one in flight */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_TEST(upserts_that_bytes_end_are_full),
        RUN_TEST(upserts_that_a_number_ends_are_full),
        RUN_TEST(a_store_that_waits_is_sent_a_part),
        RUN_TEST(ST_26_a_batch_in_two_requests_ends_once_through_all_faults),
        RUN_TEST(ST_26_a_hold_between_two_requests_of_a_batch_goes_on),
        RUN_TEST(ST_26_a_stop_records_what_a_batch_in_two_requests_stored),
    };

    return cmocka_run_group_tests_name("run_full", tests, NULL, NULL);
}
