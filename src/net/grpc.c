/*
 * This file makes a gRPC call out of an HTTP/2 exchange: it puts the prefix and
 * the headers around the message, and judges what came back by the status in
 * the trailers.
 *
 *     HTTP status 200, application/grpc, a frame, trailers   an answer
 *     HTTP status 200, the status among the headers          a refusal
 *     HTTP status 200, no status at all                      broken off
 *     another HTTP status without a status of gRPC           not the service
 */
#include "config.h"
#include "net/grpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "net/grpc_status.h"
#include "net/http_parts.h"
#include "util/json.h"
#include "util/str.h"

enum { TIMEOUT_MS = 120000, OWN_HEADERS = 4, HEAD_BYTES = 65536,
       PROBE_MS = 5000 };

struct grpc {
    struct http *http;
    struct buf head; /* of the running call: all lines of head and trailers */
    struct grpc_status status;
    char timeout[24];
    bool spoke;                /* it had an answer over gRPC or HTTP/2 */
    struct http_config config; /* to find out why it has none */
};

struct grpc *grpc_new(const struct http_config *cfg, struct error *err)
{
    struct grpc *g = calloc(1, sizeof *g);
    struct http_config http = *cfg;
    int64_t ms = cfg->total_timeout_ms ? cfg->total_timeout_ms : TIMEOUT_MS;

    if (!g) {
        error_memory(err, "for a connection");
        return NULL;
    }
    g->config = *cfg;
    http.http2 = true;
    snprintf(g->timeout, sizeof g->timeout, "%lldm",
             (long long)(ms < 99999999 ? ms : 99999999));
    g->http = http_new(&http, err);
    if (g->http)
        return g;
    grpc_free(g);
    return NULL;
}

void grpc_free(struct grpc *g)
{
    if (!g)
        return;
    http_free(g->http);
    buf_release(&g->head);
    grpc_status_release(&g->status);
    free(g);
}

/* ---- the request ---- */

void grpc_begin(struct buf *body)
{
    static const char prefix[GRPC_PREFIX] = { 0 };

    buf_clear(body);
    buf_put(body, prefix, sizeof prefix);
}

/* The flag stays 0: not packed. */
static bool grpc_seal(struct buf *body, struct error *err)
{
    size_t size = body->len - GRPC_PREFIX;

    if (body->failed)
        return error_memory(err, "for a request");
    if (size > UINT32_MAX)
        return error_set(err, ERROR_SIZE, 0,
                         "a message of %zu bytes is more than gRPC knows",
                         size);
    for (size_t i = 0; i < 4; i++)
        body->data[1 + i] = (char)(size >> (24 - 8 * i));
    return true;
}

static bool grpc_exchange(struct grpc *g, const struct grpc_request *call,
                          struct http_reply *reply, struct error *err)
{
    struct http_header header[GRPC_HEADERS + OWN_HEADERS] = {
        { "Content-Type", "application/grpc", false },
        { "TE", "trailers", false },
        { "grpc-timeout", g->timeout, false },
        { "grpc-accept-encoding", "identity", false }
    };
    struct http_request req = { .method = "POST", .url = call->url,
                                .headers = header,
                                .header_count = OWN_HEADERS,
                                .body = { call->body->data, call->body->len } };
    bool fine;

    for (size_t i = 0; i < call->header_count && i < GRPC_HEADERS; i++)
        header[req.header_count++] = call->headers[i];
    buf_clear(&g->head);
    reply->head = &g->head;
    fine = http_send(g->http, &req, reply, err);
    reply->head = NULL;
    reply->sent.ptr += GRPC_PREFIX;
    reply->sent.len -= GRPC_PREFIX;
    return fine;
}

/* ---- the answer ---- */

static bool grpc_nonsense(const struct http_reply *r, const char *what,
                          struct error *err)
{
    error_reply(err, ERROR_PROTOCOL, "the answer over gRPC %s", what);
    err->about = ABOUT_SERVICE;
    err->in_reply = r->status < 300;
    return false;
}

/* Exactly one frame that is not packed. */
static bool grpc_whole(const struct http_reply *r, bool packed,
                       struct error *err)
{
    const unsigned char *p = (const unsigned char *)r->body.data;
    size_t size;

    if (r->body.len < GRPC_PREFIX)
        return grpc_nonsense(r, r->body.len ? "is cut off" : "has no message",
                             err);
    if (p[0] != 0)
        return grpc_nonsense(
            r, packed ? "is packed, which we did not ask for"
                      : "has a flag that gRPC does not know", err);
    size = (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4];
    if (size > r->body.len - GRPC_PREFIX)
        return grpc_nonsense(r, "is cut off", err);
    return size == r->body.len - GRPC_PREFIX ||
           grpc_nonsense(r, "has more than one message", err);
}

/* The refusal in the form that http_error.c reads; keys blotted out. */
static bool grpc_refusal(struct grpc *g, const struct grpc_request *call,
                         struct http_reply *r, struct error *err)
{
    struct text message = { g->status.message.data, g->status.message.len };
    char shown[4096];

    for (size_t i = 0; i < call->header_count; i++) {
        const char *key = call->headers[i].value, *space = strchr(key, ' ');

        if (call->headers[i].secret)
            http_blot(message, text_of(space ? space + 1 : key));
    }
    str_printable(shown, sizeof shown, message);
    r->grpc = g->status.code;
    r->status = grpc_status_http(&g->status);
    if (r->pace.retry_after_ms < 0)
        r->pace.retry_after_ms = g->status.retry_ms;
    buf_clear(&r->body);
    buf_puts(&r->body, "{\"message\":");
    json_put_string(&r->body, text_of(shown));
    buf_putc(&r->body, '}');
    return !r->body.failed || error_memory(err, "for an answer");
}

static bool grpc_config(const struct http_reply *r, struct error *err)
{
    error_set(err, ERROR_CONFIG, r->status,
              "HTTP %d (%s): no gRPC is spoken there: is it the port for REST?",
              r->status, r->content_type[0] ? r->content_type : "no type");
    err->about = ABOUT_SERVICE;
    return false;
}

/* These come from what stands between us and a service, and mean over gRPC what
 * they always mean. */
static bool grpc_is_plain_http(int status)
{
    return status >= 500 || status == 401 || status == 403 || status == 407 ||
           status == 408 || status == 413 || status == 429;
}

static bool grpc_without_status(struct http_reply *r, struct error *err)
{
    r->grpc = -1;
    if (grpc_is_plain_http(r->status))
        return true;
    if (r->status == 200 &&
        strncasecmp(r->content_type, "application/grpc", 16) == 0)
        return error_set(err, ERROR_NETWORK, r->status,
                         "the answer over gRPC broke off before its status");
    return grpc_config(r, err);
}

/* A server of HTTP/1.1 hangs up on the first bytes of HTTP/2, as one that just
 * ends does. Where no gRPC was spoken before, ask it in HTTP/1.1: *r. What a
 * proxy answers whose service is away (5xx) is no evidence. */
static bool grpc_finds_http_1(const struct grpc *g,
                              const struct grpc_request *call,
                              const struct error *err, struct http_reply *r)
{
    const struct http_request get = { .method = "GET", .url = call->url };
    struct http_config cfg = g->config;
    struct error why;
    struct http *plain;
    bool found;

    if (g->spoke || err->kind != ERROR_NETWORK ||
        err->about == ABOUT_SERVICE || strncasecmp(call->url, "http:", 5) != 0)
        return false;
    cfg.connect_timeout_ms = cfg.total_timeout_ms = PROBE_MS;
    plain = http_new(&cfg, &why);
    found = plain && http_send(plain, &get, r, &why);
    http_free(plain);
    return found && r->status < 500;
}

/* Some servers speak both at one port: then it was an accident. */
static bool grpc_exchange_somehow(struct grpc *g,
                                  const struct grpc_request *call,
                                  struct http_reply *reply, struct error *err)
{
    struct http_reply plain;
    bool fine = grpc_exchange(g, call, reply, err);

    g->spoke |= reply->stream_ended;
    if (fine)
        return true;
    http_reply_init(&plain);
    if (grpc_finds_http_1(g, call, err, &plain)) {
        fine = grpc_exchange(g, call, reply, err);
        g->spoke |= reply->stream_ended;
        if (!fine && !g->spoke && err->kind == ERROR_NETWORK)
            grpc_config(&plain, err);
    }
    http_reply_release(&plain);
    return fine;
}

bool grpc_call(struct grpc *g, const struct grpc_request *call,
               struct http_reply *reply, struct error *err)
{
    reply->grpc = -1;
    if (!grpc_seal(call->body, err) ||
        !grpc_exchange_somehow(g, call, reply, err))
        return false;
    if (g->head.failed)
        return error_memory(err, "for an answer");
    grpc_status_read(&g->status, (struct text){ g->head.data, g->head.len });
    buf_trim(&g->head, HEAD_BYTES);
    if (g->status.code < 0)
        return grpc_without_status(reply, err);
    g->spoke = true;
    if (g->status.code > 0)
        return grpc_refusal(g, call, reply, err);
    reply->grpc = GRPC_OK;
    return grpc_whole(reply, g->status.packed, err);
}

struct text grpc_answer(const struct http_reply *reply)
{
    return (struct text){ reply->body.data + GRPC_PREFIX,
                          reply->body.len - GRPC_PREFIX };
}
