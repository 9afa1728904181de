/*
 * Qdrant by gRPC: the same questions and answers as over REST, in the same
 * collection.
 *
 * Source      https://github.com/qdrant/qdrant, lib/api/src/grpc/proto, 1.19,
 *             as the package qdrant-client 1.20.0 carries it. A vector goes
 *             into Vector.data, which every server since 1.0 reads; its
 *             successor `dense` came with 1.13. The server sets no limit to a
 *             message.
 */
#ifndef BATCHTOP_STORE_QDRANT_QDRANT_GRPC_H
#define BATCHTOP_STORE_QDRANT_QDRANT_GRPC_H

#include "store/qdrant/qdrant_reply.h"
#include "store/store_grpc.h"

/* What a message cannot hold as Qdrant's REST does: NULL, or the words for "the
 * metadata has %s". */
const char *qdrant_grpc_lacks(struct text metadata);
/* One of these reasons: its levels. */
bool qdrant_grpc_is_deep(struct text metadata);

bool qdrant_grpc_look(struct store_http *q, bool *there, struct error *err);
bool qdrant_grpc_create(struct store_http *q, struct error *err);
/* Of the answer to the look. fails PROTOCOL. */
bool qdrant_grpc_shape(const struct store_http *q, struct qdrant_shape *shape,
                       struct error *err);

/* As in store_ops. */
bool qdrant_grpc_upsert(struct store_http *q, struct upsert_item *items,
                        size_t n, size_t *taken, struct error *err);
/* `ids` are UUIDs in small letters; `found` is called for those there. */
bool qdrant_grpc_lookup(struct store_http *q, const struct text *ids, size_t n,
                        void (*found)(void *ctx, struct text id), void *ctx,
                        struct error *err);
/* Is the item's vector there under its id? */
bool qdrant_grpc_has(struct store_http *q, const struct upsert_item *item,
                     bool *same, struct error *err);
bool qdrant_grpc_count(struct store_http *q, uint64_t *n, struct error *err);
bool qdrant_grpc_search(struct store_http *q, const float *query, size_t k,
                        struct store_hit *hits, size_t *got, struct error *err);
bool qdrant_grpc_keep(struct store_http *q, const char *json,
                      struct error *err);
bool qdrant_grpc_kept(struct store_http *q, struct buf *to, struct error *err);

#endif
