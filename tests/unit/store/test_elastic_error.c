/* What refusals mean, by the words of real servers: Elasticsearch 9.5 and 8.19,
 * OpenSearch 2.19 and 3.5. */
#include "config.h"
#include "store/elastic/elastic_error.h"
#include "tests/support/tap.h"

#include <stdio.h>

struct row {
    unsigned status;
    const char *json;
    enum error_kind kind;
    enum error_about about;
};

static void judge(const char *json, unsigned status, struct error *err)
{
    struct elastic_error e;
    char said[240];

    elastic_error_read(text_of(json), status, &e);
    elastic_error_say(&e, said, sizeof said);
    error_set(err, ERROR_REFUSED, (int)status, "%s", said);
    elastic_error_judge(&e, "embedding", err);
}

static void mean(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct error err;

        judge(rows[i].json, rows[i].status, &err);
        if (err.kind != rows[i].kind || err.about != rows[i].about)
            fail_msg("%s became %s, about %d", rows[i].json,
                     error_word(err.kind), (int)err.about);
        assert_int_equal(err.most, 0);
    }
}
#define MEAN(rows) mean(rows, sizeof rows / sizeof *rows)

#define CLOSED                                                                 \
    "{\"type\":\"index_closed_exception\",\"reason\":\"closed\","              \
    "\"index_uuid\":\"ZgwiMgtfQ6qyIjL-rvUrpA\",\"index\":\"p\"}"

static void ST_31_a_closed_or_unusable_index_is_configuration(void **state)
{
    static const struct row rows[] = {
        { 400, CLOSED, ERROR_CONFIG, ABOUT_SERVICE },
        { 404, "{\"type\":\"index_not_found_exception\",\"reason\":"
               "\"no such index [p]\"}", ERROR_CONFIG, ABOUT_SERVICE },
        { 400, "{\"type\":\"invalid_index_name_exception\",\"reason\":"
               "\"Invalid index name [Upper], must be lowercase\"}",
          ERROR_CONFIG, ABOUT_SERVICE },
        { 403, "{\"type\":\"security_exception\",\"reason\":"
               "\"action [indices:data/write/bulk] is unauthorized\"}",
          ERROR_AUTH, ABOUT_SERVICE },
    };

    (void)state;
    MEAN(rows);
}

#define BLOCK(reason)                                                          \
    "{\"type\":\"cluster_block_exception\",\"reason\":\"" reason "\"}"

static void ST_31_a_closed_index_is_told_by_its_name(void **state)
{
    struct error err;

    (void)state;
    judge(CLOSED, 400, &err);
    assert_string_equal(err.text, "index p is closed: open it (_open)");
    judge("{\"type\":\"index_closed_exception\",\"reason\":\"closed\"}", 400,
          &err);
    assert_string_equal(err.text,
                        "the index is closed: open it (_open)");
}

static void ST_32_only_a_full_disk_is_a_matter_of_room(void **state)
{
    static const struct row rows[] = {
        { 429, BLOCK("index [p] blocked by: [TOO_MANY_REQUESTS/12/disk usage "
                     "exceeded flood-stage watermark, index has "
                     "read-only-allow-delete block];"),
          ERROR_QUOTA, ABOUT_SERVICE },
        { 403, BLOCK("index [p] blocked by: [FORBIDDEN/12/index read-only / "
                     "allow delete (api)];"), ERROR_QUOTA, ABOUT_SERVICE },
        { 403, BLOCK("index [p] blocked by: [FORBIDDEN/5/index read-only "
                     "(api)];"), ERROR_CONFIG, ABOUT_SERVICE },
        { 403, BLOCK("index [p] blocked by: [FORBIDDEN/8/index write (api)];"),
          ERROR_CONFIG, ABOUT_SERVICE },
        { 403, BLOCK("blocked by: [FORBIDDEN/6/cluster read-only (api)];"),
          ERROR_CONFIG, ABOUT_SERVICE },
        { 403, BLOCK("index [disk-12-flood-stage] blocked by: [FORBIDDEN/8/"
                     "index write (api)];"), ERROR_CONFIG, ABOUT_SERVICE },
        { 503, BLOCK("blocked by: [SERVICE_UNAVAILABLE/1/state not recovered "
                     "/ initialized];"), ERROR_SERVER, ABOUT_SERVICE },
        { 403, "{\"type\":\"index_create_block_exception\",\"reason\":"
               "\"blocked by: [FORBIDDEN/10/cluster create-index blocked "
               "(api)];\"}", ERROR_CONFIG, ABOUT_SERVICE },
    };

    (void)state;
    MEAN(rows);
}

#define BREAKER(name, wanted, limit)                                           \
    "{\"type\":\"circuit_breaking_exception\",\"reason\":\"[" name "] Data "   \
    "too large, data for [<http_request>] would be [" wanted "], which is "    \
    "larger than the limit of [" limit "]\",\"bytes_wanted\":" wanted          \
    ",\"bytes_limit\":" limit ",\"durability\":\"TRANSIENT\"}"
#define PRESSURE(type, all, ours, most)                                        \
    "{\"type\":\"" type "\",\"reason\":\"rejected execution of coordinating "  \
    "operation [coordinating_and_primary_bytes=" all ", replica_bytes=0, "     \
    "all_bytes=" all ", coordinating_operation_bytes=" ours ", " most "]\"}"

static void ST_33_more_than_may_be_under_way_is_a_size_the_rest_waits(
    void **state)
{
    static const struct row rows[] = {
        { 429, BREAKER("in_flight_requests", "7182", "2048"), ERROR_SIZE,
          ABOUT_REQUEST },
        { 429, BREAKER("inflight_requests", "7182", "2048"), ERROR_SIZE,
          ABOUT_REQUEST },
        { 429, BREAKER("parent", "96447326", "3892838"), ERROR_LIMITED,
          ABOUT_SERVICE },
        { 429, BREAKER("request", "9000", "8000"), ERROR_LIMITED,
          ABOUT_SERVICE },
        { 429, PRESSURE("es_rejected_execution_exception", "0", "9000",
                        "max_coordinating_and_primary_bytes=5000"),
          ERROR_SIZE, ABOUT_REQUEST },
        { 429, PRESSURE("rejected_execution_exception", "0", "9000",
                        "max_coordinating_and_primary_bytes=5000"),
          ERROR_SIZE, ABOUT_REQUEST },
        { 429, PRESSURE("es_rejected_execution_exception", "400", "9000",
                        "max_coordinating_bytes=5000"),
          ERROR_SIZE, ABOUT_REQUEST },
        { 429, PRESSURE("es_rejected_execution_exception", "4000", "3000",
                        "max_coordinating_and_primary_bytes=5000"),
          ERROR_LIMITED, ABOUT_SERVICE },
        { 429, "{\"type\":\"es_rejected_execution_exception\",\"reason\":"
               "\"rejected execution of TimedRunnable{..} on "
               "EsThreadPoolExecutor[name = n1/write, queue capacity = 1, "
               "[Running, pool size = 1, active threads = 1, queued tasks = "
               "1, completed tasks = 7]]\"}", ERROR_LIMITED, ABOUT_SERVICE },
    };

    (void)state;
    MEAN(rows);
}

#define PARSE(reason, cause)                                                   \
    "{\"type\":\"document_parsing_exception\",\"reason\":\"" reason "\","      \
    "\"caused_by\":{\"type\":\"illegal_argument_exception\",\"reason\":\""     \
    cause "\"}}"
#define DIMS "] has a different number of dimensions [2] than defined in the " \
             "mapping [3]"

static void ST_34_what_a_document_quotes_decides_nothing(void **state)
{
    static const struct row rows[] = {
        { 400, PARSE("[1:29] failed to parse field [when] of type [date] in "
                     "document with id '2'. Preview of field's value: 'flood "
                     "stage number of dimensions index_closed_exception'",
                     "failed to parse date field [flood stage number of "
                     "dimensions]"), ERROR_REFUSED, ABOUT_DOCUMENT },
        { 400, PARSE("failed to parse field [n] of type [integer] in document "
                     "with id 'blocked by: [TOO_MANY_REQUESTS/12/disk'. "
                     "Preview of field's value: 'Vector dimension mismatch'",
                     "Vector dimension mismatch"),
          ERROR_REFUSED, ABOUT_DOCUMENT },
        { 400, PARSE("failed", "The [dense_vector] field [metadata.v] in doc "
                               "[document with id '1'" DIMS),
          ERROR_REFUSED, ABOUT_DOCUMENT },
        { 400, PARSE("[1:18] failed to parse",
                     "The [dense_vector] field [embedding] in doc [document "
                     "with id '1'" DIMS), ERROR_CONFIG, ABOUT_SERVICE },
        { 400, "{\"type\":\"mapper_parsing_exception\",\"reason\":\"failed to "
               "parse field [embedding] of type [knn_vector] in document with "
               "id '1'. Preview of field's value: 'null'\",\"caused_by\":{"
               "\"type\":\"illegal_argument_exception\",\"reason\":\"Vector "
               "dimension mismatch. Expected: 3, Given: 2\"}}",
          ERROR_CONFIG, ABOUT_SERVICE },
        { 400, "{\"type\":\"mapper_parsing_exception\",\"reason\":\"failed to "
               "parse field [embedding] of type [knn_vector] in document with "
               "id '3'. Preview of field's value: 'null'\",\"caused_by\":{"
               "\"type\":\"illegal_argument_exception\",\"reason\":\"zero "
               "vector is not supported when space type is [cosinesimil]\"}}",
          ERROR_REFUSED, ABOUT_DOCUMENT },
    };

    (void)state;
    MEAN(rows);
}

static void ST_34_an_id_of_512_bytes_hides_no_cause(void **state)
{
    char json[2048], id[513];
    struct error err;

    (void)state;
    memset(id, 'i', 512);
    id[512] = '\0';
    snprintf(json, sizeof json,
             PARSE("failed to parse field [embedding] of type [knn_vector] in "
                   "document with id '%s'. Preview of field's value: 'null'",
                   "Vector dimension mismatch. Expected: 3, Given: 2"), id);
    judge(json, 400, &err);
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "mismatch. Expected: 3, Given: 2"));
    snprintf(json, sizeof json,
             PARSE("[1:9] failed to parse field [n] of type [long] in document "
                   "with id '%s'", "For input string: \\\"x\\\""), id);
    judge(json, 400, &err);
    assert_int_equal(err.kind, ERROR_REFUSED);
    assert_non_null(strstr(err.text, "~: For input string: \"x\""));
}

static void the_innermost_cause_is_the_one_that_is_said(void **state)
{
    struct error err;

    (void)state;
    judge("{\"type\":\"document_parsing_exception\",\"reason\":\"failed\","
          "\"caused_by\":{\"type\":\"a\",\"reason\":\"outer\",\"caused_by\":{"
          "\"type\":\"date_time_parse_exception\",\"reason\":\"inner\"}}}",
          400, &err);
    assert_string_equal(err.text, "failed: inner");
    judge("{\"type\":\"some_exception\"}", 400, &err);
    assert_string_equal(err.text, "some_exception");
    judge("\"no method\"", 405, &err);
    assert_string_equal(err.text, "refused without a word");
}

static void where_a_type_says_nothing_the_status_does(void **state)
{
    static const struct row rows[] = {
        { 401, "{\"type\":\"x\"}", ERROR_AUTH, ABOUT_SERVICE },
        { 404, "{}", ERROR_CONFIG, ABOUT_SERVICE },
        { 409, "{\"type\":\"version_conflict_engine_exception\"}",
          ERROR_REFUSED, ABOUT_UNKNOWN },
        { 413, "{}", ERROR_SIZE, ABOUT_REQUEST },
        { 429, "{}", ERROR_LIMITED, ABOUT_SERVICE },
        { 503, "{\"type\":\"unavailable_shards_exception\"}", ERROR_SERVER,
          ABOUT_UNKNOWN },
        { 403, "{\"type\":\"x\"}", ERROR_REFUSED, ABOUT_UNKNOWN },
    };

    (void)state;
    MEAN(rows);
}

static void a_page_is_no_error_of_theirs(void **state)
{
    static const char *const pages[] = {
        "<html>403 Forbidden</html>", "{\"message\":\"Forbidden\"}",
        "{\"error\":\"Incorrect HTTP method\",\"status\":405}", "",
        "{\"error\":{\"reason\":\"without a type\"}}", "{\"error\":{\"type\":",
    };
    struct elastic_error e;

    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        assert_false(elastic_error_find(text_of(pages[i]), 403, &e));
    assert_true(elastic_error_find(text_of("{\"error\":" CLOSED "}"), 400, &e));
    assert_string_equal(e.type, "index_closed_exception");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ST_31_a_closed_or_unusable_index_is_configuration),
        cmocka_unit_test(ST_31_a_closed_index_is_told_by_its_name),
        cmocka_unit_test(ST_32_only_a_full_disk_is_a_matter_of_room),
        cmocka_unit_test(
            ST_33_more_than_may_be_under_way_is_a_size_the_rest_waits),
        cmocka_unit_test(ST_34_what_a_document_quotes_decides_nothing),
        cmocka_unit_test(ST_34_an_id_of_512_bytes_hides_no_cause),
        cmocka_unit_test(the_innermost_cause_is_the_one_that_is_said),
        cmocka_unit_test(where_a_type_says_nothing_the_status_does),
        cmocka_unit_test(a_page_is_no_error_of_theirs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
