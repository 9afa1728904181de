/* POST /voyage/v1/embeddings, as Voyage AI has it. */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

static void voyage_refuse(struct answer *a, int status, const char *message)
{
    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body, "{\"detail\":\"%s\"}", message);
}

static bool voyage_mine(const struct request *q)
{
    return request_begins(q, "/voyage/") && request_ends(q, "/embeddings");
}

static const struct member members[] = {
    { "model", NULL, true },
    { "input", NULL, true },
    { "input_type", "\"document\"|\"query\"|null", false },
    { "truncation", "true|false", false },
    { "output_dimension", "256|512|1024|2048", false },
    { "output_dtype", "\"float\"", false },
    { "encoding_format", "\"base64\"|null", false },
    { .name = NULL },
};

static void voyage_put(const struct service *s, const struct asked *x,
                       const struct texts *t, struct answer *a)
{
    put_list(s, x, t, false, a);
}

static void voyage_answer(struct service *s, const struct request *q,
                          struct answer *a)
{
    static const struct hosted h = {
        .dialect = &dialect_voyage, .members = members, .texts = "input",
        .dim = "output_dimension", .base64 = "encoding_format", .most = 1000,
        .too_many = "The batch size limit is 1000", .put = voyage_put
    };

    hosted_answer(&h, s, q, a);
}

const struct dialect dialect_voyage = {
    .name = "voyage",
    .mine = voyage_mine,
    .embeds = true,
    .answer = voyage_answer,
    .refuse = voyage_refuse,
};
