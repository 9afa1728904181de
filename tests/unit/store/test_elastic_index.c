/*
 * Elasticsearch's and OpenSearch's servers and indexes against fakeapi: what is
 * found out before a document is paid for.
 */
#include "config.h"
#include "tests/support/store_tools.h"

#include <stdio.h>

#define ES "elasticsearch+http://127.0.0.1:%d/es/docs"
#define OS "opensearch+http://127.0.0.1:%d/os/docs"

#define OK "{\"index\":{\"status\":201}}"
#define ITEMS(list) "{\"errors\":true,\"items\":[" list "]}"
#define SERVER(rest) "{\"version\":{" rest "}}"
#define FIELD(rest)                                                            \
    "{\"docs\":{\"mappings\":{\"properties\":{\"embedding\":{" rest "}}}}}"

static void ST_05_what_does_not_agree_is_said_before_it_costs(void **state)
{
    static const struct {
        const char *version, *mapping, *says;
        bool open;
    } rows[] = {
        { SERVER("\"number\":\"2.11.0\",\"distribution\":\"opensearch\""),
          NULL, "is OpenSearch: write opensearch+", false },
        { SERVER("\"number\":\"9.0.0\""), NULL,
          "is Elasticsearch: write elasticsearch+", true },
        { SERVER("\"number\":\"7.17.9\""), NULL,
          "is Elasticsearch 7.17, vectors need 8.0", false },
        { NULL, FIELD("\"type\":\"float\""),
          "index docs has no dense_vector called embedding", false },
        { NULL, "{\"docs\":{\"mappings\":{}}}", "has no dense_vector", false },
        { NULL, FIELD("\"type\":\"dense_vector\",\"dims\":9"),
          "vectors of 9 dimensions, the embedder gives 4", false },
        { NULL, FIELD("\"type\":\"dense_vector\",\"dims\":4,"
                      "\"similarity\":\"l2_norm\""),
          "measures by l2_norm, not cosine", false },
        { NULL, FIELD("\"type\":\"knn_vector\",\"dimension\":4"),
          "measures by l2, not cosinesimil", true },
        { NULL, FIELD("\"type\":\"knn_vector\",\"dimension\":4,"
                      "\"space_type\":\"innerproduct\""),
          "measures by innerproduct", true },
    };
    struct tool t;

    (void)state;
    tool_start(&t, &store_elasticsearch, ES, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        t.ops = rows[i].open ? &store_opensearch : &store_elasticsearch;
        snprintf(t.url, sizeof t.url, rows[i].open ? OS : ES,
                 fakeapi_port(t.api));
        tool_script(&t, 200,
                    rows[i].version ? rows[i].version
                    : rows[i].open
                        ? SERVER("\"number\":\"3.1.0\",\"distribution\":"
                                  "\"opensearch\"")
                        : SERVER("\"number\":\"9.1.0\""));
        if (rows[i].mapping)
            tool_script(&t, 200, rows[i].mapping);
        tool_unfit(&t, 4, false, ERROR_CONFIG, rows[i].says);
    }
    tool_stop(&t);
}

#define STATE(rest) "{\"docs\":{\"settings\":{\"index.uuid\":\"u\"" rest "}}}"
#define FIT FIELD("\"type\":\"dense_vector\",\"dims\":4")

static void ST_31_an_index_that_takes_nothing_is_told_before_it_costs(
    void **state)
{
    static const struct {
        const char *settings, *says;
    } rows[] = {
        { STATE(",\"index.verified_before_close\":\"true\""),
          "index docs is closed: open it (POST /docs/_open)" },
        { STATE(",\"index.blocks.write\":\"true\""),
          "takes no documents, its setting index.blocks.write is true" },
        { STATE(",\"index.blocks.read_only\":true"),
          "its setting index.blocks.read_only is true" },
        { STATE(",\"index.blocks.read_only_allow_delete\":\"true\""),
          "read_only_allow_delete is true: its disk is full" },
    };
    struct tool t;

    (void)state;
    tool_start(&t, &store_elasticsearch, ES, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tool_script(&t, 200, SERVER("\"number\":\"9.1.0\""));
        tool_script(&t, 200, FIT);
        tool_script(&t, 200, rows[i].settings);
        tool_unfit(&t, 4, false, ERROR_CONFIG, rows[i].says);
    }
    tool_stop(&t);
}

#define WITH_METADATA(type)                                                    \
    "{\"docs\":{\"mappings\":{\"properties\":{\"embedding\":"                  \
    "{\"type\":\"dense_vector\",\"dims\":4},"                                  \
    "\"metadata\":{\"type\":\"" type "\"}}}}}"

/* What the index, with this type for metadata, would not take of these. */
static void expect_refused(const char *mapping, const char *which)
{
    static const char *const metadata[] = { "\"a\"", "5", "true", "null",
                                            "{\"a\":1}", "[{\"a\":1}]", "" };
    char refused[8] = "", *to = refused;
    struct store *judge;
    struct buf room = { 0 };
    struct error err;
    struct tool t;

    tool_start(&t, &store_elasticsearch, ES, NULL);
    tool_script(&t, 200, SERVER("\"number\":\"9.1.0\""));
    tool_script(&t, 200, mapping);
    judge = tool_open(&t, TOOL_DIM, false, &err);
    assert_non_null(tool_open(&t, TOOL_DIM, false, &err));
    assert_true(t.ops->preflight(t.store, &err));
    t.ops->learn(judge, t.store);
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++) {
        struct upsert_item item = { .id = text_of("a"),
                                    .metadata = text_of(metadata[i]) };

        if (!t.ops->takes(judge, &item, &room))
            *to++ = (char)('0' + i);
    }
    assert_string_equal(refused, which);
    t.ops->close(judge);
    tool_stop(&t);
}

static void metadata_that_is_no_object_is_known_before_it_costs(void **state)
{
    (void)state;
    expect_refused(WITH_METADATA("flattened"), "012");
    expect_refused(WITH_METADATA("flat_object"), "012");
    expect_refused(WITH_METADATA("text"), "");
    expect_refused(FIT, "");
}

static void whoever_may_not_ask_for_settings_goes_on(void **state)
{
    static const char *const settings[] = {
        "{\"error\":{\"type\":\"security_exception\"},\"status\":403}", "[]",
        STATE(",\"index.blocks.write\":\"false\""), "{\"a\":{},\"b\":{}}"
    };
    struct error err;
    struct tool t;

    (void)state;
    tool_start(&t, &store_elasticsearch, ES, NULL);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        tool_script(&t, 200, SERVER("\"number\":\"9.1.0\""));
        tool_script(&t, 200, FIT);
        tool_script(&t, i ? 200 : 403, settings[i]);
        assert_non_null(tool_open(&t, TOOL_DIM, false, &err));
        if (!t.ops->preflight(t.store, &err))
            fail_msg("%s: %s", settings[i], err.text);
        t.ops->close(t.store);
    }
    t.store = NULL;
    tool_stop(&t);
}

static void a_refused_name_is_configuration(void **state)
{
    struct tool t;

    (void)state;
    tool_start(&t, &store_elasticsearch, ES, NULL);
    tool_script(&t, 200, SERVER("\"number\":\"9.1.0\""));
    tool_script(&t, 404, "{\"error\":{\"type\":"
                         "\"index_not_found_exception\"}}");
    tool_script(&t, 400, "{\"error\":{\"root_cause\":[],\"type\":"
                         "\"invalid_index_name_exception\",\"reason\":"
                         "\"Invalid index name [_docs], must not start with "
                         "'_', '-', or '+'\"},\"status\":400}");
    tool_unfit(&t, 4, true, ERROR_CONFIG,
               "creating index docs: HTTP 400: Invalid index name [_docs]");
    tool_stop(&t);
}

/* One document, as its server gets it. */
static void asks(bool open, const char *version, const char *words)
{
    struct error err;
    struct tool t;

    tool_start(&t, open ? &store_opensearch : &store_elasticsearch,
               open ? OS : ES, NULL);
    if (version)
        tool_script(&t, 200, version);
    assert_non_null(tool_open(&t, TOOL_DIM, true, &err));
    if (!t.ops->preflight(t.store, &err))
        fail_msg("preflight: %s", err.text);
    tool_script(&t, 200, ITEMS(OK "," OK "," OK "," OK));
    tool_items(&t);
    tool_upsert(&t);
    if (!tool_asked(&t, words))
        fail_msg("%s was not sent", words);
    tool_stop(&t);
}

static void vectors_go_as_base64_where_the_server_takes_it(void **state)
{
    (void)state;
    asks(false, NULL, "{\"index\":{\"_id\":\"a\"}}\n"
                      "{\"embedding\":[1,0,0,0],\"text\":\"text\"}\n");
    asks(false, SERVER("\"number\":\"9.2.9\""), "[1,0,0,0]");
    asks(false, SERVER("\"number\":\"9.3.0\""),
         "{\"embedding\":\"P4AAAAAAAAAAAAAAAAAAAA==\",");
    asks(true, NULL, "[1,0,0,0]");
    asks(true, SERVER("\"number\":\"3.8.0\",\"distribution\":"
                       "\"opensearch\""),
         "{\"embedding\":\"AACAPwAAAAAAAAAAAAAAAA==\",");
}

/* A run asks for a preflight once; its other workers open their own. */
static void a_worker_without_a_preflight_sends_base64_too(void **state)
{
    struct error err;
    struct tool t;

    (void)state;
    tool_start(&t, &store_elasticsearch, ES, NULL);
    assert_non_null(tool_open(&t, TOOL_DIM, false, &err));
    tool_script(&t, 200, SERVER("\"number\":\"9.3.0\""));
    for (size_t request = 0; request < 2; request++) {
        tool_script(&t, 200, ITEMS(OK "," OK "," OK "," OK));
        tool_items(&t);
        tool_upsert(&t);
        assert_true(tool_asked(&t, "\"P4AAAAAAAAAAAAAAAAAAAA==\""));
    }
    tool_stop(&t);
}

static void a_worker_that_meets_no_server_tries_again(void **state)
{
    struct error err;
    struct tool t;
    size_t taken = 0;

    (void)state;
    tool_start(&t, &store_elasticsearch, ES, NULL);
    assert_non_null(tool_open(&t, TOOL_DIM, false, &err));
    tool_script(&t, 503, "{\"error\":{\"reason\":\"no master\"}}");
    assert_false(t.ops->upsert(t.store, tool_items(&t), TOOL_ITEMS, &taken,
                               &err));
    assert_int_equal(err.kind, ERROR_SERVER);
    assert_int_equal(taken, TOOL_ITEMS);
    assert_true(tool_asked(&t, "GET /es/ HTTP"));
    tool_upsert(&t); /* and meets it when it is back */
    assert_true(t.items[0].stored);
    tool_stop(&t);
}

#define FORBIDDEN                                                              \
    "{\"error\":{\"root_cause\":[],\"type\":\"security_exception\","           \
    "\"reason\":\"action [cluster:monitor/main] is unauthorized for API key "  \
    "id [x] of user [u]\"},\"status\":403}"

static void ST_35_a_key_for_the_index_alone_is_enough(void **state)
{
    struct error err;
    struct tool t;

    (void)state;
    for (int open = 0; open < 2; open++) {
        tool_start(&t, open ? &store_opensearch : &store_elasticsearch,
                   open ? OS : ES, NULL);
        tool_script(&t, 403, FORBIDDEN);
        assert_non_null(tool_open(&t, TOOL_DIM, true, &err));
        if (!t.ops->preflight(t.store, &err))
            fail_msg("preflight: %s", err.text);
        assert_non_null(strstr(t.store->note, "may not ask for the server's"));
        tool_items(&t);
        tool_upsert(&t);
        assert_true(t.items[0].stored && tool_asked(&t, "[1,0,0,0]"));
        t.ops->close(t.store);
        assert_non_null(tool_open(&t, TOOL_DIM, false, &err));
        tool_script(&t, 403, FORBIDDEN); /* to another worker */
        tool_items(&t);
        tool_upsert(&t);
        assert_true(t.items[0].stored);
        tool_stop(&t);
    }
}

static void another_403_is_one_about_the_key(void **state)
{
    struct tool t;

    (void)state;
    tool_start(&t, &store_elasticsearch, ES, NULL);
    tool_script(&t, 403, FORBIDDEN);
    tool_script(&t, 403, FORBIDDEN);
    tool_unfit(&t, 4, true, ERROR_AUTH, "is unauthorized for API key");
    tool_script(&t, 401, "{\"error\":{\"type\":\"security_exception\","
                         "\"reason\":\"unable to authenticate\"}}");
    tool_unfit(&t, 4, true, ERROR_AUTH, "unable to authenticate");
    tool_stop(&t);
}

static void ST_36_an_opensearch_that_says_7_10_takes_no_base64(void **state)
{
    (void)state;
    asks(true, SERVER("\"number\":\"7.10.2\",\"distribution\":"
                       "\"opensearch\""), "[1,0,0,0]");
}

static void ST_36_create_needs_an_opensearch_with_flat_object(void **state)
{
    static const char old[] = SERVER("\"number\":\"2.6.0\",\"distribution\":"
                                     "\"opensearch\"");
    struct error err;
    struct tool t;

    (void)state;
    tool_start(&t, &store_opensearch, OS, NULL);
    tool_script(&t, 200, old);
    tool_unfit(&t, 4, true, ERROR_CONFIG,
               "that server is OpenSearch 2.6, --create needs 2.7 or later: "
               "make index docs there by hand, with a knn_vector called "
               "embedding");
    tool_script(&t, 200, old);
    tool_script(&t, 200, FIELD("\"type\":\"knn_vector\",\"dimension\":4,"
                               "\"space_type\":\"cosinesimil\""));
    assert_non_null(tool_open(&t, TOOL_DIM, true, &err));
    assert_true(t.ops->preflight(t.store, &err)); /* it is there */
    tool_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ST_05_what_does_not_agree_is_said_before_it_costs),
        cmocka_unit_test(
            ST_31_an_index_that_takes_nothing_is_told_before_it_costs),
        cmocka_unit_test(metadata_that_is_no_object_is_known_before_it_costs),
        cmocka_unit_test(whoever_may_not_ask_for_settings_goes_on),
        cmocka_unit_test(a_refused_name_is_configuration),
        cmocka_unit_test(vectors_go_as_base64_where_the_server_takes_it),
        cmocka_unit_test(a_worker_without_a_preflight_sends_base64_too),
        cmocka_unit_test(a_worker_that_meets_no_server_tries_again),
        cmocka_unit_test(ST_35_a_key_for_the_index_alone_is_enough),
        cmocka_unit_test(another_403_is_one_about_the_key),
        cmocka_unit_test(ST_36_an_opensearch_that_says_7_10_takes_no_base64),
        cmocka_unit_test(ST_36_create_needs_an_opensearch_with_flat_object),
    };

    return cmocka_run_group_tests_name("elastic_index", tests, NULL, NULL);
}
