/*
 * This file gets vectors from Cohere, by version 2 of its API.
 *
 * Source      https://docs.cohere.com/reference/embed, the description
 *             cohere-openapi.yaml and the page on rate limits, read in August
 *             2026.
 *
 * Vectors come by position and as decimals: the byte order of its base64 is not
 * documented. By default the service silently cuts long texts; we ask it to
 * refuse them.
 */
#include "config.h"
#include "embed/embed_http.h"

#include "util/json.h"

/* For embed-v4.0 some pages print 0.10 USD; the higher price is the safer
 * guess. */
static const struct embed_model models[] = {
    { .name = "embed-v4.0", .dim = 1536,
      .dims = (const uint16_t[]){ 256, 512, 1024, 1536, 0 },
      .text_tokens = 128000, .request_tokens = 128000, .usd_per_mtok = 0.12 },
    { .name = "embed-english-v3.0", .dim = 1024,
      .text_tokens = 512, .usd_per_mtok = 0.10 },
    { .name = "embed-multilingual-v3.0", .dim = 1024,
      .text_tokens = 512, .usd_per_mtok = 0.10 },
    { .name = "embed-english-light-v3.0", .dim = 384,
      .text_tokens = 512, .usd_per_mtok = 0.10 },
    { .name = "embed-multilingual-light-v3.0", .dim = 384,
      .text_tokens = 512, .usd_per_mtok = 0.10 },
    { .name = NULL },
};

/* 498: a token that is denied, in a text. */
static void cohere_amend(const struct http_reply *reply, size_t texts,
                         struct error *err)
{
    (void)texts;
    if (reply->status == 498 && err->kind != ERROR_AUTH) {
        err->kind = ERROR_REFUSED;
        err->about = ABOUT_DOCUMENT;
    }
}

static const struct embed_service cohere = {
    .title = "Cohere",
    .url = "https://api.cohere.com/v2",
    .example = "embed-v4.0",
    .needs_key = true,
    .sends_dim = true,
    .priced = "July 2026",
    .models = models,
    .max_texts = 96,
    .counts_texts = true,
    .form = { .list = "embeddings",
              .tokens = { "meta.billed_units.input_tokens" } },
    .amend = cohere_amend,
};

static struct embedder *cohere_open(const struct embedder_config *cfg,
                                    struct error *err)
{
    struct embed_http *h = embed_http_new(&embedder_cohere, &cohere, cfg, err);

    if (!h)
        return NULL;
    buf_puts(&h->url, "/embed");
    buf_puts(&h->head, "{\"model\":");
    json_put_string(&h->head, text_of(cfg->model));
    embed_http_put_optional(h, &h->head, "input_type", NULL,
                            h->query ? "\"search_query\""
                                     : "\"search_document\"");
    embed_http_put_optional(h, &h->head, "embedding_types", NULL,
                            "[\"float\"]");
    embed_http_put_optional(h, &h->head, "truncate", NULL, "\"NONE\"");
    embed_http_put_dim(h, &h->head, "output_dimension");
    buf_puts(&h->head, ",\"texts\":[");
    return embed_http_ready(h, cfg, err);
}

const struct embedder_ops embedder_cohere = {
    .name = "cohere",
    .summary = "cohere:MODEL, Cohere's API v2",
    .key_env = "COHERE_API_KEY",
    .key_env_too = "CO_API_KEY",
    .too_long = "refused",
    .remote = true,
    .tells = true,
    .takes = EMBEDDER_TAKES_ALL,
    .open = cohere_open,
    .preflight = embed_http_preflight,
    .embed = embed_http_embed,
    .close = embed_http_close,
};
