/*
 * This file opens a provider over HTTP: it checks the configuration against
 * what the service offers, prepares the connection and the fixed pieces of the
 * request, and completes them after the provider has written its own.
 * embed_request.c sends the requests.
 */
#include "config.h"
#include "embed/embed_http.h"

#include <stdio.h>
#include <stdlib.h>

#include "embed/extra.h"
#include "util/json.h"

enum { ANSWER_BYTES = 128 << 20 /* 2048 vectors of 4096 floats as decimals */ };

/* ---- what was asked for ---- */

static const struct embed_model *find_model(const struct embed_service *s,
                                            const char *name)
{
    const struct embed_model *m = s->models;

    while (m && m->name && strcmp(m->name, name) != 0)
        m++;
    return m && m->name ? m : NULL;
}

static void embed_http_find_near(const struct embed_service *s,
                                 const char *name, char to[NEAR_WORD_MAX])
{
    struct near near;

    near_begin(&near, name);
    for (const struct embed_model *m = s->models; m && m->name; m++)
        near_look(&near, m->name);
    memcpy(to, near.best, sizeof near.best);
}

static bool embed_http_gives_dim(const struct embed_model *m, size_t dim)
{
    if (dim == m->dim)
        return true;
    for (const uint16_t *d = m->dims; d && *d; d++)
        if (*d == dim)
            return true;
    return dim >= m->least && dim <= m->most;
}

/* "256, 512 or 1024", "1 to 1536", "always 1536". */
static void tell_dims(const struct embed_model *m, char *to, size_t size)
{
    size_t n = 0;

    if (m->most) {
        snprintf(to, size, "%zu to %zu", m->least, m->most);
        return;
    }
    snprintf(to, size, "always %zu", m->dim);
    for (const uint16_t *d = m->dims; d && *d && n < size; d++)
        n += (size_t)snprintf(to + n, size - n, "%s%u",
                              d == m->dims ? ""
                              : d[1]       ? ", "
                                           : " or ",
                              *d);
}

static bool check_dim(const struct embed_model *m, size_t dim,
                      struct error *err)
{
    char list[64];

    if (!m || dim == 0 || dim < m->dim || embed_http_gives_dim(m, dim))
        return true;
    tell_dims(m, list, sizeof list);
    return error_set(err, ERROR_CONFIG, 0, "--dim %zu: %s gives %s dimensions",
                     dim, m->name, list);
}

static bool check_config(const struct embed_http *h,
                         const struct embedder_config *cfg, struct error *err)
{
    const struct embed_service *s = h->service;
    const struct embedder_ops *ops = h->base.ops;

    if (s->example && cfg->model[0] == '\0')
        return error_set(err, ERROR_CONFIG, 0,
                         "%s needs a model: --embed %s:%s", ops->name,
                         ops->name, s->example);
    if (!s->url && !cfg->url)
        return error_set(err, ERROR_CONFIG, 0,
                         "%s needs --embed-url: the address of your %s",
                         ops->name, s->title);
    if (s->needs_key && !h->has_key && (h->official || !s->url))
        return error_set(err, ERROR_CONFIG, 0,
                         "no key for %s: set %s, or name another variable "
                         "with --embed-key-env", s->title, ops->key_env);
    if (cfg->key && cfg->key[strcspn(cfg->key, "\r\n")])
        return error_set(err, ERROR_CONFIG, 0,
                         "the key for the embedder has a line break in it");
    return check_dim(h->model, cfg->dim, err);
}

static struct text without_slash(const char *url)
{
    struct text t = text_of(url);

    while (t.len && t.ptr[t.len - 1] == '/')
        t.len--;
    return t;
}

/* If the service cannot give so few dimensions, we cut its vectors. */
static size_t cut_from(const struct embed_model *m,
                       const struct embedder_config *cfg)
{
    if (cfg->own_dim)
        return cfg->own_dim;
    return m && cfg->dim && cfg->dim < m->dim &&
                   !embed_http_gives_dim(m, cfg->dim)
               ? m->dim
               : 0;
}

static void embed_http_describe(struct embed_http *h,
                                const struct embedder_config *cfg)
{
    const struct embed_model *m = h->model;
    size_t own = cut_from(m, cfg), asked = cfg->dim;

    h->asked_dim = asked;
    if (cfg->own_dim || (own && h->official)) {
        h->base.own_dim = own;
        h->base.dim = asked;
    }
    h->base.max_texts = h->service->max_texts;
    h->base.counts_texts = h->service->counts_texts;
    if (!m) {
        h->dimensions = h->service->sends_dim && !own ? asked : 0;
        return;
    }
    h->dimensions = asked == m->dim || own ? 0 : asked;
    h->base.max_tokens = m->request_tokens;
    h->base.max_text_tokens = m->text_tokens;
    h->base.usd_per_mtok = m->usd_per_mtok;
    h->base.priced = m->usd_per_mtok > 0 ? h->service->priced : NULL;
    if (h->official)
        h->base.dim = asked ? asked : m->dim;
}

static bool embed_http_set_up(struct embed_http *h,
                              const struct embedder_config *cfg,
                              struct error *err)
{
    const struct embed_service *s = h->service;
    struct http_config http = { .stop_fd = cfg->stop_fd,
                                .total_timeout_ms = cfg->timeout_ms,
                                .limit_bytes = ANSWER_BYTES,
                                .cacert = cfg->cacert,
                                .allow_cleartext = cfg->allow_cleartext };
    struct text base = without_slash(cfg->url ? cfg->url
                                     : s->url ? s->url
                                              : "");

    h->official = s->url && text_is(base, s->url);
    h->has_key = cfg->key && cfg->key[0];
    h->query = cfg->query;
    h->memory = cfg->memory;
    h->say = cfg->say;
    h->say_ctx = cfg->say_ctx;
    h->model = find_model(s, cfg->model);
    if (!h->model)
        embed_http_find_near(s, cfg->model, h->base.meant);
    if (!check_config(h, cfg, err))
        return false;
    buf_puts(&h->name, cfg->model);
    buf_put(&h->url, base.ptr, base.len);
    if (!s->key_header)
        buf_puts(&h->key, "Bearer ");
    buf_puts(&h->key, h->has_key ? cfg->key : "");
    embed_http_describe(h, cfg);
    h->http = http_new(&http, err);
    return h->http != NULL;
}

/* ---- life ---- */

struct embed_http *embed_http_new(const struct embedder_ops *ops,
                                  const struct embed_service *service,
                                  const struct embedder_config *cfg,
                                  struct error *err)
{
    struct embed_http *h = calloc(1, sizeof *h);

    if (!h) {
        error_memory(err, "for an embedder");
        return NULL;
    }
    h->base.ops = ops;
    h->service = service;
    http_reply_init(&h->reply);
    h->reply.wanted = service->tokens_header;
    if (!embed_http_set_up(h, cfg, err)) {
        embed_http_close(&h->base);
        return NULL;
    }
    return h;
}

void embed_http_put_optional(struct embed_http *h, struct buf *piece,
                             const char *name, const char *hint,
                             const char *json)
{
    embed_optional_put(&h->optional, piece, name, hint, json);
}

void embed_http_put_dim(struct embed_http *h, struct buf *piece,
                        const char *name)
{
    char n[24];

    snprintf(n, sizeof n, "%zu", h->dimensions);
    if (h->dimensions)
        embed_http_put_optional(h, piece, name, "dimension", n);
}

static void embed_http_put_default(struct buf *piece, const char *text)
{
    if (piece->len == 0)
        buf_puts(piece, text);
}

/* Put what --embed-extra adds before the last bracket. */
static bool put_extra(struct embed_http *h, const struct embedder_config *cfg,
                      struct error *err)
{
    static const struct embed_input any = { { "x", 1 }, true };

    if (!cfg->extra || !*cfg->extra)
        return true;
    if (!embed_http_body(h, &any, 1, err))
        return false;
    h->tail.len--;
    if (!extra_put(&h->tail, cfg->extra,
                   (struct text){ h->body.data, h->body.len },
                   cfg->query ? "--query-extra" : "--embed-extra", err))
        return false;
    buf_putc(&h->tail, '}');
    return true;
}

static bool embed_http_complete(struct embed_http *h,
                                const struct embedder_config *cfg,
                                struct error *err)
{
    embed_http_put_default(&h->open, "\"");
    embed_http_put_default(&h->close, "\"");
    embed_http_put_default(&h->tail, "]}");
    if (cfg->prefix)
        json_put_escaped(&h->open, text_of(cfg->prefix));
    buf_cstr(&h->key);
    if (!http_url_check(buf_cstr(&h->url), NULL, err))
        return error_wrap(err, "--embed-url");
    if (!put_extra(h, cfg, err))
        return false;
    if (h->name.failed || h->url.failed || h->key.failed || h->head.failed ||
        h->open.failed || h->close.failed || h->tail.failed)
        return error_memory(err, "for an embedder");
    return true;
}

struct embedder *embed_http_ready(struct embed_http *h,
                                  const struct embedder_config *cfg,
                                  struct error *err)
{
    if (embed_http_complete(h, cfg, err))
        return &h->base;
    embed_http_close(&h->base);
    return NULL;
}

void embed_http_close(struct embedder *e)
{
    struct embed_http *h = (struct embed_http *)e;

    if (!h)
        return;
    http_free(h->http);
    http_reply_release(&h->reply);
    rows_release(&h->rows);
    buf_release(&h->name);
    buf_release(&h->url);
    buf_release(&h->key);
    buf_release(&h->body);
    buf_release(&h->head);
    buf_release(&h->open);
    buf_release(&h->close);
    buf_release(&h->tail);
    free(h);
}
