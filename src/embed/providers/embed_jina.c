/*
 * This file gets vectors from Jina.
 *
 * Source      https://api.jina.ai/docs and https://jina.ai/embeddings, read in
 *             August 2026.
 *
 * Models from v3 on take a task, and we ask the service to refuse long texts.
 * We never send "late_chunking": with it the vector of a text would depend on
 * the others in its request. Prices are by the package and pages disagree on
 * them, so none is here.
 */
#include "config.h"
#include "embed/embed_http.h"

#include <stdio.h>

#include "util/json.h"

static const struct embed_model models[] = {
    { .name = "jina-embeddings-v3", .dim = 1024, .least = 1, .most = 1024,
      .text_tokens = 8192 },
    { .name = "jina-embeddings-v4", .dim = 2048, .least = 128, .most = 2048,
      .text_tokens = 32768 },
    { .name = "jina-embeddings-v5-text-small", .dim = 1024, .least = 32,
      .most = 1024, .text_tokens = 32768 },
    { .name = "jina-embeddings-v5-text-nano", .dim = 768, .least = 32,
      .most = 768, .text_tokens = 8192 },
    { .name = "jina-embeddings-v2-base-en", .dim = 768, .text_tokens = 8192 },
    { .name = "jina-embeddings-v2-base-de", .dim = 768, .text_tokens = 8192 },
    { .name = "jina-embeddings-v2-base-es", .dim = 768, .text_tokens = 8192 },
    { .name = "jina-embeddings-v2-base-zh", .dim = 768, .text_tokens = 8192 },
    { .name = NULL },
};

static const struct embed_service jina = {
    .title = "Jina",
    .url = "https://api.jina.ai/v1",
    .example = "jina-embeddings-v3",
    .needs_key = true,
    .sends_dim = true,
    .models = models,
    .max_texts = 2048,
    .form = { .list = "data", .vector = "embedding",
              .tokens = { "usage.total_tokens", "usage.prompt_tokens" } },
};

/* What the second generation does not know. */
static void put_task(struct embed_http *h, const char *model)
{
    struct text name = text_of(model);
    const char *family =
        text_begins(name, "jina-code-") ? "nl2code" : "retrieval";
    char task[32];

    if (text_begins(name, "jina-embeddings-v2-") ||
        text_begins(name, "jina-clip-v1"))
        return;
    snprintf(task, sizeof task, "\"%s.%s\"", family,
             h->query ? "query" : "passage");
    embed_http_put_optional(h, &h->head, "task", NULL, task);
    embed_http_put_optional(h, &h->head, "truncate", NULL, "false");
}

static struct embedder *jina_open(const struct embedder_config *cfg,
                                  struct error *err)
{
    struct embed_http *h = embed_http_new(&embedder_jina, &jina, cfg, err);

    if (!h)
        return NULL;
    buf_puts(&h->url, "/embeddings");
    buf_puts(&h->head, "{\"model\":");
    json_put_string(&h->head, text_of(cfg->model));
    embed_http_put_optional(h, &h->head, "embedding_type", "base64",
                            "\"base64\"");
    put_task(h, cfg->model);
    embed_http_put_dim(h, &h->head, "dimensions");
    buf_puts(&h->head, ",\"input\":[");
    return embed_http_ready(h, cfg, err);
}

const struct embedder_ops embedder_jina = {
    .name = "jina",
    .summary = "jina:MODEL, Jina AI",
    .key_env = "JINA_API_KEY",
    .too_long = "refused",
    .remote = true,
    .tells = true,
    .takes = EMBEDDER_TAKES_ALL,
    .open = jina_open,
    .preflight = embed_http_preflight,
    .embed = embed_http_embed,
    .close = embed_http_close,
};
