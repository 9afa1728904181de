/*
 * Azure OpenAI: POST /openai/v1/embeddings, or a deployment's own address with
 * ?api-version=. The key goes into "api-key".
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

static void azure_refuse(struct answer *a, int status, const char *message)
{
    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body, "{\"error\":{\"code\":\"%d\",\"message\":\"%s\"}}",
               status, message);
}

static bool azure_mine(const struct request *q)
{
    return request_begins(q, "/openai/");
}

static const struct member members[] = {
    { "model", NULL, true },
    { "input", NULL, true },
    { "encoding_format", "\"float\"|\"base64\"", false },
    { "dimensions", NULL, false },
    { .name = NULL },
};

static void azure_put(const struct service *s, const struct asked *x,
                      const struct texts *t, struct answer *a)
{
    put_list(s, x, t, true, a);
}

static void azure_answer(struct service *s, const struct request *q,
                         struct answer *a)
{
    static const struct hosted h = {
        .dialect = &dialect_azure, .members = members, .texts = "input",
        .dim = "dimensions", .base64 = "encoding_format", .most = 2048,
        .too_many = "array too long. Expected an array with maximum length "
                    "2048", .put = azure_put
    };

    if (!request_says(q, "\r\napi-key: "))
        azure_refuse(a, 401, "Access denied due to invalid subscription key");
    else if (!request_ends(q, "/embeddings") ||
             (request_begins(q, "/openai/deployments/") &&
              !strstr(q->path, "?api-version=")))
        azure_refuse(a, 404, "Resource not found");
    else
        hosted_answer(&h, s, q, a);
}

const struct dialect dialect_azure = {
    .name = "azure",
    .mine = azure_mine,
    .embeds = true,
    .answer = azure_answer,
    .refuse = azure_refuse,
};
