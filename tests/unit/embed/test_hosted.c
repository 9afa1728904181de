/* The hosted embedding services: what each asks, takes, and knows. */
#include "config.h"
#include "tests/support/embed_tools.h"

#include "embed/embed_http.h"

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

static void voyage_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_voyage, .model = "voyage-4",
        .path = "/voyage/v1" });
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
        cmocka_unit_test(jina_keeps_the_contract),
        cmocka_unit_test(mistral_keeps_the_contract),
        cmocka_unit_test(voyage_keeps_the_contract),
        cmocka_unit_test(documents_and_queries_are_told_apart),
        cmocka_unit_test(mistral_makes_no_difference),
        cmocka_unit_test(EM_35_each_service_is_asked_without_what_it_refuses),
        cmocka_unit_test(EM_07_one_text_too_many_is_a_matter_of_size),
        cmocka_unit_test(known_models_need_no_question),
        cmocka_unit_test(a_key_of_mongodb_leads_to_its_own_address),
        cmocka_unit_test(without_model_or_key_the_way_on_is_told),
        cmocka_unit_test(a_dimension_that_a_model_does_not_give_is_refused),
        cmocka_unit_test(EM_42_fewer_dimensions_than_the_service_gives_are_cut),
        cmocka_unit_test(an_address_or_name_that_cannot_work_is_refused),
    };

    return cmocka_run_group_tests_name("hosted", tests, NULL, NULL);
}
