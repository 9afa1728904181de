/* Whole runs in this process, with a hand on every lever. */
#include "config.h"
#include "tests/support/run_tools.h"

#include "engine/engine.h"
#include "tests/support/fakeapi/fakeapi.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

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
    for (uint32_t i = 0; i < v->started; i++)
        if (v->worker[i].state != WORKER_PAUSED &&
            v->worker[i].state != WORKER_IDLE &&
            v->worker[i].state != WORKER_OFF) /* a spare */
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
    assert_non_null(strstr(seen.reason, "reading goes on below 77 %"));
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
    wait_until(r, was_told("checkpoint written"));
    wait_until(r, seen.state == RUN_DONE);
    order(r, export);
    wait_until(r, was_told("failures written to"));
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
    wait_until(r, was_told("failures written to"));
    assert_int_equal(lines_of(export.path), BAD);
    snprintf(export.path, sizeof export.path, "/dev/null");
    assert_false(run_command(r, &export, NULL, 0, &err));
    assert_non_null(strstr(err.text, "no plain file"));
    ends_whole(r);
}

/* Who is asked first has not answered, and a hand has enough of waiting. */
static void OS_15_a_drain_before_the_first_answer_is_the_end(void **state)
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
    assert_int_equal(look(r)->state, RUN_STOPPING);
    assert_true(run_wait(r, PATIENCE_MS));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            EM_36_what_a_first_request_may_end_with_has_its_status),
        RUN_TEST(I1_the_sums_hold_while_every_knob_is_turned),
        RUN_TEST(a_pause_asks_for_nothing_more_and_a_resume_goes_on),
        RUN_TEST(OS_06_reading_holds_above_the_memory_guard),
        RUN_TEST(what_cannot_be_done_is_refused_with_the_reason),
        RUN_TEST(a_run_that_drains_retries_nothing),
        RUN_TEST(IN_20_a_file_that_changes_before_its_turn_holds_the_run),
        RUN_TEST(OS_15_a_drain_before_the_first_answer_is_the_end),
        RUN_TEST(failures_are_exported_and_the_checkpoint_is_written),
        RUN_TEST(a_file_that_is_there_is_replaced_only_when_that_was_said),
        RUN_TEST(after_a_drain_nothing_was_sent_in_vain),
        RUN_TEST(LD_03_a_checkpoint_that_cannot_be_written_knows_what_it_knew),
        RUN_TEST(after_a_stop_a_resume_sends_what_was_in_flight),
        RUN_TEST(a_finished_ledger_that_cannot_be_moved_stays_and_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
