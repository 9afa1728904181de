/* POST /v2/embed, as Cohere has it: vectors by their order. */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

static void cohere_refuse(struct answer *a, int status, const char *message)
{
    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body, "{\"id\":\"0-1-2\",\"message\":\"%s\"}", message);
}

static bool cohere_mine(const struct request *q)
{
    return request_ends(q, "/v2/embed");
}

static const struct member members[] = {
    { "model", NULL, true },
    { "texts", NULL, true },
    { "input_type",
      "\"search_document\"|\"search_query\"|\"classification\"|\"clustering\"",
      true },
    { "embedding_types", "[\"float\"]|[\"base64\"]", false },
    { "truncate", "\"NONE\"|\"START\"|\"END\"", false },
    { "output_dimension", NULL, false },
    { "max_tokens", NULL, false },
    { .name = NULL },
};

static void cohere_put(const struct service *s, const struct asked *x,
                       const struct texts *t, struct answer *a)
{
    size_t tokens;

    buf_puts(&a->body, "{\"id\":\"0-1-2\",\"embeddings\":{\"float\":[");
    tokens = put_in_order(s, x, t, "", "", a);
    buf_printf(&a->body,
               "]},\"texts\":[\"not told\"],\"meta\":{\"api_version\":{"
               "\"version\":\"2\"},\"billed_units\":{\"input_tokens\":%zu}},"
               "\"response_type\":\"embeddings_by_type\"}",
               tokens);
}

static void cohere_answer(struct service *s, const struct request *q,
                          struct answer *a)
{
    static const struct hosted h = {
        .dialect = &dialect_cohere, .members = members, .texts = "texts",
        .dim = "output_dimension", .most = 96,
        .too_many = "invalid request: total number of texts must be at most "
                    "96 - received more", .put = cohere_put
    };

    hosted_answer(&h, s, q, a);
}

const struct dialect dialect_cohere = {
    .name = "cohere",
    .mine = cohere_mine,
    .embeds = true,
    .answer = cohere_answer,
    .refuse = cohere_refuse,
};
