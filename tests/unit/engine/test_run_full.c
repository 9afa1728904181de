/* How full the requests of whole runs are, counted at the services, and that
 * requests over several batches lose and repeat nothing. */
#include "config.h"
#include "tests/support/run_tools.h"

#include "engine/engine.h"
#include "tests/support/fakeapi/fakeapi.h"

#include <stdlib.h>

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

/* Ten upserters, and no batch waits for them. About 160 records fit, a batch
 * has 180: what a request leaves waits for the replies to others. */
static void upserts_behind_slow_embedders_are_full_too(void **state)
{
    const struct fakeapi_options o = { .dim = 32, .embed = { .ms = 20 },
                                       .store = { .ms = 15 } };
    const char *const words[] = { "--embed", "openai:m", "--embed-url", url,
                                  "--dim", "32", "--store", store, "--create",
                                  "--embed-workers", "3", "--store-workers",
                                  "10", "--store-batch", "1000",
                                  "--embed-batch", "180",
                                  "--max-request-mb", "0.09", NULL };
    struct fakeapi_stats s;

    (void)state;
    serve(&o, 2 * DOCS);
    run_to_end(words);
    s = fakeapi_stats(api);
    each_is_there_once(2 * DOCS);
    /* Cut 160 + 20 there would be twice as many. */
    assert_in_range(s.upsert_requests, s.upsert_bytes / LIMIT,
                    s.upsert_bytes * 5 / 4 / LIMIT + 3);
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

/* --- embeddings ----------------------------------------------------------- */

static uint64_t embed_requests(void)
{
    return fakeapi_stats(api).embed_requests;
}

/* The service takes 96 texts, a batch has a hundred. */
static void a_service_that_takes_96_texts_gets_96(void **state)
{
    const struct fakeapi_options o = { .dim = 8 };
    char path[64];
    const char *const words[] = { "--embed", "cohere:m", "--embed-url", path,
                                  "--dim", "8", NULL };

    (void)state;
    serve(&o, 96 * 20);
    snprintf(path, sizeof path, "http://127.0.0.1:%d/v2", fakeapi_port(api));
    setenv("CO_API_KEY", "a-key", 1);
    run_to_end(words);
    assert_int_equal(fakeapi_stats(api).texts, 96 * 20 + 1 /* the first */);
    assert_int_equal(embed_requests(), 20 + 1);
}

/* A size that is learned cuts the batches that are read from then on. */
static void EM_07_batches_are_as_large_as_a_learned_size(void **state)
{
    const struct fakeapi_options o = { .dim = 8 };
    const char *const words[] = { API, "--queue", "1", "--embed-workers", "1",
                                  NULL };
    struct fakeapi_answer most = {
        .status = 400,
        .body = text_of("{\"error\":{\"message\":\"batch size 100 > maximum "
                        "allowed batch size 32\",\"type\":\"validation\"}}")
    };

    (void)state;
    serve(&o, DOCS);
    fakeapi_script(api, &(struct fakeapi_answer){ .genuine = true });
    fakeapi_script(api, &most);
    run_to_end(words);
    assert_int_equal(fakeapi_stats(api).texts, DOCS + 1);
    /* Batches of 100 that were read before are cut 32, 32, 32 and 4. */
    assert_in_range(embed_requests(), DOCS / 32,
                    DOCS / 32 + 20 /* batches of the pool */);
}

/* Documents of 20 to 180 words. */
static void write_long_corpus(size_t n)
{
    FILE *f = fopen(in_home("c.jsonl"), "w");

    assert_non_null(f);
    for (size_t i = 0; i < n; i++) {
        fprintf(f, "{\"id\":\"d%zu\",\"text\":\"", i);
        for (size_t k = 0; k < 20 + i * 7919 % 160; k++)
            fprintf(f, "word%zu ", i % 7);
        fprintf(f, "\"}\n");
    }
    assert_int_equal(fclose(f), 0);
}

/* A service that takes 16,384 tokens in a request. */
static struct run *begin_tokens(enum run_opened expected)
{
    const char *const words[] = { "--embed", "mistral:mistral-embed",
                                  "--embed-url", url, "--dim", "8",
                                  "--embed-batch", "250", "--queue", "1",
                                  "--embed-workers", "1", NULL };

    setenv("MISTRAL_API_KEY", "a-key", 1);
    options_release(&opt);
    read_options(&opt, words);
    return begin(&opt, expected);
}

/* The margin of the estimate shrinks with what the service counts; what was
 * packed before has the first one. */
static void requests_that_tokens_end_are_full(void **state)
{
    const struct fakeapi_options o = { .dim = 8 };
    const uint64_t limit = 16384;
    uint64_t requests, tokens;
    struct summary s;
    struct run *r;

    (void)state;
    serve(&o, 0);
    write_long_corpus(2 * DOCS);
    r = begin_tokens(RUN_OPEN_NEW);
    wait_until(r, seen.stored >= DOCS);
    tokens = look(r)->tokens;
    requests = embed_requests();
    wait_until(r, seen.state == RUN_DONE);
    s = finish(r, EXIT_STORED);
    tokens = s.last.tokens - tokens;
    requests = embed_requests() - requests;
    assert_true(tokens <= limit * (requests + 1));
    assert_true(tokens >= limit * (requests - 1) * 95 / 100);
}

/* The record behind the end of a batch was read already when it was sealed:
 * neither that run nor the next one may pass it over. */
static void a_resume_between_packed_batches_misses_nothing(void **state)
{
    const struct fakeapi_options o = { .dim = 8, .delay_ms = 50 };
    struct run *r;

    (void)state;
    serve(&o, 0);
    write_long_corpus(DOCS);
    for (uint64_t stop = 1; stop <= DOCS / 2; stop += DOCS / 4) {
        r = begin_tokens(stop == 1 ? RUN_OPEN_NEW : RUN_OPEN_RESUMED);
        wait_until(r, seen.stored >= stop);
        finish(r, EXIT_RESUMABLE);
    }
    r = begin_tokens(RUN_OPEN_RESUMED);
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(finish(r, EXIT_STORED).last.stored, DOCS);
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
    assert_true(s.last.failure_count > 0);
    for (uint32_t i = 0; i < s.last.failure_count; i++)
        assert_int_not_equal(s.last.failures[i].standing, FAILURE_WAITING);
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
        RUN_TEST(upserts_behind_slow_embedders_are_full_too),
        RUN_TEST(upserts_that_a_number_ends_are_full),
        RUN_TEST(a_store_that_waits_is_sent_a_part),
        RUN_TEST(a_service_that_takes_96_texts_gets_96),
        RUN_TEST(EM_07_batches_are_as_large_as_a_learned_size),
        RUN_TEST(requests_that_tokens_end_are_full),
        RUN_TEST(a_resume_between_packed_batches_misses_nothing),
        RUN_TEST(ST_26_a_batch_in_two_requests_ends_once_through_all_faults),
        RUN_TEST(ST_26_a_hold_between_two_requests_of_a_batch_goes_on),
        RUN_TEST(ST_26_a_stop_records_what_a_batch_in_two_requests_stored),
    };

    return cmocka_run_group_tests_name("run_full", tests, NULL, NULL);
}
