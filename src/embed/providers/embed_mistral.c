/*
 * This file gets vectors from Mistral.
 *
 * Source      https://docs.mistral.ai/api/endpoint/embeddings, read in August
 *             2026. Users report that a request may hold 256 texts and 16,384
 *             tokens; the service says so only in its refusals.
 *
 * The service does not distinguish documents and queries, and vectors come as
 * decimals: the byte order of its base64 is not documented.
 */
#include "config.h"
#include "embed/embed_http.h"

#include "util/json.h"

static const struct embed_model models[] = {
    { .name = "mistral-embed", .dim = 1024,
      .text_tokens = 8192, .request_tokens = 16384, .usd_per_mtok = 0.10 },
    { .name = "codestral-embed", .dim = 1536, .least = 1, .most = 3072,
      .text_tokens = 8192, .request_tokens = 16384, .usd_per_mtok = 0.15 },
    { .name = NULL },
};

static const struct embed_service mistral = {
    .title = "Mistral",
    .url = "https://api.mistral.ai/v1",
    .example = "mistral-embed",
    .needs_key = true,
    .sends_dim = true,
    .priced = "March 2026",
    .models = models,
    .max_texts = 256,
    .form = { .list = "data", .vector = "embedding",
              .tokens = { "usage.total_tokens", "usage.prompt_tokens" } },
};

static struct embedder *mistral_open(const struct embedder_config *cfg,
                                     struct error *err)
{
    struct embed_http *h =
        embed_http_new(&embedder_mistral, &mistral, cfg, err);

    if (!h)
        return NULL;
    buf_puts(&h->url, "/embeddings");
    buf_puts(&h->head, "{\"model\":");
    json_put_string(&h->head, text_of(cfg->model));
    embed_http_put_dim(h, &h->head, "output_dimension");
    buf_puts(&h->head, ",\"input\":[");
    return embed_http_ready(h, cfg, err);
}

const struct embedder_ops embedder_mistral = {
    .name = "mistral",
    .summary = "mistral:MODEL, Mistral AI",
    .key_env = "MISTRAL_API_KEY",
    .too_long = "refused",
    .remote = true,
    .takes = EMBEDDER_TAKES_ALL,
    .open = mistral_open,
    .preflight = embed_http_preflight,
    .embed = embed_http_embed,
    .close = embed_http_close,
};
