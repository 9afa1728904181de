/* Whole runs in this process, with a hand on every lever. */
#include "config.h"
#include "tests/support/run_tools.h"

#include "engine/engine.h"
#include "tests/support/fakeapi/fakeapi.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct fakeapi *api;
static struct options opt;
static char url[64];

static int setup(void **state)
{
    return make_home(state);
}

static int teardown(void **state)
{
    options_release(&opt);
    fakeapi_stop(api);
    api = NULL;
    return remove_home(state);
}

static void start_api(const struct fakeapi_options *o)
{
    api = fakeapi_start(o);
    assert_non_null(api);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", fakeapi_port(api));
}

#define API "--embed", "openai:m", "--embed-url", url, "--dim", "8"

/* --- what is remembered --------------------------------------------------- */

static void EM_07_a_ceiling_is_remembered_for_the_endpoint(void **state)
{
    const struct fakeapi_options o = { .dim = 8, .limit_bytes = 900,
                                       .poison = "number 37" };
    const char *const words[] = { API, NULL };
    struct options other;
    struct run *r;
    uint32_t limit;

    (void)state;
    start_api(&o);
    write_corpus(400, 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    limit = seen.embed.batch_limit;
    assert_in_range(limit, 1, 50);
    finish(r, EXIT_SOME_FAILED);

    r = open_run(&opt, RUN_OPEN_RESUMED);
    assert_int_equal(look(r)->embed.batch_limit, limit);
    finish(r, EXIT_RESUMABLE);

    snprintf(url, sizeof url, "http://127.0.0.1:1/v1");
    read_options(&other, words);
    r = open_run(&other, RUN_OPEN_RESUMED);
    assert_int_equal(look(r)->embed.batch_limit, 0);
    finish(r, EXIT_RESUMABLE);
    options_release(&other);
}

/* --- what the service asks for -------------------------------------------- */

/* Longer than a worker would wait of its own accord. */
enum { PACE_LONG_MS = 700 };

static void EM_05_nothing_is_sent_before_a_429_says_so(void **state)
{
    static const enum fakeapi_pace paces[] = { PACE_MS, PACE_RESET };
    static const struct fakeapi_answer limited = { .limited = true };
    const char *const words[] = { API, "--embed-batch", "5", "--new-job",
                                  "--embed-workers", "1", NULL };

    (void)state;
    write_corpus(60, 0);
    for (size_t i = 0; i < sizeof paces / sizeof paces[0]; i++) {
        const struct fakeapi_options o = { .dim = 8, .pace = paces[i],
                                           .pace_ms = PACE_LONG_MS };
        struct run *r;

        options_release(&opt);
        fakeapi_stop(api);
        start_api(&o);
        fakeapi_script(api, &(struct fakeapi_answer){ .genuine = true });
        fakeapi_script(api, &limited); /* behind the probe */
        read_options(&opt, words);
        r = begin(&opt, RUN_OPEN_NEW);
        wait_until(r, seen.state == RUN_DONE);
        assert_int_equal(seen.stored, 60);
        assert_int_equal(fakeapi_stats(api).refused, 1);
        assert_int_equal(fakeapi_stats(api).early, 0);
        finish(r, EXIT_STORED);
    }
}

/* What the test above relies on. */
static void EM_05_a_request_before_its_time_is_noticed(void **state)
{
    const struct fakeapi_options o = { .dim = 8, .rate_429_pct = 100,
                                       .pace_ms = 3600000 };
    const struct embed_input in = { text_of("a text"), false };
    struct embedder_config cfg = { .model = "m", .stop_fd = -1, .dim = 8,
                                   .key = "a-key" };
    struct embed_usage use;
    struct embedder *e;
    struct error err;
    float vector[8];

    (void)state;
    start_api(&o);
    cfg.url = url;
    e = embedder_find(text_of("openai"))->open(&cfg, &err);
    assert_non_null(e);
    for (uint64_t i = 0; i < 3; i++) {
        assert_false(e->ops->embed(e, &in, 1, vector, &use, &err));
        assert_int_equal(err.kind, ERROR_LIMITED);
        assert_int_equal(fakeapi_stats(api).early, i);
    }
    e->ops->close(e);
}

/* A service that did its work, and charges for it, before the line broke. */
static void EM_19_calls_that_were_paid_twice_are_counted(void **state)
{
    const struct fakeapi_answer broken = { .genuine = true, .cut_16ths = 8 };
    const char *const words[] = { API, "--embed-batch", "5",
                                  "--embed-workers", "1", NULL };
    const struct fakeapi_options o = { .dim = 8 };
    struct summary s;
    struct run *r;

    (void)state;
    start_api(&o);
    fakeapi_script(api, &(struct fakeapi_answer){ .genuine = true });
    fakeapi_script(api, &broken);
    fakeapi_script(api, &broken);
    write_corpus(40, 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    s = finish(r, EXIT_STORED);
    assert_int_equal(s.last.stored, 40);
    /* Five that were broken are sent as two, broken, too, and three. */
    assert_int_equal(s.last.resent, 5 + 2);
    assert_int_equal(s.last.retries, 4); /* 2, twice 1, 3 */
    assert_int_equal(fakeapi_stats(api).texts, 40 + 5 + 2 + 1 /* first */);
}

/* One point of Qdrant's: the later record waits for the earlier one and wins. */
static void IN_17_two_spellings_of_a_uuid_are_never_under_way_together(
    void **state)
{
    const struct fakeapi_options o = { .dim = 8 };
    char store[96];
    const char *const words[] = { API, "--store", store, "--create", NULL };
    struct fakeapi_stats stats;
    struct summary s;
    struct run *r;
    FILE *f;

    (void)state;
    start_api(&o);
    snprintf(store, sizeof store, "qdrant+http://127.0.0.1:%d/c",
             fakeapi_port(api));
    f = fopen(in_home("c.jsonl"), "w");
    assert_non_null(f);
    fputs("{\"id\":\"6BA7B810-9DAD-11D1-80B4-00C04FD430C8\",\"text\":\"a\"}\n"
          "{\"id\":\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\",\"text\":\"b\"}\n",
          f);
    assert_int_equal(fclose(f), 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    s = finish(r, EXIT_STORED);
    stats = fakeapi_stats(api);
    assert_int_equal(s.last.duplicates, 1);
    assert_int_equal(stats.distinct, 1);
    assert_int_equal(stats.points, 2);
}

/* --- levers --------------------------------------------------------------- */

enum { DOCS = 1200, BAD_EACH = 40, BAD = DOCS / BAD_EACH };

/* A service that takes its time, so that there is something to steer. */
static struct run *begin_slow(void)
{
    const struct fakeapi_options o = { .dim = 8, .delay_ms = 10 };
    const char *const words[] = { API, "--embed-batch", "5", "--queue", "4",
                                  NULL };

    start_api(&o);
    write_corpus(DOCS, BAD_EACH);
    read_options(&opt, words);
    return begin(&opt, RUN_OPEN_NEW);
}

/* I5: every record ended in one way, and the status says which. */
static void ends_whole(struct run *r)
{
    struct summary s;

    wait_until(r, seen.state == RUN_DONE);
    s = finish(r, EXIT_SOME_FAILED);
    assert_int_equal(s.last.stored, DOCS - BAD);
    assert_int_equal(s.last.rejected, BAD);
    assert_int_equal(s.last.processed, DOCS);
    assert_int_equal(s.last.in_flight, 0);
    assert_int_equal(s.last.failures_open, BAD);
}

static void I1_the_sums_hold_while_every_knob_is_turned(void **state)
{
    static const struct {
        enum knob knob;
        int64_t value;
    } turns[] = {
        { KNOB_EMBED_WORKERS, 6 }, { KNOB_EMBED_BATCH, 3 },
        { KNOB_UPSERT_BATCH, 1 },  { KNOB_EMBED_WORKERS, 1 },
        { KNOB_EMBED_BATCH, 40 },  { KNOB_UPSERT_BATCH, 500 },
        { KNOB_RPM, 100000 },      { KNOB_TPM, 10000000 },
        { KNOB_EMBED_WORKERS, 4 }, { KNOB_RPM, 0 },
        { KNOB_TPM, 0 },           { KNOB_EMBED_BATCH, 9 },
    };
    struct run *r = begin_slow();

    (void)state;
    wait_until(r, seen.stored > 0);
    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
        uint64_t before = look(r)->processed;

        set(r, turns[i].knob, turns[i].value);
        assert_int_equal(look(r)->knob[turns[i].knob], turns[i].value);
        wait_until(r, seen.processed > before || seen.state == RUN_DONE);
    }
    assert_int_equal(seen.embed.wanted, 4);
    ends_whole(r);
}

static bool all_paused(const struct stage_view *v)
{
    for (uint32_t i = 0; i < v->wanted; i++)
        if (v->worker[i].state != WORKER_PAUSED &&
            v->worker[i].state != WORKER_IDLE)
            return false;
    return true;
}

static void a_pause_asks_for_nothing_more_and_a_resume_goes_on(void **state)
{
    struct run *r = begin_slow();
    uint64_t requests;

    (void)state;
    wait_until(r, seen.stored > 0);
    order(r, (struct command){ .kind = COMMAND_PAUSE, .origin = "the test" });
    wait_until(r, seen.state == RUN_PAUSED && all_paused(&seen.embed));
    assert_non_null(strstr(seen.reason, "the test"));
    assert_int_equal(seen.eta_ms, -2);
    is_refused(r, (struct command){ .kind = COMMAND_PAUSE }, "already");
    requests = fakeapi_stats(api).embed_requests;
    wait_until(r, seen.paused_ms > 0);
    /* A worker may have passed the gate right before. */
    assert_in_range(fakeapi_stats(api).embed_requests, requests, requests + 3);
    assert_true(seen.processed < DOCS);
    order(r, (struct command){ .kind = COMMAND_RESUME });
    ends_whole(r);
}

static void machine_uses(int pct)
{
    char name[128];
    FILE *f = fopen(in_home("meminfo.new"), "w");

    assert_non_null(f);
    fprintf(f, "MemTotal: 1000 kB\nMemAvailable: %d kB\n", 1000 - pct * 10);
    fclose(f);
    snprintf(name, sizeof name, "%s", in_home("meminfo"));
    assert_int_equal(rename(in_home("meminfo.new"), name), 0);
}

static void OS_06_reading_holds_above_the_memory_guard(void **state)
{
    const struct fakeapi_options o = { .dim = 8, .delay_ms = 10 };
    const char *const words[] = { API, "--embed-batch", "5", "--queue", "1",
                                  "--embed-workers", "1", NULL };
    char meminfo[128], none[128];
    struct memory_files files = { meminfo, none };
    struct error err = { 0 };
    struct run *r;

    (void)state;
    snprintf(meminfo, sizeof meminfo, "%s", in_home("meminfo"));
    snprintf(none, sizeof none, "%s", in_home("no-cgroup"));
    machine_uses(90);
    start_api(&o);
    write_corpus(DOCS, BAD_EACH);
    read_options(&opt, words);
    r = open_run(&opt, RUN_OPEN_NEW);
    r->memory_files = &files;
    assert_true(run_begin(r, &err));
    wait_until(r, seen.state == RUN_HELD);
    assert_non_null(strstr(seen.reason, "reading holds above 80 %"));
    assert_true(seen.processed < DOCS);
    machine_uses(10);
    wait_until(r, seen.state == RUN_RUNNING || seen.state == RUN_DONE);
    ends_whole(r);
}

/* --- what is refused, and why --------------------------------------------- */

static void what_cannot_be_done_is_refused_with_the_reason(void **state)
{
    const char *const words[] = { NULL };
    struct run *r;

    (void)state;
    write_corpus(20, 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    is_refused(r, (struct command){ .kind = COMMAND_PAUSE },
               "nothing is under way");
    is_refused(r, (struct command){ .kind = COMMAND_RESUME }, "not paused");
    is_refused(r, (struct command){ .kind = COMMAND_RETRY },
               "nothing has failed");
    is_refused(r, (struct command){ .kind = COMMAND_SKIP },
               "nothing has failed");
    is_refused(r, (struct command){ .kind = COMMAND_SET,
                                    .knob = KNOB_EMBED_WORKERS, .value = 0 },
               "embed workers");
    is_refused(r, (struct command){ .kind = COMMAND_SET,
                                    .knob = KNOB_UPSERT_WORKERS, .value = 2 },
               "upsert workers"); /* sqlite has one writer */
    is_refused(r, (struct command){ .kind = COMMAND_SET, .knob = KNOB_COUNT },
               "no such setting");
    is_refused(r, (struct command){ .kind = (enum command_kind)99 },
               "no such command");
    finish(r, EXIT_STORED);
}

static void a_run_that_drains_retries_nothing(void **state)
{
    struct run *r = begin_slow();

    (void)state;
    wait_until(r, seen.rejected > 0);
    order(r, (struct command){ .kind = COMMAND_DRAIN });
    is_refused(r, (struct command){ .kind = COMMAND_RETRY }, "ending");
    is_refused(r, (struct command){ .kind = COMMAND_EXPORT }, "file name");
    finish(r, EXIT_RESUMABLE);
}

/* --- a corpus of several files -------------------------------------------- */

enum { FILES = 7 }; /* more than are read at once */

static void write_part(int part, const char *word)
{
    char name[16];
    FILE *f;

    snprintf(name, sizeof name, "p%d.jsonl", part);
    f = fopen(in_home(name), "w");
    assert_non_null(f);
    for (int i = 0; i < 30; i++)
        fprintf(f, "{\"id\":\"%d-%d\",\"text\":\"%s %d\"}\n", part, i,
                word, i);
    assert_int_equal(fclose(f), 0);
}

static void IN_20_a_file_that_changes_before_its_turn_holds_the_run(
    void **state)
{
    const char *words[FILES + 1] = { NULL };
    char names[FILES][96];
    struct error err = { 0 };
    struct run *r;

    (void)state;
    write_corpus(10, 0);
    for (int i = 0; i < FILES; i++) {
        write_part(i, "text");
        snprintf(names[i], sizeof names[i], "%s/p%d.jsonl", home, i);
        words[i] = names[i];
    }
    read_options(&opt, words);
    r = open_run(&opt, RUN_OPEN_NEW);
    write_part(FILES - 1, "other text");
    assert_true(run_begin(r, &err));
    wait_until(r, seen.state == RUN_PAUSED);
    assert_non_null(strstr(seen.reason, "p6.jsonl is not what it was when"));
    write_part(FILES - 1, "text");
    order(r, (struct command){ .kind = COMMAND_RESUME });
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.stored, 10 + 30 * FILES);
    finish(r, EXIT_STORED);
}

/* --- background ----------------------------------------------------------- */

static size_t lines_of(const char *path)
{
    FILE *f = fopen(path, "r");
    size_t n = 0;
    int c;

    assert_non_null(f);
    while ((c = getc(f)) != EOF)
        n += c == '\n';
    fclose(f);
    return n;
}

static void failures_are_exported_and_the_checkpoint_is_written(void **state)
{
    struct command export = { .kind = COMMAND_EXPORT };
    struct run *r = begin_slow();

    (void)state;
    snprintf(export.path, sizeof export.path, "%s", in_home("failures"));
    wait_until(r, seen.stored > 0);
    order(r, (struct command){ .kind = COMMAND_CHECKPOINT });
    wait_until(r, strstr(seen.message, "checkpoint written"));
    wait_until(r, seen.state == RUN_DONE);
    order(r, export);
    wait_until(r, strstr(seen.message, "failures written to"));
    assert_int_equal(lines_of(export.path), BAD);
    ends_whole(r);
}

static void a_file_that_is_there_is_replaced_only_when_that_was_said(
    void **state)
{
    struct command export = { .kind = COMMAND_EXPORT };
    struct run *r = begin_slow();
    struct error err;
    FILE *f;

    (void)state;
    snprintf(export.path, sizeof export.path, "%s", in_home("failures"));
    f = fopen(export.path, "w");
    assert_non_null(f);
    fputs("kept\n", f);
    fclose(f);
    wait_until(r, seen.state == RUN_DONE);
    assert_false(run_command(r, &export, NULL, 0, &err));
    assert_int_equal(err.code, EEXIST);
    assert_int_equal(lines_of(export.path), 1);
    export.overwrite = true;
    order(r, export);
    wait_until(r, strstr(seen.message, "failures written to"));
    assert_int_equal(lines_of(export.path), BAD);
    snprintf(export.path, sizeof export.path, "/dev/null");
    assert_false(run_command(r, &export, NULL, 0, &err));
    assert_non_null(strstr(err.text, "no plain file"));
    ends_whole(r);
}

/* Who is asked first has not answered, and a hand has enough of waiting. */
static void a_drain_is_told_of_before_the_first_answer_too(void **state)
{
    const struct fakeapi_options o = { .dim = 8, .delay_ms = 60000 };
    const char *const words[] = { API, NULL };
    struct run *r;

    (void)state;
    start_api(&o);
    write_corpus(10, 0);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    assert_int_equal(look(r)->state, RUN_STARTING);
    order(r, (struct command){ .kind = COMMAND_DRAIN });
    assert_int_equal(look(r)->state, RUN_DRAINING);
    order(r, (struct command){ .kind = COMMAND_STOP });
    finish(r, EXIT_RESUMABLE);
}

/* --- the end -------------------------------------------------------------- */

static void a_finished_ledger_that_cannot_be_moved_stays_and_is_whole(
    void **state)
{
    const char *const words[] = { NULL };
    struct summary sum;
    struct run *r;
    FILE *in_the_way;

    (void)state;
    write_corpus(50, 0);
    assert_int_equal(mkdir(in_home("checkpoints"), 0700), 0);
    in_the_way = fopen(in_home("checkpoints/completed"), "w");
    assert_non_null(in_the_way);
    fclose(in_the_way);
    read_options(&opt, words);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    sum = finish(r, EXIT_STORED);
    assert_string_equal(sum.archived, "");
    assert_int_equal(unlink(in_home("checkpoints/completed")), 0);

    r = begin(&opt, RUN_OPEN_RESUMED);
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.stored, 50);
    assert_int_equal(seen.requests, 0);
    sum = finish(r, EXIT_STORED);
    assert_string_not_equal(sum.archived, "");
}

static void LD_03_a_checkpoint_that_cannot_be_written_knows_what_it_knew(
    void **state)
{
    const char *const ledger = "checkpoints/c.ledger";
    struct run *r = begin_slow();
    struct summary s;

    (void)state;
    wait_until(r, seen.stored > 0 && seen.checkpoint_count > 0);
    assert_int_equal(rename(in_home(ledger), in_home("away")), 0);
    assert_int_equal(mkdir(in_home(ledger), 0700), 0);
    wait_until(r, seen.state == RUN_PAUSED);
    order(r, (struct command){ .kind = COMMAND_STOP });
    s = finish(r, EXIT_FATAL);
    assert_non_null(strstr(s.why.text, "the checkpoint does not know of"));
    assert_true(s.recorded < s.last.processed);

    assert_int_equal(rmdir(in_home(ledger)), 0);
    assert_int_equal(rename(in_home("away"), in_home(ledger)), 0);
    r = begin(&opt, RUN_OPEN_RESUMED);
    assert_int_equal(look(r)->resumed_at, s.recorded);
    ends_whole(r);
}

static void resumes_whole(void)
{
    struct run *r = begin(&opt, RUN_OPEN_RESUMED);

    assert_true(look(r)->resumed);
    ends_whole(r);
    assert_int_equal(fakeapi_stats(api).bad, 0);
}

static void after_a_drain_nothing_was_sent_in_vain(void **state)
{
    struct run *r = begin_slow();
    struct summary s;

    (void)state;
    wait_until(r, seen.stored > 0);
    order(r, (struct command){ .kind = COMMAND_DRAIN });
    assert_true(run_wait(r, PATIENCE_MS));
    s = finish(r, EXIT_RESUMABLE);
    assert_int_equal(s.last.in_flight, 0);
    assert_true(s.last.processed < DOCS);
    assert_int_equal(fakeapi_stats(api).texts, s.last.stored + 1 /* probe */);
    resumes_whole();
}

static void after_a_stop_a_resume_sends_what_was_in_flight(void **state)
{
    struct run *r = begin_slow();
    struct summary s;

    (void)state;
    wait_until(r, seen.stored > 0);
    order(r, (struct command){ .kind = COMMAND_STOP });
    s = finish(r, EXIT_RESUMABLE);
    assert_true(s.last.processed < DOCS);
    resumes_whole();
}

static void EM_36_what_a_first_request_may_end_with_has_its_status(void **s)
{
    static const enum error_kind usage[] = { ERROR_REFUSED, ERROR_SIZE,
                                             ERROR_PROTOCOL, ERROR_VECTOR,
                                             ERROR_AUTH, ERROR_CONFIG };
    static const enum error_kind later[] = { ERROR_QUOTA, ERROR_LIMITED,
                                             ERROR_SERVER, ERROR_NETWORK };

    (void)s;
    for (size_t i = 0; i < sizeof usage / sizeof *usage; i++)
        assert_int_equal(exit_status_of(&(struct error){ .kind = usage[i] }),
                         EXIT_USAGE);
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        assert_int_equal(exit_status_of(&(struct error){ .kind = later[i] }),
                         EXIT_RESUMABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            EM_36_what_a_first_request_may_end_with_has_its_status),
        TEST(EM_07_a_ceiling_is_remembered_for_the_endpoint),
        TEST(EM_05_nothing_is_sent_before_a_429_says_so),
        TEST(EM_05_a_request_before_its_time_is_noticed),
        TEST(EM_19_calls_that_were_paid_twice_are_counted),
        TEST(IN_17_two_spellings_of_a_uuid_are_never_under_way_together),
        TEST(I1_the_sums_hold_while_every_knob_is_turned),
        TEST(a_pause_asks_for_nothing_more_and_a_resume_goes_on),
        TEST(OS_06_reading_holds_above_the_memory_guard),
        TEST(what_cannot_be_done_is_refused_with_the_reason),
        TEST(a_run_that_drains_retries_nothing),
        TEST(IN_20_a_file_that_changes_before_its_turn_holds_the_run),
        TEST(a_drain_is_told_of_before_the_first_answer_too),
        TEST(failures_are_exported_and_the_checkpoint_is_written),
        TEST(a_file_that_is_there_is_replaced_only_when_that_was_said),
        TEST(after_a_drain_nothing_was_sent_in_vain),
        TEST(LD_03_a_checkpoint_that_cannot_be_written_knows_what_it_knew),
        TEST(after_a_stop_a_resume_sends_what_was_in_flight),
        TEST(a_finished_ledger_that_cannot_be_moved_stays_and_is_whole),
    };

    setenv("OPENAI_API_KEY", "a-key", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
