/*
 * Tests of the SQLite store with random ids whose writer is killed, or whose
 * power fails, at any moment: while runs are written and merged, while the
 * index goes and comes.
 */
#include "config.h"
#include "tests/support/files/ids_tools.h"
#include "tests/support/await.h"
#include "tests/support/power.h"
#include "tests/support/tap.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "util/mix.h"

/* ---- kills ---- */

/* In the child: documents without end, the index at the end of every other
 * turn, and each known id once more. Tells what was confirmed. */
static void write_for_ever(int told, uint64_t from)
{
    struct error err;
    struct store *s = ids_open_as(false, -1, &err), *last;
    uint64_t n = from;

    for (int turn = 0; s; turn++) {
        for (int i = 0; i < 8; i++, n += IDS_BATCH) {
            if (!ids_upsert(s, n, "old", &err) ||
                write(told, &n, sizeof n) != sizeof n)
                _exit(1);
        }
        if (turn % 2) {
            last = ids_open_as(true, -1, &err);
            if (!last || !last->ops->finish(last, &err))
                _exit(2);
            last->ops->close(last);
        }
        if (!ids_upsert(s, n - IDS_BATCH, "old", &err))
            _exit(3);
    }
    _exit(4);
}

/* Kill it after so many confirmations; what it confirmed. */
static uint64_t kill_a_writer(uint64_t from, size_t after)
{
    uint64_t confirmed = from, n;
    int told[2];
    pid_t child;

    assert_int_equal(pipe(told), 0);
    child = fork();
    if (child == 0) {
        close(told[0]);
        write_for_ever(told[1], from);
    }
    close(told[1]);
    for (size_t i = 0; i < after; i++) {
        await_input(told[0]);
        if (read(told[0], &n, sizeof n) == sizeof n)
            confirmed = n + IDS_BATCH;
    }
    usleep((useconds_t)(mix_scramble(from) % 3000)); /* into the next step */
    kill(child, SIGKILL);
    await_child(child);
    while (read(told[0], &n, sizeof n) == sizeof n)
        confirmed = n + IDS_BATCH;
    close(told[0]);
    return confirmed;
}

static void LD_34_a_kill_loses_and_doubles_no_random_id(void **state)
{
    uint64_t confirmed = 0;
    struct store *s;

    (void)state;
    for (size_t round = 0; round < 25; round++) {
        long long rows;

        confirmed = kill_a_writer(confirmed, 1 + round % 9);
        s = ids_open(true);
        assert_int_equal(ids_present(s, confirmed), confirmed);
        s->ops->close(s);
        rows = ids_ask(ids_rows);
        assert_in_range(rows, confirmed, confirmed + IDS_BATCH);
        assert_int_equal(ids_ask(ids_distinct), rows);
        assert_int_equal(ids_ask(ids_sound), 1);
    }
    s = ids_open(false);
    ids_put(s, 0, confirmed + IDS_BATCH, "new"); /* a second run */
    s->ops->close(s);
    ids_one_row_each(confirmed + IDS_BATCH);
    assert_int_equal(ids_ask(ids_new), confirmed + IDS_BATCH);
    ids_finish();
}

/* ---- beside another program ---- */

/* In the child: hold the file for reading, then write a row of its own anew,
 * without end. */
static void disturb_for_ever(void)
{
    sqlite3 *db;

    if (sqlite3_open(store_path, &db) != SQLITE_OK)
        _exit(1);
    sqlite3_busy_timeout(db, AWAIT_MS);
    for (;;) {
        sqlite3_exec(db, "BEGIN; SELECT count(*) FROM documents", NULL, NULL,
                     NULL);
        usleep(2000);
        sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
        if (sqlite3_exec(db,
                         "BEGIN IMMEDIATE;"
                         "DELETE FROM documents WHERE id = 'theirs';"
                         "INSERT INTO documents(id, text, embedding) "
                         "VALUES('theirs', 'old', zeroblob(16));"
                         "COMMIT",
                         NULL, NULL, NULL) != SQLITE_OK)
            sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        usleep(2000);
    }
}

static void LD_34_a_kill_beside_another_program_loses_nothing(void **state)
{
    uint64_t confirmed = 0;
    struct store *s = ids_open(false);
    pid_t other;

    (void)state;
    s->ops->close(s);
    other = fork();
    if (other == 0)
        disturb_for_ever();
    for (size_t round = 0; round < 12; round++) {
        confirmed = kill_a_writer(confirmed, 1 + round % 9);
        s = ids_open(true);
        assert_int_equal(ids_present(s, confirmed), confirmed);
        s->ops->close(s);
    }
    kill(other, SIGKILL);
    await_child(other);
    s = ids_open(false);
    ids_put(s, 0, confirmed + IDS_BATCH, "new");
    s->ops->close(s);
    assert_int_equal(ids_ask(ids_new), confirmed + IDS_BATCH);
    assert_int_equal(ids_ask(ids_rows), ids_ask(ids_distinct));
    assert_in_range(ids_ask(ids_rows), confirmed + IDS_BATCH,
                    confirmed + IDS_BATCH + 1);
    ids_finish();
}

/* ---- power ---- */

struct promise {
    uint64_t said; /* documents confirmed */
    char broken[300];
};

static void what_was_said_is_there(void *ctx, const char *image)
{
    struct promise *p = ctx;
    char file[200];
    long long rows;

    snprintf(file, sizeof file, "%s/v.sqlite", image);
    if (access(file, F_OK) != 0 || p->said == 0 || p->broken[0])
        return;
    rows = ids_ask_at(file, ids_rows);
    if ((uint64_t)rows < p->said || (uint64_t)rows > p->said + IDS_BATCH ||
        ids_ask_at(file, ids_distinct) != rows ||
        ids_ask_at(file, ids_sound) != 1)
        snprintf(p->broken, sizeof p->broken,
                 "failure %zu: %lld rows of %llu", power_failures(), rows,
                 (unsigned long long)p->said);
}

static void LD_34_random_ids_outlive_the_power(void **state)
{
    struct promise p = { .said = 0 };
    char image[80], file[100];
    struct store *s;

    (void)state;
    snprintf(image, sizeof image, "%s/image", store_folder);
    assert_true(power_watch(store_folder, image, what_was_said_is_there, &p));
    s = ids_open(false);
    for (; p.said < 600; p.said += IDS_BATCH)
        ids_put(s, p.said, p.said + IDS_BATCH, "old");
    ids_finish();
    for (; p.said < 800; p.said += IDS_BATCH)
        ids_put(s, p.said, p.said + IDS_BATCH, "old");
    assert_true(ours(s)->ids.loading);
    s->ops->close(s);
    ids_finish();
    power_unwatch();
    assert_string_equal(p.broken, "");
    assert_true(power_failures() > 50);
    snprintf(file, sizeof file, "%s/v.sqlite", image);
    unlink(file);
    snprintf(file, sizeof file, "%s/v.sqlite-journal", image);
    unlink(file);
    rmdir(image);
}

#define each(test)                                                            \
    cmocka_unit_test_setup_teardown(test, make_sqlite_folder, \
                                    remove_store_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(LD_34_a_kill_loses_and_doubles_no_random_id),
        each(LD_34_a_kill_beside_another_program_loses_nothing),
        each(LD_34_random_ids_outlive_the_power),
    };

    return cmocka_run_group_tests_name("sqlite_kills", tests, NULL, NULL);
}
