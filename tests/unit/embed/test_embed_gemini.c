/* Gemini: a request for each text, its quotas, its shortened vectors. */
#include "config.h"
#include "tests/support/embed_tools.h"

#include <math.h>

#include "util/floats.h"

static void gemini_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_gemini, .model = "gemini-embedding-001",
        .path = "/v1beta", .no_index = true, .no_usage = true });
}

static void gemini_repeats_all_for_each_text(void **state)
{
    (void)state;
    expect_request(&embedder_gemini, "/v1beta", "models/gemini-embedding-001",
                   0, false,
                   "POST /v1beta/models/gemini-embedding-001:batchEmbedContents"
                   " HTTP",
                   "{\"requests\":[{\"model\":\"models/gemini-embedding-001\","
                   "\"content\":{\"parts\":[{\"text\":\"a \\\"b\\\"\"}]},"
                   "\"taskType\":\"RETRIEVAL_DOCUMENT\"}]}");
    expect_request(&embedder_gemini, "/v1beta", "gemini-embedding-001", 768,
                   true, "\r\nx-goog-api-key: sesame\r\n",
                   "{\"requests\":[{\"model\":\"models/gemini-embedding-001\","
                   "\"content\":{\"parts\":[{\"text\":\"a \\\"b\\\"\"}]},"
                   "\"taskType\":\"RETRIEVAL_QUERY\","
                   "\"outputDimensionality\":768}]}");
    expect_request(&embedder_gemini, "/v1beta", "gemini-embedding-2", 0,
                   false, "\r\nx-goog-api-key: sesame\r\n",
                   "{\"requests\":[{\"model\":\"models/gemini-embedding-2\","
                   "\"content\":{\"parts\":[{\"text\":\"a \\\"b\\\"\"}]}}]}");
}

/* Each text counts as a request: a hundred of them never fit into a minute
 * that has fifty. */
static void EM_31_gemini_s_requests_a_minute_are_how_many_texts_go(void **state)
{
#define QUOTA(id, value)                                                       \
    "{\"error\":{\"message\":\"You exceeded your current quota\",\"status\":"    \
    "\"RESOURCE_EXHAUSTED\",\"details\":[{\"violations\":[{\"quotaId\":\"" id   \
    "\",\"quotaValue\":\"" value "\"}]},{\"retryDelay\":\"36s\"}]}}"
    static const struct {
        const char *body;
        enum error_kind kind;
        uint32_t most;
    } rows[] = {
        { QUOTA("EmbedContentRequestsPerMinutePerProjectPerModel", "2"),
          ERROR_SIZE, 2 },
        { QUOTA("EmbedContentRequestsPerMinutePerProjectPerModel", "3"),
          ERROR_LIMITED, 0 },
        { QUOTA("EmbedContentInputTokensPerModelPerMinute", "2"),
          ERROR_LIMITED, 0 },
        { "{\"error\":{\"message\":\"slow\"}}", ERROR_LIMITED, 0 },
    };
    const struct embed_input in[] = { { text_of("a"), false },
                                      { text_of("b"), false },
                                      { text_of("c"), false } };
    struct place p =
        place(&embedder_gemini, "/v1beta", "gemini-embedding-001", 0, false);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fakeapi_answer a = { .status = 429,
                                    .body = text_of(rows[i].body) };
        struct embed_usage use;
        struct error err;
        float v[3 * DIM];

        fakeapi_script(p.api, &a);
        assert_false(p.e->ops->embed(p.e, in, 3, v, &use, &err));
        assert_int_equal(err.kind, rows[i].kind);
        assert_int_equal(err.most, rows[i].most);
    }
    leave(&p);
}

/* fakeapi's vectors have a length of about 1, never just that. */
static void gemini_vectors_cut_short_are_made_of_length_1(void **state)
{
    struct place p =
        place(&embedder_gemini, "/v1beta", "gemini-embedding-001", 128, false);
    float v[128], as_given[128];
    struct buf request = asked(&p, v);

    (void)state;
    fakeapi_vector(text_of("a \"b\""), as_given, 128);
    assert_true(fabsf(float_dot(as_given, as_given, 128) - 1) > 1e-3F);
    assert_true(fabsf(float_dot(v, v, 128) - 1) < 1e-5F);
    assert_true(fabsf(v[0] * as_given[1] - v[1] * as_given[0]) < 1e-6F);
    buf_release(&request);
    leave(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gemini_keeps_the_contract),
        cmocka_unit_test(gemini_repeats_all_for_each_text),
        cmocka_unit_test(
            EM_31_gemini_s_requests_a_minute_are_how_many_texts_go),
        cmocka_unit_test(gemini_vectors_cut_short_are_made_of_length_1),
    };

    return cmocka_run_group_tests_name("embed_gemini", tests, NULL, NULL);
}
