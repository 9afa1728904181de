/*
 * Tests of the Milvus store against fakeapi: its contract, the row it sends,
 * what its codes mean, and which records it refuses alone.
 */
#include "config.h"
#include "tests/support/store_tools.h"

#include "store/store.h"

#define FORM "milvus+http://127.0.0.1:%d/docs"

static void milvus_keeps_the_contract(void **state)
{
    struct contract_store k = { .ops = &store_milvus };

    (void)state;
    /* With metadata as one text every byte of it comes back. */
    tool_contract(&k, FORM "?metadata=json", NULL,
                  "Authorization: Bearer s3cret");
}

static void a_record_is_a_row_with_the_metadata_as_fields(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_milvus, FORM "?database=mine");
    tool_items(&t)[0].metadata = text_of("{\"n\":9007199254740993,\"d\":"
                                         "{\"e\":[1]}}");
    tool_upsert(&t);
    assert_true(t.items[0].stored && t.items[3].stored);
    assert_true(tool_asked(&t, "{\"dbName\":\"mine\",\"collectionName\":"
                               "\"docs\",\"data\":[{\"id\":\"a\",\"vector\":"
                               "[1,0,0,0],\"text\":\"text\",\"n\":"
                               "9007199254740993,\"d\":{\"e\":[1]}},{"));
    tool_stop(&t);
}

static void create_makes_a_text_key_and_cosine(void **state)
{
    struct error err;
    struct tool t;

    (void)state;
    tool_start(&t, &store_milvus, FORM, NULL);
    assert_non_null(tool_open(&t, TOOL_DIM, true, &err));
    tool_script(&t, 200, "{\"code\":100,\"message\":\"not found\"}");
    tool_script(&t, 200, "{\"code\":1401,\"message\":\"not permitted\"}");
    assert_false(t.ops->preflight(t.store, &err));
    assert_int_equal(err.kind, ERROR_AUTH);
    assert_non_null(strstr(err.text, "creating collection docs"));
    assert_true(tool_asked(&t, "\"fieldName\":\"id\",\"dataType\":\"VarChar\","
                               "\"isPrimary\":true,\"elementTypeParams\":{"
                               "\"max_length\":512}"));
    assert_true(tool_asked(&t, "\"elementTypeParams\":{\"dim\":4}"));
    assert_true(tool_asked(&t, "\"metricType\":\"COSINE\""));
    tool_stop(&t);
}

#define ID_FIELD(type)                                                         \
    "{\"name\":\"pk\",\"primaryKey\":true,\"type\":\"" type "\",\"params\":["  \
    "{\"key\":\"max_length\",\"value\":\"3\"}]}"
#define VECTOR_FIELD(name, dim)                                                \
    "{\"name\":\"" name "\",\"type\":\"FloatVector\",\"params\":[{\"key\":"    \
    "\"dim\",\"value\":\"" dim "\"}]}"
#define TEXT_FIELD(name, most)                                                 \
    "{\"name\":\"" name "\",\"type\":\"VarChar\",\"params\":[{\"key\":"        \
    "\"max_length\",\"value\":\"" most "\"}]}"
#define COLLECTION(fields, rest)                                               \
    "{\"code\":0,\"data\":{\"fields\":[" fields "]" rest "}}"

static void ST_05_what_does_not_agree_is_said_before_it_costs(void **state)
{
    static const struct {
        const char *described, *says;
    } rows[] = {
        { COLLECTION(ID_FIELD("Int64") "," VECTOR_FIELD("v", "4"), ""),
          "has no VarChar as its primary key" },
        { COLLECTION(ID_FIELD("VarChar") "," VECTOR_FIELD("v", "4"),
                     ",\"autoId\":true"), "autoId" },
        { COLLECTION(ID_FIELD("VarChar"), ""), "no field of float vectors" },
        { COLLECTION(ID_FIELD("VarChar") "," VECTOR_FIELD("v", "4") ","
                     VECTOR_FIELD("w", "4"), ""), "several fields of vectors" },
        { COLLECTION(ID_FIELD("VarChar") "," VECTOR_FIELD("v", "4"), ""),
          "has no field for the text" },
        { COLLECTION(ID_FIELD("VarChar") "," VECTOR_FIELD("v", "768"),
                     ",\"enableDynamicField\":true"),
          "holds vectors of 768 dimensions, the embedder gives 4" },
        { COLLECTION(ID_FIELD("VarChar") "," VECTOR_FIELD("v", "4"),
                     ",\"enableDynamicField\":true,\"indexes\":[{\"fieldName\":"
                     "\"v\",\"metricType\":\"L2\"}]"),
          "measures by L2, not COSINE" },
        { "{\"code\":800,\"message\":\"database not found[database=x]\"}",
          "looking at collection docs: Milvus code 800: database not found" },
    };
    struct tool t;

    (void)state;
    tool_start(&t, &store_milvus, FORM, NULL);
    tool_script(&t, 404, "404 page not found");
    tool_unfit(&t, TOOL_DIM, true, ERROR_CONFIG, "Milvus 2.4 or newer");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tool_script(&t, 200, rows[i].described);
        tool_unfit(&t, TOOL_DIM, true, ERROR_CONFIG, rows[i].says);
    }
    tool_stop(&t);
}

/* The limits of VarChar fields are in bytes, of the text as it is decoded. */
static void texts_longer_than_their_fields_fail_alone(void **state)
{
    struct error err;
    struct tool t;

    (void)state;
    tool_start(&t, &store_milvus, FORM, NULL);
    assert_non_null(tool_open(&t, TOOL_DIM, false, &err));
    tool_script(&t, 200,
                COLLECTION(ID_FIELD("VarChar") "," VECTOR_FIELD("v", "4") ","
                           TEXT_FIELD("text", "6") "," TEXT_FIELD("tag", "2"),
                           ""));
    assert_true(t.ops->preflight(t.store, &err));
    tool_items(&t)[0].id = text_of("abcd");
    t.items[1].text = text_of("1234567");
    t.items[2].text = text_of("\\u00fc\\u00fc\\u00fc");
    t.items[2].metadata = text_of("{\"tag\":\"ab\"}");
    t.items[3].metadata = text_of("{\"tag\":\"\\u00fc!\"}");
    tool_script(&t, 200, "{\"code\":0,\"data\":{\"upsertCount\":1}}");
    tool_upsert(&t);
    assert_true(t.items[2].stored);
    assert_non_null(strstr(t.items[0].why.text, "the id has 4 bytes, the "
                           "collection's field \"pk\" takes 3"));
    assert_non_null(strstr(t.items[1].why.text, "field \"text\" has 7 bytes, "
                           "the collection takes 6"));
    assert_non_null(strstr(t.items[3].why.text, "field \"tag\" has 3 bytes, "
                           "the collection takes 2"));
    assert_true(tool_asked(&t, "\"data\":[{\"pk\":\"c\",\"v\":["));
    tool_items(&t)[0].metadata = text_of("{\"pk\":1}");
    t.items[1].metadata = text_of("{\"v\":1}");
    t.items[2].metadata = text_of("{\"other\":1}");
    tool_script(&t, 200, "{\"code\":200,\"data\":{\"upsertCount\":1}}");
    tool_upsert(&t);
    assert_true(t.items[3].stored);
    assert_non_null(strstr(t.items[0].why.text, "is the collection's id"));
    assert_non_null(strstr(t.items[1].why.text, "is the collection's vector"));
    assert_non_null(strstr(t.items[2].why.text, "neither such a field"));
    tool_stop(&t);
}

static void ST_02_an_answer_200_with_a_code_is_a_refusal(void **state)
{
    static const struct tool_refusal rows[] = {
        { 200, "{\"code\":101,\"message\":\"collection not loaded\"}",
          ERROR_SERVER, "not loaded; if it was released, load it" },
        { 200, "{\"code\":201,\"message\":\"partition not loaded\"}",
          ERROR_SERVER, "load it" },
        { 200, "{\"code\":1804,\"message\":\"fail to deal the insert data, "
               "error: strconv.ParseInt\"}", ERROR_REFUSED, "code 1804: fail" },
        { 200, "{\"code\":1804,\"message\":\"fail to deal the insert data, "
               "error: []float32 size 3 doesn't equal to vector dimension 4 "
               "of FloatVector\"}", ERROR_CONFIG, "vector dimension 4" },
        { 200, "{\"code\":8,\"message\":\"request is rejected by grpc "
               "RateLimiter middleware, please retry later: rate limit "
               "exceeded[rate=0.1]\"}", ERROR_LIMITED, "code 8" },
        { 200, "{\"code\":1807,\"message\":\"request is rejected by "
               "limiter\"}", ERROR_LIMITED, "code 1807" },
        { 429, "{\"code\":1807,\"message\":\"request is rejected by "
               "limiter\"}", ERROR_LIMITED, "HTTP 429" },
        { 200, "{\"code\":9,\"message\":\"quota exceeded[reason=disk quota "
               "exceeded, please allocate more resources]\"}", ERROR_QUOTA,
          "disk quota" },
        { 200, "{\"code\":1,\"message\":\"service not ready\"}", ERROR_SERVER,
          "not ready" },
        { 200, "{\"code\":65535,\"message\":\"context deadline exceeded\"}",
          ERROR_SERVER, "deadline" },
        { 200, "{\"code\":65535,\"message\":\"rpc error: grpc: received "
               "message larger than max (80000000 vs. 67108864)\"}",
          ERROR_SIZE, "larger than max" },
        { 200, "{\"code\":1102,\"message\":\"parameter too large\"}",
          ERROR_SIZE, "too large" },
        { 200, "{\"code\":1800,\"message\":\"user hasn't authenticated\"}",
          ERROR_AUTH, "authenticated" },
        { 200, "{\"code\":1,\"message\":\"a\\u001bb\"}", ERROR_SERVER,
          "a<1B>b" },
        { 200, "{\"code\":0,\"data\":{\"upsertCount\":3}}", ERROR_PROTOCOL,
          "took 3 of 4" },
        { 200, "{\"data\":{\"upsertCount\":4}}", ERROR_PROTOCOL, "no code" },
        { 200, "<html>", ERROR_PROTOCOL, "no code" },
        { 413, "", ERROR_SIZE, "413" },
        { 503, "", ERROR_SERVER, "503" },
        { 200, "{\"code\":100,\"message\":\"collection not found\"}",
          ERROR_CONFIG, "not found" },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_milvus, FORM);
    tool_refusals(&t, rows, sizeof rows / sizeof *rows);
    /* After code 100 the collection is looked at again. */
    tool_items(&t);
    tool_upsert(&t);
    assert_true(t.items[0].stored);
    tool_stop(&t);
}

static void metadata_that_milvus_cannot_hold_fails_its_record_alone(
    void **state)
{
    static const struct tool_metadata rows[] = {
        { "{\"a\":1,\"b\":\"x\",\"c\":{\"d\":[1,null]},\"gone\":null}", NULL },
        { "null", NULL },
        { "[1]", "the metadata is not an object" },
        { "{\"$meta\":1}", "a name of Milvus's own" },
        { "{\"\\u0069d\":1}", "is the collection's id" },
        { "{\"text\":1}", "?text=OTHER in the URL moves it" },
        { "{\"a\":{\"b\":[9007199254740993]}}", "an integer above 2^53" },
        { "{\"a\":{\"b\":[9007199254740992]}}", NULL },
        { "{\"a\":1e999}", "\"a\" has a number beyond 1.8e308" },
    };
    struct tool t;

    (void)state;
    tool_ready(&t, &store_milvus, FORM);
    tool_metadata(&t, rows, sizeof rows / sizeof *rows);
    /* Milvus would make 0 of these. */
    tool_items(&t)[0].metadata = text_of("{\"a\":9223372036854775808,\"b\":"
                                         "1e30,\"c\":-9223372036854775808,"
                                         "\"d\":1.5e30}");
    tool_upsert(&t);
    assert_true(tool_asked(&t, "\"a\":\"9223372036854775808\",\"b\":\"1e30\","
                               "\"c\":-9223372036854775808,\"d\":1.5e30"));
    tool_stop(&t);
}

static void a_search_reads_ids_texts_and_similarities(void **state)
{
    struct tool t;

    (void)state;
    tool_ready(&t, &store_milvus, FORM);
    tool_search(&t);
    assert_true(tool_asked(&t, "\"annsField\":\"vector\",\"limit\":5"));
    tool_stop(&t);
}

static void an_answer_without_sense_is_a_protocol_error(void **state)
{
    static const char *const bad[] = { "", "{}", "[]", "<html>",
                                       "{\"code\":0}", "{\"code\":\"0\"}",
                                       "{\"code\":0,\"data\":{}}",
                                       "{\"code\":0,\"data\":[{}]}" };
    struct text id = text_of("a");
    bool present;
    uint64_t n;
    struct error err;
    struct tool t;

    (void)state;
    tool_ready(&t, &store_milvus, FORM);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tool_script(&t, 200, bad[i]);
        if (t.ops->lookup(t.store, &id, 1, &present, &err))
            fail_msg("understood: %s", bad[i]);
        assert_int_equal(err.kind, ERROR_PROTOCOL);
        tool_script(&t, 200, bad[i]);
        assert_false(t.ops->count(t.store, &n, &err));
        assert_int_equal(err.kind, ERROR_PROTOCOL);
    }
    tool_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(milvus_keeps_the_contract),
        cmocka_unit_test(a_record_is_a_row_with_the_metadata_as_fields),
        cmocka_unit_test(create_makes_a_text_key_and_cosine),
        cmocka_unit_test(ST_05_what_does_not_agree_is_said_before_it_costs),
        cmocka_unit_test(texts_longer_than_their_fields_fail_alone),
        cmocka_unit_test(ST_02_an_answer_200_with_a_code_is_a_refusal),
        cmocka_unit_test(
            metadata_that_milvus_cannot_hold_fails_its_record_alone),
        cmocka_unit_test(a_search_reads_ids_texts_and_similarities),
        cmocka_unit_test(an_answer_without_sense_is_a_protocol_error),
    };

    return cmocka_run_group_tests_name("milvus", tests, NULL, NULL);
}
