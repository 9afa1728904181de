/* Damage to a ledger, full disks, lost directories. */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/await.h"
#include "tests/support/ledger_tools.h"
#include "ledger/ledger_file.h"
#include "sys/clock.h"

static void LD_07_what_is_not_ours_stays_as_it_is(void **state)
{
    static const char text[] = "these are the notes of somebody else, which "
                               "happen to lie here and are long enough to "
                               "have a header of one hundred bytes\n";
    char back[256], to[256];
    struct ledger *l;
    struct error err;
    int fd;

    (void)state;
    mkdir(checkpoints, 0700);
    write_file(in_dir("job.ledger"), text, sizeof text - 1);
    refused("job", ERROR_FOREIGN);
    slurp(in_dir("job.ledger"), back, sizeof back);
    assert_string_equal(back, text);
    assert_int_equal(access(in_dir("job.ledger-wal"), F_OK), -1);
    assert_true(ledger_put_aside(checkpoints, "job", to, sizeof to, &err));
    assert_int_equal(access(to, F_OK), 0);

    l = new_job("job");
    commit(l);
    ledger_close(l);
    fd = open(in_dir("job.ledger"), O_WRONLY);
    assert_int_equal(pwrite(fd, "\0\0\0\2", 4, 60), 4);
    close(fd);
    refused("job", ERROR_FOREIGN);
    write_file(in_dir("empty.ledger"), "", 0);
    refused("empty", ERROR_FOREIGN);
}

static bool see_failure(void *arg, const struct failure *f)
{
    *(size_t *)arg += strlen(f->message) + strlen(f->cause.stage) + f->id.len;
    return true;
}

/* Everything that reads; what it finds does not matter, that it ends does. */
static void read_all(const char *path, int null)
{
    struct error err;
    struct ledger_view *v = ledger_view_open(path, &err);
    struct ledger_totals t;
    struct ledger_kind kinds[4];
    size_t n = 0;

    if (!v)
        return;
    ledger_view_totals(v, &t, &err);
    ledger_view_kinds(v, kinds, 4, &n, &err);
    ledger_view_failures(v, see_failure, &n, &err);
    ledger_view_ids(v, 7, count_id, &n, &err);
    ledger_view_export(v, null, &err);
    ledger_view_close(v);
}

/* A resume may do again what was done, but never skip what was not. */
static void resume(const char *job)
{
    enum ledger_state state;
    struct error err;
    struct ledger *l = ledger_open(checkpoints, job, &state, &err);
    struct ledger_source s;
    char id[24];

    if (!l)
        return;
    if (ledger_source_count(l) == 1 && ledger_source_get(l, 0, &s, &err)) {
        assert_true(s.frontier_pos <= 60);
        free(s.path);
        if (ledger_use_frontier(l, &err)) {
            assert_false(ledger_skips(l, 0, 61, text_of("?")));
            for (uint64_t i = 90; i < 100; i++) {
                name_id(id, i);
                assert_false(ledger_skips(l, 0, i, text_of(id)));
            }
        }
    }
    ledger_close(l);
}

/* Without these a damaged one is not made whole. */
static void name_goal(struct ledger *l)
{
    struct error err;

    assert_true(ledger_set(l, "identity.embed", "local", &err));
    assert_true(ledger_set(l, "identity.store", "sqlite:v", &err));
}

static size_t small_ledger(char *bytes, size_t size)
{
    struct ledger *l = new_job("small");
    FILE *f;
    size_t n;

    name_goal(l);
    done(l, 0, 60);
    done(l, 65, 10);
    failure(l, 70, "f", false, ERROR_SERVER, 500);
    frontier(l, 60);
    commit(l);
    ledger_close(l);
    f = fopen(in_dir("small.ledger"), "r");
    assert_non_null(f);
    n = fread(bytes, 1, size, f);
    assert_true(n < size);
    fclose(f);
    return n;
}

static void LD_07_flipped_and_cut_ledgers_never_crash(void **state)
{
    static char bytes[1 << 16];
    size_t size, opened = 0;
    int null = open("/dev/null", O_WRONLY);

    (void)state;
    size = small_ledger(bytes, sizeof bytes);
    for (size_t at = 0; at < size; at += at < 108 ? 1 : 17) {
        char was = bytes[at];

        bytes[at] ^= (char)(1 << at % 8);
        write_file(in_dir("small.ledger"), bytes, size);
        read_all(in_dir("small.ledger"), null);
        if (++opened % 16 == 0)
            resume("small");
        bytes[at] = was;
        unlink(in_dir("small.ledger-wal"));
        unlink(in_dir("small.ledger-shm"));
    }
    for (size_t cut = 0; cut < size; cut += 97) {
        write_file(in_dir("small.ledger"), bytes, cut);
        read_all(in_dir("small.ledger"), null);
        resume("small");
        unlink(in_dir("small.ledger-wal"));
        unlink(in_dir("small.ledger-shm"));
    }
    close(null);
}

/* A ledger with the rows 10 to 14 and 20 to 24; then something happens. */
static void two_rows_and(const char *sql)
{
    struct ledger *l = new_job("job");
    sqlite3 *db;

    done(l, 10, 5);
    done(l, 20, 5);
    commit(l);
    ledger_close(l);
    assert_int_equal(sqlite3_open(in_dir("job.ledger"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void LD_07_a_damaged_row_is_left_out_and_told(void **state)
{
    struct ledger *l;
    struct error err;

    (void)state;
    two_rows_and("UPDATE done SET body = x'28b5' WHERE row = 1");
    l = open_job("job", LEDGER_RESUMED);
    assert_null(ledger_note(l));
    assert_true(ledger_use_frontier(l, &err));
    assert_non_null(strstr(ledger_note(l), "1 damaged"));
    assert_false(skips(l, 10, "?"));
    assert_true(skips(l, 20, "?"));
    ledger_close(l);
}

/* Whoever reads row after row comes to an end. */
static void SE_20_a_row_of_the_largest_number_is_passed_over(void **state)
{
    int null = open("/dev/null", O_WRONLY);
    struct ledger_view *v;
    struct ledger *l;
    struct error err;

    (void)state;
    two_rows_and("UPDATE done SET row = 9223372036854775807 WHERE row = 2");
    v = ledger_view_open(in_dir("job.ledger"), &err);
    assert_non_null(v);
    assert_true(ledger_view_export(v, null, &err));
    ledger_view_close(v);
    close(null);
    l = open_job("job", LEDGER_RESUMED);
    assert_true(ledger_use_frontier(l, &err));
    assert_true(skips(l, 10, "?"));
    assert_false(skips(l, 20, "?")); /* sent again, not lost */
    done(l, 20, 5);
    commit(l);
    ledger_close(l);
}

static void zero_root(const char *path, const char *table)
{
    static const char zeros[1024];
    char sql[120];
    sqlite3 *db;
    sqlite3_stmt *st;
    int fd = -1, page;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    snprintf(sql, sizeof sql,
             "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    page = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, zeros, sizeof zeros, (page - 1) * 1024L),
                     sizeof zeros);
    close(fd);
}

/* Documents 0 to 9 are final, and 4 of them is owed; 12 and 13 are done. */
static void make_owing(void)
{
    struct ledger_totals t = { .produced = 12, .stored = 11, .failed = 1 };
    struct ledger *l = new_job("job");
    struct error err;

    name_goal(l);
    done(l, 0, 4);
    failure(l, 4, "doc-000004", false, ERROR_SERVER, 500);
    done(l, 5, 5);
    frontier(l, 10);
    done(l, 12, 2);
    assert_true(ledger_total_set(l, &t, &err));
    commit(l);
    ledger_close(l);
}

static uint64_t salvaged_frontier(uint64_t stored)
{
    struct ledger *l = open_job("job", LEDGER_RESUMED);
    struct ledger_totals t;
    struct ledger_source s;
    struct error err;

    assert_non_null(strstr(ledger_note(l), "was damaged"));
    assert_true(ledger_total_get(l, &t, &err));
    assert_int_equal(t.stored, stored);
    assert_true(ledger_source_get(l, 0, &s, &err));
    free(s.path);
    assert_true(ledger_use_frontier(l, &err));
    assert_true(skips(l, 12, "doc-000012"));
    assert_false(skips(l, 10, "doc-000010"));
    assert_false(s.frontier_pos == 0 && skips(l, 4, "doc-000004"));
    assert_true(s.frontier_pos > 3 || skips(l, 3, "doc-000003"));
    ledger_close(l);
    return s.frontier_pos;
}

static void LD_21_an_index_that_is_lost_costs_nothing(void **state)
{
    (void)state;
    make_owing();
    zero_root(in_dir("job.ledger"), "failed_id");
    assert_int_equal(salvaged_frontier(11), 10);
}

static void LD_21_rows_that_are_lost_leave_what_the_frontier_says(void **state)
{
    sqlite3 *db;

    (void)state;
    make_owing();
    assert_int_equal(sqlite3_open(in_dir("job.ledger"), &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "DELETE FROM done WHERE row = 1", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    zero_root(in_dir("job.ledger"), "failed_id");
    assert_int_equal(salvaged_frontier(11), 10);
}

/* Rows of a document each, of which pages in the middle are lost. */
static void LD_21_rows_behind_lost_pages_are_found(void **state)
{
    enum { ROWS = 6000 };
    static const char zeros[1024];
    struct ledger *l = new_job("job");
    struct error err;
    struct stat st;
    int fd;

    (void)state;
    name_goal(l);
    for (uint64_t i = 0; i < ROWS; i++)
        done(l, 2 * i, 1);
    commit(l);
    ledger_close(l);
    fd = open(in_dir("job.ledger"), O_RDWR);
    assert_int_equal(fstat(fd, &st), 0);
    for (off_t at = st.st_size / 2048 * 1024; at < st.st_size * 3 / 5;
         at += 1024)
        assert_int_equal(pwrite(fd, zeros, sizeof zeros, at), 1024);
    close(fd);
    l = open_job("job", LEDGER_RESUMED);
    assert_non_null(strstr(ledger_note(l), "was damaged"));
    assert_true(ledger_use_ids(l, &err));
    assert_true(skips(l, 0, "doc-000000"));
    assert_false(skips(l, ROWS * 11 / 10, "doc-006600"));
    assert_true(skips(l, 2 * ROWS - 2, "doc-011998"));
    ledger_close(l);
}

static void LD_21_a_failure_that_vanished_is_not_forgotten(void **state)
{
    sqlite3 *db;

    (void)state;
    make_owing();
    assert_int_equal(sqlite3_open(in_dir("job.ledger"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM failed", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    zero_root(in_dir("job.ledger"), "failed_id");
    assert_int_equal(salvaged_frontier(11), 0);
}

static void LD_21_a_ledger_of_nobody_is_left_alone(void **state)
{
    struct ledger *l = new_job("job");
    struct stat before, after;

    (void)state;
    done(l, 0, 10);
    commit(l);
    ledger_close(l);
    zero_root(in_dir("job.ledger"), "failed_id");
    assert_int_equal(stat(in_dir("job.ledger"), &before), 0);
    refused("job", ERROR_LOCAL);
    assert_int_equal(stat(in_dir("job.ledger"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(access(in_dir("completed"), F_OK), -1);
}

static void a_frontier_with_a_flipped_bit_is_not_believed(void **state)
{
    struct ledger *l = new_job("job");
    sqlite3 *db;

    (void)state;
    done(l, 0, 5);
    frontier(l, 5);
    commit(l);
    ledger_close(l);
    assert_int_equal(sqlite3_open(in_dir("job.ledger"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE source SET frontier_pos = 69",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    refused("job", ERROR_LOCAL);
}

/* --- the bad hour --------------------------------------------------------- */

/* A process that is killed with a transaction half on disk. */
static void leave_a_hot_journal(const char *path)
{
    struct ledger_file f;
    struct error err;
    pid_t child = fork();

    if (child == 0) {
        if (ledger_file_open(&f, path, true, &err) &&
            ledger_file_exec(&f,
                             "PRAGMA journal_mode=DELETE;"
                             "PRAGMA cache_size=2;"
                             "BEGIN IMMEDIATE;"
                             "CREATE TABLE rubbish(b);"
                             "INSERT INTO rubbish WITH RECURSIVE n(i) AS"
                             " (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                             "  WHERE i < 200)"
                             " SELECT randomblob(900) FROM n",
                             &err))
            raise(SIGKILL);
        _exit(1);
    }
    assert_true(WIFSIGNALED(await_child(child)));
}

static void LD_01_who_only_looks_recovers_what_a_kill_left(void **state)
{
    enum ledger_state found;
    struct error err;
    struct ledger *l;
    struct ledger_view *v;
    char path[200], journal[220], *word;
    struct stat st;

    (void)state;
    l = ledger_open(checkpoints, "job", &found, &err);
    assert_non_null(l);
    assert_true(ledger_set(l, "embed", "local", &err));
    assert_true(ledger_commit(l, &err));
    ledger_close(l);
    snprintf(path, sizeof path, "%s/job.ledger", checkpoints);
    snprintf(journal, sizeof journal, "%s-journal", path);
    leave_a_hot_journal(path);
    assert_int_equal(stat(journal, &st), 0);
    assert_true(st.st_size > 0);
    v = ledger_view_open(path, &err);
    if (!v)
        fail_msg("%s", err.text);
    word = ledger_view_get(v, "embed");
    assert_string_equal(word, "local");
    free(word);
    ledger_view_close(v);
    assert_int_not_equal(stat(journal, &st), 0);
}

static void LD_03_a_full_disk_loses_one_transaction_and_no_more(void **state)
{
    struct rlimit old, small = { 128 << 10, 0 };
    struct ledger *l = new_job("job");
    struct error err = { 0 };
    uint64_t said = 0, lasting = 0;
    bool good = true;

    (void)state;
    commit(l);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small.rlim_max = old.rlim_max;
    setrlimit(RLIMIT_FSIZE, &small);
    while (good) {
        good = done_range(l, 0, said, BATCH, &err) && ledger_commit(l, &err);
        said += BATCH;
        if (good)
            lasting = said;
    }
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(err.kind, ERROR_LOCAL);
    assert_false(ledger_commit(l, &err));
    assert_true(ledger_reopen(l, &err));
    done(l, lasting, BATCH);
    commit(l);
    ledger_close(l);
    assert_int_equal(count_ids("job.ledger", 0), lasting + BATCH);
}

static void LD_04_what_was_said_twice_is_kept_once(void **state)
{
    struct ledger *l = new_job("job");
    struct error err;
    sqlite3 *db;
    char *above;

    (void)state;
    done(l, 0, 10);
    commit(l);
    /* A commit that was reported lost and landed all the same. */
    assert_int_equal(sqlite3_open(in_dir("job.ledger"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "INSERT INTO done SELECT 2, source, first,"
                                  " last, count, body FROM done",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    assert_false(done_range(l, 0, 10, 10, &err));
    assert_false(ledger_commit(l, &err));
    assert_true(ledger_reopen(l, &err));
    done(l, 10, 10);
    frontier(l, 10);
    commit(l);
    above = ledger_get(l, "ledger.above");
    assert_string_equal(above, "2");
    free(above);
    ledger_close(l);
    assert_int_equal(count_ids("job.ledger", 0), 20);
}

static void LD_14_a_deleted_directory_is_made_again(void **state)
{
    struct ledger *l = new_job("job");
    struct error err;

    (void)state;
    done(l, 0, 10);
    frontier(l, 5);
    commit(l);
    done(l, 10, 10);
    assert_int_equal(remove_tree(checkpoints), 0);
    assert_false(ledger_commit(l, &err));
    assert_int_equal(err.kind, ERROR_LOCAL);
    assert_non_null(strstr(err.text, "moved or deleted"));
    assert_true(ledger_reopen(l, &err));
    done(l, 10, 10);
    commit(l);
    refused("job", ERROR_LOCKED);
    ledger_close(l);
    assert_int_equal(mode_of(in_dir("job.ledger")), 0600);
    assert_int_equal(count_ids("job.ledger", 0), 20);
    ledger_close(open_job("job", LEDGER_RESUMED));
}

static void LD_14_a_moved_directory_may_be_put_back(void **state)
{
    struct ledger *l = new_job("job");
    struct error err;
    char away[100];

    (void)state;
    snprintf(away, sizeof away, "%s/away", home);
    commit(l);
    done(l, 0, 10);
    assert_int_equal(rename(in_dir("job.ledger"), away), 0);
    write_file(in_dir("job.ledger"), "x", 1);
    assert_false(ledger_commit(l, &err));
    assert_false(ledger_reopen(l, &err));
    assert_int_equal(err.kind, ERROR_LOCAL);
    assert_int_equal(rename(away, in_dir("job.ledger")), 0);
    assert_true(ledger_reopen(l, &err));
    done(l, 0, 10);
    commit(l);
    ledger_close(l);
    assert_int_equal(count_ids("job.ledger", 0), 10);
}

static void LD_06_a_place_that_cannot_be_written_is_found_at_once(void **state)
{
    enum ledger_state ledger;
    struct error err;

    (void)state;
    assert_null(ledger_open("/proc/nowhere", "job", &ledger, &err));
    write_file(checkpoints, "", 0);
    assert_null(ledger_open(checkpoints, "job", &ledger, &err));
    assert_true(err.kind == ERROR_LOCAL || err.kind == ERROR_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOME_TEST(LD_07_what_is_not_ours_stays_as_it_is),
        HOME_TEST(LD_07_flipped_and_cut_ledgers_never_crash),
        HOME_TEST(LD_07_a_damaged_row_is_left_out_and_told),
        HOME_TEST(SE_20_a_row_of_the_largest_number_is_passed_over),
        HOME_TEST(LD_21_an_index_that_is_lost_costs_nothing),
        HOME_TEST(LD_21_rows_that_are_lost_leave_what_the_frontier_says),
        HOME_TEST(LD_21_rows_behind_lost_pages_are_found),
        HOME_TEST(LD_21_a_failure_that_vanished_is_not_forgotten),
        HOME_TEST(LD_21_a_ledger_of_nobody_is_left_alone),
        HOME_TEST(a_frontier_with_a_flipped_bit_is_not_believed),
        HOME_TEST(LD_01_who_only_looks_recovers_what_a_kill_left),
        HOME_TEST(LD_03_a_full_disk_loses_one_transaction_and_no_more),
        HOME_TEST(LD_04_what_was_said_twice_is_kept_once),
        HOME_TEST(LD_14_a_deleted_directory_is_made_again),
        HOME_TEST(LD_14_a_moved_directory_may_be_put_back),
        HOME_TEST(LD_06_a_place_that_cannot_be_written_is_found_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
