/* The life of a ledger: whose it is, and what it remembers. */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/await.h"
#include "tests/support/ledger_tools.h"
#include "ledger/ledger_file.h"

static void SE_11_a_job_name_cannot_leave_the_directory(void **state)
{
    static const char *const bad[] = { "",   ".",   "..",  "a/b", "../a",
                                       "-a", "a b", "a..b", "_a",  "a\n" };
    struct error err;
    char longest[66];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(ledger_job_valid(bad[i], &err));
        assert_int_equal(err.kind, ERROR_CONFIG);
    }
    memset(longest, 'x', sizeof longest);
    longest[65] = '\0';
    assert_false(ledger_job_valid(longest, &err));
    longest[64] = '\0';
    assert_true(ledger_job_valid(longest, &err));
    assert_true(ledger_job_valid("Wiki-2026.12_a", &err));
}

static void SE_12_files_belong_to_their_owner_alone(void **state)
{
    struct ledger *l;
    mode_t old = umask(0);

    (void)state;
    l = new_job("job");
    commit(l);
    umask(old);
    assert_int_equal(mode_of(checkpoints), 0700);
    assert_int_equal(mode_of(in_dir("job.ledger")), 0600);
    assert_int_equal(mode_of(in_dir("job.ledger-wal")), 0600);
    assert_int_equal(mode_of(in_dir("job.lock")), 0600);
    ledger_close(l);
}

static void SE_12_a_directory_open_to_all_is_refused(void **state)
{
    (void)state;
    mkdir(checkpoints, 0700);
    chmod(checkpoints, 0777);
    refused("job", ERROR_CONFIG);
    chmod(checkpoints, 01777);
    ledger_close(open_job("job", LEDGER_NEW));
}

static void SE_13_links_are_not_followed(void **state)
{
    char victim[100];
    int fd;

    (void)state;
    snprintf(victim, sizeof victim, "%s/victim", home);
    mkdir(checkpoints, 0700);
    fd = open(victim, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);

    assert_int_equal(symlink(victim, in_dir("a.ledger")), 0);
    refused("a", ERROR_CONFIG);
    assert_int_equal(symlink(victim, in_dir("b.lock")), 0);
    refused("b", ERROR_CONFIG);
    assert_int_equal(link(victim, in_dir("c.lock")), 0);
    refused("c", ERROR_CONFIG);
    assert_int_equal(symlink(victim, in_dir("d.ledger.new")), 0);
    ledger_close(open_job("d", LEDGER_NEW));
    {
        struct stat st;

        assert_int_equal(stat(victim, &st), 0);
        assert_int_equal(st.st_size, 0);
    }
}

static void try_and_exit(void)
{
    enum ledger_state state;
    struct error err;

    if (ledger_open(checkpoints, "job", &state, &err) ||
        err.kind != ERROR_LOCKED)
        _exit(1);
}

static void hold_and_die(void)
{
    enum ledger_state state;
    struct error err;

    if (!ledger_open(checkpoints, "job", &state, &err))
        _exit(1);
}

static void LD_08_one_process_holds_a_job_until_it_dies(void **state)
{
    struct ledger *l = open_job("job", LEDGER_NEW);
    enum ledger_state other;
    struct error err;
    char pid[32];

    (void)state;
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_null(ledger_open(checkpoints, "job", &other, &err));
    assert_int_equal(err.kind, ERROR_LOCKED);
    assert_non_null(strstr(err.text, pid));
    in_a_killed_child(try_and_exit);
    ledger_close(open_job("other", LEDGER_NEW));
    ledger_close(l);

    in_a_killed_child(hold_and_die);
    ledger_close(open_job("job", LEDGER_NEW));
}

static void LD_09_network_file_systems_are_known(void **state)
{
    (void)state;
    assert_true(ledger_home_is_remote(0x6969));
    assert_true(ledger_home_is_remote((long)0xff534d42));
    assert_true(ledger_home_is_remote((long)(int)0xff534d42));
    assert_false(ledger_home_is_remote(0xef53));
}


/* --- remembering ---------------------------------------------------------- */

static void a_resumed_job_knows_its_facts(void **state)
{
    struct ledger *l = new_job("job");
    struct ledger_totals t = { .produced = 12, .paused_ms = 9 }, back;
    struct ledger_source s;
    struct error err;
    char *value;

    (void)state;
    assert_null(ledger_get(l, "options"));
    assert_true(ledger_set(l, "options", "{\"a\":1}", &err));
    assert_true(ledger_total_set(l, &t, &err));
    done(l, 0, 3);
    frontier(l, 3);
    commit(l);
    ledger_close(l);

    l = open_job("job", LEDGER_RESUMED);
    value = ledger_get(l, "options");
    assert_string_equal(value, "{\"a\":1}");
    free(value);
    assert_true(ledger_total_get(l, &back, &err));
    assert_memory_equal(&back, &t, sizeof t);
    assert_int_equal(ledger_source_count(l), 1);
    assert_true(ledger_source_get(l, 0, &s, &err));
    assert_string_equal(s.path, "corpus.jsonl");
    assert_int_equal(s.print.size, 5000);
    assert_true(s.print.seekable);
    assert_int_equal(s.frontier_pos, 3);
    assert_int_equal(s.frontier_offset, 30);
    assert_int_equal(s.frontier_line, 4);
    s.complete = true;
    assert_true(ledger_source_set(l, 0, &s, &err));
    free(s.path);
    assert_false(ledger_source_get(l, 1, &s, &err));
    commit(l);
    ledger_close(l);
    ledger_close(open_job("job", LEDGER_FINISHED));
}

static void commit_then_die(void)
{
    struct ledger *l = new_job("job");

    for (uint64_t i = 0; i < 10; i++) {
        done(l, i * 50, 50);
        frontier(l, (i + 1) * 50);
        commit(l);
    }
    done(l, 500, 50);
    frontier(l, 550);
}

static void LD_01_a_kill_loses_nothing_that_was_committed(void **state)
{
    struct ledger *l;
    struct ledger_source s;
    struct error err;

    (void)state;
    in_a_killed_child(commit_then_die);
    l = open_job("job", LEDGER_RESUMED);
    assert_true(ledger_source_get(l, 0, &s, &err));
    assert_int_equal(s.frontier_pos, 500);
    free(s.path);
    assert_true(ledger_use_frontier(l, &err));
    assert_false(skips(l, 500, "doc-000500"));
    ledger_close(l);
    assert_int_equal(count_ids("job.ledger", 0), 500);
}

static void work_until_killed(void)
{
    enum ledger_state state;
    struct ledger_source s;
    struct error err;
    struct ledger *l = ledger_open(checkpoints, "job", &state, &err);

    if (!l || (state == LEDGER_NEW ? (add_source(l, 0), false)
                                   : !ledger_use_frontier(l, &err)) ||
        !ledger_source_get(l, 0, &s, &err))
        _exit(1);
    for (uint64_t pos = s.frontier_pos;; pos += 20) {
        done(l, pos, 20);
        frontier(l, pos + 20);
        commit(l);
    }
}

static void LD_01_any_moment_of_death_leaves_a_whole_ledger(void **state)
{
    struct ledger *l;
    struct ledger_source s;
    struct error err;

    (void)state;
    for (int death = 0; death < 25; death++) {
        struct timespec life = { .tv_nsec = (1 + death % 9) * 1500000L };
        enum ledger_state resumed;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0)
            work_until_killed();
        nanosleep(&life, NULL);
        kill(child, SIGKILL);
        await_child(child);
        l = ledger_open(checkpoints, "job", &resumed, &err);
        assert_non_null(l);
        if (ledger_source_count(l) == 1) {
            assert_true(ledger_source_get(l, 0, &s, &err));
            free(s.path);
            assert_int_equal(count_ids("job.ledger", 0), s.frontier_pos);
        }
        ledger_close(l);
    }
}

static void LD_10_leftovers_of_a_crash_at_birth_are_no_obstacle(void **state)
{
    int fd;

    (void)state;
    mkdir(checkpoints, 0700);
    fd = open(in_dir("job.ledger.new"), O_CREAT | O_WRONLY, 0600);
    assert_int_equal(write(fd, "half", 4), 4);
    close(fd);
    fd = open(in_dir("job.ledger-wal"), O_CREAT | O_WRONLY, 0600);
    assert_int_equal(write(fd, "stale", 5), 5);
    close(fd);
    ledger_close(open_job("job", LEDGER_NEW));
    assert_int_equal(access(in_dir("job.ledger.new"), F_OK), -1);
}

static void exceptions_above_the_frontier_are_skipped(void **state)
{
    struct ledger *l = new_job("job");
    struct error err;

    (void)state;
    done(l, 0, 50);
    done(l, 60, 40);
    done(l, 55, 5);
    failure(l, 150, "x", false, ERROR_SERVER, 500);
    failure(l, 152, "", true, ERROR_INPUT, 0);
    frontier(l, 50);
    commit(l);
    ledger_close(l);

    l = open_job("job", LEDGER_RESUMED);
    assert_true(ledger_use_frontier(l, &err));
    for (uint64_t pos = 50; pos < 200; pos++)
        assert_int_equal(skips(l, pos, "?"),
                         (pos >= 55 && pos < 100) || pos == 150 || pos == 152);
    assert_false(ledger_skips(l, 1, 60, text_of("doc-000060")));
    /* The frontier passes them: nothing is left to scan for. */
    done(l, 50, 5);
    frontier(l, 100);
    commit(l);
    {
        char *above = ledger_get(l, "ledger.above");

        assert_string_equal(above, "5");
        free(above);
    }
    ledger_close(l);
}

static void rows_above_are_found_again_in_any_later_run(void **state)
{
    struct ledger *l = new_job("job");
    struct error err;

    (void)state;
    add_source(l, 1);
    done(l, 0, 10);
    done(l, 20, 10);
    frontier(l, 10);
    assert_true(done_range(l, 1, 0, 10, &err));
    assert_true(ledger_frontier(l, 1, 10, 0, 0, &err));
    commit(l);
    ledger_close(l);
    for (int run = 0; run < 3; run++) {
        l = open_job("job", LEDGER_RESUMED);
        /* A retry reads no corpus; other runs do. */
        if (run != 1)
            assert_true(ledger_use_frontier(l, &err));
        assert_true(done_range(l, 1, 10 + (uint64_t)run, 1, &err));
        assert_true(
            ledger_frontier(l, 1, 11 + (uint64_t)run, 0, 0, &err));
        commit(l);
        if (run != 1) {
            assert_true(skips(l, 20, "?"));
            assert_false(skips(l, 19, "?"));
            assert_false(skips(l, 30, "?"));
        }
        ledger_close(l);
    }
}

static void a_changed_corpus_is_known_by_its_ids(void **state)
{
    struct ledger *l = new_job("job");
    struct ledger_totals t = { .produced = 53, .stored = 50, .rejected = 1 };
    struct ledger_source s;
    struct error err;

    (void)state;
    done(l, 0, 50);
    failure(l, 60, "owed", false, ERROR_SERVER, 500);
    failure(l, 61, "bad", true, ERROR_INPUT, 0);
    failure(l, 62, "mended", false, ERROR_SERVER, 500);
    assert_true(ledger_heal(l, 0, 62, &err));
    frontier(l, 50);
    assert_true(ledger_total_set(l, &t, &err));
    commit(l);
    assert_true(ledger_use_ids(l, &err));
    assert_true(skips(l, 999, "doc-000049"));
    assert_true(skips(l, 0, "owed"));
    assert_false(skips(l, 10, "doc-000050"));
    assert_false(skips(l, 61, "bad"));
    assert_true(ledger_total_get(l, &t, &err));
    assert_int_equal(t.rejected, 0);
    assert_int_equal(t.produced, 52);
    assert_true(ledger_source_get(l, 0, &s, &err));
    assert_int_equal(s.frontier_pos, 0);
    free(s.path);

    /* Interrupted: new positions count, old ones do not. */
    done(l, 60, 2);
    failure(l, 62, "new", false, ERROR_SERVER, 500);
    frontier(l, 20);
    commit(l);
    ledger_close(l);
    l = open_job("job", LEDGER_RESUMED);
    assert_true(ledger_use_frontier(l, &err));
    assert_true(skips(l, 60, "whatever"));
    assert_true(skips(l, 62, "new"));
    assert_false(skips(l, 30, "fresh"));
    assert_true(skips(l, 30, "doc-000030"));
    assert_true(skips(l, 70, "owed"));
    /* Not done by id: a later record with this id would be a newer one. */
    assert_false(skips(l, 70, "doc-000060"));
    ledger_close(l);
}

static void LD_15_another_identity_is_refused_field_by_field(void **state)
{
    struct ledger_field fields[] = { { "model", "a" }, { "dim", "384" } };
    struct ledger_field more[] = { { "model", "a" },
                                   { "dim", "384" },
                                   { "metric", "cosine" } };
    struct ledger_field changed[] = { { "model", "b" }, { "dim", "768" } };
    struct ledger *l = new_job("job");
    struct error err;

    (void)state;
    assert_true(ledger_identity(l, fields, 2, &err));
    commit(l);
    ledger_close(l);
    l = open_job("job", LEDGER_RESUMED);
    assert_true(ledger_identity(l, fields, 2, &err));
    assert_false(ledger_identity(l, changed, 2, &err));
    assert_int_equal(err.kind, ERROR_FOREIGN);
    assert_non_null(strstr(err.text, "model was \"a\", is \"b\""));
    assert_non_null(strstr(err.text, "dim was \"384\", is \"768\""));
    assert_true(ledger_identity(l, more, 3, &err));
    ledger_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOME_TEST(SE_11_a_job_name_cannot_leave_the_directory),
        HOME_TEST(SE_12_files_belong_to_their_owner_alone),
        HOME_TEST(SE_12_a_directory_open_to_all_is_refused),
        HOME_TEST(SE_13_links_are_not_followed),
        HOME_TEST(LD_08_one_process_holds_a_job_until_it_dies),
        HOME_TEST(LD_09_network_file_systems_are_known),
        HOME_TEST(a_resumed_job_knows_its_facts),
        HOME_TEST(LD_01_a_kill_loses_nothing_that_was_committed),
        HOME_TEST(LD_01_any_moment_of_death_leaves_a_whole_ledger),
        HOME_TEST(LD_10_leftovers_of_a_crash_at_birth_are_no_obstacle),
        HOME_TEST(exceptions_above_the_frontier_are_skipped),
        HOME_TEST(rows_above_are_found_again_in_any_later_run),
        HOME_TEST(a_changed_corpus_is_known_by_its_ids),
        HOME_TEST(LD_15_another_identity_is_refused_field_by_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
