/* The workers of a run: their bounds, how many start, and how many take
 * batches. */
#include "config.h"
#include "tests/support/run_tools.h"

#include <sqlite3.h>
#include <stdio.h>

#include "api/command.h"
#include "engine/crew.h"
#include "engine/engine.h"
#include "sys/thread.h"
#include "tests/support/fakeapi/fakeapi.h"

enum { DOCS = 900 };

/* --- bounds --------------------------------------------------------------- */

static struct options given;
static const struct embedder_ops service = { .name = "s", .remote = true };
static const struct embedder_ops here = { .name = "h" };
static const struct store_ops server = { .name = "s", .remote = true };
static const struct store_ops file = { .name = "f", .max_workers = 1 };
static const struct store_ops program = { .name = "p" };

static int no_options(void **state)
{
    (void)state;
    given = (struct options){ .embed_batch = 0 };
    return 0;
}

static void a_service_is_sought_up_to_the_most_there_is(void **state)
{
    struct crew c = crew_embedders(&given, &service, 1);

    (void)state;
    assert_true(c.sought);
    assert_int_equal(c.most, WORKERS_MAX);
    assert_string_equal(c.by, "");
    c = crew_upserters(&given, &server);
    assert_true(c.sought);
    assert_int_equal(c.most, WORKERS_MAX);
}

static void a_users_number_is_a_bound_whoever_gives_the_least(void **state)
{
    struct crew c;

    (void)state;
    given.embed_workers = 16;
    given.store_workers = 7;
    c = crew_embedders(&given, &service, 1);
    assert_int_equal(c.most, 16);
    assert_string_equal(c.by, "--embed-workers");
    given.max_concurrent = 5;
    c = crew_embedders(&given, &service, 1);
    assert_int_equal(c.most, 5);
    assert_int_equal(c.at_once, 5);
    assert_string_equal(c.by, "--max-concurrent");
    assert_int_equal(crew_embedders(&given, &service, 2).most, 10);
    c = crew_upserters(&given, &server);
    assert_int_equal(c.most, 7);
    assert_string_equal(c.by, "--store-workers");
}

static void each_endpoint_has_a_worker(void **state)
{
    struct crew c;

    (void)state;
    given.embed_workers = 1;
    c = crew_embedders(&given, &service, 3);
    assert_int_equal(c.most, 3);
    assert_int_equal(crew_share(7, 3, 0), 3);
    assert_int_equal(crew_share(7, 3, 1), 2);
    assert_int_equal(crew_share(7, 3, 2), 2);
}

static void what_computes_here_has_a_worker_for_a_processor(void **state)
{
    struct crew c = crew_embedders(&given, &here, 1);

    (void)state;
    assert_false(c.sought);
    assert_in_range(c.most, 1, CREW_AT_HOME);
    assert_true(c.most <= thread_processors());
    given.embed_workers = 9;
    assert_int_equal(crew_embedders(&given, &here, 1).most, 9);
}

static void a_file_has_one_writer_and_a_users_program_one_unless_told(
    void **state)
{
    (void)state;
    assert_int_equal(crew_upserters(&given, &file).most, 1);
    assert_int_equal(crew_upserters(&given, &file).limit, 1);
    assert_int_equal(crew_upserters(&given, &program).most, 1);
    given.store_workers = 3;
    assert_int_equal(crew_upserters(&given, &file).most, 1);
    assert_int_equal(crew_upserters(&given, &program).most, 3);
}

static void requests_of_all_workers_fit_into_the_bound(void **state)
{
    (void)state;
    assert_int_equal(crew_fit(CREW_BYTES, CREW_BYTES), 1);
    assert_int_equal(crew_fit((size_t)CREW_BYTES * 3, CREW_BYTES), 1);
    assert_int_equal(crew_fit(CREW_BYTES / 10, CREW_BYTES), 10);
    assert_true(crew_fit(0, 0) >= WORKERS_MAX);
    /* 100 documents of 1,536 dimensions: 2.7 MB before any is measured */
    assert_in_range(crew_fit(crew_request_bytes(100, 1536), CREW_BYTES), 40,
                    64);
}

/* OS-07: a connection takes three files, and each stage has one already. */
static void few_files_allow_few_workers(void **state)
{
    (void)state;
    assert_int_equal(crew_files(0, 2), 1);
    assert_int_equal(crew_files(CREW_FILES_SPARE, 2), 1);
    assert_int_equal(crew_files(CREW_FILES_SPARE + 5, 2), 1);
    assert_int_equal(crew_files(CREW_FILES_SPARE + 6, 2), 2);
    assert_int_equal(crew_files(CREW_FILES_SPARE + 6, 1), 3);
    assert_true(crew_files(900, 2) >= WORKERS_MAX);
    assert_int_equal(crew_files(SIZE_MAX, 2), WORKERS_MAX);
    assert_int_equal(crew_files(SIZE_MAX, 0), 1);
}

static size_t unproved(size_t bytes, double unloaded_ms)
{
    return crew_fit(bytes, crew_unproved(unloaded_ms));
}

static void a_near_service_begins_with_few_large_requests_in_flight(
    void **state)
{
    size_t bytes = crew_request_bytes(100, 1536);

    (void)state;
    assert_int_equal(unproved(bytes, 0), 2); /* one at work, one in flight */
    assert_int_equal(unproved(bytes, 5), 2);
    assert_in_range(unproved(bytes, 150), 4, 6);
    assert_int_equal(unproved(bytes, 1000), crew_fit(bytes, CREW_BYTES));
    assert_true(unproved(crew_request_bytes(100, 8), 1) >= 32);
    assert_true(unproved(crew_request_bytes(1, 1536), 1) >= WORKERS_MAX);
    assert_in_range(crew_bytes(1), CREW_LEAST, 5 << 20);
    assert_in_range(crew_bytes(50), 40 << 20, 50 << 20);
    assert_int_equal(crew_bytes(1000), CREW_BYTES);
    assert_int_equal(unproved(CREW_BYTES / 2, 1), 2);
    assert_int_equal(unproved(CREW_BYTES / 2 + 1, 1), 1);
}

/* As many documents as 1 MiB of vectors has, but a service that counts requests
 * may get the largest. */
static void a_sought_batch_is_bounded_in_bytes(void **state)
{
    (void)state;
    assert_int_equal(crew_embed_batch_most(0, 1536, false), 170);
    assert_int_equal(crew_embed_batch_most(0, 1536, true), EMBED_BATCH_MOST);
    assert_int_equal(crew_embed_batch_most(0, 384, false), EMBED_BATCH_MOST);
    assert_int_equal(crew_embed_batch_most(0, 0, false), EMBED_BATCH_MOST);
    assert_int_equal(crew_embed_batch_most(0, 65536, false), EMBED_BATCH);
    assert_int_equal(crew_embed_batch_most(64, 1536, false), 64);
}

/* 2 s of latency with everything in flight is far from a gigabyte, whatever
 * vectors and requests are like. */
static void what_is_in_flight_is_bounded_at_any_size(void **state)
{
    static const struct { size_t dim, embed, upsert; } sizes[] = {
        { 384, 100, 100 }, { 1536, 100, 100 }, { 1536, 512, 1000 },
        { 3072, 100, 291 }, { 3072, 512, 1000 }, { 65536, 100, 100 },
    };
    struct crew embed = crew_embedders(&given, &service, 1);
    struct crew upsert = crew_upserters(&given, &server);

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t e = crew_most(&embed, sizes[i].embed, sizes[i].dim);
        size_t u = crew_most(&upsert, sizes[i].upsert, sizes[i].dim);
        size_t bytes = 0;

        assert_true(e >= 1 && u >= 1);
        if (e > 1)
            bytes += e * crew_request_bytes(sizes[i].embed, sizes[i].dim);
        if (u > 1)
            bytes += u * crew_request_bytes(sizes[i].upsert, sizes[i].dim);
        assert_true(bytes <= 2 * (size_t)CREW_BYTES);
    }
}

/* The pool follows the widths. */
static void the_pool_has_a_batch_for_each_request_in_flight(void **state)
{
    struct run_size n = { .queue = 10, .embedders = 1, .upserters = 1,
                          .embed_batch = 100, .upsert_batch = 100 };
    size_t few = run_batches(&n);

    (void)state;
    n.embedders = 33;
    assert_int_equal(run_batches(&n), few + 32);
    n.upserters = 9;
    assert_int_equal(run_batches(&n), few + 32 + 8);
    n.upsert_batch = 250;
    assert_int_equal(run_batches(&n), few + 32 + 26);
}

/* --- a run ---------------------------------------------------------------- */

static char store[64];

/* Both sides are services that take their time. */
static struct run *begin_at(const struct fakeapi_options *o,
                            const char *const *more)
{
    const char *words[20] = { API, "--create", "--store", store };
    size_t n = 0;

    start_api(o);
    snprintf(store, sizeof store, "qdrant+http://127.0.0.1:%d/c",
             fakeapi_port(api));
    while (words[n])
        n++;
    while (*more)
        words[n++] = *more++;
    write_corpus(DOCS, 0);
    read_options(&opt, words);
    return begin(&opt, RUN_OPEN_NEW);
}

static struct run *begin_served(const char *const *more)
{
    const struct fakeapi_options o = { .dim = 8, .delay_ms = 10 };
    const char *words[20] = { "--embed-batch", "5", "--store-batch", "5" };

    for (size_t n = 4; *more; more++)
        words[n++] = *more;
    return begin_at(&o, words);
}

static void ends(struct run *r)
{
    struct fakeapi_stats served;

    wait_until(r, seen.state == RUN_DONE);
    served = fakeapi_stats(api);
    assert_int_equal(served.distinct, DOCS);
    assert_int_equal(served.bad, 0);
    finish(r, EXIT_STORED);
}

static void workers_start_when_they_are_wanted(void **state)
{
    const char *const none[] = { NULL };
    struct run *r = begin_served(none);

    (void)state;
    wait_until(r, seen.embed.started > 0 && seen.upsert.started > 0);
    assert_true(seen.embed.seek.sought);
    assert_int_equal(seen.embed.seek.bound, WORKERS_MAX);
    assert_int_equal(seen.knob[KNOB_EMBED_WORKERS], KNOB_AUTO);
    wait_until(r, (assert_true(seen.embed.started <= WORKERS_MAX),
                   assert_true(seen.embed.workers <= seen.embed.started),
                   seen.embed.started > 2 || seen.state == RUN_DONE));
    ends(r);
}

static void a_users_number_is_never_passed(void **state)
{
    const char *const few[] = { "--embed-workers", "3", "--store-workers", "2",
                                NULL };
    struct run *r = begin_served(few);

    (void)state;
    wait_until(r, seen.stored > 0);
    assert_int_equal(seen.embed.seek.bound, 3);
    assert_string_equal(seen.embed.seek.bound_by, "--embed-workers");
    assert_int_equal(seen.upsert.seek.bound, 2);
    wait_until(r, (assert_true(seen.embed.started <= 3),
                   assert_true(seen.upsert.started <= 2),
                   seen.state == RUN_DONE));
    assert_true(seen.concurrent.used <= 3);
    ends(r);
}

static void a_number_that_is_set_is_kept_to_until_auto_takes_it_back(
    void **state)
{
    const char *const few[] = { "--embed-workers", "3", NULL };
    struct run *r = begin_served(few);

    (void)state;
    wait_until(r, seen.stored > 0);
    set(r, KNOB_EMBED_WORKERS, 7); /* a hand may pass its own bound */
    wait_until(r, seen.embed.workers == 7);
    assert_true(seen.embed.seek.pinned);
    assert_false(seen.embed.seek.sought);
    assert_int_equal(seen.knob[KNOB_EMBED_WORKERS], 7);
    assert_int_equal(seen.knob_now[KNOB_EMBED_WORKERS], 7);
    set(r, KNOB_EMBED_WORKERS, KNOB_AUTO);
    wait_until(r, seen.embed.seek.sought && seen.embed.workers <= 3);
    assert_int_equal(seen.knob[KNOB_EMBED_WORKERS], KNOB_AUTO);
    assert_int_equal(seen.embed.seek.bound, 3);
    is_refused(r, (struct command){ .kind = COMMAND_SET,
                                    .knob = KNOB_RPM, .value = KNOB_AUTO },
               "requests/min");
    ends(r);
}

static void a_spare_takes_no_batch(void **state)
{
    const char *const few[] = { "--embed-workers", "6", NULL };
    struct run *r = begin_served(few);
    uint64_t docs;

    (void)state;
    set(r, KNOB_EMBED_WORKERS, 6);
    wait_until(r, seen.embed.started == 6);
    set(r, KNOB_EMBED_WORKERS, 2);
    wait_until(r, seen.embed.workers == 2 &&
                      seen.embed.worker[5].state == WORKER_OFF);
    docs = seen.embed.worker[5].docs;
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.embed.worker[5].docs, docs);
    assert_int_equal(seen.embed.started, 6);
    ends(r);
}

static void a_batch_that_is_set_is_pinned_and_auto_is_not(void **state)
{
    const char *const none[] = { NULL };
    struct run *r = begin_served(none);

    (void)state;
    wait_until(r, seen.stored > 0);
    assert_true(seen.embed.seek.batch_pinned); /* by the option */
    set(r, KNOB_EMBED_BATCH, KNOB_AUTO);
    assert_false(look(r)->embed.seek.batch_pinned);
    assert_int_equal(seen.knob[KNOB_EMBED_BATCH], KNOB_AUTO);
    set(r, KNOB_UPSERT_BATCH, 9);
    assert_true(look(r)->upsert.seek.batch_pinned);
    assert_int_equal(seen.upsert.batch, 9);
    ends(r);
}

static void a_file_has_one_writer_and_seeks_nothing(void **state)
{
    const struct fakeapi_options o = { .dim = 8 };
    const char *const words[] = { API, NULL };
    struct run *r;

    (void)state;
    start_api(&o);
    write_corpus(DOCS, 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.stored > 0);
    assert_false(seen.upsert.seek.sought);
    assert_false(seen.upsert.seek.pinned);
    assert_int_equal(seen.upsert.started, 1);
    assert_string_equal(seen.upsert.seek.phase, "");
    wait_until(r, seen.state == RUN_DONE);
    finish(r, EXIT_STORED);
}

/* Put what a run might have found into the ledger of a finished job. */
static void let_it_have_found(const char *ledger, const char *key,
                              const char *line)
{
    char sql[512];
    sqlite3 *db;

    assert_int_equal(sqlite3_open(ledger, &db), SQLITE_OK);
    snprintf(sql, sizeof sql, "REPLACE INTO job VALUES('%s', '%s')", key, line);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void a_new_job_begins_where_a_finished_one_of_its_service_ended(
    void **state)
{
    const struct fakeapi_options wide = { .dim = 1536, .delay_ms = 100 };
    const char *const other[] = { API, "--dim", "1536", "--job", "other",
                                  NULL };
    const char *const more[] = { "--dim", "1536", NULL };
    struct run *r = begin_at(&wide, more);
    struct seek_knee found = { .width = 9, .batch = 100 };
    struct summary done;
    char line[SEEK_TEXT];

    (void)state;
    wait_until(r, seen.state == RUN_DONE);
    done = finish(r, EXIT_STORED);
    seek_knee_write(&found, url, line);
    let_it_have_found(done.archived, "knee.embed", line);
    options_release(&opt);
    read_options(&opt, other);
    r = begin(&opt, RUN_OPEN_NEW);
    assert_int_equal(r->embed.knee.width, 9);
    assert_int_equal(r->embed.knee.batch, 100);
    assert_int_equal(r->upsert.knee.width, 0); /* a file: nothing is sought */
    wait_until(r, seen.embed.started > 0);
    assert_true(seen.embed.seek.bound >= 9); /* unproved, two */
    wait_until(r, seen.state == RUN_DONE);
    finish(r, EXIT_STORED);
}

#define BOUND_TEST(name) cmocka_unit_test_setup(name, no_options)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOUND_TEST(a_service_is_sought_up_to_the_most_there_is),
        BOUND_TEST(a_users_number_is_a_bound_whoever_gives_the_least),
        BOUND_TEST(each_endpoint_has_a_worker),
        BOUND_TEST(what_computes_here_has_a_worker_for_a_processor),
        BOUND_TEST(a_file_has_one_writer_and_a_users_program_one_unless_told),
        BOUND_TEST(requests_of_all_workers_fit_into_the_bound),
        BOUND_TEST(few_files_allow_few_workers),
        BOUND_TEST(a_near_service_begins_with_few_large_requests_in_flight),
        BOUND_TEST(a_sought_batch_is_bounded_in_bytes),
        BOUND_TEST(what_is_in_flight_is_bounded_at_any_size),
        BOUND_TEST(the_pool_has_a_batch_for_each_request_in_flight),
        RUN_TEST(workers_start_when_they_are_wanted),
        RUN_TEST(a_users_number_is_never_passed),
        RUN_TEST(a_number_that_is_set_is_kept_to_until_auto_takes_it_back),
        RUN_TEST(a_spare_takes_no_batch),
        RUN_TEST(a_batch_that_is_set_is_pinned_and_auto_is_not),
        RUN_TEST(a_file_has_one_writer_and_seeks_nothing),
        RUN_TEST(a_new_job_begins_where_a_finished_one_of_its_service_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
