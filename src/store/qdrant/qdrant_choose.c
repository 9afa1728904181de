/*
 * This file says where Qdrant's gRPC is if the address is that of REST: at the
 * port behind it, 6334 beside 6333, unless somebody configured it away or
 * mapped it elsewhere; then the URL says ?grpc=PORT. We ask there for what REST has
 * just told us, a collection of that name with as many dimensions and points.
 * store_wire.c does the rest.
 */
#include "config.h"
#include "store/qdrant/qdrant_parts.h"

#include "store/qdrant/qdrant_grpc.h"
#include "store/store_wire.h"

enum { TRIES = 3 };

/* http://HOST:6333 -> http://HOST:6334; not with a path. */
bool qdrant_guess(const struct store_http *q, struct buf *root)
{
    const struct text rest = { q->root.data, q->root.len };

    if (!text_ends(rest, ":6333"))
        return false;
    store_wire_root(q->root.data, "6334", root);
    return true;
}

/* The same collection over both. Another writer may add points meanwhile. */
bool qdrant_probe(struct store *s, struct error *err)
{
    struct qdrant *q = (struct qdrant *)s;
    struct qdrant_shape shape;
    struct error rest;
    bool there;

    for (int i = 0; i < TRIES; i++) {
        if (!qdrant_grpc_look(&q->http, &there, err) ||
            (there && !qdrant_grpc_shape(&q->http, &shape, err)))
            return false;
        if (there && shape.size == s->dim && shape.points == q->points)
            return true;
        if (!store_http_know(s, &rest))
            break;
    }
    return error_set(err, ERROR_CONFIG, 0, "it shows another collection");
}
