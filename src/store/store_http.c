/* This file is what all HTTP stores share: it takes the URL with its options
 * apart, keeps the headers and the key, sends a request, packed if that pays,
 * and turns a refusal into an error by the service's own phrases. */
#include "config.h"
#include "store/store_http.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/gzip.h"

/* Below that, packing saves no packet. */
enum { GZIP_LEAST = 4096, UNSUPPORTED = 415 };

/* ---- the URL ---- */

static bool bad_url(const struct store_http *s, const char *url,
                    struct error *err)
{
    char shown[128];

    store_label(url, shown, sizeof shown);
    return error_set(err, ERROR_CONFIG, 0, "--store %s: the form is %s", shown,
                     s->kind->form);
}

bool store_name_fits(struct text name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.ptr[i]) &&
            !strchr("-_.", name.ptr[i]))
            return false;
    return name.len > 0 && name.ptr[0] != '.';
}

static bool option_fits(const struct store_http *s, struct text option)
{
    const char *equals = memchr(option.ptr, '=', option.len);
    const char *const *known = s->kind->options;
    struct text name, value;

    if (!equals)
        return false;
    name = (struct text){ option.ptr, (size_t)(equals - option.ptr) };
    value = (struct text){ equals + 1, option.len - name.len - 1 };
    if (s->kind->gzip && text_is(name, "gzip"))
        return text_is(value, "yes") || text_is(value, "no");
    while (known && *known && !text_is(name, *known))
        known++;
    return known && *known && store_name_fits(value);
}

/* k=v&k=v -> "k=v" NUL "k=v" NUL */
static bool take_options(struct store_http *s, const char *p)
{
    while (*p) {
        struct text option = { p, strcspn(p, "&") };

        if (!option_fits(s, option))
            return false;
        buf_put(&s->options, option.ptr, option.len);
        buf_putc(&s->options, '\0');
        p += option.len + (p[option.len] == '&');
    }
    return true;
}

/* The root and the name: http://HOST/PREFIX/NAME, without the query. */
static bool take_place(struct store_http *s, struct text place)
{
    const char *host = memmem(place.ptr, place.len, "://", 3);
    const char *end = text_end(place), *slash;
    struct text name = { end, 0 };

    if (!host)
        return false;
    host += 3;
    slash = memrchr(host, '/', (size_t)(end - host));
    if (slash)
        name = (struct text){ slash + 1, (size_t)(end - slash - 1) };
    if (!(s->kind->name_optional && name.len == 0) && !store_name_fits(name))
        return false;
    buf_put(&s->root, place.ptr, (size_t)((slash ? slash : end) - place.ptr));
    buf_put(&s->name, name.ptr, name.len);
    return true;
}

/* The place behind the '+', without the query; grpc[s]:// is http[s]:// that
 * speaks it. NULL: none of these. */
static const char *store_http_take_scheme(struct store_http *s, const char *url)
{
    const char *plus = strchr(url, '+');
    bool http = plus && (strncmp(plus, "+http://", 8) == 0 ||
                         strncmp(plus, "+https://", 9) == 0);

    s->grpc_alone = plus && s->kind->grpc &&
                    (strncmp(plus, "+grpc://", 8) == 0 ||
                     strncmp(plus, "+grpcs://", 9) == 0);
    if (s->grpc_alone)
        buf_puts(&s->root, "http");
    return s->grpc_alone ? plus + 5 : http ? plus + 1 : NULL;
}

static bool store_http_take_url(struct store_http *s, const char *url,
                                struct error *err)
{
    const char *at = store_http_take_scheme(s, url), *query;
    struct text place;

    if (!at)
        return bad_url(s, url, err);
    query = at + strcspn(at, "?");
    place = (struct text){ at, (size_t)(query - at) };
    if (!take_place(s, place) || (*query && !take_options(s, query + 1)))
        return bad_url(s, url, err);
    buf_cstr(&s->root);
    buf_cstr(&s->name);
    if (s->root.failed || s->name.failed || s->options.failed)
        return error_memory(err, "for a store");
    return http_url_check(s->root.data, NULL, err) ||
           error_wrap(err, "--store");
}

const char *store_http_option(const struct store_http *s, const char *name)
{
    size_t n = strlen(name);

    for (size_t at = 0; at < s->options.len;
         at += strlen(s->options.data + at) + 1) {
        const char *option = s->options.data + at;

        if (strncmp(option, name, n) == 0 && option[n] == '=')
            return option + n + 1;
    }
    return NULL;
}

/* ---- open and close ---- */

bool store_http_header(struct store_http *s, const char *name,
                       const char *prefix, const char *value, bool secret,
                       struct error *err)
{
    struct http_header *h = &s->header[s->header_count];
    size_t size = strlen(prefix) + strlen(value) + 1;
    char *copy;

    if (value[strcspn(value, "\r\n")])
        return error_set(err, ERROR_CONFIG, 0,
                         "the key for the store has a line break in it");
    if (s->header_count == STORE_HEADERS || !(copy = malloc(size)))
        return error_memory(err, "for a header");
    snprintf(copy, size, "%s%s", prefix, value);
    h->name = name;
    h->value = copy;
    h->secret = secret;
    s->header_count++;
    return true;
}

static bool take_headers(struct store_http *s, const char *key,
                         struct error *err)
{
    const struct store_http_kind *k = s->kind;

    if (!store_http_header(s, "Content-Type", "",
                           k->content_type ? k->content_type
                                           : "application/json",
                           false, err))
        return false;
    return !k->key_header || !key || !*key ||
           store_http_header(s, k->key_header, k->key_prefix, key, true, err);
}

/* Over the internet, bytes cost more than the time to pack them. */
static bool take_gzip(struct store_http *s, struct error *err)
{
    const char *gzip = store_http_option(s, "gzip");

    if (!s->kind->gzip ||
        !(gzip ? strcmp(gzip, "yes") == 0
               : strncmp(s->root.data, "https:", 6) == 0))
        return true;
    s->gzip = gzip_new();
    return s->gzip || error_memory(err, "for gzip");
}

bool store_http_init(struct store_http *s, const struct store_ops *ops,
                     const struct store_config *cfg, struct error *err)
{
    const struct store_http_kind *kind = ops->http;

    s->http_config = (struct http_config){
        .stop_fd = cfg->stop_fd, .total_timeout_ms = cfg->timeout_ms,
        .cacert = cfg->cacert, .allow_cleartext = cfg->allow_cleartext };
    s->kind = kind;
    s->base.ops = ops;
    s->base.dim = cfg->dim;
    s->base.limit_count = kind->limit_count;
    s->base.limit_bytes = kind->limit_bytes;
    s->base.good_count = kind->good_count;
    s->create = cfg->create && !cfg->read_only;
    s->say = cfg->say;
    s->say_ctx = cfg->say_ctx;
    s->wire_now = cfg->wire_now;
    http_reply_init(&s->reply);
    if (store_http_take_url(s, cfg->url, err) &&
        take_headers(s, cfg->key, err) && take_gzip(s, err))
        s->http = http_new(&s->http_config, err);
    return s->http != NULL;
}

static void forget_header(struct http_header *h)
{
    char *value = (char *)(uintptr_t)h->value;

    explicit_bzero(value, strlen(value));
    free(value);
}

void store_http_release(struct store_http *s)
{
    http_free(s->http);
    grpc_free(s->grpc);
    gzip_free(s->gzip);
    wire_proof_release(s->proof);
    http_reply_release(&s->reply);
    for (size_t i = 0; i < s->header_count; i++)
        forget_header(&s->header[i]);
    if (s->grpc_key.name)
        forget_header(&s->grpc_key);
    for (size_t i = 0; i < STORE_COLUMNS; i++)
        buf_release(&s->body[i]);
    buf_release(&s->root);
    buf_release(&s->grpc_root);
    buf_release(&s->grpc_likely);
    buf_release(&s->name);
    buf_release(&s->options);
    buf_release(&s->url);
}

struct store *store_http_open(const struct store_ops *ops,
                              const struct store_config *cfg,
                              struct error *err)
{
    const struct store_http_kind *kind = ops->http;
    struct store_http *s = calloc(1, kind->size);

    if (!s) {
        error_memory(err, "for a store");
        return NULL;
    }
    if (store_http_init(s, ops, cfg, err) &&
        (!kind->rules ||
         store_meta_init(&s->meta, store_http_option(s, "metadata"),
                         store_http_option(s, "text"), kind->rules, err)) &&
        (!kind->set_up || kind->set_up(&s->base, cfg, err)))
        return &s->base;
    ops->close(&s->base);
    return NULL;
}

void store_http_rest(struct store_http *s)
{
    for (size_t i = 0; i < STORE_COLUMNS; i++)
        buf_lend(&s->body[i]);
    buf_lend(&s->reply.body);
}

void store_http_close(struct store *s)
{
    if (s)
        store_http_release((struct store_http *)s);
    free(s);
}

bool store_http_preflight(struct store *s, struct error *err)
{
    const struct store_http *http = (const struct store_http *)s;

    return store_place_ready(s, &http->kind->place, http->name.data,
                             http->create, err);
}

bool store_http_know(struct store *s, struct error *err)
{
    const struct store_http *http = (const struct store_http *)s;

    return store_place_ready(s, &http->kind->place, http->name.data, false,
                             err);
}

bool store_http_suits(struct store *s, size_t dim, const char *metric,
                      struct error *err)
{
    const struct store_http *http = (const struct store_http *)s;

    return store_place_suits(s, &http->kind->place, http->name.data, dim,
                             metric, err);
}

/* ---- asking ---- */

void store_http_to(struct store_http *s, const char *format, ...)
{
    char path[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(path, sizeof path, format, args);
    va_end(args);
    buf_clear(s->body);
    buf_clear(&s->url);
    buf_put(&s->url, s->root.data, s->root.len);
    buf_puts(&s->url, path);
}

void store_http_url_put(struct store_http *s, struct text value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];

        if (isalnum(c) || (c && strchr("-._~", c)))
            buf_putc(&s->url, (char)c);
        else
            buf_printf(&s->url, "%%%02X", c);
    }
}

static bool store_http_exchange(struct store_http *s,
                                const struct http_request *req,
                                struct error *err)
{
    bool fine = http_send(s->http, req, &s->reply, err);

    s->base.wire_sent += s->reply.sent_bytes;
    s->base.wire_received += s->reply.received_bytes;
    return fine;
}

/* Send it packed. *again: the server does not take gzip, and never will. */
static bool exchange_packed(struct store_http *s,
                            const struct http_request *plain, bool *again,
                            struct error *err)
{
    struct http_header header[STORE_HEADERS + 1];
    struct http_request req = *plain;

    if (!gzip_pack(s->gzip, plain->body, &req.body))
        return error_memory(err, "for gzip");
    memcpy(header, s->header, s->header_count * sizeof *header);
    header[s->header_count] =
        (struct http_header){ .name = "Content-Encoding", .value = "gzip" };
    req.headers = header;
    req.header_count = s->header_count + 1;
    if (!store_http_exchange(s, &req, err))
        return false;
    *again = s->reply.status == UNSUPPORTED;
    if (*again) {
        gzip_free(s->gzip);
        s->gzip = NULL;
        if (s->say)
            s->say(s->say_ctx, "the store takes no gzip: requests go as they "
                               "are");
    }
    return true;
}

bool store_http_send(struct store_http *s, const char *method,
                     struct error *err)
{
    struct http_request req = { .method = method, .url = buf_cstr(&s->url),
                                .headers = s->header,
                                .header_count = s->header_count,
                                .body = { s->body->data, s->body->len } };
    bool again = false;

    if (s->body->failed || s->url.failed)
        return error_memory(err, "for a request");
    if (!s->gzip || s->body->len < GZIP_LEAST)
        return store_http_exchange(s, &req, err);
    if (!exchange_packed(s, &req, &again, err))
        return false;
    s->reply.sent = req.body; /* what it was before it was packed */
    return !again || store_http_exchange(s, &req, err);
}

static void store_http_find_verdict(const struct store_http *s,
                                    struct error *err)
{
    const struct store_verdict *v = s->kind->verdicts;

    for (; v && v->phrase; v++) {
        const char *const phrases[] = { v->phrase, NULL };

        if ((v->status && v->status != s->reply.status) ||
            !http_says(&s->reply, phrases))
            continue;
        err->kind = v->kind;
        err->about = v->about;
        return;
    }
}

bool store_http_refused(struct store_http *s, struct error *err)
{
    http_status_error(&s->reply, err);
    store_http_find_verdict(s, err);
    if (s->kind->amend)
        s->kind->amend(&s->reply, err);
    return false;
}

bool store_http_ask(struct store_http *s, const char *method,
                    struct error *err)
{
    return store_http_send(s, method, err) &&
           (s->reply.status < 300 || store_http_refused(s, err));
}

bool store_http_look(struct store_http *s, bool *there, struct error *err)
{
    if (!store_http_send(s, "GET", err))
        return false;
    *there = s->reply.status != 404;
    if (!*there || s->reply.status < 300)
        return true;
    store_http_refused(s, err);
    return error_wrap(err, "looking at %s %s", s->kind->place.noun,
                      s->name.data);
}

struct text store_http_answer(const struct store_http *s)
{
    return (struct text){ s->reply.body.data, s->reply.body.len };
}
