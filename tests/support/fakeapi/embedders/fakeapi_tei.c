/* POST /embed and GET /info, as Text Embeddings Inference has them: the answer
 * is the list itself, and tokens are counted in a header. */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

static void tei_refuse(struct answer *a, int status, const char *message)
{
    a->status = status == 400 ? 422 : status;
    buf_clear(&a->body);
    if (status != 401)
        buf_printf(&a->body, "{\"error\":\"%s\",\"error_type\":\"%s\"}",
                   message, status == 429 ? "Overloaded" : "Validation");
}

static bool tei_mine(const struct request *q)
{
    return request_ends(q, "/embed") || request_ends(q, "/info");
}

static const struct member members[] = {
    { "inputs", NULL, true },
    { "truncate", "true|false", false },
    { "truncation_direction", "\"Left\"|\"Right\"", false },
    { "normalize", "true|false", false },
    { "prompt_name", NULL, false },
    { "dimensions", NULL, false },
    { .name = NULL },
};

static void tei_put(const struct service *s, const struct asked *x,
                    const struct texts *t, struct answer *a)
{
    size_t tokens;

    buf_putc(&a->body, '[');
    tokens = put_in_order(s, x, t, "", "", a);
    buf_putc(&a->body, ']');
    buf_printf(&a->headers, "x-compute-tokens: %zu\r\n", tokens);
}

static void tei_answer(struct service *s, const struct request *q,
                       struct answer *a)
{
    static const struct hosted h = {
        .dialect = &dialect_tei, .members = members, .texts = "inputs",
        .dim = "dimensions", .no_model = true, .most = 32,
        .too_many = "batch size 33 > maximum allowed batch size 32",
        .put = tei_put
    };

    if (request_ends(q, "/info"))
        buf_puts(&a->body,
                 "{\"model_id\":\"BAAI/bge-small-en-v1.5\",\"model_sha\":null,"
                 "\"model_dtype\":\"float16\",\"model_type\":{\"embedding\":{"
                 "\"pooling\":\"cls\"}},\"max_concurrent_requests\":512,"
                 "\"max_input_length\":512,\"max_batch_tokens\":16384,"
                 "\"max_client_batch_size\":32,\"auto_truncate\":true,"
                 "\"version\":\"1.9.3\"}");
    else
        hosted_answer(&h, s, q, a);
}

const struct dialect dialect_tei = {
    .name = "tei",
    .mine = tei_mine,
    .embeds = true,
    .answer = tei_answer,
    .refuse = tei_refuse,
};
