/* POST /api/embed, as Ollama has it: vectors by their order. */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

static void ollama_refuse(struct answer *a, int status, const char *message)
{
    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body, "{\"error\":\"%s\"}", message);
}

static bool ollama_mine(const struct request *q)
{
    return request_ends(q, "/api/embed");
}

static const struct member members[] = {
    { "model", NULL, true },
    { "input", NULL, true },
    { "truncate", "true|false", false },
    { "dimensions", NULL, false },
    { "keep_alive", NULL, false },
    { "options", NULL, false },
    { .name = NULL },
};

static void ollama_put(const struct service *s, const struct asked *x,
                       const struct texts *t, struct answer *a)
{
    size_t tokens;

    buf_puts(&a->body, "{\"model\":\"");
    buf_put(&a->body, x->model.raw.ptr, x->model.raw.len);
    buf_puts(&a->body, "\",\"embeddings\":[");
    tokens = put_in_order(s, x, t, "", "", a);
    buf_printf(&a->body,
               "],\"total_duration\":14143917,\"load_duration\":1019500,"
               "\"prompt_eval_count\":%zu}",
               tokens);
}

static void ollama_answer(struct service *s, const struct request *q,
                          struct answer *a)
{
    static const struct hosted h = {
        .dialect = &dialect_ollama, .members = members, .texts = "input",
        .dim = "dimensions", .most = SIZE_MAX, .put = ollama_put
    };

    hosted_answer(&h, s, q, a);
}

const struct dialect dialect_ollama = {
    .name = "ollama",
    .mine = ollama_mine,
    .embeds = true,
    .answer = ollama_answer,
    .refuse = ollama_refuse,
};
