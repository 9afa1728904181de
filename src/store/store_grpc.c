/* This file makes gRPC calls for a store over HTTP, with its key as metadata
 * and its counters of bytes. */
#include "config.h"
#include "store/store_grpc.h"

#include <strings.h>

bool store_grpc_open(struct store_http *s, const char *root, struct error *err)
{
    buf_clear(&s->grpc_root);
    buf_puts(&s->grpc_root, root);
    buf_cstr(&s->grpc_root);
    if (s->grpc_root.failed)
        return error_memory(err, "for a store");
    if (!http_url_check(root, NULL, err))
        return false;
    if (!s->grpc)
        s->grpc = grpc_new(&s->http_config, err);
    return s->grpc != NULL;
}

bool store_grpc_set_up(struct store *s, const struct store_config *cfg,
                       struct error *err)
{
    struct store_http *http = (struct store_http *)s;

    (void)cfg;
    return !http->grpc_alone || store_grpc_open(http, http->root.data, err);
}

void store_grpc_key(struct store_http *s, const char *name, char *value)
{
    s->grpc_key = (struct http_header){ name, value, true };
}

bool store_grpc_alone(const struct store_http *s)
{
    return s->grpc_alone;
}

void store_grpc_body(struct store *s, struct buf *body)
{
    (void)s;
    grpc_begin(body);
}

void store_grpc_to(struct store_http *s, const char *method)
{
    grpc_begin(s->body);
    buf_clear(&s->url);
    buf_put(&s->url, s->grpc_root.data, s->grpc_root.len);
    buf_puts(&s->url, method);
}

/* The type of the content is gRPC's own, the key perhaps, too. */
static size_t store_grpc_metadata(const struct store_http *s,
                                  struct http_header *to)
{
    size_t n = 0;

    for (size_t i = 0; i < s->header_count; i++)
        if (strcasecmp(s->header[i].name, "Content-Type") != 0 &&
            !(s->header[i].secret && s->grpc_key.name))
            to[n++] = s->header[i];
    if (s->grpc_key.name)
        to[n++] = s->grpc_key;
    return n;
}

bool store_grpc_send(struct store_http *s, struct error *err)
{
    struct http_header metadata[STORE_HEADERS];
    struct grpc_request call = { .url = buf_cstr(&s->url),
                                 .headers = metadata, .body = s->body };
    bool fine;

    if (s->url.failed)
        return error_memory(err, "for a request");
    call.header_count = store_grpc_metadata(s, metadata);
    fine = grpc_call(s->grpc, &call, &s->reply, err);
    s->base.wire_sent += s->reply.sent_bytes;
    s->base.wire_received += s->reply.received_bytes;
    return fine;
}

bool store_grpc_ask(struct store_http *s, struct error *err)
{
    return store_grpc_send(s, err) &&
           (s->reply.grpc == 0 || store_http_refused(s, err));
}

bool store_grpc_look(struct store_http *s, bool *there, struct error *err)
{
    if (!store_grpc_send(s, err))
        return false;
    *there = s->reply.grpc == 0;
    if (*there || (s->reply.grpc > 0 && s->reply.status == 404))
        return true;
    store_http_refused(s, err);
    return error_wrap(err, "looking at %s %s", s->kind->place.noun,
                      s->name.data);
}

struct text store_grpc_answer(const struct store_http *s)
{
    return grpc_answer(&s->reply);
}

bool store_grpc_nonsense(const char *what, struct error *err)
{
    error_reply(err, ERROR_PROTOCOL, "the answer over gRPC has no %s", what);
    err->about = ABOUT_SERVICE;
    return false;
}
