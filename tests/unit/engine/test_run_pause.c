/* One stage of a whole run paused alone, and resumed alone. */
#include "config.h"
#include "tests/support/run_tools.h"

#include "tests/support/fakeapi/fakeapi.h"

enum { DOCS = 400, BATCH = 5, QUEUE = 4, MANY = 16 };
enum { READ = 1 << STAGE_READ, EMBED = 1 << STAGE_EMBED,
       UPSERT = 1 << STAGE_UPSERT };

/* A service that takes its time for few workers, so that there is something to
 * hold. */
static int setup(void **state)
{
    const struct fakeapi_options o = { .dim = 8, .delay_ms = 20 };

    if (make_home(state))
        return -1;
    start_api(&o);
    write_corpus(DOCS, 0);
    return 0;
}

static void hand(struct run *r, enum command_kind kind, uint32_t stages)
{
    order(r, (struct command){ .kind = kind, .stages = stages,
                               .origin = "the test" });
}

/* Under way, with these stages paused. */
static struct run *begin_paused(uint32_t stages)
{
    const char *const words[] = { API, "--embed-batch", "5",
                                  "--embed-workers", "2", "--store-batch",
                                  "10", "--queue", "4", "--new-job", NULL };
    struct run *r;

    options_release(&opt);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.stored > 0);
    hand(r, COMMAND_PAUSE, stages);
    assert_int_equal(look(r)->state, RUN_PAUSED);
    assert_int_equal(seen.paused, stages);
    assert_int_equal(seen.eta_ms, -2);
    assert_string_equal(seen.bottleneck, "");
    return r;
}

/* All but spares. */
static bool all_are(const struct stage_view *v, enum worker_state state)
{
    uint32_t others = 0;

    for (uint32_t i = 0; i < v->started; i++)
        others += v->worker[i].state != state &&
                  v->worker[i].state != WORKER_OFF;
    return v->started > 0 && others == 0;
}

/* Each document is there, and none was sent twice. */
static void ends_whole(struct run *r)
{
    struct summary s;

    set(r, KNOB_EMBED_WORKERS, MANY);
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.paused, 0);
    s = finish(r, EXIT_STORED);
    assert_int_equal(s.last.stored, DOCS);
    assert_int_equal(s.last.in_flight, 0);
    assert_int_equal(fakeapi_stats(api).texts, DOCS + 1 /* probe */);
}

/* --- each stage -------------------------------------------------------------- */

static void a_paused_embedder_lets_reader_and_store_go_on(void **state)
{
    struct run *r = begin_paused(EMBED);
    uint64_t requests;

    (void)state;
    assert_non_null(strstr(seen.reason, "EMBED paused by the test"));
    /* What was sent is answered and stored; what was not stays queued. */
    wait_until(r, all_are(&seen.embed, WORKER_PAUSED) &&
                      seen.embed_queue.count >= QUEUE &&
                      seen.embedded == seen.upserted);
    assert_int_equal(seen.upsert_queue.count, 0);
    requests = fakeapi_stats(api).embed_requests;
    hand(r, COMMAND_CHECKPOINT, 0);
    wait_until(r, was_told("checkpoint written"));
    assert_int_equal(fakeapi_stats(api).embed_requests, requests);
    assert_int_equal(seen.stored, seen.embedded);
    hand(r, COMMAND_RESUME, EMBED);
    ends_whole(r);
}

static void behind_a_paused_store_the_queues_fill_and_no_more(void **state)
{
    struct run *r = begin_paused(UPSERT);
    uint64_t read;

    (void)state;
    wait_until(r, all_are(&seen.upsert, WORKER_PAUSED) &&
                      all_are(&seen.embed, WORKER_BLOCKED) &&
                      seen.upsert_queue.count >= QUEUE &&
                      seen.embed_queue.count >= QUEUE);
    read = seen.produced;
    hand(r, COMMAND_CHECKPOINT, 0);
    wait_until(r, was_told("checkpoint written"));
    assert_in_range(seen.produced, read, read + BATCH);
    assert_true(seen.produced < DOCS);
    assert_true(seen.in_flight > 0);
    hand(r, COMMAND_RESUME, UPSERT);
    ends_whole(r);
}

static void behind_a_paused_reader_all_is_stored(void **state)
{
    struct run *r = begin_paused(READ);

    (void)state;
    wait_until(r, seen.in_flight == 0);
    assert_int_equal(seen.state, RUN_PAUSED);
    assert_true(seen.processed < DOCS);
    assert_true(seen.paused_ms > 0);
    hand(r, COMMAND_RESUME, READ);
    ends_whole(r);
}

/* --- several ------------------------------------------------------------------ */

static void pauses_add_up_and_end_one_by_one_or_all_at_once(void **state)
{
    struct run *r = begin_paused(UPSERT);

    (void)state;
    hand(r, COMMAND_PAUSE, READ);
    assert_int_equal(look(r)->paused, READ | UPSERT);
    assert_non_null(strstr(seen.reason, "READ, UPSERT paused by"));
    hand(r, COMMAND_PAUSE, 0);
    assert_int_equal(look(r)->paused, STAGES_ALL);
    assert_memory_equal(seen.reason, "paused by", 9);
    hand(r, COMMAND_RESUME, UPSERT);
    assert_int_equal(look(r)->paused, STAGES_INTAKE);
    hand(r, COMMAND_RESUME, EMBED);
    wait_until(r, seen.in_flight == 0);
    assert_int_equal(seen.paused, READ);
    assert_true(seen.processed < DOCS);
    hand(r, COMMAND_PAUSE, UPSERT);
    hand(r, COMMAND_RESUME, 0);
    assert_int_equal(look(r)->paused, 0);
    ends_whole(r);
}

static void what_is_so_already_is_refused(void **state)
{
    struct command pause = { .kind = COMMAND_PAUSE, .stages = UPSERT };
    struct command resume = { .kind = COMMAND_RESUME, .stages = EMBED };
    struct run *r = begin_paused(UPSERT);

    (void)state;
    is_refused(r, pause, "UPSERT is paused already");
    is_refused(r, resume, "EMBED is not paused");
    hand(r, COMMAND_RESUME, UPSERT);
    wait_until(r, seen.reading_done || seen.state == RUN_DONE);
    pause.stages = READ;
    wait_until(r, !command(r, &pause, &(struct error){ 0 }));
    assert_false(look(r)->paused & READ);
    ends_whole(r);
}

/* --- ends ----------------------------------------------------------------------- */

static void OS_01_a_drain_ends_the_pause_of_any_stage(void **state)
{
    (void)state;
    for (int s = 0; s < STAGE_COUNT; s++) {
        struct run *r = begin_paused(1u << s);
        struct command drain = { .kind = COMMAND_DRAIN };
        char said[160];
        struct summary sum;
        struct error err;

        assert_true(run_command(r, &drain, said, sizeof said, &err));
        assert_non_null(strstr(said, "what was paused goes on"));
        is_refused(r, (struct command){ .kind = COMMAND_PAUSE,
                                        .stages = 1u << s }, "ending");
        assert_true(run_wait(r, PATIENCE_MS));
        sum = finish(r, EXIT_RESUMABLE);
        assert_int_equal(sum.last.in_flight, 0);
        assert_true(sum.last.stored < DOCS);
    }
}

static void resumes_whole(void)
{
    struct run *r;

    opt.new_job = false;
    r = begin(&opt, RUN_OPEN_RESUMED);
    set(r, KNOB_EMBED_WORKERS, MANY);
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.stored, DOCS);
    finish(r, EXIT_STORED);
}

static void OS_01_a_stop_ends_a_run_with_any_stage_paused(void **state)
{
    (void)state;
    for (int s = 0; s < STAGE_COUNT; s++) {
        struct run *r = begin_paused(1u << s);
        struct summary sum;

        order(r, (struct command){ .kind = COMMAND_STOP });
        sum = finish(r, EXIT_RESUMABLE);
        assert_true(sum.last.processed < DOCS);
    }
    resumes_whole();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, leave_run)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_paused_embedder_lets_reader_and_store_go_on),
        TEST(behind_a_paused_store_the_queues_fill_and_no_more),
        TEST(behind_a_paused_reader_all_is_stored),
        TEST(pauses_add_up_and_end_one_by_one_or_all_at_once),
        TEST(what_is_so_already_is_refused),
        TEST(OS_01_a_drain_ends_the_pause_of_any_stage),
        TEST(OS_01_a_stop_ends_a_run_with_any_stage_paused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
