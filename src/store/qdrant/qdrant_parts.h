/* The Qdrant store's own struct, and where its gRPC is. For this folder only. */
#ifndef BATCHTOP_STORE_QDRANT_QDRANT_PARTS_H
#define BATCHTOP_STORE_QDRANT_QDRANT_PARTS_H

#include "store/store_http.h"

struct qdrant {
    struct store_http http;
    bool writes;
    uint64_t points; /* in the collection, when it was looked at last */
};

/* Append where gRPC is likely to be, with a NUL; false: nowhere. */
bool qdrant_guess(const struct store_http *q, struct buf *root);
/* For wire_kind.probe. */
bool qdrant_probe(struct store *s, struct error *err);

#endif
