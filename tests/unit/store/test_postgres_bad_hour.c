/*
 * The PostgreSQL store in a bad hour, against a private server that this test
 * starts: what is refused, sessions that are killed, locks, a full disk.
 */
#include "config.h"
#include "tests/support/await.h"
#include "tests/support/pg_tools.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void an_sqlstate_decides_what_happens(void **state)
{
    static const struct {
        const char *sqlstate;
        enum error_kind kind;
    } rows[] = {
        { "40P01", ERROR_SERVER },  { "40001", ERROR_SERVER },
        { "55P03", ERROR_SERVER },  { "53300", ERROR_SERVER },
        { "53100", ERROR_QUOTA },   { "57014", ERROR_TIMEOUT },
        { "58030", ERROR_SERVER },  { "08006", ERROR_NETWORK },
        { "22P02", ERROR_REFUSED }, { "23505", ERROR_REFUSED },
        { "54000", ERROR_REFUSED }, { "P0001", ERROR_REFUSED },
        { "28000", ERROR_AUTH },    { "42501", ERROR_AUTH },
        { "42703", ERROR_CONFIG },  { "25006", ERROR_CONFIG },
        { "XX000", ERROR_SERVER },
    };
    struct store *s = must_open("told");

    (void)state;
    sql("CREATE FUNCTION as_told() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF NEW.id = 'raise' THEN RAISE EXCEPTION 'as told' USING "
        "ERRCODE = NEW.text; END IF; RETURN NEW; END $$; "
        "CREATE TRIGGER t BEFORE INSERT ON told FOR EACH ROW EXECUTE FUNCTION "
        "as_told()");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error err = { .text = "" };

        assert_false(put(s, "raise", rows[i].sqlstate, &err));
        if (err.kind != rows[i].kind)
            fail_msg("%s became %s: %s", rows[i].sqlstate,
                     error_word(err.kind), err.text);
        assert_non_null(strstr(err.text, "as told"));
        assert_non_null(strstr(err.text, rows[i].sqlstate));
        must_put(s, "after"); /* the connection is in order */
    }
    s->ops->close(s);
}

static void one_bad_record_leaves_nothing_of_its_batch(void **state)
{
    struct upsert_item items[] = { item("good", "x"), item("raise", "22P02") };
    struct store *s = must_open("told");
    struct text id = text_of("good");
    bool present = true;
    struct error err;
    size_t taken = 0;

    (void)state;
    assert_false(s->ops->upsert(s, items, 2, &taken, &err));
    assert_int_equal(taken, 2);
    assert_true(s->ops->lookup(s, &id, 1, &present, &err));
    assert_false(present || items[0].stored || items[1].stored);
    s->ops->close(s);
}

static void an_id_too_long_for_the_index_is_refused(void **state)
{
    struct store *s = must_open("long_ids");
    char id[6000];
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof id - 1; i++) /* not to be compressed */
        id[i] = (char)('!' + (i * 7919 + i * i % 97 + i / 3) % 90);
    id[sizeof id - 1] = '\0';
    assert_false(put(s, id, "x", &err));
    assert_int_equal(err.kind, ERROR_REFUSED);
    must_put(s, "short");
    s->ops->close(s);
}

/* An upsert in a thread of its own, so that it can be disturbed. */
struct disturbed {
    struct store *s;
    struct error err;
    bool fine;
};

static void *put_in_thread(void *arg)
{
    struct disturbed *d = arg;

    d->fine = put(d->s, "disturbed", "x", &d->err);
    return NULL;
}

static PGconn *locker; /* a session that holds a table */

/* Hold the table; its end lets go. A session sees others as they were when
 * its transaction began, so whoever locks cannot be the one who looks. */
static void hold_table(const char *table)
{
    char text[128];

    locker = session();
    snprintf(text, sizeof text, "BEGIN; LOCK TABLE %s", table);
    PQclear(PQexec(locker, text));
}

static void let_go(void)
{
    PQfinish(locker);
    locker = NULL;
}

/* The store's session that waits for the lock, once there is one other than
 * `but`. */
static int waiting(int but)
{
    char text[256];
    int pid;

    snprintf(text, sizeof text,
             "SELECT pid FROM pg_stat_activity WHERE application_name = "
             "'batchtop' AND wait_event_type = 'Lock' AND pid <> %d", but);
    await((pid = atoi(sql(text))) != 0);
    return pid;
}

static void kill_session(int pid)
{
    char text[64];

    snprintf(text, sizeof text, "SELECT pg_terminate_backend(%d)", pid);
    assert_string_equal(sql(text), "t");
}

static void ST_08_a_killed_backend_costs_nothing(void **state)
{
    struct disturbed d = { .s = must_open("killed") };
    pthread_t thread;

    (void)state;
    must_put(d.s, "a");
    kill_session(atoi(sql("SELECT pid FROM pg_stat_activity WHERE "
                          "application_name = 'batchtop'"))); /* idle */
    must_put(d.s, "b");

    hold_table("killed");
    pthread_create(&thread, NULL, put_in_thread, &d);
    kill_session(waiting(0));
    let_go();
    await_thread(thread);
    if (!d.fine)
        fail_msg("%s", d.err.text);
    assert_string_equal(sql("SELECT count(*) FROM killed"), "3");
    d.s->ops->close(d.s);
}

static void ST_08_a_second_death_is_the_servers_failure(void **state)
{
    struct disturbed d = { .s = must_open("killed") };
    pthread_t thread;
    int first;

    (void)state;
    hold_table("killed");
    pthread_create(&thread, NULL, put_in_thread, &d);
    first = waiting(0);
    kill_session(first); /* it is tried again once, silently */
    kill_session(waiting(first));
    await_thread(thread);
    let_go();
    assert_false(d.fine);
    if (d.err.kind != ERROR_SERVER)
        fail_msg("%s", d.err.text);
    /* The record may be what kills: its tries count. */
    assert_int_equal(d.err.about, ABOUT_UNKNOWN);
    must_put(d.s, "later"); /* with a connection of its own */
    d.s->ops->close(d.s);
}

static void ST_08_a_restarted_server_is_found_again(void **state)
{
    struct store *s = must_open("restarted");
    char answer[64];

    (void)state;
    must_put(s, "a");
    assert_int_equal(pg_server("restart", answer, sizeof answer), 0);
    must_put(s, "b");
    PQfinish(other);
    other = session();
    assert_string_equal(sql("SELECT count(*) FROM restarted"), "2");
    s->ops->close(s);
}

static void nobody_there_is_a_network_error(void **state)
{
    struct error err;

    (void)state;
    assert_null(open_at("postgres://postgres@127.0.0.1:1/postgres", false,
                        &err));
    assert_int_equal(err.kind, ERROR_NETWORK);
    assert_int_equal(err.about, ABOUT_SERVICE); /* no record went */
    assert_non_null(strstr(err.text, "127.0.0.1"));
}

static void a_stop_ends_a_wait(void **state)
{
    struct store_config cfg = { .url = url_of("killed"), .dim = 4 };
    struct disturbed d;
    pthread_t thread;
    int pipes[2];

    (void)state;
    assert_int_equal(pipe(pipes), 0);
    cfg.stop_fd = pipes[0];
    d.s = open_with(cfg, &d.err);
    assert_non_null(d.s);
    hold_table("killed");
    pthread_create(&thread, NULL, put_in_thread, &d);
    waiting(0);
    assert_int_equal(write(pipes[1], "x", 1), 1);
    await_thread(thread); /* the lock is still held */
    let_go();
    assert_false(d.fine);
    assert_int_equal(d.err.kind, ERROR_STOPPED);
    d.s->ops->close(d.s);
    close(pipes[0]);
    close(pipes[1]);
}

static void a_server_that_is_stuck_is_timed_out(void **state)
{
    struct store_config cfg = { .url = url_of("killed"), .dim = 4,
                                .stop_fd = -1, .timeout_ms = 500 };
    struct error err;
    struct store *s = open_with(cfg, &err);

    (void)state;
    assert_non_null(s);
    hold_table("killed");
    assert_false(put(s, "slow", "x", &err));
    let_go();
    assert_int_equal(err.kind, ERROR_TIMEOUT);
    must_put(s, "slow");
    s->ops->close(s);
}

static void ST_06_a_full_disk_is_told_and_recovers(void **state)
{
    static char text[200001];
    char place[128], command[400];
    struct error err = { .text = "" };
    struct store *s;
    bool full = false;

    (void)state;
    if (pg_server("tmpfs", place, sizeof place)) {
        printf("# %s\n", place);
        skip();
    }
    snprintf(command, sizeof command, "CREATE TABLESPACE small LOCATION '%s'",
             place);
    sql(command);
    sql("CREATE TABLE small(id text PRIMARY KEY, text text, metadata jsonb, "
        "embedding real[]) TABLESPACE small");
    s = must_open("small");
    for (size_t i = 0, x = 1; i < sizeof text - 1; i++) { /* as it is */
        x = x * 6364136223846793005U + 1442695040888963407U;
        text[i] = (char)('!' + (x >> 40) % 57);
    }
    for (int i = 0; i < 50 && !full; i++) {
        char id[16];

        snprintf(id, sizeof id, "%d", i);
        full = !put(s, id, text, &err);
    }
    assert_true(full);
    assert_int_equal(err.kind, ERROR_QUOTA);
    assert_non_null(strstr(err.text, "make room"));
    snprintf(command, sizeof command, "%s/ballast", place);
    assert_int_equal(unlink(command), 0);
    must_put(s, "room again");
    s->ops->close(s);
    sql("DROP TABLE small");
    sql("CHECKPOINT");
    sql("DROP TABLESPACE small");
    pg_server("umount", place, sizeof place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_sqlstate_decides_what_happens),
        cmocka_unit_test(one_bad_record_leaves_nothing_of_its_batch),
        cmocka_unit_test(an_id_too_long_for_the_index_is_refused),
        cmocka_unit_test(ST_08_a_killed_backend_costs_nothing),
        cmocka_unit_test(
            ST_08_a_second_death_is_the_servers_failure),
        cmocka_unit_test(nobody_there_is_a_network_error),
        cmocka_unit_test(a_stop_ends_a_wait),
        cmocka_unit_test(a_server_that_is_stuck_is_timed_out),
        cmocka_unit_test(ST_06_a_full_disk_is_told_and_recovers),
        cmocka_unit_test(ST_08_a_restarted_server_is_found_again),
    };
    int status;

    if (!pg_start(&status))
        return status;
    return cmocka_run_group_tests_name("postgres_bad_hour", tests, NULL,
                                       pg_stop);
}
