/*
 * What stores really say when they refuse an upsert, in their own words, and
 * whom we take it to be about. That the kinds are right, each store's own test
 * shows.
 */
#include "config.h"
#include "tests/support/store_tools.h"
#include "tests/support/verdict.h"

#include "store/store.h"

static void expect(struct tool *t, const struct verdict *row)
{
    struct error err = { .text = "", .retry_after_ms = -1 };
    size_t taken = 0;

    tool_script(t, row->status, row->body);
    tool_items(t);
    for (size_t i = 0; row->sent && i < TOOL_ITEMS; i++)
        t->items[i].text = text_of(row->sent);
    if (t->ops->upsert(t->store, t->items, TOOL_ITEMS, &taken, &err))
        err = t->items[0].why;
    verdict_expect(row, &err);
}

static void expect_all(const struct store_ops *ops, const char *form,
                       const struct verdict *rows, size_t n)
{
    struct tool t;

    tool_ready(&t, ops, form);
    for (size_t i = 0; i < n; i++)
        expect(&t, &rows[i]);
    tool_stop(&t);
}

#define SAID(words) "{\"status\":{\"error\":\"" words "\"},\"time\":0.0}"

static void ST_16_limits_of_a_collection_are_no_size_of_a_request(void **s)
{
    static const struct verdict rows[] = {
        { 400, SAID("Wrong input: Max points count limit of 10 reached!"),
          ERROR_QUOTA, ABOUT_SERVICE },
        { 400, SAID("Bad request: Max vector storage size limit of 1.5MB "
                    "reached!"),
          ERROR_QUOTA, ABOUT_SERVICE },
        { 403, SAID("Forbidden: Max payload storage size limit of 2MB "
                    "reached!"),
          ERROR_QUOTA, ABOUT_SERVICE },
        { 400, SAID("Resident memory usage 90% exceeding the configured limit "
                    "80%"),
          ERROR_QUOTA, ABOUT_SERVICE },
        { 500, SAID("Service internal error: No space left on device"),
          ERROR_QUOTA, ABOUT_SERVICE },
        { 507, SAID("no room"), ERROR_QUOTA, ABOUT_SERVICE },
    };

    (void)s;
    expect_all(&store_qdrant, "qdrant+http://127.0.0.1:%d/docs", rows,
               sizeof rows / sizeof *rows);
}

static void ST_17_a_request_above_a_store_s_limits_is_made_smaller(void **s)
{
    static const struct verdict rows[] = {
        { 400, SAID("Limit exceeded 11 > 10 for \\\"upsert limit\\\". Help: "
                    "Reduce the \\\"upsert limit\\\" parameter to or below "
                    "10."),
          ERROR_SIZE, ABOUT_REQUEST, 10 },
        { 403, SAID("Forbidden: Limit exceeded 11 > 10 for \\\"upsert "
                    "limit\\\". Help: Reduce the \\\"upsert limit\\\" "
                    "parameter to or below 10."),
          ERROR_SIZE, ABOUT_REQUEST, 10 },
        { 429, SAID("Rate limiting exceeded: Write rate limit exceeded, "
                    "request larger than than rate limiter capacity, please "
                    "try to split your request"),
          ERROR_SIZE, ABOUT_REQUEST },
        { 429, SAID("Rate limiting exceeded: Write rate limit exceeded: "
                    "Operation requires 10 tokens but only 0.0 were available."
                    " Retry after 30s"),
          ERROR_LIMITED, ABOUT_UNKNOWN },
        { 400, SAID("Payload error: JSON payload (35000000 bytes) is larger "
                    "than allowed (limit: 33554432 bytes)."),
          ERROR_SIZE, ABOUT_REQUEST },
        { 400, SAID("Wrong input: Vector dimension error: expected dim: 4, "
                    "got 5"),
          ERROR_CONFIG, ABOUT_SERVICE },
        /* What it repeats of a text is no evidence. */
        { 400, SAID("Format error: max points count limit of it, vector "
                    "dimension error, upsert limit"),
          ERROR_REFUSED, ABOUT_UNKNOWN, 0,
          "max points count limit of it, vector dimension error, upsert "
          "limit" },
        { 200, "{}", ERROR_PROTOCOL, ABOUT_SERVICE },
        { 200, "{\"error\":\"x\"}", ERROR_PROTOCOL, ABOUT_SERVICE },
        { 200, "", ERROR_PROTOCOL, ABOUT_SERVICE },
    };

    (void)s;
    expect_all(&store_qdrant, "qdrant+http://127.0.0.1:%d/docs", rows,
               sizeof rows / sizeof *rows);
}

static void ST_18_chroma_s_quotas_are_of_a_request_or_of_a_record(void **s)
{
    static const struct verdict rows[] = {
        { 422, "{\"error\":\"ChromaError\",\"message\":\"Quota exceeded: "
               "'Number of records' exceeded quota limit for action 'Upsert':"
               " current usage of 1001 exceeds limit of 300\"}",
          ERROR_SIZE, ABOUT_REQUEST, 300 },
        { 422, "{\"error\":\"ChromaError\",\"message\":\"Quota exceeded: "
               "'Document size (bytes)' exceeded quota limit for action "
               "'Upsert': current usage of 20000 exceeds limit of 16384\"}",
          ERROR_REFUSED, ABOUT_DOCUMENT },
        { 400, "{\"error\":\"InvalidArgumentError\",\"message\":\"Collection "
               "expecting embedding with dimension of 768, got 384\"}",
          ERROR_CONFIG, ABOUT_SERVICE },
        { 429, "{\"error\":\"ChromaError\",\"message\":\"Backoff and "
               "retry\"}",
          ERROR_LIMITED, ABOUT_UNKNOWN },
    };

    (void)s;
    expect_all(&store_chroma, "chroma+http://127.0.0.1:%d/docs", rows,
               sizeof rows / sizeof *rows);
}

static void ST_18_milvus_s_codes_say_whom_they_are_about(void **s)
{
    static const struct verdict rows[] = {
        { 200, "{\"code\":1102,\"message\":\"too large\"}", ERROR_SIZE,
          ABOUT_REQUEST },
        { 200, "{\"code\":65535,\"message\":\"grpc: received message larger "
               "than max (70 vs. 67)\"}",
          ERROR_SIZE, ABOUT_REQUEST },
        { 200, "{\"code\":9,\"message\":\"quota exceeded[reason=memory quota "
               "exceeded]\"}",
          ERROR_QUOTA, ABOUT_SERVICE },
        { 200, "{\"code\":1800,\"message\":\"user hasn't authenticated\"}",
          ERROR_AUTH, ABOUT_SERVICE },
        { 200, "{\"code\":1100,\"message\":\"length of varchar field text "
               "exceeds max length, row number: 0, length: 70000, max "
               "length: 65535\"}",
          ERROR_REFUSED, ABOUT_DOCUMENT },
        { 200, "{\"code\":1804,\"message\":\"fail to deal the insert data\"}",
          ERROR_REFUSED, ABOUT_UNKNOWN },
        { 200, "{\"code\":1,\"message\":\"rate limit of the text\"}",
          ERROR_SERVER, ABOUT_UNKNOWN, 0, "a rate limit of the text" },
        { 200, "{\"error\":\"nothing of ours\"}", ERROR_PROTOCOL,
          ABOUT_SERVICE },
    };

    (void)s;
    expect_all(&store_milvus, "milvus+http://127.0.0.1:%d/docs", rows,
               sizeof rows / sizeof *rows);
}

#define OK "{\"result\":{\"status\":\"SUCCESS\"}}"
#define FAILED(words)                                                          \
    "[{\"result\":{\"status\":\"FAILED\",\"errors\":{\"error\":[{"             \
    "\"message\":\"" words "\"}]}}}," OK "," OK "," OK "]"

static void ST_18_what_weaviate_quotes_of_an_object_decides_nothing(void **s)
{
    static const struct verdict rows[] = {
        { 200, FAILED("invalid date property 'd': the given value is "
                      "'connection timed out, the disk usage is read-only'"),
          ERROR_REFUSED, ABOUT_UNKNOWN },
        { 200, FAILED("cannot take connection timed out"), ERROR_REFUSED,
          ABOUT_UNKNOWN, 0, "connection timed out" },
        { 200, FAILED("broadcast: context deadline exceeded"), ERROR_SERVER,
          ABOUT_UNKNOWN },
        { 200, FAILED("store is read-only due to disk usage"), ERROR_QUOTA,
          ABOUT_SERVICE },
        { 200, FAILED("vector lengths don't match: 4 vs 5"), ERROR_CONFIG,
          ABOUT_SERVICE },
        { 429, "{\"code\":\"USAGE_LIMIT_EXCEEDED\",\"error\":[{\"message\":"
               "\"too many objects\"}]}",
          ERROR_QUOTA, ABOUT_SERVICE },
    };

    (void)s;
    expect_all(&store_weaviate, "weaviate+http://127.0.0.1:%d/Docs", rows,
               sizeof rows / sizeof *rows);
}

static void ST_07_a_record_above_what_a_request_holds_is_its_own_fault(void **s)
{
    struct tool t;
    struct error err = { .text = "" };
    size_t taken = 0;

    (void)s;
    tool_ready(&t, &store_qdrant, "qdrant+http://127.0.0.1:%d/docs");
    tool_items(&t);
    t.store->limit_bytes = 10;
    assert_false(t.ops->upsert(t.store, t.items, TOOL_ITEMS, &taken, &err));
    assert_int_equal(taken, 1);
    assert_int_equal(err.kind, ERROR_SIZE);
    assert_int_equal(err.about, ABOUT_DOCUMENT);
    tool_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            ST_16_limits_of_a_collection_are_no_size_of_a_request),
        cmocka_unit_test(
            ST_17_a_request_above_a_store_s_limits_is_made_smaller),
        cmocka_unit_test(
            ST_07_a_record_above_what_a_request_holds_is_its_own_fault),
        cmocka_unit_test(ST_18_chroma_s_quotas_are_of_a_request_or_of_a_record),
        cmocka_unit_test(ST_18_milvus_s_codes_say_whom_they_are_about),
        cmocka_unit_test(
            ST_18_what_weaviate_quotes_of_an_object_decides_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
