/* POST /mistral/v1/embeddings, as Mistral has it. */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

static void mistral_refuse(struct answer *a, int status, const char *message)
{
    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body,
               "{\"object\":\"error\",\"message\":\"%s\",\"type\":"
               "\"invalid_request_prompt\",\"param\":null,\"code\":\"3210\"}",
               message);
}

static bool mistral_mine(const struct request *q)
{
    return request_begins(q, "/mistral/") && request_ends(q, "/embeddings");
}

static const struct member members[] = {
    { "model", NULL, true },
    { "input", NULL, true },
    { "metadata", NULL, false },
    { "output_dimension", NULL, false },
    { "output_dtype", "\"float\"", false },
    { "encoding_format", "\"float\"|\"base64\"", false },
    { .name = NULL },
};

static void mistral_put(const struct service *s, const struct asked *x,
                        const struct texts *t, struct answer *a)
{
    put_list(s, x, t, true, a);
}

static void mistral_answer(struct service *s, const struct request *q,
                           struct answer *a)
{
    static const struct hosted h = {
        .dialect = &dialect_mistral, .members = members, .texts = "input",
        .dim = "output_dimension", .base64 = "encoding_format", .most = 256,
        .too_many = "Too many inputs in request, split into more batches.",
        .put = mistral_put
    };

    hosted_answer(&h, s, q, a);
}

const struct dialect dialect_mistral = {
    .name = "mistral",
    .mine = mistral_mine,
    .embeds = true,
    .answer = mistral_answer,
    .refuse = mistral_refuse,
};
