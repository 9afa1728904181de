/*
 * The PostgreSQL store against a private server that this test starts: with
 * the double of pgvector's type where its headers are installed, with real[]
 * always.
 */
#include "config.h"
#include "tests/contract/contract_store.h"
#include "tests/support/pg_tools.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

static const float north[4] = { 0, 2, 0, 0 };

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

static char vecdouble[128]; /* its library; "" when it cannot be built */

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
    if (!vecdouble[0] && pg_server("double", vecdouble, sizeof vecdouble)) {
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
        if (open_at(url_of(rows[i][0]), false, &err))
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
             "?table=guarded_table", pg_port);
    assert_null(open_at(url, false, &err));
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
             "postgres://guarded@127.0.0.1:%s/postgres?table=pw", pg_port);
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
    };
    int status;

    if (!pg_start(&status))
        return status;
    return cmocka_run_group_tests_name("postgres", tests, NULL, pg_stop);
}
