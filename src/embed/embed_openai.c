/*
 * OpenAI's embeddings, and every server that speaks the same.
 *
 * Source      https://platform.openai.com/docs/api-reference/embeddings and
 *             the openai-openapi description, read in August 2026. Its schema
 *             allows no further members, so we send none.
 *
 * Texts travel as the JSON they were in the corpus, vectors as base64 of
 * little-endian float32.
 */
#include "config.h"
#include "embed/providers.h"

#include <stdlib.h>

#include "embed/openai_reply.h"
#include "net/http.h"
#include "util/json.h"

static const char official_url[] = "https://api.openai.com/v1";

/* Dimensions and USD per million tokens as published in August 2026. */
static const struct known_model {
    const char *name;
    size_t dim;
    double usd_per_mtok;
    bool shortens; /* takes `dimensions` */
} known_models[] = {
    { "text-embedding-3-small", 1536, 0.02, true },
    { "text-embedding-3-large", 3072, 0.13, true },
    { "text-embedding-ada-002", 1536, 0.10, false },
};

enum {
    MOST_TEXTS = 2048,
    MOST_TOKENS = 300000, /* of a request, at OpenAI */
    MOST_TEXT_TOKENS = 8192,
    ANSWER_BYTES = 128 << 20, /* 2048 vectors of 4096 floats as decimals */
    KEEP_BYTES = 8 << 20      /* of a body's storage between calls */
};

struct openai {
    struct embedder base;
    struct http *http;
    struct http_reply reply;
    struct openai_rows rows;
    struct buf url, auth, head, body;
    size_t asked_dim; /* --dim */
    bool official, has_key;
};

static const struct known_model *find_model(const char *name)
{
    for (size_t i = 0; i < sizeof known_models / sizeof *known_models; i++)
        if (strcmp(known_models[i].name, name) == 0)
            return &known_models[i];
    return NULL;
}

/* ---- open ---- */

static bool check_config(const struct embedder_config *cfg, bool official,
                         const struct known_model *model, struct error *err)
{
    if (cfg->model[0] == '\0')
        return error_set(err, ERROR_CONFIG, 0,
                         "openai needs a model: --embed "
                         "openai:text-embedding-3-small");
    if (official && (!cfg->key || cfg->key[0] == '\0'))
        return error_set(err, ERROR_CONFIG, 0,
                         "no key for OpenAI: set OPENAI_API_KEY, or name "
                         "another variable with --embed-key-env");
    if (cfg->key && cfg->key[strcspn(cfg->key, "\r\n")])
        return error_set(err, ERROR_CONFIG, 0,
                         "the key for the embedder has a line break in it");
    if (model && cfg->dim > model->dim)
        return error_set(err, ERROR_CONFIG, 0,
                         "--dim %zu: %s gives at most %zu dimensions",
                         cfg->dim, model->name, model->dim);
    if (model && cfg->dim && cfg->dim != model->dim && !model->shortens)
        return error_set(err, ERROR_CONFIG, 0,
                         "--dim %zu: %s always gives %zu dimensions", cfg->dim,
                         model->name, model->dim);
    return true;
}

static struct text without_slash(const char *url)
{
    struct text t = text_of(url);

    while (t.len && t.ptr[t.len - 1] == '/')
        t.len--;
    return t;
}

/* What every body begins with, up to the first text. */
static void make_head(struct openai *o, const char *model, size_t dimensions)
{
    buf_puts(&o->head, "{\"model\":");
    json_put_string(&o->head, text_of(model));
    buf_puts(&o->head, ",\"encoding_format\":\"base64\"");
    if (dimensions)
        buf_printf(&o->head, ",\"dimensions\":%zu", dimensions);
    buf_puts(&o->head, ",\"input\":[");
}

static void describe(struct openai *o, const struct known_model *model,
                     size_t asked)
{
    o->asked_dim = asked;
    o->base.max_texts = MOST_TEXTS;
    if (!model)
        return;
    o->base.max_tokens = MOST_TOKENS;
    o->base.max_text_tokens = MOST_TEXT_TOKENS;
    o->base.usd_per_mtok = model->usd_per_mtok;
    if (o->official)
        o->base.dim = asked ? asked : model->dim;
}

static bool set_up(struct openai *o, const struct embedder_config *cfg,
                   struct error *err)
{
    struct http_config http = { .stop_fd = cfg->stop_fd,
                                .total_timeout_ms = cfg->timeout_ms,
                                .limit_bytes = ANSWER_BYTES,
                                .cacert = cfg->cacert,
                                .allow_cleartext = cfg->allow_cleartext };
    const struct known_model *model = find_model(cfg->model);
    struct text base = without_slash(cfg->url ? cfg->url : official_url);

    o->official = text_is(base, official_url);
    o->has_key = cfg->key && cfg->key[0];
    if (!check_config(cfg, o->official, model, err))
        return false;
    buf_put(&o->url, base.ptr, base.len);
    buf_puts(&o->url, "/embeddings");
    if (!http_url_check(buf_cstr(&o->url), NULL, err))
        return error_wrap(err, "--embed-url");
    buf_puts(&o->auth, "Bearer ");
    buf_puts(&o->auth, o->has_key ? cfg->key : "");
    make_head(o, cfg->model,
              model && model->shortens && cfg->dim != model->dim ? cfg->dim
                                                                 : 0);
    buf_cstr(&o->auth);
    if (o->url.failed || o->auth.failed || o->head.failed)
        return error_set(err, ERROR_MEMORY, 0, "no memory for an embedder");
    describe(o, model, cfg->dim);
    o->http = http_new(&http, err);
    return o->http != NULL;
}

static void openai_close(struct embedder *e)
{
    struct openai *o = (struct openai *)e;

    if (!o)
        return;
    http_free(o->http);
    http_reply_release(&o->reply);
    openai_rows_release(&o->rows);
    buf_release(&o->url);
    buf_release(&o->auth);
    buf_release(&o->head);
    buf_release(&o->body);
    free(o);
}

static struct embedder *openai_open(const struct embedder_config *cfg,
                                    struct error *err)
{
    struct openai *o = calloc(1, sizeof *o);

    if (!o) {
        error_set(err, ERROR_MEMORY, 0, "no memory for an embedder");
        return NULL;
    }
    o->base.ops = &embedder_openai;
    http_reply_init(&o->reply);
    if (!set_up(o, cfg, err)) {
        openai_close(&o->base);
        return NULL;
    }
    return &o->base;
}

/* ---- a request ---- */

static bool make_body(struct openai *o, const struct embed_input *in, size_t n,
                      struct error *err)
{
    struct buf *b = &o->body;

    buf_clear(b);
    buf_trim(b, KEEP_BYTES);
    buf_put(b, o->head.data, o->head.len);
    for (size_t i = 0; i < n; i++) {
        buf_puts(b, i ? ",\"" : "\"");
        if (in[i].escaped)
            buf_put(b, in[i].text.ptr, in[i].text.len);
        else
            json_put_escaped(b, in[i].text);
        buf_putc(b, '"');
    }
    buf_puts(b, "]}");
    return !b->failed ||
           error_set(err, ERROR_MEMORY, 0, "no memory for a request");
}

/* Send the texts and read rows as o->rows says. */
static bool ask(struct openai *o, const struct embed_input *in, size_t n,
                struct embed_usage *use, struct error *err)
{
    const struct http_header headers[] = {
        { "Content-Type", "application/json", false },
        { "Accept", "application/json", false },
        { "Authorization", o->auth.data, true },
    };
    struct http_request req = { .method = "POST", .url = o->url.data,
                                .headers = headers,
                                .header_count = o->has_key ? 3 : 2 };
    bool fine;

    if (!make_body(o, in, n, err))
        return false;
    req.body = (struct text){ o->body.data, o->body.len };
    fine = http_send(o->http, &req, &o->reply, err);
    use->sent_bytes = o->reply.sent_bytes;
    use->received_bytes = o->reply.received_bytes;
    use->pace = &o->reply.pace;
    if (!fine)
        return false;
    if (o->reply.status >= 300)
        return http_status_error(&o->reply, err);
    if (!openai_reply_read(&o->reply, &o->rows, err))
        return false;
    use->tokens = o->rows.tokens;
    return true;
}

static bool openai_embed(struct embedder *e, const struct embed_input *in,
                         size_t n, float *vectors, struct embed_usage *use,
                         struct error *err)
{
    struct openai *o = (struct openai *)e;

    *use = (struct embed_usage){ 0 };
    o->rows.count = n;
    o->rows.dim = e->dim;
    o->rows.vectors = vectors;
    return ask(o, in, n, use, err);
}

/* OpenAI's own models are known. Of any other server we ask one vector: is it
 * there, does it take the key, does it have the model, how long are they? */
static bool openai_preflight(struct embedder *e, struct error *err)
{
    struct embed_input probe = { .text = text_of("dimensions") };
    struct openai *o = (struct openai *)e;
    struct embed_usage use = { 0 };

    if (o->official && e->dim)
        return true;
    o->rows.count = 1;
    o->rows.dim = 0;
    o->rows.vectors = NULL;
    if (!ask(o, &probe, 1, &use, err))
        return error_wrap(err, "asking for a first vector");
    if (o->asked_dim && o->asked_dim != o->rows.dim)
        return error_set(err, ERROR_CONFIG, 0,
                         "--dim %zu, but the model gives %zu dimensions",
                         o->asked_dim, o->rows.dim);
    e->dim = o->rows.dim;
    return true;
}

const struct embedder_ops embedder_openai = {
    .name = "openai",
    .summary = "openai:MODEL, OpenAI or a compatible server (--embed-url)",
    .key_env = "OPENAI_API_KEY",
    .remote = true,
    .open = openai_open,
    .preflight = openai_preflight,
    .embed = openai_embed,
    .close = openai_close,
};
