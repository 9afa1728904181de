/*
 * Tests of the SQLite store's search: it answers as a plain scan does that
 * reads one row after the other, whatever the vectors, the rows and the threads
 * are.
 */
#include "config.h"
#include "store/files/sqlite_tree.h"
#include "store/store.h"
#include "tests/support/files/store_folder.h"
#include "tests/support/tap.h"
#include "util/floats.h"
#include "util/mix.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_DIM = 64, MOST_ROWS = 700, MOST_HITS = 1000, WORLDS = 80 };

static uint64_t chance;

static uint64_t draw(uint64_t below)
{
    return mix_scramble(chance += mix_pi) % below;
}

static float between(float least, float most)
{
    return least + (most - least) * (float)draw(1 << 24) / (1 << 24);
}

/* ---- the store and the file beside it ---- */

static struct store *open_file(size_t dim, bool read_only)
{
    struct store_config cfg = { .url = store_url, .dim = dim, .stop_fd = -1,
                                .read_only = read_only };
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

/* A vector as it is in the file, or back. */
static void turn_vector(void *to, const void *from, size_t dim)
{
    if (FLOATS_TURNED)
        float_turn(to, from, dim);
    else
        memcpy(to, from, dim * sizeof(float));
}

/* A row as another program writes it, wherever it likes. */
static void insert_row(sqlite3_stmt *q, int64_t rowid, const float *v,
                       size_t dim)
{
    char id[32], stored[MOST_DIM * sizeof *v];

    turn_vector(stored, v, dim);
    snprintf(id, sizeof id, "r%" PRId64, rowid);
    sqlite3_bind_int64(q, 1, rowid);
    sqlite3_bind_text(q, 2, id, -1, SQLITE_TRANSIENT);
    sqlite3_bind_blob(q, 3, stored, (int)(dim * sizeof *v), SQLITE_TRANSIENT);
    /* now and then more than a page */
    sqlite3_bind_int(q, 4, draw(20) ? 0 : (int)draw(40000));
    assert_int_equal(sqlite3_step(q), SQLITE_DONE);
    sqlite3_reset(q);
}

/* ---- the plain scan ---- */

struct plain_hit {
    char id[32];
    double score;
};

static double plain_score(const float *query, const float *v, size_t dim)
{
    float a = float_dot(query, query, dim), b = float_dot(v, v, dim);

    if (!(a > 1e-30F && a <= FLT_MAX && b > 1e-30F && b <= FLT_MAX))
        return float_cosine(query, v, dim);
    return (double)float_dot(query, v, dim) /
           (sqrt((double)b) * sqrt((double)a));
}

static size_t plain_scan(const float *query, size_t dim, size_t k,
                         struct plain_hit *hits)
{
    float v[MOST_DIM];
    sqlite3 *db;
    sqlite3_stmt *q;
    size_t n = 0;

    assert_int_equal(sqlite3_open(store_path, &db), SQLITE_OK);
    sqlite3_prepare_v2(
        db, "SELECT id, embedding FROM documents ORDER BY rowid", -1, &q, NULL);
    while (sqlite3_step(q) == SQLITE_ROW) {
        struct plain_hit one;
        size_t at;

        assert_int_equal(sqlite3_column_bytes(q, 1), dim * sizeof *v);
        turn_vector(v, sqlite3_column_blob(q, 1), dim);
        snprintf(one.id, sizeof one.id, "%s",
                 (const char *)sqlite3_column_text(q, 0));
        one.score = plain_score(query, v, dim);
        for (at = n; at > 0 && hits[at - 1].score < one.score; at--)
            if (at < k)
                hits[at] = hits[at - 1];
        if (at < k)
            hits[at] = one;
        n += n < k;
    }
    sqlite3_finalize(q);
    sqlite3_close(db);
    return n;
}

static void release_hits(struct store_hit *hits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_release(&hits[i].id);
        buf_release(&hits[i].text);
    }
}

static void both_agree(struct store *s, const float *query, size_t k)
{
    static struct plain_hit plain[MOST_HITS];
    static struct store_hit hits[MOST_HITS];
    size_t expected = plain_scan(query, s->dim, k, plain), got = 0;
    struct error err;

    memset(hits, 0, sizeof hits);
    assert_true(s->ops->search(s, query, k, hits, &got, &err));
    assert_int_equal(got, expected);
    for (size_t i = 0; i < got; i++) {
        assert_string_equal(buf_cstr(&hits[i].id), plain[i].id);
        assert_true(hits[i].score == plain[i].score);
    }
    release_hits(hits, got);
}

/* ---- random vectors of a kind that makes trouble ---- */

enum kind { EVEN, CLONES, NEIGHBOURS, TINY, HUGE_ONES, SPARSE, MIXED, KINDS };

static void make_vector(enum kind kind, const float *centre, float *v,
                        size_t dim)
{
    if (kind == MIXED)
        kind = (enum kind)draw(MIXED);
    for (size_t i = 0; i < dim; i++)
        v[i] = kind == CLONES || kind == NEIGHBOURS ? centre[i]
               : kind == SPARSE                     ? 0
                                                    : between(-1, 1);
    for (size_t i = 0; i < dim; i++) {
        if (kind == TINY)
            v[i] *= draw(2) ? 1e-44F : 1e-20F;
        else if (kind == HUGE_ONES)
            v[i] *= draw(2) ? 3e38F : 1e18F;
    }
    if (kind == NEIGHBOURS) /* one bit of one element */
        v[draw(dim)] *= draw(2) ? 1 + FLT_EPSILON : 1 - FLT_EPSILON;
    if (kind == SPARSE || kind == CLONES)
        v[draw(dim)] = between(-1, 1);
}

/* Where row i lies: one after the other, far apart, or anywhere. */
static int64_t row_at(uint64_t spread, size_t i)
{
    return spread == 0   ? (int64_t)i + 1
           : spread == 1 ? ((int64_t)i - 300) * 1000
                         : (int64_t)(mix_scramble(i * mix_e));
}

static void fill_table(size_t rows, size_t dim, enum kind kind,
                       const float *centre)
{
    uint64_t spread = draw(3);
    float v[MOST_DIM];
    sqlite3 *db;
    sqlite3_stmt *q;

    assert_int_equal(sqlite3_open(store_path, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA synchronous = OFF; BEGIN", NULL, NULL, NULL);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "INSERT OR REPLACE INTO documents("
                                        "rowid, id, text, embedding) VALUES("
                                        "?1, ?2, printf('%*s', ?4, ''), ?3)",
                                        -1, &q, NULL),
                     SQLITE_OK);
    for (size_t i = 0; i < rows; i++) {
        make_vector(kind, centre, v, dim);
        insert_row(q, row_at(spread, i), v, dim);
    }
    sqlite3_finalize(q);
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void search_a_world(uint64_t seed)
{
    static const size_t ks[] = { 1, 5, 50, MOST_HITS };
    float centre[MOST_DIM], query[MOST_DIM];
    size_t dim, rows;
    enum kind kind;
    struct store *s;

    chance = seed;
    dim = 1 + draw(MOST_DIM);
    rows = draw(MOST_ROWS);
    kind = (enum kind)draw(KINDS);
    for (size_t i = 0; i < dim; i++)
        centre[i] = between(-1, 1);
    s = open_file(dim, false);
    fill_table(rows, dim, kind, centre);
    if (draw(2)) /* not plainly a table: by SQL */
        run_sql("ALTER TABLE documents ADD COLUMN made AS (id || text)");
    for (size_t i = 0; i < 4; i++) {
        make_vector((enum kind)draw(KINDS), centre, query, dim);
        both_agree(s, i == 0 ? centre : query, ks[draw(4)]);
    }
    s->ops->close(s);
    unlink(store_path);
}

static void search_answers_as_a_plain_scan_does(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++)
        search_a_world(seed);
    fclose(fopen(store_path, "w")); /* for remove_store_folder() */
}

/* ---- what it may find in a file ---- */

static void of_equal_vectors_the_earliest_rows_are_found(void **state)
{
    const float v[2] = { 3, 4 };
    struct store_hit hits[3] = { 0 };
    struct store *s = open_file(2, false);
    struct error err;
    size_t got;

    (void)state;
    fill_table(0, 2, EVEN, v);
    run_sql("WITH RECURSIVE n(i) AS "
            "(SELECT 500 UNION ALL SELECT i - 1 FROM n WHERE i > 0) "
            "INSERT INTO documents(rowid, id, text, embedding) "
            "SELECT i * 1000 + 7, 'r' || i, '', x'0000404000008040' FROM n");
    for (int turn = 0; turn < 20; turn++) {
        assert_true(s->ops->search(s, v, 3, hits, &got, &err));
        assert_int_equal(got, 3);
        assert_string_equal(buf_cstr(&hits[0].id), "r0");
        assert_string_equal(buf_cstr(&hits[1].id), "r1");
        assert_string_equal(buf_cstr(&hits[2].id), "r2");
    }
    release_hits(hits, 3);
    s->ops->close(s);
}

static void a_vector_without_direction_displaces_none(void **state)
{
    const float query[4] = { 1, 1, 0, 0 };
    const float rows[][4] = { { 0, 0, 0, 0 }, { NAN, 1, 1, 1 },
                              { INFINITY, 1, 0, 0 }, { -1, -1, 0, 0 },
                              { 1, 0, 0, 0 }, { 3e38F, 3e38F, 0, 0 },
                              { 0, 0, NAN, 0 } };
    const char *expected[] = { "r60000", "r50000", "r10000", "r20000",
                               "r30000", "r70000", "r40000" };
    struct store_hit hits[7] = { 0 };
    struct store *s = open_file(4, false);
    struct error err;
    sqlite3 *db;
    sqlite3_stmt *q;
    size_t got;

    (void)state;
    assert_int_equal(sqlite3_open(store_path, &db), SQLITE_OK);
    sqlite3_prepare_v2(db,
                       "INSERT INTO documents(rowid, id, text, embedding) "
                       "VALUES(?1, ?2, ?4, ?3)",
                       -1, &q, NULL);
    for (int i = 0; i < 7; i++)
        insert_row(q, (i + 1) * 10000, rows[i], 4);
    sqlite3_finalize(q);
    sqlite3_close(db);
    assert_true(s->ops->search(s, query, 2, hits, &got, &err));
    assert_int_equal(got, 2);
    assert_string_equal(buf_cstr(&hits[1].id), "r50000");
    assert_true(s->ops->search(s, query, 7, hits, &got, &err));
    assert_int_equal(got, 7);
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(buf_cstr(&hits[i].id), expected[i]);
    release_hits(hits, 7);
    s->ops->close(s);
}

static void a_row_of_another_length_is_named(void **state)
{
    const float query[4] = { 1, 1, 0, 0 };
    struct store_hit hits[5] = { 0 };
    struct store *s = open_file(4, false);
    struct error err;
    size_t got;

    (void)state;
    chance = 1;
    fill_table(600, 4, EVEN, query);
    run_sql("INSERT INTO documents(rowid, id, embedding) "
            "VALUES(424242, 'odd', x'0000803F0000')");
    assert_false(s->ops->search(s, query, 5, hits, &got, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "row 424242 holds no vector of 4"));
    run_sql("DELETE FROM documents WHERE id = 'odd'");
    both_agree(s, query, 5);
    s->ops->close(s);
}

/* Another program chose the journal; its log is beside the file until it
 * closes. */
static void a_file_with_a_write_ahead_log_is_searched_too(void **state)
{
    const float query[8] = { 1, 1, 0, 0, 0, 0, 0, -1 };
    struct store *s = open_file(8, false);
    sqlite3 *db;

    (void)state;
    s->ops->close(s);
    run_sql("PRAGMA journal_mode = WAL");
    assert_int_equal(sqlite3_open(store_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT count(*) FROM documents", NULL,
                                  NULL, NULL), SQLITE_OK);
    chance = 8;
    fill_table(600, 8, EVEN, query);
    s = open_file(0, true);
    assert_int_equal(s->dim, 8);
    both_agree(s, query, 10);
    s->ops->close(s);
    sqlite3_close(db);
}

/* ---- rows that change ---- */

static void upsert_some(struct store *s, size_t n, uint64_t of)
{
    float v[8][8];
    char ids[8][24];
    struct upsert_item items[8];
    struct error err;
    size_t taken;

    for (size_t done = 0; done < n; done += 8) {
        for (size_t i = 0; i < 8; i++) {
            make_vector(EVEN, NULL, v[i], 8);
            snprintf(ids[i], sizeof ids[i], "r%" PRIu64, draw(of));
            items[i] = (struct upsert_item){ .id = text_of(ids[i]),
                                             .text = text_of("t"),
                                             .vector = v[i] };
        }
        assert_true(s->ops->upsert(s, items, 8, &taken, &err));
    }
}

static void rows_are_replaced_and_removed(struct store *s)
{
    const float query[8] = { 1, -1, 0.5F, 0, 0, 0.25F, 0, 1 };

    for (int turn = 0; turn < 4; turn++) {
        upsert_some(s, 160, 200);
        both_agree(s, query, 5);
        both_agree(s, query, MOST_HITS);
        run_sql("DELETE FROM documents WHERE rowid % 5 = 2");
        both_agree(s, query, 50);
    }
}

static void replaced_and_removed_rows_are_found_as_they_are(void **state)
{
    struct store *s = open_file(8, false);

    (void)state;
    chance = 3;
    rows_are_replaced_and_removed(s);
    s->ops->close(s);
}

/* As version 0.1 made it. */
static void an_old_file_is_searched_and_written_as_ever(void **state)
{
    const float centre[8] = { 1, 1, 0, 0, 0, 0, 0, -1 };
    struct store *s;

    (void)state;
    chance = 4;
    run_sql("PRAGMA page_size = 16384; CREATE TABLE documents("
            "id TEXT PRIMARY KEY, text TEXT, metadata TEXT, embedding BLOB);"
            "CREATE TABLE meta(key TEXT PRIMARY KEY, value);"
            "INSERT INTO meta VALUES('dim', '8'), ('metric', 'cosine')");
    fill_table(500, 8, NEIGHBOURS, centre);
    s = open_file(0, true);
    both_agree(s, centre, 50);
    s->ops->close(s);
    s = open_file(8, false);
    rows_are_replaced_and_removed(s);
    s->ops->close(s);
}

/* ---- by pages ---- */

static void count_row(void *ctx, int64_t rowid, const void *vector)
{
    (void)rowid;
    (void)vector;
    ++*(int *)ctx;
}

/* By SQL the answer is the same and takes twice the CPU: nobody would see. */
static void a_file_of_ours_is_walked_by_pages(void **state)
{
    const float v[4] = { 1, 2, 3, 4 };
    struct upsert_item one = { .id = text_of("a"), .text = text_of("t"),
                               .vector = v };
    struct store *s = open_file(4, false);
    struct sqlite_tree t = { .run = NULL };
    struct tree_shape shape;
    struct error err;
    uint32_t *nodes = NULL;
    size_t taken, n;
    int rows = 0;
    sqlite3 *db;

    (void)state;
    assert_true(s->ops->upsert(s, &one, 1, &taken, &err));
    s->ops->close(s);
    assert_int_equal(sqlite3_open(store_path, &db), SQLITE_OK);
    assert_true(tree_find(&shape, db, "documents", "embedding", sizeof v));
    assert_true(tree_open(&t, &shape, db) && tree_nodes(&t, &nodes, &n));
    assert_int_equal(n, 1);
    assert_true(tree_rows(&t, nodes[0], count_row, &rows));
    assert_int_equal(rows, 1);
    free(nodes);
    tree_close(&t);
    sqlite3_close(db);
}

#define each(test)                                                            \
    cmocka_unit_test_setup_teardown(test, make_sqlite_folder, \
                                    remove_store_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(search_answers_as_a_plain_scan_does),
        each(of_equal_vectors_the_earliest_rows_are_found),
        each(a_vector_without_direction_displaces_none),
        each(a_row_of_another_length_is_named),
        each(replaced_and_removed_rows_are_found_as_they_are),
        each(an_old_file_is_searched_and_written_as_ever),
        each(a_file_of_ours_is_walked_by_pages),
        each(a_file_with_a_write_ahead_log_is_searched_too),
    };

    return cmocka_run_group_tests_name("sqlite_search", tests, NULL, NULL);
}
