/*
 * Tests of the threads that search the SQLite store: they see one state of one
 * file, whoever writes to it or moves it.
 */
#include "config.h"
#include "store/store.h"
#include "sys/thread.h"
#include "tests/support/files/store_folder.h"
#include "tests/support/tap.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct store *open_to_read(void)
{
    struct store_config cfg = { .url = store_url, .stop_fd = -1,
                                .read_only = true };
    struct error err;
    struct store *s = store_sqlite.open(&store_sqlite, &cfg, &err);

    assert_non_null(s);
    return s;
}

static void run_sql(const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(store_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void release_hits(struct store_hit *hits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_release(&hits[i].id);
        buf_release(&hits[i].text);
    }
}

/* ---- while somebody writes ---- */

static atomic_bool written_enough;

/* The first and the last row take turns in being the one that is nearest. */
static void *swap_rows(void *arg)
{
    sqlite3 *db;

    (void)arg;
    if (sqlite3_open(store_path, &db) == SQLITE_OK) {
        sqlite3_busy_timeout(db, 10000);
        sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
        while (!atomic_load(&written_enough))
            sqlite3_exec(db,
                         "UPDATE documents SET embedding = CASE embedding "
                         "WHEN x'0000803F00000000' THEN x'000000000000803F' "
                         "ELSE x'0000803F00000000' END "
                         "WHERE rowid IN (1, 20000)",
                         NULL, NULL, NULL);
    }
    sqlite3_close(db);
    return NULL;
}

/* Small pages, so that there is work for several threads. */
static void make_small_pages(void)
{
    run_sql("PRAGMA page_size = 512; CREATE TABLE documents("
            "id TEXT PRIMARY KEY, text TEXT, metadata TEXT, embedding BLOB);"
            "CREATE TABLE meta(key TEXT PRIMARY KEY, value);"
            "WITH RECURSIVE n(i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
            "INSERT INTO documents(rowid, id, text, embedding) "
            "SELECT i, i, '', CASE i WHEN 1 THEN x'0000803F00000000' "
            "ELSE x'000000000000803F' END FROM n");
}

static void all_threads_see_one_state(void **state)
{
    const float query[2] = { 1, 0 };
    struct store_hit hits[2] = { 0 };
    struct error err;
    struct store *s;
    pthread_t writer;
    size_t got, firsts = 0;

    (void)state;
    make_small_pages();
    s = open_to_read();
    atomic_store(&written_enough, false);
    assert_true(thread_start(&writer, "writer", swap_rows, NULL, &err));
    for (int turn = 0; turn < 100; turn++) {
        assert_true(s->ops->search(s, query, 2, hits, &got, &err));
        assert_int_equal(got, 2);
        assert_true(hits[0].score == 1 && hits[1].score == 0);
        firsts += strcmp(buf_cstr(&hits[0].id), "1") == 0;
    }
    atomic_store(&written_enough, true);
    pthread_join(writer, NULL);
    print_message("# the first row was nearest %zu times of 100\n", firsts);
    release_hits(hits, 2);
    s->ops->close(s);
}

/* ---- helpers ---- */

static void finds_the_first_row(struct store *s)
{
    const float query[2] = { 1, 0 };
    struct store_hit hits[2] = { 0 };
    struct error err;
    size_t got;

    assert_true(s->ops->search(s, query, 2, hits, &got, &err));
    assert_int_equal(got, 2);
    assert_string_equal(buf_cstr(&hits[0].id), "1");
    assert_true(hits[0].score == 1 && hits[1].score == 0);
    release_hits(hits, 2);
}

/* The caller goes on alone: what it has open is what was asked. */
static void a_file_at_its_place_is_not_searched_for_it(void **state)
{
    char moved[112];
    struct store *s;

    (void)state;
    make_small_pages();
    s = open_to_read();
    snprintf(moved, sizeof moved, "%s.moved", store_path);
    assert_int_equal(rename(store_path, moved), 0);
    finds_the_first_row(s);
    make_small_pages();
    run_sql("UPDATE documents SET embedding = x'0000803F00000000'");
    finds_the_first_row(s);
    s->ops->close(s);
    unlink(moved);
}

static void all_threads_by_sql_find_the_same(void **state)
{
    struct store *s;

    (void)state;
    make_small_pages();
    run_sql("ALTER TABLE documents ADD COLUMN made AS (id)");
    s = open_to_read();
    finds_the_first_row(s);
    s->ops->close(s);
}

#define each(test)                                                            \
    cmocka_unit_test_setup_teardown(test, make_sqlite_folder, \
                                    remove_store_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(all_threads_see_one_state),
        each(a_file_at_its_place_is_not_searched_for_it),
        each(all_threads_by_sql_find_the_same),
    };

    return cmocka_run_group_tests_name("sqlite_threads", tests, NULL, NULL);
}
