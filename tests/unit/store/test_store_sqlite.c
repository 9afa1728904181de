/*
 * Tests of the SQLite store: its contract, the bytes of a vector, search, full
 * disks, and a writer that is killed while it writes.
 */
#include "config.h"
#include "store/store.h"
#include "tests/support/await.h"
#include "tests/support/files/store_folder.h"
#include "tests/support/tap.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/contract/contract_store.h"

enum { DIM = 4 };

static struct store *open_as(size_t dim, bool read_only, const char *model,
                             struct error *err)
{
    struct store_config cfg = { .url = store_url, .dim = dim, .stop_fd = -1,
                                .read_only = read_only, .model = model };

    return store_sqlite.open(&store_sqlite, &cfg, err);
}

static struct store *open_new(void)
{
    struct error err;
    struct store *s = open_as(DIM, false, "m", &err);

    assert_non_null(s);
    assert_true(s->ops->preflight(s, &err));
    return s;
}

static void put(struct store *s, const char *id, const float *vector)
{
    struct upsert_item one = { .id = text_of(id), .text = text_of(id),
                               .vector = vector };
    struct error err;
    size_t taken;

    assert_true(s->ops->upsert(s, &one, 1, &taken, &err));
}

/* As a foreign program would. */
static bool fetch(void *ctx, struct text id, struct buf *text,
                  struct buf *metadata)
{
    sqlite3 *db;
    sqlite3_stmt *q;
    bool found;

    (void)ctx;
    assert_int_equal(sqlite3_open(store_path, &db), SQLITE_OK);
    sqlite3_prepare_v2(db, "SELECT text, metadata FROM documents WHERE id = ?",
                       -1, &q, NULL);
    sqlite3_bind_text(q, 1, id.ptr, (int)id.len, SQLITE_STATIC);
    found = sqlite3_step(q) == SQLITE_ROW;
    if (found) {
        buf_put(text, sqlite3_column_text(q, 0),
                (size_t)sqlite3_column_bytes(q, 0));
        buf_put(metadata, sqlite3_column_text(q, 1),
                (size_t)sqlite3_column_bytes(q, 1));
    }
    sqlite3_finalize(q);
    sqlite3_close(db);
    return found;
}

static char *ask(const char *sql)
{
    static char answer[256];
    sqlite3 *db;
    sqlite3_stmt *q;

    assert_int_equal(sqlite3_open(store_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    snprintf(answer, sizeof answer, "%s",
             (const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
    sqlite3_close(db);
    return answer;
}

static void it_keeps_the_contract_of_stores(void **state)
{
    struct contract_store k = { .ops = &store_sqlite, .url = store_url,
                                .made = true,
                                .fetch = fetch };

    (void)state;
    contract_store(&k);
}

static void vectors_lie_in_the_file_as_little_endian_floats(void **state)
{
    const float v[DIM] = { 1, -2, 0.5F, 0 };
    struct store *s = open_new();

    (void)state;
    put(s, "a", v);
    s->ops->close(s);
    assert_string_equal(ask("SELECT hex(embedding) FROM documents"),
                        "0000803F000000C00000003F00000000");
    assert_string_equal(ask("SELECT value FROM meta WHERE key = 'dim'"), "4");
    assert_string_equal(ask("SELECT value FROM meta WHERE key = 'model'"),
                        "m");
    assert_string_equal(ask("SELECT metadata IS NULL FROM documents"), "1");
    assert_string_equal(ask("PRAGMA integrity_check"), "ok");
}

static void release_hits(struct store_hit *hits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_release(&hits[i].id);
        buf_release(&hits[i].text);
    }
}

static void search_finds_the_nearest_by_cosine(void **state)
{
    const float east[DIM] = { 10, 0, 0, 0 }, north[DIM] = { 0, 1, 0, 0 },
                both[DIM] = { 3, 3, 0, 0 }, query[DIM] = { 2, 1, 0, 0 };
    struct store_hit hits[5] = { 0 };
    struct store *s = open_new();
    struct error err;
    size_t got = 9;

    (void)state;
    put(s, "north", north);
    put(s, "east", east);
    put(s, "both", both);
    s->ops->close(s);
    s = open_as(0, true, NULL, &err);
    assert_non_null(s);
    assert_int_equal(s->dim, DIM);
    assert_true(s->ops->search(s, query, 2, hits, &got, &err));
    assert_int_equal(got, 2);
    assert_string_equal(buf_cstr(&hits[0].id), "both");
    assert_string_equal(buf_cstr(&hits[1].text), "east");
    assert_true(hits[0].score > 0.948 && hits[0].score < 0.949);
    assert_true(s->ops->search(s, query, 5, hits, &got, &err));
    assert_int_equal(got, 3);
    assert_string_equal(buf_cstr(&hits[2].id), "north");
    release_hits(hits, 5);
    s->ops->close(s);
}

static void search_in_an_empty_file_finds_nothing(void **state)
{
    const float query[DIM] = { 1, 0, 0, 0 };
    struct store *s = open_new();
    struct error err;
    size_t got = 9;

    (void)state;
    assert_true(s->ops->search(s, query, 3, NULL, &got, &err));
    assert_int_equal(got, 0);
    s->ops->close(s);
}

static void reading_makes_no_file(void **state)
{
    struct error err;

    (void)state;
    assert_null(open_as(0, true, NULL, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "No such file"));
    assert_int_equal(access(store_path, F_OK), -1);
    fclose(fopen(store_path, "w")); /* for remove_store_folder() */
}

static void a_file_of_another_kind_is_refused(void **state)
{
    FILE *f = fopen(store_path, "w");
    struct error err;

    (void)state;
    for (int i = 0; i < 100; i++)
        fputs("this is a poem and no database\n", f);
    fclose(f);
    assert_null(open_as(DIM, false, NULL, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "v.sqlite"));
}

static void EM_55_a_model_is_written_with_the_first_vectors(void **state)
{
    static const char model[] = "SELECT value FROM meta WHERE key = 'model'";
    const float v[DIM] = { 1, 2, 3, 4 };
    struct store *s = open_new();
    struct error err;

    (void)state;
    put(s, "a", v);
    s->ops->close(s);
    s = open_as(DIM, false, "other", &err);
    assert_non_null(s);
    assert_true(s->ops->preflight(s, &err));
    assert_string_equal(ask(model), "m");
    put(s, "b", v);
    s->ops->close(s);
    assert_string_equal(ask(model), "other");
}

static void a_url_without_a_file_is_refused(void **state)
{
    struct store_config cfg = { .url = "sqlite:", .dim = DIM };
    struct error err;

    (void)state;
    assert_null(store_sqlite.open(&store_sqlite, &cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    fclose(fopen(store_path, "w"));
}

static void LD_03_a_full_disk_is_local_and_changes_nothing(void **state)
{
    static float big[4096];
    struct rlimit usual, small;
    struct error err;
    struct store *s = open_as(4096, false, NULL, &err);
    struct upsert_item items[64];
    char ids[64][8];
    uint64_t n = 9;
    size_t taken;

    (void)state;
    big[0] = 1;
    for (size_t i = 0; i < 64; i++) {
        snprintf(ids[i], sizeof ids[i], "%zu", i);
        items[i] = (struct upsert_item){ .id = text_of(ids[i]),
                                         .text = text_of("t"),
                                         .vector = big };
    }
    assert_non_null(s);
    getrlimit(RLIMIT_FSIZE, &usual);
    small = usual;
    small.rlim_cur = 256 * 1024;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    assert_false(s->ops->upsert(s, items, 64, &taken, &err));
    assert_int_equal(err.kind, ERROR_LOCAL);
    setrlimit(RLIMIT_FSIZE, &usual);
    assert_true(s->ops->count(s, &n, &err));
    assert_int_equal(n, 0);
    assert_true(s->ops->upsert(s, items, 64, &taken, &err));
    s->ops->close(s);
}

static void LD_22_a_file_that_went_away_is_said_to_be_gone(void **state)
{
    const float v[DIM] = { 1, 2, 3, 4 };
    struct upsert_item one = { .id = text_of("b"), .text = text_of("b"),
                               .vector = v };
    struct store *s = open_new();
    struct error err;
    size_t taken;

    (void)state;
    put(s, "a", v);
    unlink(store_path);
    assert_false(s->ops->upsert(s, &one, 1, &taken, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "deleted while in use"));
    assert_null(strstr(err.text, "readonly"));
    s->ops->close(s);
}

static void LD_22_a_folder_that_cannot_be_written_is_named_as_such(
    void **state)
{
    uid_t us = geteuid();
    struct error err;

    (void)state;
    assert_int_equal(chmod(store_folder, 0555), 0);
    assert_true(us != 0 || seteuid(65534) == 0);
    assert_null(open_as(DIM, false, NULL, &err));
    assert_true(us != 0 || seteuid(us) == 0);
    assert_int_equal(chmod(store_folder, 0755), 0);
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "v.sqlite: Permission denied"));
    assert_non_null(strstr(err.text, "--store"));
}

/* In the child: batches of 100 until somebody ends it. */
static void write_for_ever(int told)
{
    static float big[1024] = { 1 };
    struct error err;
    struct store *s = open_as(1024, false, "m", &err);
    struct upsert_item items[100];
    char ids[100][24];
    size_t taken;

    for (uint64_t n = 0; s; n += 100) {
        for (size_t i = 0; i < 100; i++) {
            snprintf(ids[i], sizeof ids[i], "%zu", (size_t)n + i);
            items[i] = (struct upsert_item){ .id = text_of(ids[i]),
                                             .text = text_of("t"),
                                             .vector = big };
        }
        if (!s->ops->upsert(s, items, 100, &taken, &err))
            break;
        if (write(told, "+", 1) != 1)
            break;
    }
    _exit(1);
}

static void LD_01_a_killed_writer_leaves_all_it_confirmed(void **state)
{
    char confirmed[4096], journal[128];
    struct error err;
    struct store *s;
    uint64_t n = 0;
    size_t got = 0;
    int told[2];
    pid_t child;

    (void)state;
    assert_int_equal(pipe(told), 0);
    child = fork();
    if (child == 0)
        write_for_ever(told[1]);
    close(told[1]);
    while (got < 5) { /* it is well under way */
        await_input(told[0]);
        got += (size_t)read(told[0], confirmed, 1);
    }
    kill(child, SIGKILL);
    await_child(child);
    got += (size_t)read(told[0], confirmed, sizeof confirmed);
    close(told[0]);
    s = open_as(0, true, NULL, &err); /* rolls the torn transaction back */
    assert_non_null(s);
    assert_true(s->ops->count(s, &n, &err));
    assert_in_range(n, got * 100, got * 100 + 100);
    assert_int_equal(n % 100, 0);
    s->ops->close(s);
    assert_string_equal(ask("PRAGMA integrity_check"), "ok");
    /* a journal that had just begun stays until the next writer comes */
    snprintf(journal, sizeof journal, "%s-journal", store_path);
    unlink(journal);
}

#define each(test)                                                            \
    cmocka_unit_test_setup_teardown(test, make_sqlite_folder, \
                                    remove_store_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(it_keeps_the_contract_of_stores),
        each(vectors_lie_in_the_file_as_little_endian_floats),
        each(search_finds_the_nearest_by_cosine),
        each(search_in_an_empty_file_finds_nothing),
        each(reading_makes_no_file),
        each(a_file_of_another_kind_is_refused),
        each(EM_55_a_model_is_written_with_the_first_vectors),
        each(a_url_without_a_file_is_refused),
        each(LD_01_a_killed_writer_leaves_all_it_confirmed),
        each(LD_03_a_full_disk_is_local_and_changes_nothing),
        each(LD_22_a_file_that_went_away_is_said_to_be_gone),
        each(LD_22_a_folder_that_cannot_be_written_is_named_as_such),
    };

    return cmocka_run_group_tests_name("store_sqlite", tests, NULL, NULL);
}
