/*
 * This file gets vectors from Ollama, by its own interface.
 *
 * Source      https://docs.ollama.com/api/embed and the server's routes.go,
 *             read in August 2026.
 *
 * Unlike its OpenAI interface, this one can be told not to cut a long text.
 * Vectors come by position, as decimals of length 1. The first call loads the
 * model, which may take longer than any other.
 */
#include "config.h"
#include "embed/embed_http.h"

#include "util/json.h"

/* The process behind the server died or hangs: it is no text's fault, though
 * the status says so. */
static void ollama_amend(const struct http_reply *reply, size_t texts,
                         struct error *err)
{
    static const char *const words[] = { "do embedding request",
                                         "llama runner", NULL };

    (void)texts;
    if (err->kind == ERROR_REFUSED && err->about != ABOUT_DOCUMENT &&
        err->code == 400 && http_says(reply, words)) {
        err->kind = ERROR_SERVER;
        err->about = ABOUT_UNKNOWN;
    }
}

static const struct embed_service ollama = {
    .title = "Ollama",
    .url = "http://127.0.0.1:11434",
    .example = "nomic-embed-text",
    .sends_dim = true,
    .form = { .list = "embeddings", .tokens = { "prompt_eval_count" } },
    .amend = ollama_amend,
};

static struct embedder *ollama_open(const struct embedder_config *cfg,
                                    struct error *err)
{
    struct embed_http *h = embed_http_new(&embedder_ollama, &ollama, cfg, err);

    if (!h)
        return NULL;
    buf_puts(&h->url, "/api/embed");
    buf_puts(&h->head, "{\"model\":");
    json_put_string(&h->head, text_of(cfg->model));
    embed_http_put_optional(h, &h->head, "truncate", NULL, "false");
    embed_http_put_dim(h, &h->head, "dimensions");
    buf_puts(&h->head, ",\"input\":[");
    return embed_http_ready(h, cfg, err);
}

const struct embedder_ops embedder_ollama = {
    .name = "ollama",
    .summary = "ollama:MODEL, Ollama's own API",
    .too_long = "refused",
    .remote = true,
    .takes = EMBEDDER_TAKES_ALL,
    .open = ollama_open,
    .preflight = embed_http_preflight,
    .embed = embed_http_embed,
    .close = embed_http_close,
};
