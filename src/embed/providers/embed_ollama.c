/*
 * Ollama's own embeddings.
 *
 * Source      https://docs.ollama.com/api/embed and the server's routes.go,
 *             read in August 2026.
 *
 * Unlike its likeness of OpenAI, this way a text that is too long can be
 * forbidden to be cut. Vectors come by position, as decimals of length 1. The
 * first call loads the model, which may take longer than any other.
 */
#include "config.h"
#include "embed/embed_http.h"

#include "util/json.h"

static const struct embed_service ollama = {
    .title = "Ollama",
    .url = "http://127.0.0.1:11434",
    .example = "nomic-embed-text",
    .sends_dim = true,
    .form = { .list = "embeddings", .tokens = { "prompt_eval_count" } },
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

/* The process behind the server died or hangs: no text's fault, though the
 * status says so. */
static bool runner_failed(const struct http_reply *reply,
                          const struct error *err)
{
    static const char *const words[] = { "do embedding request",
                                         "llama runner", NULL };

    return err->kind == ERROR_REFUSED && err->about != ABOUT_DOCUMENT &&
           err->code == 400 && http_says(reply, words);
}

static bool ollama_embed(struct embedder *e, const struct embed_input *in,
                         size_t n, float *vectors, struct embed_usage *use,
                         struct error *err)
{
    if (embed_http_embed(e, in, n, vectors, use, err))
        return true;
    if (runner_failed(&((struct embed_http *)e)->reply, err)) {
        err->kind = ERROR_SERVER;
        err->about = ABOUT_UNKNOWN;
    }
    return false;
}

const struct embedder_ops embedder_ollama = {
    .name = "ollama",
    .summary = "ollama:MODEL, Ollama's own API",
    .too_long = "refused",
    .remote = true,
    .takes = EMBEDDER_TAKES_ALL,
    .open = ollama_open,
    .preflight = embed_http_preflight,
    .embed = ollama_embed,
    .close = embed_http_close,
};
