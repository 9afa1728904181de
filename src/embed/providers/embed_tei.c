/*
 * This file gets vectors from Text Embeddings Inference, by its own route.
 *
 * Source      https://huggingface.github.io/text-embeddings-inference and the
 *             router's code of version 1.9, read in August 2026.
 *
 * A server has one model, which GET /info names with its ceilings: we check
 * that it is the wanted one. Vectors come by position, as decimals of length 1;
 * a header counts tokens. Every text of a request takes one of the server's
 * places (--max-concurrent-requests, 512); if none is free the answer is 429.
 */
#include "config.h"
#include "embed/embed_http.h"

#include "util/json.h"
#include "util/str.h"

static const char route[] = "/embed";

static const struct embed_service tei = {
    .title = "Text Embeddings Inference",
    .example = "BAAI/bge-small-en-v1.5",
    .sends_dim = true,
    .max_texts = 32, /* unless the server says otherwise */
    .tokens_header = "x-compute-tokens",
};

static struct embedder *tei_open(const struct embedder_config *cfg,
                                 struct error *err)
{
    struct embed_http *h = embed_http_new(&embedder_tei, &tei, cfg, err);

    if (!h)
        return NULL;
    buf_puts(&h->url, route);
    buf_putc(&h->head, '{');
    embed_http_put_optional(h, &h->head, "truncate", NULL, "false");
    embed_http_put_dim(h, &h->head, "dimensions");
    buf_puts(&h->head, ",\"inputs\":[");
    return embed_http_ready(h, cfg, err);
}

static void tei_learn_ceiling(const struct json_value *v, size_t *ceiling)
{
    int64_t n;

    if (json_integer(v, &n) && n > 0)
        *ceiling = (size_t)n;
}

/* By the name of the model, or by the name under which it is served. */
static bool check_model(struct embed_http *h, const struct json_value *has,
                        const struct json_value *served, struct error *err)
{
    char shown[80];

    if (json_is(has, buf_cstr(&h->name)) ||
        (served->type == JSON_STRING && json_is(served, buf_cstr(&h->name))))
        return true;
    if (served->type == JSON_STRING && served->raw.len > 0)
        has = served;
    str_printable(shown, sizeof shown, has->raw);
    return error_reply(err, ERROR_CONFIG,
                       "the server has another model: --embed tei:%s", shown);
}

static bool read_info(struct embed_http *h, struct error *err)
{
    const struct buf *body = &h->reply.body;
    struct json_value key, v, model = { .type = JSON_NULL }, served = model;
    struct json_cursor c;

    json_begin(&c, body->data ? body->data : "", body->len);
    json_enter_object(&c);
    while (json_member(&c, &key) && json_value(&c, &v))
        if (json_is(&key, "model_id"))
            model = v;
        else if (json_is(&key, "served_model_name"))
            served = v;
        else if (json_is(&key, "max_client_batch_size"))
            tei_learn_ceiling(&v, &h->base.max_texts);
        else if (json_is(&key, "max_input_length"))
            tei_learn_ceiling(&v, &h->base.max_text_tokens);
    if (c.why || !json_end(&c) || model.type != JSON_STRING)
        return error_reply(err, ERROR_CONFIG,
                           "the answer names no model: no %s there",
                           tei.title);
    return check_model(h, &model, &served, err);
}

static bool tei_preflight(struct embedder *e, struct error *err)
{
    struct embed_http *h = (struct embed_http *)e;
    struct buf url = { 0 };
    bool fine;

    buf_put(&url, h->url.data, h->url.len - (sizeof route - 1));
    buf_puts(&url, "/info");
    buf_cstr(&url);
    fine = url.failed ? error_memory(err, "for a URL")
                      : embed_http_get(h, url.data, err) && read_info(h, err);
    buf_release(&url);
    if (!fine)
        return error_wrap(err, "GET /info");
    return embed_http_preflight(e, err);
}

const struct embedder_ops embedder_tei = {
    .name = "tei",
    .summary = "tei:MODEL, Text Embeddings Inference (--embed-url)",
    .key_env = "TEI_API_KEY",
    .too_long = "refused",
    .remote = true,
    .takes = EMBEDDER_TAKES_ALL,
    .open = tei_open,
    .preflight = tei_preflight,
    .embed = embed_http_embed,
    .close = embed_http_close,
};
