/* Text Embeddings Inference: its model, its words, its count of tokens. */
#include "config.h"
#include "tests/support/embed_tools.h"

static void tei_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_tei, .model = "BAAI/bge-small-en-v1.5", .path = "",
        .no_index = true });
}

static void tei_tells_its_model_and_ceilings(void **state)
{
    static const struct fakeapi_answer page = { .body = { "[1]", 3 } };
    struct place p = place(&embedder_tei, "/", "BAAI/bge-small-en-v1.5", 0,
                           false);
    struct error err;

    (void)state;
    p.e->dim = p.e->max_texts = 0;
    assert_true(p.e->ops->preflight(p.e, &err));
    assert_int_equal(p.e->dim, DIM);
    assert_int_equal(p.e->max_texts, 32);
    assert_int_equal(p.e->max_text_tokens, 512);
    fakeapi_script(p.api, &page);
    assert_false(p.e->ops->preflight(p.e, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "names no model"));
    leave(&p);
    p = place(&embedder_tei, "", "BAAI/bge-small-en", 0, false);
    assert_false(p.e->ops->preflight(p.e, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "--embed tei:BAAI/bge-small-en-v1.5"));
    leave(&p);
}

/* A model served from a folder has the folder's name, or one of its own. */
static void EM_36_tei_takes_the_name_that_a_model_is_served_under(void **state)
{
    static const struct {
        const char *info;
        bool fine;
    } rows[] = {
        { "{\"model_id\":\"/data/m\",\"served_model_name\":\"bge\"}", true },
        { "{\"served_model_name\":\"x\",\"model_id\":\"bge\"}", true },
        { "{\"model_id\":\"bge\",\"served_model_name\":null}", true },
        { "{\"model_id\":\"/data/m\",\"served_model_name\":\"other\"}",
          false },
    };
    struct place p = place(&embedder_tei, "", "bge", 0, false);
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fakeapi_answer a = { .body = text_of(rows[i].info) };

        fakeapi_script(p.api, &a);
        assert_int_equal(p.e->ops->preflight(p.e, &err), rows[i].fine);
    }
    assert_non_null(strstr(err.text, "--embed tei:other"));
    leave(&p);
}

static void tei_is_told_not_to_cut(void **state)
{
    (void)state;
    expect_request(&embedder_tei, "", "m", 0, false, "POST /embed HTTP",
                   "{\"truncate\":false,\"inputs\":[\"a \\\"b\\\"\"]}");
    expect_request(&embedder_tei, "/", "m", 64, true,
                   "\r\nAuthorization: Bearer sesame\r\n",
                   "{\"truncate\":false,\"dimensions\":64,"
                   "\"inputs\":[\"a \\\"b\\\"\"]}");
}

/* In a header; what is no number, or absent, leaves them to an estimate. */
static void tei_counts_tokens_in_a_header(void **state)
{
    static const struct {
        const char *headers;
        uint64_t tokens;
    } rows[] = { { "X-Compute-Tokens: 42\r\n", 42 },
                 { "x-compute-tokens: many\r\n", 0 },
                 { "x-compute-tokens: -1\r\n", 0 },
                 { "", 0 } };
    struct place p = place(&embedder_tei, "", "m", 0, false);
    struct embed_input in = { text_of("a"), false };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fakeapi_answer a = { .headers = rows[i].headers,
                                    .body = text_of("[[1,2,3,4,5,6,7,8]]") };
        struct embed_usage use;
        struct error err;
        float v[DIM];

        fakeapi_script(p.api, &a);
        if (!p.e->ops->embed(p.e, &in, 1, v, &use, &err))
            fail_msg("%s", err.text);
        assert_int_equal(use.tokens, rows[i].tokens);
    }
    leave(&p);
}

static void EM_07_tei_words_its_refusals_its_own_way(void **state)
{
    static const struct refusal known[] = {
        { 422, "{\"error\":\"batch size 64 > maximum allowed batch size 32\","
               "\"error_type\":\"Validation\"}",
          ERROR_SIZE, "32" },
        { 422, "{\"error\":\"Input validation error: `inputs` must have less "
               "than 512 tokens. Given: 534\",\"error_type\":\"Validation\"}",
          ERROR_REFUSED, "534" },
        { 413, "{\"error\":\"Input validation error: `inputs` must have less "
               "than 512 tokens. Given: 514\",\"error_type\":\"Validation\"}",
          ERROR_REFUSED, "514" },
        { 413, "Failed to buffer the request body: length limit exceeded",
          ERROR_SIZE, "length limit" },
        { 424, "{\"error\":\"Inference error\",\"error_type\":\"Backend\"}",
          ERROR_SERVER, "Inference" },
        { 429, "{\"error\":\"Model is overloaded\",\"error_type\":"
               "\"Overloaded\"}",
          ERROR_LIMITED, "overloaded" },
        { 401, "", ERROR_AUTH, "without a word" },
    };
    struct place p = place(&embedder_tei, "", "m", 0, false);

    (void)state;
    expect_kinds(&p, known, sizeof known / sizeof *known);
    leave(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tei_keeps_the_contract),
        cmocka_unit_test(tei_tells_its_model_and_ceilings),
        cmocka_unit_test(EM_36_tei_takes_the_name_that_a_model_is_served_under),
        cmocka_unit_test(tei_is_told_not_to_cut),
        cmocka_unit_test(tei_counts_tokens_in_a_header),
        cmocka_unit_test(EM_07_tei_words_its_refusals_its_own_way),
    };

    return cmocka_run_group_tests_name("embed_tei", tests, NULL, NULL);
}
