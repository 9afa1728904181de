/*
 * Tests of the SQLite store while random ids arrive and the table has no index
 * over them: each id has one row at any time, for us and for other programs,
 * which may write as well; the end of a run; older files; damage.
 */
#include "config.h"
#include "tests/support/files/ids_tools.h"
#include "tests/support/tap.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/str.h"

static void random_ids_end_the_index_and_the_end_makes_it(void **state)
{
    struct store *s = ids_open(false);

    (void)state;
    assert_int_equal(ids_ask(ids_index), 1);
    for (uint64_t n = 0; n < 2000; n += IDS_BATCH) {
        ids_put(s, n, n + IDS_BATCH, "old");
        ids_one_row_each(n + IDS_BATCH); /* a reader beside the writer */
    }
    assert_true(ours(s)->ids.loading);
    assert_int_equal(ids_ask(ids_index), 0);
    assert_true(ids_ask("SELECT max(level) FROM id_runs") >= 3);
    assert_int_equal(ids_present(s, 2100), 2000);
    ids_put(s, 0, 2000, "new"); /* a second run over the same */
    ids_one_row_each(2000);
    assert_int_equal(ids_ask(ids_new), 2000);
    ids_finish();
    ids_one_row_each(2000);
    ids_put(s, 1000, 2500, "newer"); /* by who still writes */
    ids_one_row_each(2500);
    assert_int_equal(ids_present(s, 2600), 2500);
    s->ops->close(s);
    ids_finish();
}

static void ascending_ids_keep_the_index(void **state)
{
    static const float vector[IDS_DIM] = { 1, 2, 3, 4 };
    struct store *s = ids_open(false);

    (void)state;
    for (int n = 0; n < 2000; n++) {
        char id[2][IDS_ID];
        struct upsert_item two[2];
        struct error err;
        size_t taken;

        for (int i = 0; i < 2; i++) {
            snprintf(id[i], IDS_ID, "%08d", 2 * n + i);
            two[i] = (struct upsert_item){ .id = text_of(id[i]),
                                           .text = text_of("t"),
                                           .vector = vector };
        }
        assert_true(s->ops->upsert(s, two, 2, &taken, &err));
    }
    assert_int_equal(ids_ask(ids_index), 1);
    assert_int_equal(ids_ask(ids_rows), 4000);
    s->ops->close(s);
}

static void known_ids_keep_the_index_in_any_order(void **state)
{
    struct store *s = ids_open(false);

    (void)state;
    ids_put(s, 0, 2000, "old");
    ids_finish();
    for (int i = 0; i < 3; i++)
        ids_put(s, 0, 2000, "new");
    assert_int_equal(ids_ask(ids_index), 1);
    ids_one_row_each(2000);
    s->ops->close(s);
}

static void who_opens_it_half_loaded_goes_on(void **state)
{
    struct store *s, *reader;

    (void)state;
    for (uint64_t n = 0; n < 2000; n += 2 * IDS_BATCH) {
        s = ids_open(false);
        ids_put(s, n, n + 2 * IDS_BATCH, "old");
        reader = ids_open(true);
        assert_int_equal(ids_present(reader, 2000), n + 2 * IDS_BATCH);
        ids_put(s, n, n + IDS_BATCH, "new");
        assert_int_equal(ids_present(reader, 2000), n + 2 * IDS_BATCH);
        reader->ops->close(reader);
        s->ops->close(s);
        ids_one_row_each(n + 2 * IDS_BATCH);
    }
    ids_finish();
    ids_one_row_each(2000);
}

static void an_id_whose_hash_another_one_has_gets_its_own_row(void **state)
{
    struct store *s = ids_open(false);
    struct error err;
    char id[IDS_ID];
    uint64_t key;

    (void)state;
    ids_put(s, 0, 500, "old");
    /* The row of the first document, under the hash of one to come; once in
     * memory, once in a run. */
    for (uint64_t other = 500; other < 550; other += 40) {
        ids_nth(id, other);
        key = str_hash64(id, strlen(id));
        assert_true(sqlite_begin(ours(s), true, &err));
        assert_true(sqlite_ids_add(ours(s), key, 1, &err));
        if (other > 500)
            assert_true(sqlite_runs_add(ours(s), ours(s)->ids.last, &err));
        assert_true(sqlite_commit(ours(s), true, &err));
    }
    assert_int_equal(ids_present(s, 550), 500);
    ids_put(s, 500, 550, "old");
    ids_put(s, 500, 550, "new");
    ids_one_row_each(550);
    assert_int_equal(ids_ask(ids_new), 50);
    assert_int_equal(ids_present(s, 600), 550);
    s->ops->close(s);
    ids_finish();
}

static void rows_that_another_program_deleted_come_again(void **state)
{
    struct store *s = ids_open(false);

    (void)state;
    ids_put(s, 0, 1000, "old");
    ids_change("DELETE FROM documents WHERE rowid % 2 = 0 OR rowid > 900");
    assert_int_equal(ids_present(s, 1000), 450);
    ids_put(s, 0, 1000, "new");
    ids_one_row_each(1000);
    assert_int_equal(ids_ask(ids_new), 1000);
    ids_change("DELETE FROM documents WHERE rowid % 3 = 0; VACUUM");
    ids_put(s, 0, 1100, "newer");
    ids_one_row_each(1100);
    s->ops->close(s);
    ids_finish();
}

static void a_row_that_another_program_added_is_known(void **state)
{
    struct store *s = ids_open(false);
    char id[IDS_ID], sql[200];

    (void)state;
    ids_put(s, 0, 1000, "old");
    ids_nth(id, 1020);
    snprintf(sql, sizeof sql,
             "INSERT INTO documents(id, text, embedding) "
             "VALUES('%s', 'theirs', zeroblob(16))",
             id);
    ids_change(sql);
    assert_int_equal(ids_present(s, 1100), 1001);
    ids_put(s, 1000, 1100, "new");
    ids_one_row_each(1100);
    assert_int_equal(ids_ask(ids_new), 100);
    s->ops->close(s);
    ids_finish();
}

static void ST_44_twins_of_another_program_leave_it_without_index(void **state)
{
    struct store *s = ids_open(false);
    struct error err;

    (void)state;
    ids_put(s, 0, 1000, "old");
    ids_change("INSERT INTO documents(id, text, embedding) "
           "SELECT id, text, embedding FROM documents WHERE rowid = 7");
    s->ops->close(s);
    s = ids_open(true);
    assert_false(s->ops->finish(s, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "another program"));
    s->ops->close(s);
    s = ids_open(false);
    ids_put(s, 500, 1100, "new");
    assert_int_equal(ids_ask(ids_rows), 1101);
    s->ops->close(s);
}

/* With two documents, and a third one of another program that has no id. */
static void make_older_file(const char *more)
{
    char sql[500];

    snprintf(sql, sizeof sql,
             "PRAGMA page_size = 16384;"
             "CREATE TABLE IF NOT EXISTS documents(id TEXT PRIMARY KEY, "
             "text TEXT, metadata TEXT, embedding BLOB%s);"
             "CREATE TABLE meta(key TEXT PRIMARY KEY, value);"
             "INSERT INTO documents(id, text, embedding) VALUES"
             "('a', 'b', x'0000803f000000000000000000000000'),"
             "('b', 'c', x'0000803f000000000000000000000000'),"
             "(NULL, 'd', x'0000803f000000000000000000000000')",
             more);
    ids_change(sql);
}

static void random_ids_give_an_older_file_the_form_of_today(void **state)
{
    struct store *s, *reader;

    (void)state;
    make_older_file("");
    s = ids_open(false);
    assert_int_equal(ids_ask(ids_index), 0);
    ids_put(s, 0, 1000, "old");
    assert_true(ours(s)->ids.loading);
    ids_put(s, 0, 1000, "new");
    assert_int_equal(ids_present(s, 1100), 1000);
    reader = ids_open(true); /* which saw no older form */
    ids_finish();
    assert_int_equal(ids_present(reader, 1100), 1000);
    reader->ops->close(reader);
    ids_put(s, 900, 1100, "new");
    s->ops->close(s);
    assert_int_equal(ids_ask(ids_rows), 1103);
    assert_int_equal(ids_ask(ids_distinct), 1102);
    assert_int_equal(ids_ask(ids_new), 1100);
    assert_int_equal(ids_ask("SELECT seq FROM documents WHERE id = 'b'"), 2);
    ids_finish();
}

static void a_table_that_is_not_quite_ours_keeps_its_form(void **state)
{
    struct store *s;

    (void)state;
    make_older_file(", more TEXT");
    s = ids_open(false);
    ids_put(s, 0, 1000, "new");
    s->ops->close(s);
    s = ids_open(true);
    assert_true(s->ops->finish(s, &(struct error){ 0 }));
    s->ops->close(s);
    assert_int_equal(ids_ask(ids_rows), 1003);
    assert_int_equal(ids_ask(ids_new), 1000);
    assert_int_equal(ids_ask(ids_index), 0);
    assert_int_equal(ids_ask(ids_runs_there), 0);
    assert_int_equal(ids_ask(ids_sound), 1);
}

/* How many pages a count reads. */
static int count_pages(uint64_t expected)
{
    struct store *s = ids_open(true);
    struct error err;
    uint64_t n = 0;
    int before, pages, ignored;

    sqlite3_db_status(ours(s)->db, SQLITE_DBSTATUS_CACHE_MISS, &before,
                      &ignored, 0);
    assert_true(s->ops->count(s, &n, &err));
    sqlite3_db_status(ours(s)->db, SQLITE_DBSTATUS_CACHE_MISS, &pages, &ignored,
                      0);
    s->ops->close(s);
    assert_int_equal(n, expected);
    return pages - before;
}

static void a_count_while_random_ids_come_reads_no_table(void **state)
{
    enum { FEW = 8 }; /* the table has some 20 */
    struct store *s = ids_open(false);

    (void)state;
    ids_put(s, 0, 5000, "old");
    assert_true(ours(s)->ids.loading);
    assert_true(count_pages(5000) < FEW);
    ids_put(s, 4000, 6000, "new");
    assert_true(count_pages(6000) < FEW);
    s->ops->close(s);
    s = ids_open(false); /* it writes nothing */
    assert_true(count_pages(6000) < FEW);
    ids_change("DELETE FROM documents WHERE rowid % 2 = 0");
    assert_true(count_pages(3000) > FEW);
    ids_put(s, 0, 6000, "new");
    assert_true(count_pages(6000) > FEW);
    s->ops->close(s);
    ids_finish();
    count_pages(6000);
}

static void a_count_trusts_no_number_beside_a_wal(void **state)
{
    struct store *s = ids_open(false);

    (void)state;
    ids_put(s, 0, 5000, "old");
    s->ops->close(s);
    ids_change("PRAGMA journal_mode = WAL;"
               "DELETE FROM documents WHERE rowid > 4000");
    count_pages(4000);
    ids_change("PRAGMA journal_mode = DELETE");
    count_pages(4000);
    ids_finish();
}

/* Room for the file as it is, and for so many bytes more. */
static void leave_room(rlim_t more)
{
    struct rlimit small;
    struct stat st;

    assert_int_equal(stat(store_path, &st), 0);
    getrlimit(RLIMIT_FSIZE, &small);
    small.rlim_cur = (rlim_t)st.st_size + more;
    setrlimit(RLIMIT_FSIZE, &small);
}

/* Whatever of runs, merges and rows found no room, is undone; the next try of
 * the same instance has to know that. */
static void a_full_disk_undoes_what_random_ids_began(void **state)
{
    enum { PAGE = 16384, ALL = 8000 };
    struct store *s = ids_open(false);
    struct rlimit usual;
    size_t refused = 0;
    struct error err;

    (void)state;
    ids_put(s, 0, 500, "old");
    assert_true(ours(s)->ids.loading);
    getrlimit(RLIMIT_FSIZE, &usual);
    signal(SIGXFSZ, SIG_IGN);
    for (uint64_t n = 500; n < ALL;) {
        bool done;

        leave_room(PAGE * (n / IDS_BATCH % 2));
        done = ids_upsert(s, n, "old", &err);
        setrlimit(RLIMIT_FSIZE, &usual);
        if (!done) {
            refused++;
            assert_int_equal(err.kind, ERROR_LOCAL);
            assert_int_equal(ids_present(s, ALL), n);
            ids_put(s, n, n + IDS_BATCH, "old");
        }
        n += IDS_BATCH;
        ids_one_row_each(n);
    }
    assert_true(refused > 5);
    ids_put(s, 0, ALL, "new");
    s->ops->close(s);
    ids_one_row_each(ALL);
    assert_int_equal(ids_ask(ids_new), ALL);
    ids_finish();
}

static void ST_45_a_full_disk_leaves_the_index_to_the_next_run(void **state)
{
    struct store *s = ids_open(false);
    struct rlimit usual, small;
    struct error err;
    struct stat st;

    (void)state;
    ids_put(s, 0, 5000, "old");
    s->ops->close(s);
    assert_int_equal(stat(store_path, &st), 0);
    getrlimit(RLIMIT_FSIZE, &usual);
    small = usual;
    /* The index takes the pages of the sorted runs. */
    small.rlim_cur = (rlim_t)st.st_size / 2;
    signal(SIGXFSZ, SIG_IGN);
    s = ids_open(true);
    setrlimit(RLIMIT_FSIZE, &small);
    assert_false(s->ops->finish(s, &err));
    setrlimit(RLIMIT_FSIZE, &usual);
    assert_int_equal(err.kind, ERROR_LOCAL);
    assert_int_equal(ids_present(s, 5000), 5000);
    s->ops->close(s);
    ids_one_row_each(5000);
    ids_finish();
}

static void ST_45_a_stop_leaves_the_index_to_the_next_run(void **state)
{
    struct error err;
    struct store *s = ids_open(false);
    int stop[2];

    (void)state;
    ids_put(s, 0, 5000, "old");
    s->ops->close(s);
    assert_int_equal(pipe(stop), 0);
    assert_int_equal(write(stop[1], "", 1), 1);
    s = ids_open_as(true, stop[0], &err);
    assert_non_null(s);
    assert_false(s->ops->finish(s, &err));
    assert_int_equal(err.kind, ERROR_STOPPED);
    s->ops->close(s);
    close(stop[0]);
    close(stop[1]);
    s = ids_open(false);
    assert_int_equal(ids_present(s, 5000), 5000);
    ids_put(s, 4000, 6000, "new");
    s->ops->close(s);
    ids_one_row_each(6000);
    ids_finish();
}

static void damaged_runs_are_refused_with_a_sentence(void **state)
{
    static const char *const damages[] = {
        "UPDATE id_runs SET level = 99 WHERE run = (SELECT max(run) "
        "FROM id_runs)",
        "UPDATE id_runs SET run = -1 WHERE run = (SELECT min(run) "
        "FROM id_runs)",
        "UPDATE id_runs SET chunks = -1", "DROP TABLE id_level_1"
    };
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct store *s = ids_open(false);

        ids_put(s, 0, 1000, "old");
        ids_change(damages[i]);
        assert_false(ids_upsert(s, 0, "new", &err));
        assert_int_equal(err.kind, ERROR_CONFIG);
        assert_non_null(strstr(err.text, store_path));
        s->ops->close(s);
        unlink(store_path);
    }
    fclose(fopen(store_path, "w")); /* for remove_store_folder() */
}

#define each(test)                                                            \
    cmocka_unit_test_setup_teardown(test, make_sqlite_folder, \
                                    remove_store_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(random_ids_end_the_index_and_the_end_makes_it),
        each(ascending_ids_keep_the_index),
        each(known_ids_keep_the_index_in_any_order),
        each(who_opens_it_half_loaded_goes_on),
        each(an_id_whose_hash_another_one_has_gets_its_own_row),
        each(rows_that_another_program_deleted_come_again),
        each(a_row_that_another_program_added_is_known),
        each(ST_44_twins_of_another_program_leave_it_without_index),
        each(random_ids_give_an_older_file_the_form_of_today),
        each(a_table_that_is_not_quite_ours_keeps_its_form),
        each(a_count_while_random_ids_come_reads_no_table),
        each(a_count_trusts_no_number_beside_a_wal),
        each(a_full_disk_undoes_what_random_ids_began),
        each(ST_45_a_full_disk_leaves_the_index_to_the_next_run),
        each(ST_45_a_stop_leaves_the_index_to_the_next_run),
        each(damaged_runs_are_refused_with_a_sentence),
    };

    return cmocka_run_group_tests_name("sqlite_ids", tests, NULL, NULL);
}
