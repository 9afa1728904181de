/*
 * This file gets vectors from Voyage AI.
 *
 * Source      https://docs.voyageai.com/reference/embeddings-api, its pages on
 *             models and prices, and the Python client, read in August 2026.
 *
 * Vectors come as base64 of little-endian float32. By default the service
 * silently cuts long texts; we ask it to refuse them. MongoDB's keys begin with
 * "al-" and belong to another address.
 */
#include "config.h"
#include "embed/embed_http.h"

#include "util/json.h"

static const uint16_t four_sizes[] = { 256, 512, 1024, 2048, 0 };

static const struct embed_model models[] = {
    { .name = "voyage-4", .dim = 1024, .dims = four_sizes,
      .text_tokens = 32000, .request_tokens = 320000, .usd_per_mtok = 0.06 },
    { .name = "voyage-4-large", .dim = 1024, .dims = four_sizes,
      .text_tokens = 32000, .request_tokens = 120000, .usd_per_mtok = 0.12 },
    { .name = "voyage-4-lite", .dim = 1024, .dims = four_sizes,
      .text_tokens = 32000, .request_tokens = 1000000, .usd_per_mtok = 0.02 },
    { .name = "voyage-3.5", .dim = 1024, .dims = four_sizes,
      .text_tokens = 32000, .request_tokens = 320000, .usd_per_mtok = 0.06 },
    { .name = "voyage-3.5-lite", .dim = 1024, .dims = four_sizes,
      .text_tokens = 32000, .request_tokens = 1000000, .usd_per_mtok = 0.02 },
    { .name = "voyage-3-large", .dim = 1024, .dims = four_sizes,
      .text_tokens = 32000, .request_tokens = 120000, .usd_per_mtok = 0.18 },
    { .name = "voyage-code-3", .dim = 1024, .dims = four_sizes,
      .text_tokens = 32000, .request_tokens = 120000, .usd_per_mtok = 0.18 },
    { .name = "voyage-finance-2", .dim = 1024,
      .text_tokens = 32000, .request_tokens = 120000, .usd_per_mtok = 0.12 },
    { .name = "voyage-law-2", .dim = 1024,
      .text_tokens = 16000, .request_tokens = 120000, .usd_per_mtok = 0.12 },
    { .name = NULL },
};

static const struct embed_service voyage = {
    .title = "Voyage",
    .url = "https://api.voyageai.com/v1",
    .example = "voyage-4",
    .needs_key = true,
    .sends_dim = true,
    .priced = "July 2026",
    .models = models,
    .max_texts = 1000,
    .form = { .list = "data", .vector = "embedding",
              .tokens = { "usage.total_tokens" } },
};

static struct embedder *voyage_open(const struct embedder_config *cfg,
                                    struct error *err)
{
    struct embedder_config at = *cfg;
    struct embed_http *h;

    if (!at.url && at.key && strncmp(at.key, "al-", 3) == 0)
        at.url = "https://ai.mongodb.com/v1";
    h = embed_http_new(&embedder_voyage, &voyage, &at, err);
    if (!h)
        return NULL;
    buf_puts(&h->url, "/embeddings");
    buf_puts(&h->head, "{\"model\":");
    json_put_string(&h->head, text_of(cfg->model));
    embed_http_put_optional(h, &h->head, "input_type", NULL,
                            h->query ? "\"query\"" : "\"document\"");
    embed_http_put_optional(h, &h->head, "truncation", NULL, "false");
    embed_http_put_optional(h, &h->head, "encoding_format", "base64",
                            "\"base64\"");
    embed_http_put_dim(h, &h->head, "output_dimension");
    buf_puts(&h->head, ",\"input\":[");
    return embed_http_ready(h, &at, err);
}

const struct embedder_ops embedder_voyage = {
    .name = "voyage",
    .summary = "voyage:MODEL, Voyage AI",
    .key_env = "VOYAGE_API_KEY",
    .too_long = "refused",
    .remote = true,
    .tells = true,
    .takes = EMBEDDER_TAKES_ALL,
    .open = voyage_open,
    .preflight = embed_http_preflight,
    .embed = embed_http_embed,
    .close = embed_http_close,
};
