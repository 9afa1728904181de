/* Azure OpenAI: the addresses of a deployment. */
#include "config.h"
#include "tests/support/embed_tools.h"

static void azure_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_azure, .model = "d", .path = "/openai/v1" });
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(azure_keeps_the_contract),
        cmocka_unit_test(azure_is_found_at_each_of_its_addresses),
        cmocka_unit_test(a_dimension_is_learned_from_a_first_vector),
    };

    return cmocka_run_group_tests_name("embed_azure", tests, NULL, NULL);
}
