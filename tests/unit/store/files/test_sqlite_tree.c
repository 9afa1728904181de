/*
 * Tests of the walk through a table's pages: it finds the rows that SQL finds,
 * in tables of any page size and rows of any length, and refuses what it does
 * not know.
 */
#include "config.h"
#include "store/files/sqlite_tree.h"
#include "tests/support/tap.h"
#include "util/mix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BYTES = 200, LONGEST = 200000 };

static char path[64];
static uint64_t chance;

static uint64_t draw(uint64_t below)
{
    return mix_scramble(chance += mix_pi) % below;
}

static sqlite3 *open_path(void)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

static void run_sql(sqlite3 *db, const char *sql)
{
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* ---- what was seen ---- */

/* Sums, so that the order does not matter. */
struct seen {
    uint64_t rows, sum;
};

static void see(void *ctx, int64_t rowid, const void *vector)
{
    struct seen *seen = ctx;
    uint64_t words[BYTES / 8], hash = mix_scramble((uint64_t)rowid);

    memcpy(words, vector, BYTES);
    for (size_t i = 0; i < BYTES / 8; i++)
        hash = mix_scramble(hash ^ words[i]);
    seen->rows++;
    seen->sum += hash;
}

static struct seen ask_sql(sqlite3 *db)
{
    struct seen seen = { 0, 0 };
    sqlite3_stmt *q;

    assert_int_equal(sqlite3_prepare_v2(db, "SELECT rowid, v FROM t", -1, &q,
                                        NULL),
                     SQLITE_OK);
    while (sqlite3_step(q) == SQLITE_ROW)
        see(&seen, sqlite3_column_int64(q, 0), sqlite3_column_blob(q, 1));
    sqlite3_finalize(q);
    return seen;
}

static bool walk(sqlite3 *db, struct seen *seen)
{
    struct sqlite_tree t = { .run = NULL };
    struct tree_shape shape;
    uint32_t *nodes = NULL;
    size_t n = 0;
    bool fine;

    *seen = (struct seen){ 0, 0 };
    run_sql(db, "BEGIN; SELECT * FROM sqlite_master");
    fine = tree_find(&shape, db, "t", "v", BYTES) &&
           tree_open(&t, &shape, db) && tree_nodes(&t, &nodes, &n);
    for (size_t i = 0; fine && i < n; i++)
        fine = tree_rows(&t, nodes[i], see, seen);
    run_sql(db, "COMMIT");
    free(nodes);
    tree_close(&t);
    return fine;
}

static void both_agree(sqlite3 *db)
{
    struct seen sql = ask_sql(db), seen;

    assert_true(walk(db, &seen));
    assert_int_equal(seen.rows, sql.rows);
    assert_true(seen.sum == sql.sum);
}

/* ---- tables ---- */

static void insert_rows(sqlite3 *db, size_t rows, uint64_t longest)
{
    static char text[LONGEST];
    sqlite3_stmt *q;

    memset(text, 'x', sizeof text);
    run_sql(db, "BEGIN");
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "INSERT OR REPLACE INTO t(rowid, "
                                        "a, text, b, v, tail) "
                                        "VALUES(?, ?, ?, ?, randomblob(200), "
                                        "?)",
                                        -1, &q, NULL),
                     SQLITE_OK);
    for (size_t i = 0; i < rows; i++) {
        sqlite3_bind_int64(q, 1, (int64_t)draw(3 * rows));
        sqlite3_bind_int64(q, 2, (int64_t)(draw(UINT64_MAX) >> draw(64)));
        sqlite3_bind_text(q, 3, text, (int)draw(longest), SQLITE_STATIC);
        sqlite3_bind_double(q, 4, draw(2) ? 1 : 0.1);
        sqlite3_bind_text(q, 5, text, (int)draw(longest), SQLITE_STATIC);
        assert_int_equal(sqlite3_step(q), SQLITE_DONE);
        sqlite3_reset(q);
        sqlite3_bind_null(q, 4);
    }
    sqlite3_finalize(q);
    run_sql(db, "COMMIT");
}

static void rows_of_any_length_are_found(void **state)
{
    static const int pages[] = { 512, 1024, 4096, 16384, 65536 };
    static const uint64_t longest[] = { 1, 100, 700, 5000, 40000, LONGEST };
    char sql[64];

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < 6; j++) {
            sqlite3 *db = open_path();

            snprintf(sql, sizeof sql, "PRAGMA page_size = %d", pages[i]);
            run_sql(db, sql);
            run_sql(db, "PRAGMA synchronous = OFF;"
                        "CREATE TABLE other(x);"
                        "CREATE TABLE t(a, text, b REAL, v BLOB, tail)");
            both_agree(db); /* nothing */
            insert_rows(db, longest[j] > 5000 ? 40 : 1500, longest[j]);
            both_agree(db);
            run_sql(db, "DELETE FROM t WHERE rowid % 3 = 0");
            both_agree(db);
            run_sql(db, "UPDATE t SET v = randomblob(200), "
                        "text = '' WHERE rowid % 5 = 0");
            insert_rows(db, 30, longest[j]);
            both_agree(db);
            run_sql(db, "VACUUM");
            both_agree(db);
            sqlite3_close(db);
            unlink(path);
        }
    }
}

static void a_key_of_its_own_is_no_obstacle(void **state)
{
    sqlite3 *db = open_path();

    (void)state;
    run_sql(db, "CREATE TABLE t(v BLOB, seq INTEGER PRIMARY KEY);"
                "WITH RECURSIVE n(i) AS "
                "(SELECT -500 UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
                "INSERT INTO t SELECT randomblob(200), "
                "i * i * i * 9000000000 FROM n");
    both_agree(db);
    sqlite3_close(db);
    unlink(path);
}

static void what_it_does_not_know_is_refused(void **state)
{
    static const char *const tables[] = {
        "CREATE TABLE t(v BLOB PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE u(v BLOB); CREATE VIEW t AS SELECT rowid, v FROM u",
        "CREATE TABLE t(a, v AS (a), b BLOB)",
        "CREATE TABLE t(a, b AS (a), v BLOB)",
        "CREATE TABLE t(a, w BLOB)",
        "CREATE TABLE u(v BLOB)",
        "CREATE TABLE t(v); INSERT INTO t VALUES(randomblob(200)), (NULL)",
        "CREATE TABLE t(v); INSERT INTO t VALUES(randomblob(199))",
        "CREATE TABLE t(v); INSERT INTO t VALUES(printf('%200d', 1))",
        "CREATE TABLE t(v); INSERT INTO t VALUES(1)",
        "CREATE TABLE t(a); INSERT INTO t VALUES(1); "
        "ALTER TABLE t ADD COLUMN v DEFAULT x'00'",
    };

    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        sqlite3 *db = open_path();
        struct seen seen;

        run_sql(db, tables[i]);
        assert_false(walk(db, &seen));
        sqlite3_close(db);
        unlink(path);
    }
}

/* ---- damage ---- */

enum { FILE_BYTES = 1 << 20 };

static unsigned char whole[FILE_BYTES], damaged[FILE_BYTES];

static size_t read_file(void)
{
    FILE *f = fopen(path, "r");
    size_t n = fread(whole, 1, sizeof whole, f);

    fclose(f);
    assert_in_range(n, 4096, FILE_BYTES - 1);
    return n;
}

static void write_damaged(size_t n)
{
    FILE *f = fopen(path, "w");

    memcpy(damaged, whole, n);
    for (uint64_t i = 1 + draw(20); i > 0; i--)
        /* behind the first page, which SQLite reads itself */
        damaged[1024 + draw(n - 1024)] = (unsigned char)draw(256);
    assert_int_equal(fwrite(damaged, 1, n, f), n);
    fclose(f);
}

/* Nothing is said of what it finds: that it ends, and reads no byte that is
 * not there, is the sanitizers' to say. */
static void a_damaged_file_harms_nobody(void **state)
{
    sqlite3 *db = open_path();
    size_t n;

    (void)state;
    chance = 99;
    run_sql(db, "PRAGMA page_size = 1024;"
                "CREATE TABLE t(a, text, b REAL, v BLOB, tail)");
    insert_rows(db, 120, 900);
    sqlite3_close(db);
    n = read_file();
    for (int turn = 0; turn < 400; turn++) {
        struct seen seen;

        write_damaged(n);
        db = open_path();
        walk(db, &seen);
        sqlite3_close(db);
    }
    unlink(path);
}

static int make_path(void **state)
{
    int fd;

    (void)state;
    chance = 7;
    snprintf(path, sizeof path, "/tmp/batchtop-tree-XXXXXX");
    fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

#define each(test) cmocka_unit_test_setup(test, make_path)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(rows_of_any_length_are_found),
        each(a_key_of_its_own_is_no_obstacle),
        each(what_it_does_not_know_is_refused),
        each(a_damaged_file_harms_nobody),
    };

    return cmocka_run_group_tests_name("sqlite_tree", tests, NULL, NULL);
}
