/*
 * This file gets vectors from Google's Gemini models.
 *
 * Source      https://ai.google.dev/gemini-api/docs/embeddings and the method
 *             models.batchEmbedContents, read in August 2026.
 *
 * Every text is a request of its own inside the request, and counts as one
 * against the limit of requests a minute. Vectors come by position, as
 * decimals. The service silently cuts long texts, which one cannot forbid, and
 * does not count tokens in every answer.
 *
 * With gemini-embedding-001, vectors shorter than the model's own do not have
 * length 1: we scale them. gemini-embedding-2 learns the purpose of a text from
 * words before it, which are in known.c, not from "taskType".
 */
#include "config.h"
#include "embed/embed_http.h"

#include "util/floats.h"
#include "util/json.h"

static const struct embed_model models[] = {
    { .name = "gemini-embedding-001", .dim = 3072, .least = 128, .most = 3072,
      .text_tokens = 2048, .usd_per_mtok = 0.15 },
    { .name = "gemini-embedding-2", .dim = 3072, .least = 128, .most = 3072,
      .text_tokens = 8192, .usd_per_mtok = 0.20 },
    { .name = NULL },
};

/* ---- quotas ---- */

/* {"quotaId":"EmbedContentRequestsPerMinute..","quotaValue":"100"} */
static void take_violation(struct json_cursor *c, size_t *most)
{
    struct json_value key, v, id = { .type = JSON_NULL }, value = id;
    int64_t n;

    if (!json_enter_object(c))
        return;
    while (json_member(c, &key) && json_value(c, &v))
        if (json_is(&key, "quotaId"))
            id = v;
        else if (json_is(&key, "quotaValue"))
            value = v;
    if (value.type == JSON_STRING && value.raw.len > 0)
        value.type = JSON_NUMBER;
    if (id.type == JSON_STRING && json_integer(&value, &n) && n > 0 &&
        memmem(id.raw.ptr, id.raw.len, "RequestsPerMinute", 17) &&
        (*most == 0 || (size_t)n < *most))
        *most = (size_t)n;
}

/* Below error.details[].violations[]. */
static void take_quotas(struct json_cursor *c, bool violations, size_t *most)
{
    struct json_value key;
    enum json_type type;

    if (!json_peek(c, &type))
        return;
    if (type == JSON_ARRAY && json_enter_array(c)) {
        while (json_element(c))
            if (violations)
                take_violation(c, most);
            else
                take_quotas(c, false, most);
    } else if (type == JSON_OBJECT && json_enter_object(c)) {
        while (json_member(c, &key))
            if (json_is(&key, "error") || json_is(&key, "details") ||
                json_is(&key, "violations"))
                take_quotas(c, json_is(&key, "violations"), most);
            else
                json_value(c, NULL);
    } else {
        json_value(c, NULL);
    }
}

/* Every text is a request: more texts than a minute's limit never pass, however
 * long one waits. */
static void gemini_amend(const struct http_reply *r, size_t texts,
                         struct error *err)
{
    struct json_cursor c;
    size_t most = 0;

    if (err->kind != ERROR_LIMITED)
        return;
    json_begin(&c, r->body.data ? r->body.data : "", r->body.len);
    take_quotas(&c, false, &most);
    if (most == 0 || texts <= most)
        return;
    err->kind = ERROR_SIZE;
    err->about = ABOUT_REQUEST;
    err->most = (uint32_t)most;
}

/* ---- the service ---- */

static const struct embed_service gemini = {
    .title = "Gemini",
    .url = "https://generativelanguage.googleapis.com/v1beta",
    .example = "gemini-embedding-001",
    .key_header = "x-goog-api-key",
    .needs_key = true,
    .sends_dim = true,
    .priced = "May 2026",
    .models = models,
    .max_texts = 100,
    .counts_texts = true,
    .form = { .list = "embeddings", .vector = "values",
              .tokens = { "usageMetadata.promptTokenCount" } },
    .amend = gemini_amend,
};

/* The name goes unescaped into a path and into JSON. */
static bool check_name(const char *model, struct error *err)
{
    return model[strspn(model, "abcdefghijklmnopqrstuvwxyz0123456789.-_"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0' ||
           error_set(err, ERROR_CONFIG, 0,
                     "a Gemini model has a name such as %s", gemini.example);
}

static void gemini_put_item(struct embed_http *h, const char *model)
{
    bool by_words = strncmp(model, "gemini-embedding-2", 18) == 0;

    buf_printf(&h->open,
               "{\"model\":\"models/%s\",\"content\":{\"parts\":[{\"text\":\"",
               model);
    buf_puts(&h->close, "\"}]}");
    if (!by_words)
        embed_http_put_optional(h, &h->close, "taskType", NULL,
                                h->query ? "\"RETRIEVAL_QUERY\""
                                         : "\"RETRIEVAL_DOCUMENT\"");
    embed_http_put_dim(h, &h->close, "outputDimensionality");
    buf_putc(&h->close, '}');
}

static struct embedder *gemini_open(const struct embedder_config *cfg,
                                    struct error *err)
{
    static const char prefix[] = "models/";
    struct embedder_config named = *cfg;
    struct embed_http *h;

    if (strncmp(named.model, prefix, sizeof prefix - 1) == 0)
        named.model += sizeof prefix - 1;
    if (!check_name(named.model, err))
        return NULL;
    h = embed_http_new(&embedder_gemini, &gemini, &named, err);
    if (!h)
        return NULL;
    buf_printf(&h->url, "/models/%s:batchEmbedContents", named.model);
    buf_puts(&h->head, "{\"requests\":[");
    gemini_put_item(h, named.model);
    return embed_http_ready(h, &named, err);
}

static bool gemini_embed(struct embedder *e, const struct embed_input *in,
                         size_t n, float *vectors, struct embed_usage *use,
                         struct error *err)
{
    const struct embed_http *h = (const struct embed_http *)e;

    if (!embed_http_embed(e, in, n, vectors, use, err))
        return false;
    for (size_t i = 0; h->dimensions && i < n; i++)
        float_normalise(vectors + i * e->dim, e->dim);
    return true;
}

const struct embedder_ops embedder_gemini = {
    .name = "gemini",
    .summary = "gemini:MODEL, Google Gemini; cuts long texts without a word",
    .key_env = "GEMINI_API_KEY",
    .key_env_too = "GOOGLE_API_KEY",
    .too_long = "cut",
    .remote = true,
    .tells = true,
    .takes = EMBEDDER_TAKES_ALL,
    .open = gemini_open,
    .preflight = embed_http_preflight,
    .embed = gemini_embed,
    .close = embed_http_close,
};
