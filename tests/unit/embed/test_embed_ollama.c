/* Ollama: what it is told, and whom its refusals are about. */
#include "config.h"
#include "tests/support/embed_tools.h"

static void ollama_keeps_the_contract(void **state)
{
    (void)state;
    contract_embedder(&(struct contract_embedder){
        .ops = &embedder_ollama, .model = "nomic-embed-text", .path = "",
        .no_index = true });
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ollama_keeps_the_contract),
        cmocka_unit_test(ollama_is_told_not_to_cut),
        cmocka_unit_test(ollama_blames_no_text_for_a_dead_runner),
    };

    return cmocka_run_group_tests_name("embed_ollama", tests, NULL, NULL);
}
