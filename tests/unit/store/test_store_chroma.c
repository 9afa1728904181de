/* Chroma's dialect against fakeapi; the real server: e2e/chroma.sh. */
#include "config.h"
#include "tests/support/store_tools.h"

#include "store/store_reply.h"

#define FORM "chroma+http://127.0.0.1:%d/docs"

static bool fetch(void *ctx, struct text id, struct buf *text,
                  struct buf *metadata)
{
    struct buf raw = { 0 }, payload = { 0 };
    struct json_value v;
    bool found;

    json_put_string(&raw, id);
    found = fakeapi_payload(ctx, (struct text){ raw.data, raw.len }, &payload);
    if (found) {
        struct text json = { payload.data, payload.len };

        assert_true(reply_member(json, "text", &v));
        json_decode(&v, text);
        assert_true(reply_member(json, "metadata", &v));
        buf_put(metadata, v.raw.ptr, v.raw.len);
    }
    buf_release(&raw);
    buf_release(&payload);
    return found;
}

static void chroma_keeps_the_contract(void **state)
{
    struct contract_store k = {
        .ops = &store_chroma, .fetch = fetch,
        .metadata = "{\"n\":9007199254740993,\"x\":1.10,\"s\":\"\\u00fc\","
                    "\"list\":[\"a\",\"b\"],\"b\":true}"
    };

    (void)state;
    tool_contract(&k, FORM, NULL, "x-chroma-token: s3cret");
}

static void vectors_travel_as_base64(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_chroma, FORM);
    tool_items(&t);
    tool_upsert(&t);
    assert_true(t.items[3].stored);
    assert_true(tool_asked(&t, "\"embeddings\":[\"AACAPwAAAAAAAAAAAAAAAA==\""));
    assert_true(tool_asked(&t, "\"metadatas\":[null,null,null,null]"));
    tool_stop(&t);
}

static void or_as_numbers_when_the_server_takes_nothing_else(void **state)
{
    struct error err;
    struct tool t;

    (void)state;
    tool_start(&t, &store_chroma, FORM, NULL);
    tool_script(&t, 200, "{\"max_batch_size\":3}");
    assert_non_null(tool_open(&t, TOOL_DIM, true, &err));
    assert_true(t.ops->preflight(t.store, &err));
    assert_int_equal(t.store->limit_count, 3);
    t.store->limit_count = 0;
    tool_items(&t);
    tool_upsert(&t);
    assert_true(tool_asked(&t, "\"embeddings\":[[1,0,0,0],[0,1,0,0],"));
    tool_stop(&t);
}

static void ST_05_what_does_not_agree_is_said_before_it_costs(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_chroma, FORM);
    tool_items(&t);
    tool_upsert(&t);
    t.ops->close(t.store);
    tool_unfit(&t, 5, true, ERROR_CONFIG,
               "collection docs holds vectors of 4 dimensions, the embedder "
               "gives 5");
    tool_script(&t, 200, "{\"max_batch_size\":5461}");
    tool_script(&t, 200, "{\"id\":\"u\",\"configuration_json\":{\"hnsw\":"
                         "{\"space\":\"l2\"}},\"dimension\":4}");
    tool_unfit(&t, 4, true, ERROR_CONFIG, "measures by l2, not cosine");
    tool_stop(&t);
}

static void chroma_is_understood_when_it_says_no(void **state)
{
    static const struct tool_refusal rows[] = {
        { 400, "{\"error\":\"InvalidArgumentError\",\"message\":\"Collection "
               "expecting embedding with dimension of 768, got 384\"}",
          ERROR_CONFIG, "dimension of 768, got 384" },
        { 422, "{\"error\":\"ChromaError\",\"message\":\"Failed to "
               "deserialize the JSON body into the target type: metadatas[0]"
               ".k: data did not match any variant\"}",
          ERROR_REFUSED, "metadatas[0].k" },
        { 413, "length limit exceeded", ERROR_SIZE, "413" },
        { 400, "{\"error\":\"QuotaError\",\"message\":\"Quota exceeded: "
               "'Number of records' exceeded quota limit for action 'Upsert': "
               "current usage of 1000 exceeds limit of 300\"}",
          ERROR_SIZE, "Number of records" },
        { 429, "{\"error\":\"Backoff\",\"message\":\"Backoff and retry\"}",
          ERROR_LIMITED, "Backoff" },
        { 429, "{\"error\":\"RateLimitError\",\"message\":\"rate limit\"}",
          ERROR_LIMITED, "rate limit" },
        { 401, "{\"error\":\"AuthError\",\"message\":\"Permission denied.\"}",
          ERROR_AUTH, "Permission denied" },
        { 503, "", ERROR_SERVER, "503" },
        { 404, "{\"error\":\"NotFoundError\",\"message\":\"Collection [u] "
               "does not exist.\"}", ERROR_CONFIG, "does not exist" },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_chroma, FORM);
    tool_refusals(&t, rows, sizeof rows / sizeof *rows);
    /* After the 404 the collection is looked up again. */
    tool_items(&t);
    tool_upsert(&t);
    assert_true(t.items[0].stored);
    tool_stop(&t);
}

static void ST_20_metadata_that_chroma_cannot_hold_fails_its_record_alone(
    void **state)
{
    static const struct tool_metadata rows[] = {
        { "{\"a\":1,\"b\":\"x\",\"c\":true,\"d\":[1,2.5]}", NULL },
        { "{\"text\":1,\"n\":9223372036854775807}", NULL },
        { "{\"gone\":null}", NULL },
        { "null", NULL },
        { "{\"a\":{\"b\":1}}", "member \"a\" is an object; Chroma takes" },
        { "{\"a\":[1,\"x\"]}", "\"a\" is a list of mixed or nested values" },
        { "{\"a\":[null]}", "\"a\" is a list of mixed or nested values" },
        { "{\"\":1}", "has an empty name" },
        { "{\"a\":1e999}", "\"a\" has a number beyond 1.8e308" },
        { "{\"a\":9223372036854775808}", "would be rounded" },
        { "{\"a\":[1,-9223372036854775809]}", "would be rounded" },
        { "{\"a\":[]}", "member \"a\" is an empty list" },
        { "{\"#a\":1}", "a name that begins with \"#\" or \"$\"" },
        { "{\"$a\":1}", "a name that begins with \"#\" or \"$\"" },
        { "{\"chroma:document\":1}", "a name of Chroma's own" },
        { "[1]", "the metadata is not an object" },
        { "{\"\\u001b\":{}}", "member \"<1B>\" is an object" },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_chroma, FORM);
    tool_metadata(&t, rows, sizeof rows / sizeof *rows);
    tool_stop(&t);
    tool_ready(&t, &store_chroma, FORM "?metadata=json");
    tool_items(&t)[0].metadata = text_of("{\"a\":{\"b\":\"x\"}}");
    tool_upsert(&t);
    assert_true(t.items[0].stored);
    assert_true(tool_asked(&t, "\"metadatas\":[{\"metadata\":"
                               "\"{\\\"a\\\":{\\\"b\\\":\\\"x\\\"}}\"},null"));
    tool_stop(&t);
}

static void a_search_reads_ids_texts_and_distances(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_chroma, FORM);
    tool_search(&t);
    assert_true(tool_asked(&t, "\"n_results\":5"));
    tool_stop(&t);
}

static void an_answer_without_sense_is_a_protocol_error(void **state)
{
    static const char *const bad[] = { "", "{}", "[]", "<html>",
                                       "{\"ids\":7}", "{\"ids\":[\"a\"" };
    struct text id = text_of("a");
    bool present;
    struct error err;
    struct tool t;

    (void)state;
    tool_ready(&t, &store_chroma, FORM);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tool_script(&t, 200, bad[i]);
        if (t.ops->lookup(t.store, &id, 1, &present, &err))
            fail_msg("understood: %s", bad[i]);
        assert_int_equal(err.kind, ERROR_PROTOCOL);
    }
    tool_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chroma_keeps_the_contract),
        cmocka_unit_test(vectors_travel_as_base64),
        cmocka_unit_test(or_as_numbers_when_the_server_takes_nothing_else),
        cmocka_unit_test(ST_05_what_does_not_agree_is_said_before_it_costs),
        cmocka_unit_test(chroma_is_understood_when_it_says_no),
        cmocka_unit_test(
            ST_20_metadata_that_chroma_cannot_hold_fails_its_record_alone),
        cmocka_unit_test(a_search_reads_ids_texts_and_distances),
        cmocka_unit_test(an_answer_without_sense_is_a_protocol_error),
    };

    return cmocka_run_group_tests_name("chroma", tests, NULL, NULL);
}
