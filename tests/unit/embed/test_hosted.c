/* The hosted embedding services: what each asks, takes, and knows. */
#include "config.h"
#include "embed/embedder.h"
#include "tests/support/tap.h"

#include <math.h>
#include <stdio.h>

#include "tests/contract/contract_embedder.h"
#include "embed/embed_http.h"
#include "tests/support/fakeapi/fakeapi.h"
#include "util/floats.h"

enum { DIM = 8 };

/* ---- the contract ---- */

static void azure_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_azure, .model = "d", .path = "/openai/v1" });
}

static void cohere_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_cohere, .model = "embed-v4.0", .path = "/v2",
        .no_index = true });
}

static void gemini_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_gemini, .model = "gemini-embedding-001",
        .path = "/v1beta", .no_index = true, .no_usage = true });
}

static void jina_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_jina, .model = "jina-embeddings-v3",
        .path = "/jina/v1" });
}

static void mistral_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_mistral, .model = "mistral-embed",
        .path = "/mistral/v1" });
}

static void ollama_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_ollama, .model = "nomic-embed-text", .path = "",
        .no_index = true });
}

static void tei_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_tei, .model = "BAAI/bge-small-en-v1.5", .path = "",
        .no_index = true });
}

static void voyage_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_voyage, .model = "voyage-4",
        .path = "/voyage/v1" });
}

/* ---- what goes over the wire ---- */

/* fakeapi with one embedder at it. */
struct place {
    struct fakeapi *api;
    struct embedder *e;
};

static struct place place(const struct embedder_ops *ops, const char *path,
                          const char *model, size_t dim, bool query)
{
    struct fakeapi_options o = { .dim = DIM, .keep_request = true };
    struct place p = { .api = fakeapi_start(&o) };
    char url[160];
    struct embedder_config cfg = { .model = model, .url = url, .key = "sesame",
                                   .dim = dim, .query = query, .stop_fd = -1 };
    struct error err;

    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", fakeapi_port(p.api),
             path);
    p.e = ops->open(&cfg, &err);
    if (!p.e)
        fail_msg("%s", err.text);
    p.e->dim = dim ? dim : DIM;
    return p;
}

static void leave(struct place *p)
{
    p->e->ops->close(p->e);
    fakeapi_stop(p->api);
}

/* Embed one text; the request, head and body, is the caller's to release. */
static struct buf asked(struct place *p, float *v)
{
    struct embed_input in = { text_of("a \"b\""), false };
    struct embed_usage use;
    struct buf request = { 0 };
    struct error err;

    if (!p->e->ops->embed(p->e, &in, 1, v, &use, &err))
        fail_msg("%s", err.text);
    fakeapi_request(p->api, &request);
    buf_cstr(&request);
    return request;
}

static void expect_request(const struct embedder_ops *ops, const char *path,
                           const char *model, size_t dim, bool query,
                           const char *head, const char *body)
{
    struct place p = place(ops, path, model, dim, query);
    float v[4096];
    struct buf request = asked(&p, v);

    if (!strstr(request.data, head))
        fail_msg("%s is not in the head:\n%s", head, request.data);
    assert_string_equal(strstr(request.data, "\r\n\r\n") + 4, body);
    buf_release(&request);
    leave(&p);
}

static void documents_and_queries_are_told_apart(void **state)
{
    (void)state;
    expect_request(&embedder_cohere, "/v2", "embed-v4.0", 0, false,
                   "POST /v2/embed HTTP",
                   "{\"model\":\"embed-v4.0\",\"input_type\":\"search_document"
                   "\",\"embedding_types\":[\"float\"],\"truncate\":\"NONE\","
                   "\"texts\":[\"a \\\"b\\\"\"]}");
    expect_request(&embedder_cohere, "/v2", "embed-v4.0", 256, true,
                   "\r\nAuthorization: Bearer sesame\r\n",
                   "{\"model\":\"embed-v4.0\",\"input_type\":\"search_query\","
                   "\"embedding_types\":[\"float\"],\"truncate\":\"NONE\","
                   "\"output_dimension\":256,\"texts\":[\"a \\\"b\\\"\"]}");
    expect_request(&embedder_voyage, "/voyage/v1", "voyage-4", 0, false,
                   "POST /voyage/v1/embeddings HTTP",
                   "{\"model\":\"voyage-4\",\"input_type\":\"document\","
                   "\"truncation\":false,\"encoding_format\":\"base64\","
                   "\"input\":[\"a \\\"b\\\"\"]}");
    expect_request(&embedder_voyage, "/voyage/v1", "voyage-4", 512, true,
                   "\r\nAuthorization: Bearer sesame\r\n",
                   "{\"model\":\"voyage-4\",\"input_type\":\"query\","
                   "\"truncation\":false,\"encoding_format\":\"base64\","
                   "\"output_dimension\":512,\"input\":[\"a \\\"b\\\"\"]}");
    expect_request(&embedder_jina, "/jina/v1", "jina-embeddings-v3", 0, false,
                   "POST /jina/v1/embeddings HTTP",
                   "{\"model\":\"jina-embeddings-v3\",\"embedding_type\":"
                   "\"base64\",\"task\":\"retrieval.passage\",\"truncate\":"
                   "false,\"input\":[\"a \\\"b\\\"\"]}");
    expect_request(&embedder_jina, "/jina/v1", "jina-code-embeddings-1.5b",
                   64, true, "\r\nAuthorization: Bearer sesame\r\n",
                   "{\"model\":\"jina-code-embeddings-1.5b\","
                   "\"embedding_type\":\"base64\",\"task\":\"nl2code.query\","
                   "\"truncate\":false,\"dimensions\":64,"
                   "\"input\":[\"a \\\"b\\\"\"]}");
    expect_request(&embedder_jina, "/jina/v1", "jina-embeddings-v2-base-en",
                   0, true, "\r\nAuthorization: Bearer sesame\r\n",
                   "{\"model\":\"jina-embeddings-v2-base-en\","
                   "\"embedding_type\":\"base64\","
                   "\"input\":[\"a \\\"b\\\"\"]}");
}

static void mistral_makes_no_difference(void **state)
{
    (void)state;
    for (int query = 0; query < 2; query++)
        expect_request(&embedder_mistral, "/mistral/v1", "codestral-embed",
                       64, query, "\r\nAuthorization: Bearer sesame\r\n",
                       "{\"model\":\"codestral-embed\",\"output_dimension\":64"
                       ",\"input\":[\"a \\\"b\\\"\"]}");
}

static void ollama_is_told_not_to_cut(void **state)
{
    (void)state;
    expect_request(&embedder_ollama, "", "nomic-embed-text", 0, false,
                   "POST /api/embed HTTP",
                   "{\"model\":\"nomic-embed-text\",\"truncate\":false,"
                   "\"input\":[\"a \\\"b\\\"\"]}");
    expect_request(&embedder_ollama, "/", "qwen3-embedding:0.6b", 64, true,
                   "\r\nAuthorization: Bearer sesame\r\n",
                   "{\"model\":\"qwen3-embedding:0.6b\",\"truncate\":false,"
                   "\"dimensions\":64,\"input\":[\"a \\\"b\\\"\"]}");
}

struct refusal {
    int status;
    const char *body;
    enum error_kind kind;
    const char *words; /* that the operator must see */
};

/* What a service says, and what its provider makes of it. */
static void expect_kinds(struct place *p, const struct refusal *r, size_t n)
{
    struct embed_input in = { text_of("x"), false };
    struct embed_usage use;
    struct error err;
    float v[DIM];

    for (size_t i = 0; i < n; i++) {
        const struct fakeapi_answer answer = { .status = r[i].status,
                                               .body = text_of(r[i].body) };

        fakeapi_script(p->api, &answer);
        assert_false(p->e->ops->embed(p->e, &in, 1, v, &use, &err));
        if (err.kind != r[i].kind || !strstr(err.text, r[i].words))
            fail_msg("%s: %s, %s", r[i].body, error_word(err.kind), err.text);
    }
}

static void ollama_blames_no_text_for_a_dead_runner(void **state)
{
    static const struct refusal known[] = {
        { 400, "{\"error\":\"do embedding request: Post \\\"http://127.0.0.1:"
               "33967/embedding\\\": EOF\"}",
          ERROR_SERVER, "EOF" },
        { 400, "{\"error\":\"llama runner process has terminated: signal: "
               "killed\"}",
          ERROR_SERVER, "killed" },
        { 500, "{\"error\":\"do embedding request: EOF\"}", ERROR_SERVER,
          "EOF" },
        { 400, "{\"error\":\"the input length exceeds the context length\"}",
          ERROR_REFUSED, "context length" },
        { 404, "{\"error\":\"model \\\"m\\\" not found, try pulling it "
               "first\"}",
          ERROR_CONFIG, "try pulling it" },
        { 503, "{\"error\":\"server busy, please try again.  maximum pending "
               "requests exceeded\"}",
          ERROR_SERVER, "busy" },
    };
    struct place p = place(&embedder_ollama, "", "m", 0, false);

    (void)state;
    expect_kinds(&p, known, sizeof known / sizeof *known);
    leave(&p);
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

/* fakeapi's vectors have a length of about 1, never just that. */
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

/* ---- members that a server does not know ---- */

static void EM_35_each_service_is_asked_without_what_it_refuses(void **state)
{
    static const struct {
        const struct embedder_ops *ops;
        const char *path, *model, *refusal, *gone, *whole;
    } rows[] = {
        { &embedder_tei, "", "m",
          "{\"error\":\"unknown field `truncate`\"}", "truncate",
          "\r\n\r\n{\"inputs\":[\"a\"]}" },
        { &embedder_ollama, "", "m",
          "{\"error\":\"invalid option: truncate\"}", "truncate",
          "{\"model\":\"m\",\"input\":[\"a\"]}" },
        { &embedder_voyage, "/voyage/v1", "m",
          "{\"detail\":[{\"loc\":[\"body\",\"input_type\"],\"msg\":\"no\"}]}",
          "input_type",
          "{\"model\":\"m\",\"truncation\":false,\"encoding_format\":"
          "\"base64\",\"input\":[\"a\"]}" },
        { &embedder_jina, "/jina/v1", "m",
          "{\"detail\":\"Unsupported parameter: task\"}", "task",
          "{\"model\":\"m\",\"embedding_type\":\"base64\",\"truncate\":"
          "false,\"input\":[\"a\"]}" },
        { &embedder_cohere, "/v2", "m",
          "{\"message\":\"invalid request: unknown parameter "
          "embedding_types\"}", "embedding_types",
          "{\"model\":\"m\",\"input_type\":\"search_document\","
          "\"truncate\":\"NONE\",\"texts\":[\"a\"]}" },
        { &embedder_gemini, "/v1beta", "m",
          "{\"error\":{\"message\":\"Invalid JSON payload received. Unknown "
          "name \\\"taskType\\\" at 'requests[0]': Cannot find field.\"}}",
          "taskType",
          "{\"requests\":[{\"model\":\"models/m\",\"content\":{\"parts\":[{"
          "\"text\":\"a\"}]}}]}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fakeapi_answer a = { .status = 400,
                                    .body = text_of(rows[i].refusal) };
        struct place p = place(rows[i].ops, rows[i].path, rows[i].model, 0,
                               false);
        struct embed_input in = { text_of("a"), false };
        struct buf request = { 0 };
        struct embed_usage use;
        struct error err;
        float v[DIM];

        fakeapi_script(p.api, &a);
        p.e->ops->embed(p.e, &in, 1, v, &use, &err);
        if (fakeapi_stats(p.api).requests != 2)
            fail_msg("%s: %s", rows[i].refusal, err.text);
        fakeapi_request(p.api, &request);
        assert_null(strstr(buf_cstr(&request), rows[i].gone));
        if (!strstr(request.data, rows[i].whole))
            fail_msg("%s", request.data);
        buf_release(&request);
        leave(&p);
    }
}

/* Its remedy would be to let texts be cut without a word. */
static void EM_35_a_text_too_long_never_lets_texts_be_cut(void **s)
{
    const struct fakeapi_answer a = {
        .status = 400,
        .body = text_of("{\"message\":\"invalid request: text at index 0 is "
                        "too long; set truncate to END\"}")
    };
    struct place p = place(&embedder_cohere, "/v2", "m", 0, false);
    struct embed_input in = { text_of("a"), false };
    struct embed_usage use;
    struct error err;
    float v[DIM];

    (void)s;
    fakeapi_script(p.api, &a);
    assert_false(p.e->ops->embed(p.e, &in, 1, v, &use, &err));
    assert_int_equal(err.about, ABOUT_DOCUMENT);
    assert_int_equal(fakeapi_stats(p.api).requests, 1);
    leave(&p);
}

static void azure_is_found_at_each_of_its_addresses(void **state)
{
    static const struct {
        const char *path, *request;
    } known[] = {
        { "", "POST /openai/v1/embeddings HTTP" },
        { "/", "POST /openai/v1/embeddings HTTP" },
        { "/openai", "POST /openai/v1/embeddings HTTP" },
        { "/openai/v1/", "POST /openai/v1/embeddings HTTP" },
        { "/openai/v1?api-version=preview",
          "POST /openai/v1/embeddings?api-version=preview HTTP" },
        { "/openai/deployments/mine?api-version=2024-10-21",
          "POST /openai/deployments/mine/embeddings?api-version=2024-10-21 " },
        { "/openai/deployments/mine/embeddings?api-version=2024-10-21",
          "POST /openai/deployments/mine/embeddings?api-version=2024-10-21 " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        expect_request(&embedder_azure, known[i].path, "mine", 0, false,
                       known[i].request,
                       "{\"model\":\"mine\",\"encoding_format\":\"base64\","
                       "\"input\":[\"a \\\"b\\\"\"]}");
    expect_request(&embedder_azure, "", "mine", 256, false,
                   "\r\napi-key: sesame\r\n",
                   "{\"model\":\"mine\",\"encoding_format\":\"base64\","
                   "\"dimensions\":256,\"input\":[\"a \\\"b\\\"\"]}");
}

static void EM_07_one_text_too_many_is_a_matter_of_size(void **state)
{
    static const struct {
        const struct embedder_ops *ops;
        const char *path, *model;
    } known[] = {
        { &embedder_azure, "", "d" },
        { &embedder_cohere, "/v2", "embed-v4.0" },
        { &embedder_gemini, "/v1beta", "gemini-embedding-001" },
        { &embedder_jina, "/jina/v1", "jina-embeddings-v3" },
        { &embedder_mistral, "/mistral/v1", "mistral-embed" },
        { &embedder_tei, "", "m" },
        { &embedder_voyage, "/voyage/v1", "voyage-4" },
    };
    static struct embed_input in[4096];
    static float v[4096 * DIM];

    (void)state;
    for (size_t i = 0; i < 4096; i++)
        in[i].text = text_of("x");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct place p = place(known[i].ops, known[i].path, known[i].model, 0,
                               false);
        struct embed_usage use;
        struct error err;
        size_t most = p.e->max_texts;

        assert_in_range(most, 1, 4095);
        assert_true(p.e->ops->embed(p.e, in, most, v, &use, &err));
        assert_false(p.e->ops->embed(p.e, in, most + 1, v, &use, &err));
        if (err.kind != ERROR_SIZE)
            fail_msg("%s: %s", known[i].ops->name, err.text);
        leave(&p);
    }
}

/* ---- what is known without asking ---- */

static struct embedder *opened(const struct embedder_ops *ops,
                               const char *model, const char *key, size_t dim)
{
    struct embedder_config cfg = { .model = model, .key = key, .dim = dim,
                                   .stop_fd = -1 };
    struct error err;
    struct embedder *e = ops->open(&cfg, &err);

    if (!e)
        fail_msg("%s: %s", ops->name, err.text);
    return e;
}

static void known_models_need_no_question(void **state)
{
    static const struct {
        const struct embedder_ops *ops;
        const char *model;
        size_t asked, dim, text_tokens;
        bool priced;
    } known[] = {
        { &embedder_cohere, "embed-v4.0", 0, 1536, 128000, true },
        { &embedder_cohere, "embed-english-light-v3.0", 0, 384, 512, true },
        { &embedder_gemini, "gemini-embedding-001", 0, 3072, 2048, true },
        { &embedder_gemini, "gemini-embedding-001", 1536, 1536, 2048, true },
        { &embedder_gemini, "gemini-embedding-2", 0, 3072, 8192, true },
        { &embedder_jina, "jina-embeddings-v3", 0, 1024, 8192, false },
        { &embedder_jina, "jina-embeddings-v4", 128, 128, 32768, false },
        { &embedder_mistral, "mistral-embed", 0, 1024, 8192, true },
        { &embedder_voyage, "voyage-4-large", 0, 1024, 32000, true },
        { &embedder_voyage, "voyage-4-lite", 2048, 2048, 32000, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct embedder *e = opened(known[i].ops, known[i].model, "k",
                                    known[i].asked);
        struct error err;

        assert_true(e->ops->preflight(e, &err)); /* there is no network */
        assert_int_equal(e->dim, known[i].dim);
        assert_int_equal(e->max_text_tokens, known[i].text_tokens);
        assert_int_equal(e->usd_per_mtok > 0, known[i].priced);
        assert_int_equal(e->priced != NULL, known[i].priced);
        e->ops->close(e);
    }
}

static void a_key_of_mongodb_leads_to_its_own_address(void **state)
{
    struct embedder *e = opened(&embedder_voyage, "voyage-4", "al-x", 0);

    (void)state;
    assert_string_equal(((struct embed_http *)e)->url.data,
                        "https://ai.mongodb.com/v1/embeddings");
    assert_int_equal(e->dim, 0); /* its models are asked for one vector */
    e->ops->close(e);
    e = opened(&embedder_voyage, "voyage-4", "pa-x", 0);
    assert_string_equal(((struct embed_http *)e)->url.data,
                        "https://api.voyageai.com/v1/embeddings");
    e->ops->close(e);
}

static void a_dimension_is_learned_from_a_first_vector(void **state)
{
    struct place p = place(&embedder_azure, "", "mine", 0, false);
    struct error err;

    (void)state;
    p.e->dim = 0;
    assert_true(p.e->ops->preflight(p.e, &err));
    assert_int_equal(p.e->dim, DIM);
    assert_int_equal(fakeapi_stats(p.api).texts, 1);
    leave(&p);
}

/* ---- what is refused before anybody asks ---- */

static void expect_refusal(const struct embedder_ops *ops,
                           const struct embedder_config *cfg,
                           const char *words)
{
    struct error err = { .text = "" };
    struct embedder *e = ops->open(cfg, &err);

    assert_null(e);
    assert_int_equal(err.kind, ERROR_CONFIG);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void without_model_or_key_the_way_on_is_told(void **state)
{
    static const struct {
        const struct embedder_ops *ops;
        const char *example, *key_env;
    } known[] = {
        { &embedder_azure, "--embed azure:", "AZURE_OPENAI_API_KEY" },
        { &embedder_cohere, "--embed cohere:embed-v4.0", "COHERE_API_KEY" },
        { &embedder_gemini, "--embed gemini:gemini-", "GEMINI_API_KEY" },
        { &embedder_jina, "--embed jina:jina-", "JINA_API_KEY" },
        { &embedder_mistral, "--embed mistral:mistral", "MISTRAL_API_KEY" },
        { &embedder_voyage, "--embed voyage:voyage-4", "VOYAGE_API_KEY" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct embedder_config cfg = { .model = "", .stop_fd = -1 };

        expect_refusal(known[i].ops, &cfg, known[i].example);
        cfg.model = "m";
        cfg.url = known[i].ops == &embedder_azure ? "https://x.example" : NULL;
        expect_refusal(known[i].ops, &cfg, known[i].key_env);
        cfg.key = "a\nb";
        expect_refusal(known[i].ops, &cfg, "line break");
    }
}

static void a_dimension_that_a_model_does_not_give_is_refused(void **state)
{
    static const struct {
        const struct embedder_ops *ops;
        const char *model;
        size_t dim;
        const char *words;
    } known[] = {
        { &embedder_cohere, "embed-v4.0", 1700, "256, 512, 1024 or 1536" },
        { &embedder_cohere, "embed-english-v3.0", 2048, "always 1024" },
        { &embedder_voyage, "voyage-4", 2500, "256, 512, 1024 or 2048" },
        { &embedder_voyage, "voyage-law-2", 2048, "always 1024" },
        { &embedder_mistral, "mistral-embed", 2048, "always 1024" },
        { &embedder_gemini, "gemini-embedding-001", 4096, "128 to 3072" },
        { &embedder_jina, "jina-embeddings-v4", 4096, "128 to 2048" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct embedder_config cfg = { .model = known[i].model, .key = "k",
                                       .dim = known[i].dim, .stop_fd = -1 };

        expect_refusal(known[i].ops, &cfg, known[i].words);
    }
}

static void EM_42_fewer_dimensions_than_the_service_gives_are_cut(void **state)
{
    static const struct {
        const struct embedder_ops *ops;
        const char *model;
        size_t own, dim;
    } known[] = {
        { &embedder_cohere, "embed-v4.0", 1536, 700 },
        { &embedder_voyage, "voyage-law-2", 1024, 512 },
        { &embedder_mistral, "mistral-embed", 1024, 512 },
        { &embedder_jina, "jina-embeddings-v4", 2048, 64 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct embedder_config cfg = { .model = known[i].model, .key = "k",
                                       .dim = known[i].dim, .stop_fd = -1 };
        struct error err;
        struct embedder *e = known[i].ops->open(&cfg, &err);

        assert_non_null(e);
        assert_int_equal(e->dim, known[i].dim);
        assert_int_equal(e->own_dim, known[i].own);
        e->ops->close(e);
    }
}

static void an_address_or_name_that_cannot_work_is_refused(void **state)
{
    struct embedder_config cfg = { .model = "mine", .key = "k",
                                   .stop_fd = -1 };

    (void)state;
    expect_refusal(&embedder_azure, &cfg, "--embed-url");
    expect_refusal(&embedder_tei, &cfg, "--embed-url");
    cfg.url = "https://r.example/openai/deployments/other?api-version=1";
    expect_refusal(&embedder_azure, &cfg, "\"other\"");
    cfg.url = "https://r.example/openai/deployments/mine";
    expect_refusal(&embedder_azure, &cfg, "api-version");
    cfg.url = "r.example";
    expect_refusal(&embedder_azure, &cfg, "--embed-url");
    cfg.url = NULL;
    cfg.model = "gemini-embedding-001?key=x";
    expect_refusal(&embedder_gemini, &cfg, "has a name such as");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(azure_keeps_the_contract),
        cmocka_unit_test(cohere_keeps_the_contract),
        cmocka_unit_test(gemini_keeps_the_contract),
        cmocka_unit_test(jina_keeps_the_contract),
        cmocka_unit_test(mistral_keeps_the_contract),
        cmocka_unit_test(ollama_keeps_the_contract),
        cmocka_unit_test(tei_keeps_the_contract),
        cmocka_unit_test(voyage_keeps_the_contract),
        cmocka_unit_test(documents_and_queries_are_told_apart),
        cmocka_unit_test(mistral_makes_no_difference),
        cmocka_unit_test(ollama_is_told_not_to_cut),
        cmocka_unit_test(ollama_blames_no_text_for_a_dead_runner),
        cmocka_unit_test(tei_tells_its_model_and_ceilings),
        cmocka_unit_test(EM_36_tei_takes_the_name_that_a_model_is_served_under),
        cmocka_unit_test(tei_is_told_not_to_cut),
        cmocka_unit_test(tei_counts_tokens_in_a_header),
        cmocka_unit_test(EM_07_tei_words_its_refusals_its_own_way),
        cmocka_unit_test(gemini_repeats_all_for_each_text),
        cmocka_unit_test(
            EM_31_gemini_s_requests_a_minute_are_how_many_texts_go),
        cmocka_unit_test(gemini_vectors_cut_short_are_made_of_length_1),
        cmocka_unit_test(EM_35_each_service_is_asked_without_what_it_refuses),
        cmocka_unit_test(
            EM_35_a_text_too_long_never_lets_texts_be_cut),
        cmocka_unit_test(azure_is_found_at_each_of_its_addresses),
        cmocka_unit_test(EM_07_one_text_too_many_is_a_matter_of_size),
        cmocka_unit_test(known_models_need_no_question),
        cmocka_unit_test(a_key_of_mongodb_leads_to_its_own_address),
        cmocka_unit_test(a_dimension_is_learned_from_a_first_vector),
        cmocka_unit_test(without_model_or_key_the_way_on_is_told),
        cmocka_unit_test(a_dimension_that_a_model_does_not_give_is_refused),
        cmocka_unit_test(
            EM_42_fewer_dimensions_than_the_service_gives_are_cut),
        cmocka_unit_test(an_address_or_name_that_cannot_work_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
