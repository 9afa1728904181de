/* POST /jina/v1/embeddings, as Jina AI has it. */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

static void jina_refuse(struct answer *a, int status, const char *message)
{
    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body, "{\"detail\":\"%s\"}", message);
}

static bool jina_mine(const struct request *q)
{
    return request_begins(q, "/jina/") && request_ends(q, "/embeddings");
}

static const struct member members[] = {
    { "model", NULL, true },
    { "input", NULL, true },
    { "task",
      "\"retrieval.passage\"|\"retrieval.query\"|\"nl2code.passage\"|"
      "\"nl2code.query\"|\"text-matching\"",
      false },
    { "dimensions", NULL, false },
    { "embedding_type", "\"float\"|\"base64\"", false },
    { "truncate", "true|false", false },
    { "normalized", "true|false", false },
    { "late_chunking", "true|false", false },
    { .name = NULL },
};

static void jina_put(const struct service *s, const struct asked *x,
                     const struct texts *t, struct answer *a)
{
    put_list(s, x, t, true, a);
}

static void jina_answer(struct service *s, const struct request *q,
                        struct answer *a)
{
    static const struct hosted h = {
        .dialect = &dialect_jina, .members = members, .texts = "input",
        .dim = "dimensions", .base64 = "embedding_type", .most = 2048,
        .too_many = "too many texts", .put = jina_put
    };

    hosted_answer(&h, s, q, a);
}

const struct dialect dialect_jina = {
    .name = "jina",
    .mine = jina_mine,
    .embeds = true,
    .answer = jina_answer,
    .refuse = jina_refuse,
};
