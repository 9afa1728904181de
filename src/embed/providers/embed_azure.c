/*
 * This file gets vectors from OpenAI's models in a user's own deployment at
 * Azure.
 *
 * Source      https://learn.microsoft.com/azure/ai-foundry/openai: the v1 API
 *             and the how-to on embeddings, read in August 2026.
 *
 * The part of --embed behind the colon is the deployment's name. Three forms of
 * address work:
 *
 *     https://R.openai.azure.com                        the v1 route
 *     https://R.openai.azure.com/openai/v1              the same
 *     https://R.openai.azure.com/openai/deployments/D?api-version=V
 *
 * Only a vector from a deployment tells its dimension. If it has a model's
 * name, we assume that model's price and ceilings.
 */
#include "config.h"
#include "embed/providers/openai.h"

#include "util/str.h"

static const struct embed_service azure = {
    .title = "Azure OpenAI resource",
    .example = "NAME-OF-A-DEPLOYMENT",
    .key_header = "api-key",
    .needs_key = true,
    .sends_dim = true,
    .priced = "August 2026",
    .models = openai_models,
    .max_texts = OPENAI_MOST_TEXTS,
    .form = { .list = "data", .vector = "embedding",
              .tokens = { "usage.total_tokens", "usage.prompt_tokens" } },
};

static const char deployments[] = "/openai/deployments/";

static void azure_cut_end(struct text *t, const char *end)
{
    if (text_ends(*t, end))
        t->len -= strlen(end);
}

/* The deployment in the path; empty on the v1 route. */
static struct text deployment_of(struct text path)
{
    const char *p = memmem(path.ptr, path.len, deployments,
                           sizeof deployments - 1);
    struct text name = { NULL, 0 };

    if (!p)
        return name;
    name.ptr = p + sizeof deployments - 1;
    name.len = strcspn(name.ptr, "/?");
    return name;
}

static bool check_route(struct text named, const char *model,
                        const char *query, struct error *err)
{
    char shown[64];

    if (!named.ptr)
        return true;
    str_printable(shown, sizeof shown, named);
    if (!text_is(named, model))
        return error_set(err, ERROR_CONFIG, 0,
                         "--embed azure:%.64s, but --embed-url is the address "
                         "of the deployment \"%s\"", model, shown);
    return strstr(query, "api-version=") ||
           error_set(err, ERROR_CONFIG, 0,
                     "--embed-url names a deployment and so needs "
                     "?api-version=... at its end");
}

static bool make_url(struct embed_http *h, const struct embedder_config *cfg,
                     struct error *err)
{
    const char *query = cfg->url + strcspn(cfg->url, "?");
    struct text path = { cfg->url, (size_t)(query - cfg->url) };
    struct text named = deployment_of(path);

    if (!check_route(named, cfg->model, query, err))
        return false;
    azure_cut_end(&path, "/");
    azure_cut_end(&path, "/embeddings");
    if (!named.ptr) {
        azure_cut_end(&path, "/openai/v1");
        azure_cut_end(&path, "/openai");
    }
    buf_clear(&h->url);
    buf_put(&h->url, path.ptr, path.len);
    buf_puts(&h->url, named.ptr ? "/embeddings" : "/openai/v1/embeddings");
    buf_puts(&h->url, query);
    return true;
}

static struct embedder *azure_open(const struct embedder_config *cfg,
                                   struct error *err)
{
    struct embed_http *h = embed_http_new(&embedder_azure, &azure, cfg, err);

    if (!h)
        return NULL;
    if (!make_url(h, cfg, err)) {
        embed_http_close(&h->base);
        return NULL;
    }
    openai_head(h, cfg->model);
    return embed_http_ready(h, cfg, err);
}

const struct embedder_ops embedder_azure = {
    .name = "azure",
    .summary = "azure:DEPLOYMENT, Azure OpenAI (--embed-url: the resource)",
    .key_env = "AZURE_OPENAI_API_KEY",
    .too_long = "refused",
    .remote = true,
    .takes = EMBEDDER_TAKES_ALL,
    .open = azure_open,
    .preflight = embed_http_preflight,
    .embed = embed_http_embed,
    .close = embed_http_close,
};
