/*
 * Tests of the Weaviate store against fakeapi: its contract, the outcome of
 * each object, tenants, named vectors, and metadata whose names collide.
 */
#include "config.h"
#include "tests/support/store_tools.h"

#include <stdio.h>

#include "store/store.h"

#define TEXT(literal) { literal, sizeof(literal) - 1 }
#define FORM "weaviate+http://127.0.0.1:%d/docs"

static void weaviate_keeps_the_contract(void **state)
{
    struct contract_store k = { .ops = &store_weaviate };

    (void)state;
    /* With metadata as one text every byte of it comes back. */
    tool_contract(&k, FORM "?metadata=json", NULL,
                  "Authorization: Bearer s3cret");
}

static void ids_are_mapped_as_weaviates_own_helper_does(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate, FORM);
    tool_items(&t);
    tool_upsert(&t);
    assert_true(tool_asked(&t, "{\"class\":\"Docs\",\"id\":"
                               "\"4f3f2898-69e3-5a0d-820a-c4e87987dbce\","
                               "\"properties\":{\"doc_id\":\"a\""));
    tool_stop(&t);
}

#define OK "{\"result\":{\"status\":\"SUCCESS\"}}"
#define NO(message)                                                            \
    "{\"result\":{\"status\":\"FAILED\",\"errors\":{\"error\":[{\"message\":"  \
    "\"" message "\"}]}}}"

static void ST_02_every_object_of_an_answer_200_is_read(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate, FORM);
    tool_script(&t, 200,
                "[" OK "," NO("invalid text property n") ","
                NO("write /data/main.hnsw.commitlog.d/1: file already closed") ","
                "{\"result\":{\"status\":\"SUCCESS\",\"errors\":{\"error\":["
                "{\"message\":\"x\"},{\"message\":\"y\"}]}}}]");
    tool_items(&t);
    tool_upsert(&t);
    assert_true(t.items[0].stored);
    assert_false(t.items[1].stored || t.items[2].stored || t.items[3].stored);
    assert_int_equal(t.items[1].why.kind, ERROR_REFUSED);
    assert_string_equal(t.items[1].why.text, "invalid text property n");
    assert_int_equal(t.items[2].why.kind, ERROR_SERVER);
    assert_string_equal(t.items[3].why.text, "x; y");
    /* One that never went has no result in the answer. */
    tool_script(&t, 200, "[" OK "," NO("bad") "," OK "]");
    tool_items(&t)[1].metadata = text_of("{\"a b\":1}");
    tool_upsert(&t);
    assert_true(t.items[0].stored && t.items[3].stored);
    assert_non_null(strstr(t.items[1].why.text, "\"a b\" has a name"));
    assert_string_equal(t.items[2].why.text, "bad");
    tool_stop(&t);
}

static void weaviate_is_understood_when_it_says_no(void **state)
{
    static const struct tool_refusal rows[] = {
        { 200, "[" OK "," OK "," OK "]", ERROR_PROTOCOL,
          "3 results for 4 objects" },
        { 200, "[" OK "," OK "," OK "," OK "," OK "]", ERROR_PROTOCOL,
          "5 results for 4 objects" },
        { 200, "[" OK "," OK "," OK "," OK, ERROR_PROTOCOL, "4 results" },
        { 200, "{}", ERROR_PROTOCOL, "list of results" },
        { 200, "[{\"id\":\"00000000-0000-0000-0000-000000000000\",\"result\":"
               "{\"status\":\"SUCCESS\"}}," OK "," OK "," OK "]",
          ERROR_PROTOCOL, "not those that were sent" },
        { 200, "[" OK "," NO("new node has a vector with length 5. Existing "
                             "nodes have vectors with length 4")
               "," OK "," OK "]", ERROR_CONFIG, "length 5" },
        { 200, "[" OK "," NO("store is read-only") "," OK "," OK "]",
          ERROR_QUOTA, "read-only" },
        { 429, "{\"errorCode\":\"USAGE_LIMIT_EXCEEDED\",\"limit\":\"objects\","
               "\"value\":10,\"message\":\"too many objects\"}",
          ERROR_QUOTA, "too many objects" },
        { 429, "", ERROR_LIMITED, "429" },
        { 401, "{\"error\":[{\"message\":\"anonymous access not enabled\"}]}",
          ERROR_AUTH, "anonymous access" },
        { 422, "{\"error\":[{\"message\":\"tenant not found\"}]}",
          ERROR_CONFIG, "tenant not found" },
        { 422, "{\"error\":[{\"message\":\"msg:search index t code:422 "
               "err:tenant not active: 'me'\"}]}",
          ERROR_CONFIG, "tenant not active" },
        { 422, "{\"error\":[{\"message\":\"invalid text: tenant not found\"}]}",
          ERROR_REFUSED, "invalid text" },
        { 200, "[" OK "," NO("tenant not found: \\\"t\\\"") "," OK "," OK "]",
          ERROR_CONFIG, "tenant not found" },
        { 413, "", ERROR_SIZE, "413" },
        { 500, "{\"error\":[{\"message\":\"boom\"}]}", ERROR_SERVER, "boom" },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate, FORM);
    tool_refusals(&t, rows, sizeof rows / sizeof *rows);
    tool_stop(&t);
}

static void ST_05_what_does_not_agree_is_said_before_it_costs(void **state)
{
    static const struct {
        const char *query, *class, *says;
    } rows[] = {
        { "", "\"vectorIndexConfig\":{\"distance\":\"dot\"}", "by dot" },
        { "", "\"multiTenancyConfig\":{\"enabled\":true}", "?tenant=NAME" },
        { "?tenant=t", "\"multiTenancyConfig\":{\"enabled\":false}",
          "has no tenants" },
        { "", "\"vectorConfig\":{\"a\":{},\"b\":{}}", "2 named vectors" },
        { "?vector=c", "\"vectorConfig\":{\"a\":{},\"b\":{}}",
          "no vector named c" },
    };
    struct tool t;

    (void)state;
    tool_start(&t, &store_weaviate, FORM, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char body[160];

        snprintf(t.url, sizeof t.url, FORM "%s", fakeapi_port(t.api),
                 rows[i].query);
        snprintf(body, sizeof body, "{\"class\":\"Docs\",%s}", rows[i].class);
        tool_script(&t, 200, body);
        tool_unfit(&t, 4, false, ERROR_CONFIG, rows[i].says);
    }
    tool_stop(&t);
}

/* ---- tenants ---- */

#define TENANTS(more) \
    "{\"class\":\"Docs\",\"multiTenancyConfig\":{\"enabled\":true" more "}}"

static void a_tenant(struct tool *t, const char *class, int status,
                     const char *tenant)
{
    tool_start(t, &store_weaviate, FORM "?tenant=t", NULL);
    tool_script(t, 200, class);
    tool_script(t, status, tenant);
}

static void ST_22_a_tenant_that_is_not_there_is_said_before_it_costs(
    void **state)
{
    struct error err = { .text = "" };
    struct tool t;

    (void)state;
    a_tenant(&t, TENANTS(""), 404, "");
    tool_unfit(&t, 4, false, ERROR_CONFIG,
               "class Docs has no tenant t; --create makes it");
    tool_stop(&t);
    a_tenant(&t, TENANTS(""), 200,
             "{\"name\":\"t\",\"activityStatus\":\"COLD\"}");
    tool_unfit(&t, 4, true, ERROR_CONFIG, "is COLD: activate it");
    tool_stop(&t);
    a_tenant(&t, TENANTS(""), 403, "");
    tool_unfit(&t, 4, true, ERROR_AUTH, "looking for tenant t");
    tool_stop(&t);
    a_tenant(&t, TENANTS(""), 404, "");
    tool_script(&t, 200, "[{\"name\":\"t\"}]");
    tool_script(&t, 503, "");
    assert_non_null(tool_open(&t, 4, true, &err));
    assert_false(t.ops->preflight(t.store, &err)); /* at the next question */
    assert_non_null(strstr(err.text, "looking into class"));
    tool_stop(&t);
}

static void tenants_that_weaviate_makes_or_wakes_are_left_to_it(void **state)
{
    static const struct {
        const char *class, *tenant;
        int status;
    } rows[] = {
        { TENANTS(",\"autoTenantCreation\":true"), "", 404 },
        { TENANTS(",\"autoTenantActivation\":true"),
          "{\"activityStatus\":\"INACTIVE\"}", 200 },
        { TENANTS(""), "{\"activityStatus\":\"HOT\"}", 200 },
        { TENANTS(""), "{}", 200 },
        { TENANTS(""), "", 405 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error err;
        struct tool t;

        a_tenant(&t, rows[i].class, rows[i].status, rows[i].tenant);
        tool_script(&t, 422,
                    "{\"error\":[{\"message\":\"tenant not found\"}]}");
        assert_non_null(tool_open(&t, 4, false, &err));
        if (!t.ops->preflight(t.store, &err))
            fail_msg("%zu: %s", i, err.text);
        tool_stop(&t);
    }
}

static void a_class_is_made_with_the_vector_that_the_url_names(void **state)
{
    struct error err;
    struct tool t;

    (void)state;
    tool_start(&t, &store_weaviate, FORM "?vector=title", NULL);
    tool_script(&t, 404, "");
    tool_script(&t, 503, ""); /* the last request is kept */
    assert_non_null(tool_open(&t, 4, true, &err));
    assert_false(t.ops->preflight(t.store, &err));
    assert_true(tool_asked(&t, "{\"class\":\"Docs\",\"vectorConfig\":{"
                               "\"title\":{\"vectorizer\":{\"none\":{}},"
                               "\"vectorIndexType\":\"hnsw\","
                               "\"vectorIndexConfig\":{\"distance\":"
                               "\"cosine\"}}},\"properties\""));
    tool_stop(&t);
}

static void a_named_vector_goes_under_its_name(void **state)
{
    struct error err;
    struct tool t;

    (void)state;
    tool_start(&t, &store_weaviate, FORM, NULL);
    tool_script(&t, 200, "{\"class\":\"Docs\",\"vectorConfig\":{\"default\":"
                         "{\"vectorIndexConfig\":{\"distance\":\"cosine\"}}}}");
    assert_non_null(tool_open(&t, TOOL_DIM, false, &err));
    assert_true(t.ops->preflight(t.store, &err));
    tool_script(&t, 200, "[" OK "," OK "," OK "," OK "]");
    tool_items(&t);
    tool_upsert(&t);
    assert_true(tool_asked(&t, "\"vectors\":{\"default\":[1,0,0,0]}}"));
    tool_stop(&t);
}

static void metadata_becomes_properties_or_fails_alone(void **state)
{
    static const struct tool_metadata rows[] = {
        { "{\"a_1\":{\"b\":[{},{\"c\":1}]},\"gone\":null}", NULL },
        { "{\"l\":[true,false],\"e\":[],\"o\":{\"id\":null}}", NULL },
        { "{\"l\":[1,\"x\"]}", "\"l\" has a list of mixed values" },
        { "{\"l\":[null]}", "\"l\" has a null within a list" },
        { "{\"o\":{\"l\":[[1]]}}", "\"o\" has a list within a list" },
        { "{\"l\":[{\"a b\":1}]}", "\"l\" has a name inside" },
        { "{\"o\":{\"\\u0061b\":1}}", NULL },
        { "{\"a-b\":1}", "member \"a-b\" has a name that is not letters" },
        { "{\"1a\":1}", "member \"1a\" has a name" },
        { "{\"id\":1}", "member \"id\" has a name that is reserved" },
        { "{\"Doc_id\":1}", "member \"Doc_id\" has a name that is reserved" },
        { "{\"text\":1}", "?text=OTHER in the URL moves it" },
        { "{\"vector\":1,\"TeXt\":2,\"ID\":3}", NULL },
        { "{\"n\":9007199254740992}", NULL },
        { "{\"n\":9007199254740993}", "\"n\" has an integer above 2^53" },
        { "{\"o\":{\"l\":[-9007199254740993]}}", "\"o\" has an integer" },
        { "{\"o\":{\"s\":\"\\\"9007199254740993\"}}", NULL },
        { "\"x\"", "not an object" },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate, FORM);
    tool_metadata(&t, rows, sizeof rows / sizeof *rows);
    tool_stop(&t);
}

/* The last one of such a pair would win, and the text of the document lose. */
static void ST_21_names_that_collide_when_weaviate_lowers_them_fail_alone(
    void **state)
{
    static const struct tool_metadata rows[] = {
        { "{\"Pos\":1,\"Title\":2,\"pOs\":3,\"o\":{\"A\":1,\"a\":2}}", NULL },
        { "{\"Text\":1}", "a member \"Text\", where the text" },
        { "{\"\\u0054ext\":1}", "a member \"Text\", where the text" },
        { "{\"pos\":1,\"z\":0,\"Pos\":2}", "\"Pos\" stands beside \"pos\"" },
        { "{\"Pos\":1,\"\\u0070os\":2}", "\"Pos\" stands beside" },
        { "{\"Pos\":null,\"pos\":2}", NULL },
        { "{\"a\":1,\"a\":2,\"B\":3}", NULL },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate, FORM);
    tool_metadata(&t, rows, sizeof rows / sizeof *rows);
    tool_stop(&t);
    tool_ready(&t, &store_weaviate, FORM "?text=Body");
    tool_items(&t)[0].metadata = text_of("{\"body\":1}");
    tool_items(&t)[1].metadata = text_of("{\"Text\":1}");
    tool_upsert(&t);
    assert_true(t.items[1].stored);
    tool_stop(&t);
}

static void a_search_reads_ids_texts_and_distances(void **state)
{
    const float query[TOOL_DIM] = { 1, 0, 0, 0 };
    struct store_hit hits[5] = { { .score = 0 } };
    struct error err;
    struct tool t;
    size_t got = 0;

    (void)state;
    tool_ready(&t, &store_weaviate, FORM);
    tool_search(&t);
    tool_script(&t, 200, "{\"errors\":[{\"message\":\"no such field\"}]}");
    assert_false(t.ops->search(t.store, query, 5, hits, &got, &err));
    assert_non_null(strstr(err.text, "no such field"));
    tool_stop(&t);
}

/* ---- which ids are there ---- */

#define THERE(uuid) "{\"_additional\":{\"id\":\"" uuid "\"}}"
#define UUID_A "4f3f2898-69e3-5a0d-820a-c4e87987dbce"
#define UUID_Z "00000000-0000-0000-0000-0000000000aa"

static void weaviate_expect(struct tool *t, bool a, bool z)
{
    const struct text ids[] = { TEXT("a"), TEXT("0000000000-no-uuid"),
                                TEXT("a"), TEXT(UUID_Z) };
    bool present[4] = { true, true, true, true };
    struct error err;

    if (!t->ops->lookup(t->store, ids, 4, present, &err))
        fail_msg("%s", err.text);
    assert_int_equal(present[0], a);
    assert_false(present[1]);
    assert_int_equal(present[2], a);
    assert_int_equal(present[3], z);
}

static void ST_11_one_question_is_about_many_ids(void **state)
{
    uint64_t before;
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate, FORM);
    tool_items(&t);
    tool_upsert(&t);
    before = fakeapi_stats(t.api).requests;
    weaviate_expect(&t, true, false);
    /* The two that are not there are asked for again, alone. */
    assert_int_equal(fakeapi_stats(t.api).requests - before, 3);
    tool_script(&t, 200, "{\"data\":{\"Get\":{\"Docs\":[" THERE(UUID_A) ","
                             THERE(UUID_Z) "]}}}");
    tool_script(&t, 404, "");
    weaviate_expect(&t, true, true);
    tool_stop(&t);
}

/* A replica that lags behind is not believed. */
static void ST_11_what_one_replica_lacks_is_asked_of_a_quorum(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate, FORM);
    tool_items(&t);
    tool_upsert(&t);
    tool_script(&t, 200, "{\"data\":{\"Get\":{\"Docs\":[]}}}");
    weaviate_expect(&t, true, false);
    tool_stop(&t);
}

static void ST_11_a_weaviate_that_takes_no_such_question_is_asked_one_by_one(
    void **state)
{
    static const struct {
        int status;
        const char *body;
    } rows[] = {
        { 200, "{\"errors\":[{\"message\":\"In field operator: Expected type "
               "GetObjectsDocsWhereOperatorEnum, found ContainsAny.\"}]}" },
        { 422, "{\"error\":[{\"message\":\"graphql api is disabled\"}]}" },
        { 404, "" },
        { 413, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t before;
        struct tool t;

        tool_ready(&t, &store_weaviate, FORM);
        tool_items(&t);
        tool_upsert(&t);
        tool_script(&t, rows[i].status, rows[i].body);
        weaviate_expect(&t, true, false);
        before = fakeapi_stats(t.api).requests;
        weaviate_expect(&t, true, false); /* it is remembered */
        assert_int_equal(fakeapi_stats(t.api).requests - before, 4);
        tool_stop(&t);
    }
}

static void ST_11_no_answer_about_ids_is_no_verdict(void **state)
{
    static const struct {
        struct fakeapi_answer answer;
        enum error_kind kind;
    } rows[] = {
        { { .status = 429 }, ERROR_LIMITED },
        { { .status = 503 }, ERROR_SERVER },
        { { .status = 401 }, ERROR_AUTH },
        { { .body = TEXT("{\"data\":{\"Get\":{\"Docs\":[{}]}}}") },
          ERROR_PROTOCOL },
        { { .body = TEXT("{\"data\":{\"Get\":{\"Docs\":[{\"_addi") },
          ERROR_PROTOCOL },
        { { .body = TEXT("{\"data\":{\"Get\":{\"Docs\":[1]}}}") },
          ERROR_PROTOCOL },
    };
    const struct text ids[] = { TEXT("a"), TEXT("b") };
    const struct fakeapi_answer reset = { .reset = true };
    bool present[2];
    struct error err;
    struct tool t;

    (void)state;
    tool_ready(&t, &store_weaviate, FORM);
    /* A connection that ended while idle is opened again. */
    fakeapi_script(t.api, &reset);
    fakeapi_script(t.api, &reset);
    assert_false(t.ops->lookup(t.store, ids, 2, present, &err));
    assert_int_equal(err.kind, ERROR_NETWORK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fakeapi_script(t.api, &rows[i].answer);
        assert_false(t.ops->lookup(t.store, ids, 2, present, &err));
        if (err.kind != rows[i].kind)
            fail_msg("%zu: %s", i, err.text);
    }
    tool_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weaviate_keeps_the_contract),
        cmocka_unit_test(ids_are_mapped_as_weaviates_own_helper_does),
        cmocka_unit_test(ST_02_every_object_of_an_answer_200_is_read),
        cmocka_unit_test(weaviate_is_understood_when_it_says_no),
        cmocka_unit_test(ST_05_what_does_not_agree_is_said_before_it_costs),
        cmocka_unit_test(
            ST_22_a_tenant_that_is_not_there_is_said_before_it_costs),
        cmocka_unit_test(
            tenants_that_weaviate_makes_or_wakes_are_left_to_it),
        cmocka_unit_test(a_class_is_made_with_the_vector_that_the_url_names),
        cmocka_unit_test(a_named_vector_goes_under_its_name),
        cmocka_unit_test(metadata_becomes_properties_or_fails_alone),
        cmocka_unit_test(
            ST_21_names_that_collide_when_weaviate_lowers_them_fail_alone),
        cmocka_unit_test(a_search_reads_ids_texts_and_distances),
        cmocka_unit_test(ST_11_one_question_is_about_many_ids),
        cmocka_unit_test(ST_11_what_one_replica_lacks_is_asked_of_a_quorum),
        cmocka_unit_test(
            ST_11_a_weaviate_that_takes_no_such_question_is_asked_one_by_one),
        cmocka_unit_test(ST_11_no_answer_about_ids_is_no_verdict),
    };

    return cmocka_run_group_tests_name("weaviate", tests, NULL, NULL);
}
