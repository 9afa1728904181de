/*
 * This file decides whether vectors go over gRPC where the address is that of
 * REST. Qdrant listens for gRPC at the port behind that of REST, 6334 beside
 * 6333, unless somebody configured it away or mapped it elsewhere; then the URL
 * says ?grpc=PORT. We ask there for what REST has just told us: a collection of
 * that name with as many dimensions and points is the same one. Without the
 * option we ask only beside 6333, and are content with REST.
 */
#include "config.h"
#include "store/qdrant/qdrant_parts.h"

#include <stdio.h>

#include "store/qdrant/qdrant_grpc.h"
#include "util/str.h"

enum { PATIENCE_MS = 3000, ASK_MS = 5000, TRIES = 3 };

static const char rest_port[] = ":6333", grpc_port[] = ":6334";

/* http://HOST:6333 -> http://HOST:6334; false: another port, or a path. */
static bool qdrant_usual_root(struct text rest, struct buf *root)
{
    if (!text_ends(rest, rest_port))
        return false;
    buf_put(root, rest.ptr, rest.len - strlen(rest_port));
    buf_puts(root, grpc_port);
    return true;
}

/* http://HOST:PORT/PREFIX -> http://HOST:OTHER; an IPv6 address has brackets. */
static void qdrant_root_at(struct text rest, const char *port,
                           struct buf *root)
{
    const char *host = text_find(rest, "://") + 3, *end = text_end(rest), *p;

    for (p = host; p < end && *p != '/' && *p != ':'; p++)
        if (*p == '[')
            p = memchr(p, ']', (size_t)(end - p)) ?: end - 1;
    buf_put(root, rest.ptr, (size_t)(p - rest.ptr));
    buf_putc(root, ':');
    buf_puts(root, port);
}

bool qdrant_join(struct qdrant *q, const char *root, struct error *err)
{
    q->vectors_by_grpc = store_grpc_open(&q->http, root, err);
    return q->vectors_by_grpc;
}

/* The same collection over both. Another writer may add points meanwhile. */
static bool qdrant_sees_the_same(struct qdrant *q, struct error *err)
{
    struct qdrant_shape shape;
    struct error rest;
    bool there;

    for (int i = 0; i < TRIES; i++) {
        if (!qdrant_grpc_look(&q->http, &there, err) ||
            (there && !qdrant_grpc_shape(&q->http, &shape, err)))
            return false;
        if (there && shape.size == q->http.base.dim &&
            shape.points == q->points)
            return true;
        if (!store_http_know(&q->http.base, &rest))
            break;
    }
    return error_set(err, ERROR_CONFIG, 0, "it shows another collection");
}

/* Ask with less patience than a request has later. */
static bool qdrant_probe(struct qdrant *q, const char *root, struct error *err)
{
    const struct http_config usual = q->http.http_config;
    bool fine;

    q->http.http_config.connect_timeout_ms = PATIENCE_MS;
    q->http.http_config.total_timeout_ms = ASK_MS;
    fine = store_grpc_open(&q->http, root, err) && qdrant_sees_the_same(q, err);
    grpc_free(q->http.grpc);
    q->http.grpc = NULL;
    q->http.http_config = usual;
    return fine && qdrant_join(q, root, err);
}

void qdrant_intend(struct qdrant *q)
{
    struct text rest = { q->http.root.data, q->http.root.len };
    bool must = store_grpc_alone(&q->http) ||
                store_http_option(&q->http, "grpc");

    q->http.base.binary = must;
    if (must)
        q->http.base.wire = "over gRPC";
    else if (q->chooses && text_ends(rest, rest_port))
        q->http.base.wire = "over gRPC if port 6334 answers, else as JSON";
}

static void qdrant_note(struct qdrant *q, const char *root, const char *why)
{
    char shown[110];

    str_sentence(shown, sizeof shown, text_of(why));
    if (q->vectors_by_grpc)
        snprintf(q->http.base.note, sizeof q->http.base.note,
                 "vectors go over gRPC to %.80s (?format=json: as JSON)", root);
    else
        snprintf(q->http.base.note, sizeof q->http.base.note,
                 "vectors go as JSON: no gRPC at %.80s: %s", root, shown);
}

static bool qdrant_choose_root(struct qdrant *q, const char *root, bool must,
                               struct error *err)
{
    struct error why = { .text = "" };

    if (!qdrant_probe(q, root, &why) &&
        (must || why.kind == ERROR_STOPPED || why.kind == ERROR_MEMORY)) {
        *err = why;
        return must ? error_wrap(err, "gRPC at %s", root) : false;
    }
    qdrant_note(q, root, why.text);
    return true;
}

bool qdrant_choose(struct qdrant *q, struct error *err)
{
    struct text rest = { q->http.root.data, q->http.root.len };
    const char *port = store_http_option(&q->http, "grpc");
    struct buf root = { 0 };
    bool fine = true, any = true;

    if (port)
        qdrant_root_at(rest, port, &root);
    else
        any = qdrant_usual_root(rest, &root);
    buf_cstr(&root);
    if (root.failed)
        fine = error_memory(err, "for a store");
    else if (any)
        fine = qdrant_choose_root(q, root.data, port != NULL, err);
    buf_release(&root);
    return fine;
}
