/*
 * The PostgreSQL store against a private server that this test starts: with
 * the double of pgvector's type where its headers are installed, with real[]
 * always.
 */
#include "config.h"
#include "tests/contract/contract_store.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <libpq-fe.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

static char folder[] = "/tmp/batchtop-pg-XXXXXX";
static char port[16];
static char vecdouble[128]; /* its library; "" when it cannot be built */
static PGconn *other, *locker; /* sessions beside the store's */

/* pg_server.sh's answer without its line end; its status. */
static int server(const char *what, char *answer, size_t size)
{
    const char *srcdir = getenv("srcdir");
    char command[512];
    FILE *p;
    size_t n;

    snprintf(command, sizeof command, "sh %s/tests/support/servers/pg_server.sh %s %s",
             srcdir ? srcdir : ".", what, folder);
    p = popen(command, "r");
    assert_non_null(p);
    n = fread(answer, 1, size - 1, p);
    answer[n] = '\0';
    answer[strcspn(answer, "\n")] = '\0';
    n = (size_t)pclose(p);
    return WIFEXITED((int)n) ? WEXITSTATUS((int)n) : 1;
}

static PGconn *session(void)
{
    char info[128];
    PGconn *c;

    snprintf(info, sizeof info,
             "host=127.0.0.1 port=%s user=postgres dbname=postgres", port);
    c = PQconnectdb(info);
    if (PQstatus(c) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(c));
    return c;
}

/* The first value of the answer; good until the next call. */
static const char *sql(const char *text)
{
    static char value[4096];
    PGresult *r = PQexec(other, text);

    if (PQresultStatus(r) != PGRES_TUPLES_OK &&
        PQresultStatus(r) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", text, PQresultErrorMessage(r));
    snprintf(value, sizeof value, "%s",
             PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
    return value;
}

static const char *url_of(const char *table)
{
    static char url[256];

    snprintf(url, sizeof url, "postgres://postgres@127.0.0.1:%s/postgres"
             "?table=%s", port, table);
    return url;
}

static struct store *open_with(struct store_config cfg, struct error *err)
{
    struct store *s = store_postgres.open(&store_postgres, &cfg, err);

    if (s && s->ops->preflight(s, err))
        return s;
    store_postgres.close(s);
    return NULL;
}

static struct store *opened(const char *url, bool create, struct error *err)
{
    return open_with((struct store_config){ .url = url, .dim = 4,
                                            .create = create, .stop_fd = -1 },
                     err);
}

static struct store *must_open(const char *table)
{
    struct error err;
    struct store *s = opened(url_of(table), true, &err);

    if (!s)
        fail_msg("%s", err.text);
    return s;
}

static const float east[4] = { 1, 0, 0, 0 }, north[4] = { 0, 2, 0, 0 };

static struct upsert_item item(const char *id, const char *text)
{
    return (struct upsert_item){ .id = text_of(id), .text = text_of(text),
                                 .vector = east };
}

static bool put(struct store *s, const char *id, const char *text,
                struct error *err)
{
    struct upsert_item one = item(id, text);
    size_t taken;

    return s->ops->upsert(s, &one, 1, &taken, err) && one.stored;
}

static void must_put(struct store *s, const char *id)
{
    struct error err;

    if (!put(s, id, "text", &err))
        fail_msg("%s", err.text);
}

/* ---- the contract ---- */

static bool fetch(void *ctx, struct text id, struct buf *text,
                  struct buf *metadata)
{
    const char *value[] = { id.ptr };
    int length[] = { (int)id.len }, binary[] = { 1 };
    char query[128];
    PGresult *r;
    bool found;

    snprintf(query, sizeof query,
             "SELECT text, metadata FROM %s WHERE id = $1::text",
             (const char *)ctx);
    r = PQexecParams(other, query, 1, NULL, value, length, binary, 0);
    found = PQntuples(r) == 1;
    if (found) {
        buf_puts(text, PQgetvalue(r, 0, 0));
        buf_puts(metadata, PQgetvalue(r, 0, 1));
    }
    PQclear(r);
    return found;
}

static void keeps_the_contract(const char *table, const char *options)
{
    char url[300];
    struct contract_store k = { .ops = &store_postgres, .url = url,
                                .no_nul = true, .own_json = true,
                                .fetch = fetch,
                                .ctx = (void *)(uintptr_t)table };

    snprintf(url, sizeof url, "%s%s", url_of(table), options);
    contract_store(&k);
}

static void a_table_of_reals_keeps_the_contract(void **state)
{
    (void)state;
    keeps_the_contract("reals", "");
}

static void a_table_of_reals_keeps_it_without_copy(void **state)
{
    (void)state;
    keeps_the_contract("reals_unnest", "&copy=no");
}

static void metadata_is_jsonb_with_every_digit(void **state)
{
    (void)state;
    assert_string_equal(
        sql("SELECT metadata->>'n' || ' ' || (metadata->>'x') || ' ' || "
            "length(metadata->>'e') FROM reals WHERE id = 'with space'"),
        "9007199254740993 1.10 1000");
}

static void search_orders_by_cosine(const char *table)
{
    struct upsert_item items[] = { item("east", "one"), item("north", "two"),
                                   item("both", "three") };
    static const float both[4] = { 3, 3, 0, 0 };
    struct store_hit hits[2] = { { .score = 0 } };
    struct store *s = must_open(table);
    struct error err;
    size_t taken, got = 0;

    items[1].vector = north;
    items[2].vector = both;
    assert_true(s->ops->upsert(s, items, 3, &taken, &err));
    if (!s->ops->search(s, east, 2, hits, &got, &err))
        fail_msg("%s", err.text);
    assert_int_equal(got, 2);
    assert_string_equal(buf_cstr(&hits[0].id), "east");
    assert_string_equal(buf_cstr(&hits[0].text), "one");
    assert_string_equal(buf_cstr(&hits[1].id), "both");
    assert_true(fabs(hits[0].score - 1) < 1e-6);
    assert_true(fabs(hits[1].score - sqrt(0.5)) < 1e-6);
    for (size_t i = 0; i < 2; i++) {
        buf_release(&hits[i].id);
        buf_release(&hits[i].text);
    }
    s->ops->close(s);
}

static void the_nearest_reals_come_first(void **state)
{
    (void)state;
    search_orders_by_cosine("search_reals");
}

static void a_missing_pgvector_is_said_aloud(void **state)
{
    struct store *s = must_open("aloud");

    (void)state;
    assert_non_null(strstr(s->note, "no pgvector"));
    s->ops->close(s);
    s = must_open("aloud"); /* it is there now: nothing to say */
    assert_string_equal(s->note, "");
    s->ops->close(s);
}

/* ---- with pgvector's type ---- */

static void make_type(void)
{
    static const char *const format =
        "CREATE SCHEMA ext; CREATE TYPE ext.vector;"
        "CREATE FUNCTION ext.v_in(cstring, oid, int4) RETURNS ext.vector AS "
        "'%1$s', 'v_in' LANGUAGE c IMMUTABLE STRICT;"
        "CREATE FUNCTION ext.v_out(ext.vector) RETURNS cstring AS "
        "'%1$s', 'v_out' LANGUAGE c IMMUTABLE STRICT;"
        "CREATE FUNCTION ext.v_recv(internal, oid, int4) RETURNS ext.vector "
        "AS '%1$s', 'v_recv' LANGUAGE c IMMUTABLE STRICT;"
        "CREATE FUNCTION ext.v_send(ext.vector) RETURNS bytea AS "
        "'%1$s', 'v_send' LANGUAGE c IMMUTABLE STRICT;"
        "CREATE FUNCTION ext.v_typmod_in(cstring[]) RETURNS int4 AS "
        "'%1$s', 'v_typmod_in' LANGUAGE c IMMUTABLE STRICT;"
        "CREATE TYPE ext.vector(input = ext.v_in, output = ext.v_out, "
        "receive = ext.v_recv, send = ext.v_send, "
        "typmod_in = ext.v_typmod_in, storage = external);"
        "CREATE FUNCTION ext.v_sized(ext.vector, int4, bool) RETURNS "
        "ext.vector AS '%1$s', 'v_sized' LANGUAGE c IMMUTABLE STRICT;"
        "CREATE CAST (ext.vector AS ext.vector) WITH FUNCTION "
        "ext.v_sized(ext.vector, int4, bool) AS IMPLICIT;"
        "CREATE FUNCTION ext.vector_dims(ext.vector) RETURNS int4 AS "
        "'%1$s', 'v_dims' LANGUAGE c IMMUTABLE STRICT;"
        "CREATE FUNCTION ext.v_cosine(ext.vector, ext.vector) RETURNS float8 "
        "AS '%1$s', 'v_cosine' LANGUAGE c IMMUTABLE STRICT;"
        "CREATE OPERATOR ext.<=> (leftarg = ext.vector, rightarg = "
        "ext.vector, function = ext.v_cosine)";
    char text[4096];

    snprintf(text, sizeof text, format, vecdouble);
    sql(text);
}

static int need_type(void **state)
{
    (void)state;
    if (!vecdouble[0] && server("double", vecdouble, sizeof vecdouble)) {
        printf("# %s\n", vecdouble);
        vecdouble[0] = '\0';
        return 0;
    }
    if (!*sql("SELECT to_regtype('ext.vector')"))
        make_type();
    /* Not for everybody: the store has to name the schema itself. */
    sql("ALTER ROLE postgres SET search_path = public, ext");
    return 0;
}

static int type_off(void **state)
{
    (void)state;
    sql("ALTER ROLE postgres RESET search_path");
    return 0;
}

static void a_table_of_vectors_keeps_the_contract(void **state)
{
    (void)state;
    if (!vecdouble[0])
        skip();
    keeps_the_contract("vectors", "");
    assert_string_equal(sql("SELECT format_type(atttypid, atttypmod) FROM "
                            "pg_attribute WHERE attrelid = 'vectors'::regclass "
                            "AND attname = 'embedding'"), "ext.vector(4)");
}

static void a_table_of_vectors_keeps_it_without_copy(void **state)
{
    (void)state;
    if (!vecdouble[0])
        skip();
    keeps_the_contract("vectors_unnest", "&copy=no");
}

static void every_bit_of_a_vector_arrives(void **state)
{
    static const float odd[4] = { 0.1F, -1e-38F, 3.4e38F, 1.1754944e-38F };
    struct upsert_item one = item("odd", "t");
    struct store *s;
    struct error err;
    size_t taken;

    (void)state;
    if (!vecdouble[0])
        skip();
    s = must_open("bits");
    one.vector = odd;
    assert_true(s->ops->upsert(s, &one, 1, &taken, &err));
    s->ops->close(s);
    assert_string_equal(sql("SELECT encode(ext.v_send(embedding), 'hex') FROM "
                            "bits"),
                        "000400003dcccccd806ce3ee7f7fc99e00800000");
}

static void the_nearest_vectors_come_first(void **state)
{
    (void)state;
    if (!vecdouble[0])
        skip();
    search_orders_by_cosine("search_vectors");
}

static void the_schema_of_the_type_need_not_be_on_the_path(void **state)
{
    struct store *s;

    (void)state;
    if (!vecdouble[0])
        skip();
    sql("CREATE TABLE hidden(id text PRIMARY KEY, text text, metadata jsonb, "
        "embedding ext.vector(4))");
    type_off(state);
    s = must_open("hidden");
    must_put(s, "a");
    s->ops->close(s);
}

/* ---- what preflight finds ---- */

static void ST_05_preflight_names_what_is_wrong(void **state)
{
    static const char *const rows[][3] = { /* table, made by, words */
        { "none", "SELECT 1", "there is no table none; --create makes it" },
        { "t1", "CREATE TABLE t1(id int PRIMARY KEY, text text, metadata "
          "jsonb, embedding real[])", "column id of table t1 is integer" },
        { "t2", "CREATE TABLE t2(id text PRIMARY KEY, text text, embedding "
          "real[])", "no column metadata (jsonb)" },
        { "t3", "CREATE TABLE t3(id text PRIMARY KEY, text text, metadata "
          "jsonb, embedding float8[])", "embedding of table t3 is double" },
        { "t4", "CREATE TABLE t4(id text, text text, metadata jsonb, "
          "embedding real[])", "the column id needs a unique index" },
        { "t5", "CREATE TABLE t5(id text PRIMARY KEY, text text, metadata "
          "jsonb, embedding real[]); INSERT INTO t5 VALUES('a', '', NULL, "
          "'{1,2,3}')", "holds vectors of 3 dimensions, the embedder gives 4" },
        { "no.such", "SELECT 1", "there is no table no.such" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error err = { .text = "" };

        sql(rows[i][1]);
        if (opened(url_of(rows[i][0]), false, &err))
            fail_msg("%s was taken", rows[i][0]);
        assert_int_equal(err.kind, ERROR_CONFIG);
        if (!strstr(err.text, rows[i][2]))
            fail_msg("%s", err.text);
    }
}

static void ST_06_a_missing_privilege_is_found_before_a_record_is(void **state)
{
    char url[128];
    struct error err;

    (void)state;
    sql("CREATE ROLE reader LOGIN; CREATE TABLE guarded_table(id text PRIMARY "
        "KEY, text text, metadata jsonb, embedding real[]); "
        "GRANT SELECT ON guarded_table TO reader");
    snprintf(url, sizeof url, "postgres://reader@127.0.0.1:%s/postgres"
             "?table=guarded_table", port);
    assert_null(opened(url, false, &err));
    assert_int_equal(err.kind, ERROR_AUTH);
    assert_non_null(strstr(err.text, "permission denied"));
}

static void a_password_comes_from_the_key_only(void **state)
{
    struct store_config cfg = { .dim = 4, .create = true, .stop_fd = -1 };
    char url[128];
    struct error err = { .text = "" };
    struct store *s;

    (void)state;
    sql("CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'canary-right'");
    snprintf(url, sizeof url,
             "postgres://guarded@127.0.0.1:%s/postgres?table=pw", port);
    cfg.url = url;
    assert_null(open_with(cfg, &err));
    assert_int_equal(err.kind, ERROR_AUTH);
    assert_non_null(strstr(err.text, "PGPASSWORD"));
    cfg.key = "canary-wrong";
    assert_null(open_with(cfg, &err));
    assert_int_equal(err.kind, ERROR_AUTH);
    assert_non_null(strstr(err.text, "28P01"));
    assert_null(strstr(err.text, "canary"));
    cfg.key = "canary-right";
    s = open_with(cfg, &err);
    assert_non_null(s);
    s->ops->close(s);
}

static void SE_16_names_are_quoted(void **state)
{
    const char *table = "odd\"; DROP TABLE reals; --";
    struct store *s = must_open(table);
    struct text id = text_of("'; DROP TABLE reals; --");
    bool present = false;
    struct error err;

    (void)state;
    must_put(s, id.ptr);
    assert_true(s->ops->lookup(s, &id, 1, &present, &err));
    assert_true(present);
    s->ops->close(s);
    assert_string_equal(sql("SELECT to_regclass('reals') IS NOT NULL"), "t");
    sql("CREATE SCHEMA \"My.Docs\"");
    s = must_open("public.in_a_schema");
    must_put(s, "a");
    s->ops->close(s);
}

/* ---- the bad hour ---- */

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
    assert_int_equal(server("restart", answer, sizeof answer), 0);
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
    assert_null(opened("postgres://postgres@127.0.0.1:1/postgres", false,
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
    if (server("tmpfs", place, sizeof place)) {
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
    server("umount", place, sizeof place);
}

/* ---- start and end ---- */

static int leave(void **state)
{
    char answer[64], command[128];

    (void)state;
    PQfinish(other);
    other = NULL;
    server("stop", answer, sizeof answer);
    server("umount", answer, sizeof answer); /* should a test have failed */
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_of_reals_keeps_the_contract),
        cmocka_unit_test(a_table_of_reals_keeps_it_without_copy),
        cmocka_unit_test(metadata_is_jsonb_with_every_digit),
        cmocka_unit_test(the_nearest_reals_come_first),
        cmocka_unit_test(a_missing_pgvector_is_said_aloud),
        cmocka_unit_test(ST_05_preflight_names_what_is_wrong),
        cmocka_unit_test(
            ST_06_a_missing_privilege_is_found_before_a_record_is),
        cmocka_unit_test(a_password_comes_from_the_key_only),
        cmocka_unit_test(SE_16_names_are_quoted),
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
        cmocka_unit_test_setup_teardown(a_table_of_vectors_keeps_the_contract,
                                        need_type, type_off),
        cmocka_unit_test_setup_teardown(
            a_table_of_vectors_keeps_it_without_copy, need_type, type_off),
        cmocka_unit_test_setup_teardown(every_bit_of_a_vector_arrives,
                                        need_type, type_off),
        cmocka_unit_test_setup_teardown(the_nearest_vectors_come_first,
                                        need_type, type_off),
        cmocka_unit_test_setup_teardown(
            the_schema_of_the_type_need_not_be_on_the_path, need_type,
            type_off),
        cmocka_unit_test(ST_08_a_restarted_server_is_found_again),
    };
    char answer[256];
    int status;

    if (!mkdtemp(folder))
        return 1;
    unsetenv("PGSSLMODE");
    unsetenv("PGPASSWORD");
    setenv("PGPASSFILE", "/nonexistent", 1);
    status = server("start", answer, sizeof answer);
    if (status) {
        rmdir(folder);
        printf("1..0 # SKIP %s\n", answer);
        return status == 77 ? 0 : 1;
    }
    snprintf(port, sizeof port, "%s", answer + strlen("port "));
    other = session();
    return cmocka_run_group_tests_name("postgres", tests, NULL, leave);
}
