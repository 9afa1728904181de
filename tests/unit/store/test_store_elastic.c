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
    tool_script(&t, 200, "{\"version\":{\"number\":\"8.15.0\"}}");
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
    t.store = t.ops->open(t.ops, &cfg, &err);
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
        cmocka_unit_test(ST_30_where_all_items_are_sent_away_so_is_the_request),
        cmocka_unit_test(ST_33_too_much_at_a_time_is_a_size),
        cmocka_unit_test(ST_33_a_bulk_that_is_in_its_own_way_is_too_large),
        cmocka_unit_test(ST_33_one_small_record_only_met_others_there),
        cmocka_unit_test(a_key_with_a_colon_is_user_and_password),
        cmocka_unit_test(the_nearest_come_with_their_cosine),
        cmocka_unit_test(fields_have_the_names_of_the_url),
        cmocka_unit_test(bodies_go_in_gzip_where_the_url_says_so),
        cmocka_unit_test(a_server_that_takes_no_gzip_gets_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
