/*
 * Unary calls of gRPC over HTTP/2: one message there, one message back.
 *
 * It is an exchange of http.h on a handle that speaks HTTP/2 alone (on http://
 * without asking, on https:// by ALPN), so keys, proxies, TLS, keep-alive, time
 * limits and the stop are as there. There is no grpc library: Debian's has a
 * C++ interface and threads of its own, its C core makes no promise of a stable
 * one; unary calls need of gRPC five bytes in front and a status behind.
 *
 * A body is written once: grpc_begin() leaves room for the five bytes, the
 * caller appends the message, grpc_call() fills them in and sends the buffer.
 *
 * Ownership   The body and the headers are borrowed until the call returns. The
 *             answer is the reply's.
 * Bounds      As http.h: a reply up to http_config.limit_bytes.
 * Threads     One worker per handle.
 * Rows        GR-01 to GR-05, GR-08.
 * Source      PROTOCOL-HTTP2.md of github.com/grpc/grpc.
 */
#ifndef BATCHTOP_NET_GRPC_H
#define BATCHTOP_NET_GRPC_H

#include "net/http.h"

enum {
    GRPC_PREFIX = 5, /* bytes in front of a message: a flag and the length */
    GRPC_HEADERS = 8 /* of a call, at most */
};

struct grpc;

/* cfg->http2 is set by it. */
struct grpc *grpc_new(const struct http_config *cfg, struct error *err);
void grpc_free(struct grpc *g);

/* Empty a body and leave room for the prefix. */
void grpc_begin(struct buf *body);

struct grpc_request {
    const char *url; /* http[s]://HOST[:PORT]/PACKAGE.SERVICE/METHOD */
    const struct http_header *headers; /* metadata, at most GRPC_HEADERS, names
                                          in small letters */
    size_t header_count;
    struct buf *body; /* begun by grpc_begin() */
};

/*
 * One call. True: there is a status, reply->grpc. With 0 the message is
 * grpc_answer(). Otherwise reply->status is the HTTP status that means the
 * same and the body {"message":".."}, so http_status_error() and http_says()
 * serve for both; so they do where something in between answered (a proxy's
 * 502): then reply->grpc is -1.
 *
 * fails    as http_send(); NETWORK (the answer ended without its status),
 *          CONFIG about SERVICE (no gRPC is spoken there), PROTOCOL about
 *          SERVICE (an answer that is packed, cut, or more than one message).
 */
bool grpc_call(struct grpc *g, const struct grpc_request *req,
               struct http_reply *reply, struct error *err);

/* The message of a reply with status 0. */
struct text grpc_answer(const struct http_reply *reply);

#endif
