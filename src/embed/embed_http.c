#include "config.h"
#include "embed/embed_http.h"

#include <stdio.h>
#include <stdlib.h>

#include "embed/extra.h"
#include "util/json.h"

enum {
    ANSWER_BYTES = 128 << 20, /* 2048 vectors of 4096 floats as decimals */
    KEEP_BYTES = 8 << 20      /* of a body's storage between calls */
};

/* ---- what was asked for ---- */

static const struct embed_model *find_model(const struct embed_service *s,
                                            const char *name)
{
    const struct embed_model *m = s->models;

    while (m && m->name && strcmp(m->name, name) != 0)
        m++;
    return m && m->name ? m : NULL;
}

static bool gives(const struct embed_model *m, size_t dim)
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

    if (!m || dim == 0 || dim < m->dim || gives(m, dim))
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

/* Fewer dimensions than the service gives are cut here. */
static size_t cut_from(const struct embed_model *m,
                       const struct embedder_config *cfg)
{
    if (cfg->own_dim)
        return cfg->own_dim;
    return m && cfg->dim && cfg->dim < m->dim && !gives(m, cfg->dim) ? m->dim
                                                                     : 0;
}

static void describe(struct embed_http *h, const struct embedder_config *cfg)
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

static bool set_up(struct embed_http *h, const struct embedder_config *cfg,
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
    if (!check_config(h, cfg, err))
        return false;
    buf_puts(&h->name, cfg->model);
    buf_put(&h->url, base.ptr, base.len);
    if (!s->key_header)
        buf_puts(&h->key, "Bearer ");
    buf_puts(&h->key, h->has_key ? cfg->key : "");
    describe(h, cfg);
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
        error_set(err, ERROR_MEMORY, 0, "no memory for an embedder");
        return NULL;
    }
    h->base.ops = ops;
    h->service = service;
    http_reply_init(&h->reply);
    if (!set_up(h, cfg, err)) {
        embed_http_close(&h->base);
        return NULL;
    }
    return h;
}

static void put(struct embed_http *h, const struct buf *piece)
{
    embed_optional_copy(&h->optional, piece, &h->body);
}

static bool make_body(struct embed_http *h, const struct embed_input *in,
                      size_t n, struct error *err)
{
    struct buf *b = &h->body;

    buf_clear(b);
    buf_trim(b, KEEP_BYTES);
    put(h, &h->head);
    h->texts_at = b->len;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_putc(b, ',');
        put(h, &h->open);
        if (in[i].escaped)
            buf_put(b, in[i].text.ptr, in[i].text.len);
        else
            json_put_escaped(b, in[i].text);
        put(h, &h->close);
    }
    h->texts_end = b->len;
    put(h, &h->tail);
    return !b->failed ||
           error_set(err, ERROR_MEMORY, 0, "no memory for a request");
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

static void by_default(struct buf *piece, const char *text)
{
    if (piece->len == 0)
        buf_puts(piece, text);
}

/* What --embed-extra adds goes before the last bracket. */
static bool put_extra(struct embed_http *h, const struct embedder_config *cfg,
                      struct error *err)
{
    static const struct embed_input any = { { "x", 1 }, true };

    if (!cfg->extra || !*cfg->extra)
        return true;
    if (!make_body(h, &any, 1, err))
        return false;
    h->tail.len--;
    if (!extra_put(&h->tail, cfg->extra,
                   (struct text){ h->body.data, h->body.len },
                   cfg->query ? "--query-extra" : "--embed-extra", err))
        return false;
    buf_putc(&h->tail, '}');
    return true;
}

static bool complete(struct embed_http *h, const struct embedder_config *cfg,
                     struct error *err)
{
    by_default(&h->open, "\"");
    by_default(&h->close, "\"");
    by_default(&h->tail, "]}");
    if (cfg->prefix)
        json_put_escaped(&h->open, text_of(cfg->prefix));
    buf_cstr(&h->key);
    if (!http_url_check(buf_cstr(&h->url), NULL, err))
        return error_wrap(err, "--embed-url");
    if (!put_extra(h, cfg, err))
        return false;
    if (h->name.failed || h->url.failed || h->key.failed || h->head.failed ||
        h->open.failed || h->close.failed || h->tail.failed)
        return error_set(err, ERROR_MEMORY, 0, "no memory for an embedder");
    return true;
}

struct embedder *embed_http_ready(struct embed_http *h,
                                  const struct embedder_config *cfg,
                                  struct error *err)
{
    if (complete(h, cfg, err))
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

/* ---- a request ---- */

/* h->reply has something to say, too, where this fails. */
static bool exchange(struct embed_http *h, const char *method,
                     const char *url, struct text body, struct error *err)
{
    const char *name = h->service->key_header;
    const struct http_header headers[] = {
        { "Content-Type", "application/json", false },
        { "Accept", "application/json", false },
        { name ? name : "Authorization", h->key.data, true },
    };
    struct http_request req = { .method = method, .url = url,
                                .headers = headers,
                                .header_count = h->has_key ? 3 : 2,
                                .body = body };

    return http_send(h->http, &req, &h->reply, err);
}

bool embed_http_get(struct embed_http *h, const char *url, struct error *err)
{
    if (!exchange(h, "GET", url, (struct text){ NULL, 0 }, err))
        return false;
    return h->reply.status < 300 || http_status_error(&h->reply, err);
}

/* What was paid for counts, whether it can be used or not. */
static bool read_rows(struct embed_http *h, struct embed_usage *use,
                      struct error *err)
{
    bool fine = rows_read(&h->rows, &h->service->form, &h->reply, err);

    use->tokens += h->rows.tokens;
    if (!fine && err->kind == ERROR_PROTOCOL)
        http_error_inside(&h->reply, err);
    return fine;
}

static bool ask_once(struct embed_http *h, const struct embed_input *in,
                     size_t n, struct embed_usage *use, struct error *err)
{
    bool fine;

    if (!make_body(h, in, n, err))
        return false;
    fine = exchange(h, "POST", h->url.data,
                    (struct text){ h->body.data, h->body.len }, err);
    use->sent_bytes += h->reply.sent_bytes;
    use->received_bytes += h->reply.received_bytes;
    use->pace = &h->reply.pace;
    h->reply.sent = (struct text){ h->body.data + h->texts_at,
                                   h->texts_end - h->texts_at };
    if (!fine)
        return false;
    if (h->reply.status >= 300)
        return http_status_error(&h->reply, err);
    return read_rows(h, use, err);
}

/* ---- what the server can do without ---- */

/* The members that we add may be to blame for such a status; not where a text
 * is, whose remedy would be to let it be cut. */
static bool blames_the_request(const struct embed_http *h,
                               const struct error *err)
{
    static const int statuses[] = { 400, 406, 415, 422, 500, 501 };

    if (err->about == ABOUT_DOCUMENT || err->about == ABOUT_REQUEST)
        return false;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (err->code == statuses[i])
            return h->reply.status == err->code;
    return false;
}

static void leave_out(struct embed_http *h, unsigned bits)
{
    h->optional.left_out |= bits;
    if (h->memory)
        atomic_fetch_or(&h->memory->left_out, bits);
    for (size_t i = 0; h->say && i < h->optional.count; i++) {
        char line[160];

        if (!(bits & 1U << i))
            continue;
        snprintf(line, sizeof line,
                 "the embedder refuses the member \"%s\" of a request: it is "
                 "asked without it from now on", h->optional.item[i].name);
        h->say(h->say_ctx, line);
    }
}

/* Send the texts and read rows as h->rows says. */
static bool ask(struct embed_http *h, const struct embed_input *in, size_t n,
                struct embed_usage *use, struct error *err)
{
    if (h->memory)
        h->optional.left_out |= atomic_load(&h->memory->left_out);
    while (!ask_once(h, in, n, use, err)) {
        int i = blames_the_request(h, err)
                    ? embed_optional_named(&h->optional, &h->reply)
                    : -1;

        if (i < 0)
            return false;
        leave_out(h, 1U << i);
    }
    return true;
}

/* A refusal whose words name nothing may still be of a member: once without
 * any of them but that for the dimension, which would give other vectors. */
static bool ask_plainly(struct embed_http *h, const struct embed_input *in,
                        struct embed_usage *use, struct error *err)
{
    unsigned before = h->optional.left_out, all = 0;

    for (size_t i = 0; i < h->optional.count; i++)
        if (!strstr(h->optional.item[i].name, "imension"))
            all |= 1U << i;
    if ((all & ~before) == 0 || err->kind != ERROR_REFUSED ||
        err->about != ABOUT_UNKNOWN)
        return false;
    h->optional.left_out |= all;
    if (ask_once(h, in, 1, use, err)) {
        leave_out(h, all & ~before);
        return true;
    }
    h->optional.left_out = before;
    return false;
}

bool embed_http_embed(struct embedder *e, const struct embed_input *in,
                      size_t n, float *vectors, struct embed_usage *use,
                      struct error *err)
{
    struct embed_http *h = (struct embed_http *)e;

    *use = (struct embed_usage){ 0 };
    h->rows.count = n;
    h->rows.dim = e->own_dim ? e->own_dim : e->dim;
    h->rows.keep = e->own_dim ? e->dim : 0;
    h->rows.vectors = vectors;
    return ask(h, in, n, use, err);
}

/* One vector, to learn its dimension; where that of --dim cannot be asked for,
 * it is the model's own. The text is no word that a refusal may need. */
static bool ask_first(struct embed_http *h, struct error *err)
{
    struct embed_input probe = { .text = text_of("hello") };
    struct embed_usage use = { 0 };

    h->rows.count = 1;
    h->rows.dim = h->rows.keep = 0;
    h->rows.vectors = NULL;
    return ask(h, &probe, 1, &use, err) || ask_plainly(h, &probe, &use, err);
}

/* Is it there, does it take the key, does it have the model, how long are its
 * vectors? Longer ones than were asked for are cut from now on. */
bool embed_http_preflight(struct embedder *e, struct error *err)
{
    struct embed_http *h = (struct embed_http *)e;

    if (e->dim)
        return true;
    if (!ask_first(h, err))
        return error_wrap(err, "asking for a first vector");
    if (h->asked_dim > h->rows.dim)
        return error_set(err, ERROR_CONFIG, 0,
                         "--dim %zu, but the model gives %zu dimensions",
                         h->asked_dim, h->rows.dim);
    e->dim = h->asked_dim ? h->asked_dim : h->rows.dim;
    e->own_dim = e->dim < h->rows.dim ? h->rows.dim : 0;
    return true;
}
