/* Elasticsearch's and OpenSearch's dialect against fakeapi. */
#include "config.h"
#include "tests/support/store_tools.h"

#include <stdio.h>

#include "store/store.h"

#define ES "elasticsearch+http://127.0.0.1:%d/es/docs"
#define OS "opensearch+http://127.0.0.1:%d/os/docs"

static void both_keep_the_contract(void **state)
{
    struct contract_store es = { .ops = &store_elasticsearch },
                          os = { .ops = &store_opensearch };

    (void)state;
    tool_contract(&es, ES, NULL, "Authorization: ApiKey s3cret");
    tool_contract(&os, OS, NULL, "Authorization: Bearer s3cret");
}

#define OK "{\"index\":{\"status\":201}}"
#define NO(status, type, reason)                                               \
    "{\"index\":{\"status\":" status ",\"error\":{\"type\":\"" type            \
    "\",\"reason\":\"" reason "\"}}}"
#define ITEMS(list) "{\"errors\":true,\"items\":[" list "]}"

static void ST_02_every_item_of_an_answer_200_is_read(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_elasticsearch, ES);
    tool_script(&t, 200,
                ITEMS(OK "," NO("429", "es_rejected_execution_exception",
                                "queue is full") ","
                      "{\"index\":{\"status\":400,\"error\":{\"type\":"
                      "\"document_parsing_exception\",\"reason\":\"failed\","
                      "\"caused_by\":{\"reason\":\"not a date\"}}}},"
                      NO("503", "unavailable_shards_exception", "no shard")));
    tool_items(&t);
    tool_upsert(&t);
    assert_true(t.items[0].stored);
    assert_false(t.items[1].stored || t.items[2].stored || t.items[3].stored);
    assert_int_equal(t.items[1].why.kind, ERROR_LIMITED);
    assert_int_equal(t.items[2].why.kind, ERROR_REFUSED);
    assert_string_equal(t.items[2].why.text, "failed: not a date");
    assert_int_equal(t.items[3].why.kind, ERROR_SERVER);
    tool_stop(&t);
}

#define AWAY                                                                   \
    NO("429", "es_rejected_execution_exception",                               \
       "rejected execution of TimedRunnable on EsThreadPoolExecutor[name = "   \
       "n1/write, queue capacity = 1]")

static void ST_30_where_all_items_are_sent_away_so_is_the_request(void **state)
{
    static const struct tool_refusal rows[] = {
        { 200, ITEMS(AWAY "," AWAY "," AWAY "," AWAY), ERROR_LIMITED,
          "rejected execution" },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_elasticsearch, ES);
    tool_refusals(&t, rows, 1);
    tool_script(&t, 200, ITEMS(AWAY "," NO("400", "document_parsing_exception",
                                           "failed") "," AWAY "," AWAY));
    tool_items(&t);
    tool_upsert(&t); /* one of them has its answer */
    assert_int_equal(t.items[1].why.kind, ERROR_REFUSED);
    assert_int_equal(t.items[1].why.about, ABOUT_DOCUMENT);
    assert_int_equal(t.items[3].why.kind, ERROR_LIMITED);
    tool_stop(&t);
}

#define PRESSED                                                                \
    NO("429", "es_rejected_execution_exception",                               \
       "rejected execution of primary operation [coordinating_and_primary_"    \
       "bytes=0, replica_bytes=0, all_bytes=0, primary_operation_bytes=900, "  \
       "max_coordinating_and_primary_bytes=100]")
#define BREAKER(limit)                                                         \
    "{\"error\":{\"root_cause\":[],\"type\":\"circuit_breaking_exception\","   \
    "\"reason\":\"[in_flight_requests] Data too large, data for "              \
    "[<http_request>] would be [7182/7kb], which is larger than the limit of " \
    "[" limit "]\",\"bytes_wanted\":7182,\"bytes_limit\":" limit              \
    ",\"durability\":\"TRANSIENT\"},\"status\":429}"

static void ST_33_too_much_at_a_time_is_a_size(void **state)
{
    static const struct tool_refusal rows[] = {
        { 200, ITEMS(OK "," PRESSED "," PRESSED "," OK), ERROR_SIZE,
          "all_bytes=0" },
        { 429, BREAKER("2048"), ERROR_SIZE, "Data too large" },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_elasticsearch, ES);
    tool_refusals(&t, rows, sizeof rows / sizeof *rows);
    tool_stop(&t);
}

/* As Elasticsearch 9.5 said to one worker's request of 700 kB. */
#define PIECES(busy)                                                           \
    "{\"error\":{\"root_cause\":[],\"type\":"                                  \
    "\"es_rejected_execution_exception\",\"reason\":\"rejected execution of "  \
    "coordinating operation [coordinating_and_primary_bytes=" busy ", "        \
    "replica_bytes=0, all_bytes=" busy ", coordinating_operation_bytes=9, "    \
    "max_coordinating_bytes=307200]\"},\"status\":429}"

static void ST_33_a_bulk_that_is_in_its_own_way_is_too_large(void **state)
{
    static const struct tool_refusal rows[] = {
        { 429, PIECES("150"), ERROR_SIZE, "all_bytes=150" },
        { 429, PIECES("301595"), ERROR_LIMITED, "all_bytes=301595" },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_elasticsearch, ES);
    tool_refusals(&t, rows, sizeof rows / sizeof *rows);
    tool_stop(&t);
}

static enum error_kind alone(struct tool *t, const char *body)
{
    struct error err = { .text = "" };
    size_t taken = 0;

    tool_script(t, 429, body);
    assert_false(t->ops->upsert(t->store, tool_items(t), 1, &taken, &err));
    return err.kind;
}

static void ST_33_one_small_record_only_met_others_there(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_elasticsearch, ES);
    assert_int_equal(alone(&t, BREAKER("4096")), ERROR_LIMITED);
    assert_int_equal(alone(&t, BREAKER("20")), ERROR_SIZE);
    tool_stop(&t);
}

static void a_record_that_never_went_has_no_item(void **state)
{
    static char id[513];
    struct tool t;

    (void)state;
    memset(id, 'x', sizeof id);
    tool_ready(&t, &store_elasticsearch, ES);
    tool_items(&t)[1].id = (struct text){ id, sizeof id };
    tool_upsert(&t);
    assert_true(t.items[0].stored && t.items[2].stored && t.items[3].stored);
    assert_int_equal(t.items[1].why.kind, ERROR_REFUSED);
    assert_non_null(strstr(t.items[1].why.text, "the id has 513 bytes"));
    tool_stop(&t);
}

/* As Elasticsearch 9.5 words it. */
#define WRONG_DIM                                                              \
    "{\"index\":{\"status\":400,\"error\":{\"type\":"                          \
    "\"document_parsing_exception\",\"reason\":\"[1:18] failed to parse: "     \
    DIM_CAUSE "\",\"caused_by\":{\"type\":\"illegal_argument_exception\","     \
    "\"reason\":\"" DIM_CAUSE "\"}}}}"
#define DIM_CAUSE                                                              \
    "The [dense_vector] field [embedding] in doc [document with id '1'] has "  \
    "a different number of dimensions [5] than defined in the mapping [4]"

static void they_are_understood_when_they_say_no(void **state)
{
    static const struct tool_refusal rows[] = {
        { 200, ITEMS(OK "," OK "," OK), ERROR_PROTOCOL,
          "3 results for 4 documents" },
        { 200, ITEMS(OK "," OK "," OK "," OK "," OK), ERROR_PROTOCOL,
          "5 results for 4 documents" },
        { 200, "{\"items\":[" OK "," OK "," OK "," OK, ERROR_PROTOCOL,
          "items" },
        { 200, ITEMS(OK "," OK "," OK ",{\"index\":{}}"), ERROR_PROTOCOL,
          "status" },
        { 200, "{}", ERROR_PROTOCOL, "items" },
        { 200, ITEMS(OK "," WRONG_DIM "," OK "," OK), ERROR_CONFIG,
          "dimensions [5]" },
        { 200, ITEMS(OK "," NO("404", "index_not_found_exception",
                               "no such index [docs]") "," OK "," OK),
          ERROR_CONFIG, "no such index" },
        { 200, ITEMS(NO("403", "security_exception", "is unauthorized") ","
                     OK "," OK "," OK), ERROR_AUTH, "unauthorized" },
        { 401, "{\"error\":{\"type\":\"security_exception\",\"reason\":"
               "\"missing authentication credentials\"},\"status\":401}",
          ERROR_AUTH, "missing authentication" },
        { 413, "", ERROR_SIZE, "413" },
        { 429, "{\"error\":{\"type\":\"circuit_breaking_exception\","
               "\"reason\":\"[parent] Data too large\"},\"status\":429}",
          ERROR_LIMITED, "Data too large" },
        { 503, "{\"error\":{\"reason\":\"no master\"}}", ERROR_SERVER,
          "no master" },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_elasticsearch, ES);
    tool_refusals(&t, rows, sizeof rows / sizeof *rows);
    tool_stop(&t);
}

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

static void a_key_with_a_colon_is_user_and_password(void **state)
{
    struct error err;
    struct tool t;

    (void)state;
    tool_start(&t, &store_elasticsearch, ES, NULL);
    t.key = "me:secret";
    assert_non_null(tool_open(&t, TOOL_DIM, true, &err));
    assert_true(t.ops->preflight(t.store, &err));
    assert_true(tool_asked(&t, "Authorization: Basic bWU6c2VjcmV0\r\n"));
    tool_stop(&t);
}

static void the_nearest_come_with_their_cosine(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_elasticsearch, ES);
    tool_search(&t);
    assert_true(tool_asked(&t, "\"k\":5,\"num_candidates\":100}"));
    tool_stop(&t);
    tool_ready(&t, &store_opensearch, OS);
    tool_search(&t);
    assert_true(tool_asked(&t, "\"k\":5}}}"));
    tool_stop(&t);
}

static void fields_have_the_names_of_the_url(void **state)
{
    struct error err;
    struct tool t;

    (void)state;
    tool_start(&t, &store_elasticsearch, ES "?vector=v&text=none", NULL);
    tool_script(&t, 200, SERVER("\"number\":\"8.15.0\""));
    tool_script(&t, 200, "{\"docs\":{\"mappings\":{\"properties\":{\"v\":{"
                         "\"type\":\"dense_vector\"}}}}}");
    assert_non_null(tool_open(&t, TOOL_DIM, false, &err));
    assert_true(t.ops->preflight(t.store, &err));
    tool_script(&t, 200, ITEMS(OK "," OK "," OK "," OK));
    tool_items(&t)[0].metadata = text_of("{\"a\":\n[1]}");
    tool_upsert(&t);
    assert_true(tool_asked(&t, "{\"v\":[1,0,0,0],\"metadata\":{\"a\": [1]}}"));
    t.ops->close(t.store);
    snprintf(t.url, sizeof t.url, ES "?text=a%%22b", fakeapi_port(t.api));
    assert_null(tool_open(&t, TOOL_DIM, false, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    tool_stop(&t);
}

/* Enough that a body is worth packing. */
static struct upsert_item *long_items(struct tool *t)
{
    static char text[9000];

    memset(text, 'y', sizeof text);
    tool_items(t)[3].text = (struct text){ text, sizeof text };
    return t->items;
}

static void bodies_go_in_gzip_where_the_url_says_so(void **state)
{
    struct fakeapi_stats before;
    struct tool t;

    (void)state;
    tool_ready(&t, &store_elasticsearch, ES "?gzip=yes");
    before = fakeapi_stats(t.api);
    long_items(&t);
    tool_upsert(&t);
    assert_true(tool_asked(&t, "Content-Encoding: gzip\r\n"));
    assert_true(tool_asked(&t, "\"text\":\"yyyyyyyy")); /* as unpacked */
    assert_in_range(fakeapi_stats(t.api).bytes_in - before.bytes_in, 1, 2000);
    assert_int_equal(fakeapi_stats(t.api).points, TOOL_ITEMS);
    tool_items(&t);
    tool_upsert(&t); /* small: as it is */
    assert_false(tool_asked(&t, "Content-Encoding"));
    tool_stop(&t);
    tool_ready(&t, &store_elasticsearch, ES);
    long_items(&t);
    tool_upsert(&t); /* nobody asked for it, and the way is short */
    assert_false(tool_asked(&t, "Content-Encoding"));
    tool_stop(&t);
}

static void remember(void *said, const char *line)
{
    snprintf(said, 100, "%s", line);
}

static void a_server_that_takes_no_gzip_gets_none(void **state)
{
    char said[100] = "";
    struct store_config cfg = { .dim = TOOL_DIM, .create = true,
                                .stop_fd = -1, .say = remember,
                                .say_ctx = said };
    struct error err;
    struct tool t;

    (void)state;
    tool_start(&t, &store_elasticsearch, ES "?gzip=yes", NULL);
    cfg.url = t.url;
    t.store = t.ops->open(&cfg, &err);
    assert_non_null(t.store);
    assert_true(t.ops->preflight(t.store, &err));
    tool_script(&t, 415, "{\"error\":{\"reason\":\"no gzip\"}}");
    long_items(&t);
    tool_upsert(&t);
    for (size_t i = 0; i < TOOL_ITEMS; i++)
        assert_true(t.items[i].stored);
    assert_false(tool_asked(&t, "Content-Encoding"));
    assert_non_null(strstr(said, "takes no gzip"));
    long_items(&t);
    tool_upsert(&t);
    assert_false(tool_asked(&t, "Content-Encoding"));
    tool_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_keep_the_contract),
        cmocka_unit_test(ST_02_every_item_of_an_answer_200_is_read),
        cmocka_unit_test(a_record_that_never_went_has_no_item),
        cmocka_unit_test(they_are_understood_when_they_say_no),
        cmocka_unit_test(ST_05_what_does_not_agree_is_said_before_it_costs),
        cmocka_unit_test(
            ST_31_an_index_that_takes_nothing_is_told_before_it_costs),
        cmocka_unit_test(metadata_that_is_no_object_is_known_before_it_costs),
        cmocka_unit_test(whoever_may_not_ask_for_settings_goes_on),
        cmocka_unit_test(a_refused_name_is_configuration),
        cmocka_unit_test(ST_35_a_key_for_the_index_alone_is_enough),
        cmocka_unit_test(another_403_is_one_about_the_key),
        cmocka_unit_test(ST_36_an_opensearch_that_says_7_10_takes_no_base64),
        cmocka_unit_test(ST_36_create_needs_an_opensearch_with_flat_object),
        cmocka_unit_test(ST_30_where_all_items_are_sent_away_so_is_the_request),
        cmocka_unit_test(ST_33_too_much_at_a_time_is_a_size),
        cmocka_unit_test(ST_33_a_bulk_that_is_in_its_own_way_is_too_large),
        cmocka_unit_test(ST_33_one_small_record_only_met_others_there),
        cmocka_unit_test(vectors_go_as_base64_where_the_server_takes_it),
        cmocka_unit_test(a_worker_without_a_preflight_sends_base64_too),
        cmocka_unit_test(a_worker_that_meets_no_server_tries_again),
        cmocka_unit_test(a_key_with_a_colon_is_user_and_password),
        cmocka_unit_test(the_nearest_come_with_their_cosine),
        cmocka_unit_test(fields_have_the_names_of_the_url),
        cmocka_unit_test(bodies_go_in_gzip_where_the_url_says_so),
        cmocka_unit_test(a_server_that_takes_no_gzip_gets_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
