/*
 * This file gets vectors from OpenAI, and from every server with its interface.
 *
 * Source      https://platform.openai.com/docs/api-reference/embeddings and
 *             the openai-openapi description, read in August 2026. Its schema
 *             allows no further members, so we send none.
 *
 * Texts travel as the JSON they were in the corpus, vectors as base64 of
 * little-endian float32.
 */
#include "config.h"
#include "embed/providers/openai.h"

#include "util/json.h"

/* Dimensions and USD per million tokens as published in August 2026. */
const struct embed_model openai_models[] = {
    { .name = "text-embedding-3-small", .dim = 1536, .least = 1, .most = 1536,
      .text_tokens = 8192, .request_tokens = 300000, .usd_per_mtok = 0.02 },
    { .name = "text-embedding-3-large", .dim = 3072, .least = 1, .most = 3072,
      .text_tokens = 8192, .request_tokens = 300000, .usd_per_mtok = 0.13 },
    { .name = "text-embedding-ada-002", .dim = 1536,
      .text_tokens = 8192, .request_tokens = 300000, .usd_per_mtok = 0.10 },
    { .name = NULL },
};

static const struct embed_service openai = {
    .title = "OpenAI",
    .url = "https://api.openai.com/v1",
    .example = "text-embedding-3-small",
    .needs_key = true,
    .priced = "August 2026",
    .models = openai_models,
    .max_texts = OPENAI_MOST_TEXTS,
    .form = { .list = "data", .vector = "embedding",
              .tokens = { "usage.total_tokens", "usage.prompt_tokens" } },
};

void openai_head(struct embed_http *h, const char *model)
{
    buf_puts(&h->head, "{\"model\":");
    json_put_string(&h->head, text_of(model));
    embed_http_put_optional(h, &h->head, "encoding_format", "base64",
                            "\"base64\"");
    embed_http_put_dim(h, &h->head, "dimensions");
    buf_puts(&h->head, ",\"input\":[");
}

static struct embedder *openai_open(const struct embedder_config *cfg,
                                    struct error *err)
{
    struct embed_http *h = embed_http_new(&embedder_openai, &openai, cfg, err);

    if (!h)
        return NULL;
    buf_puts(&h->url, "/embeddings");
    openai_head(h, cfg->model);
    return embed_http_ready(h, cfg, err);
}

const struct embedder_ops embedder_openai = {
    .name = "openai",
    .summary = "openai:MODEL, OpenAI or a compatible server (--embed-url)",
    .key_env = "OPENAI_API_KEY",
    .too_long = "refused",
    .remote = true,
    .takes = EMBEDDER_TAKES_ALL,
    .open = openai_open,
    .preflight = embed_http_preflight,
    .embed = embed_http_embed,
    .close = embed_http_close,
};
