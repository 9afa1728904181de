/* Read what Qdrant answers over gRPC: the twins of qdrant_reply.h's readers, of
 * whole messages. */
#ifndef BATCHTOP_STORE_QDRANT_QDRANT_GRPC_REPLY_H
#define BATCHTOP_STORE_QDRANT_QDRANT_GRPC_REPLY_H

#include "store/qdrant/qdrant_reply.h"
#include "store/store_value.h"

/* qdrant.Value of json_with_int.proto */
extern const struct value_form qdrant_value;

/* fails    PROTOCOL, of each; hits MEMORY, too; update as
 *          qdrant_update_is(). */
bool qdrant_message_shape(struct text message, struct qdrant_shape *shape,
                          struct error *err);
bool qdrant_message_update(struct text message, struct error *err);
bool qdrant_message_count(struct text message, uint64_t *n, struct error *err);
bool qdrant_message_ids(struct text message,
                        void (*found)(void *ctx, struct text id), void *ctx,
                        struct error *err);
/* The floats of the first point's vector; false: it has none. */
bool qdrant_message_vector(struct text message, struct text *floats);
bool qdrant_message_hits(struct text message, struct store_hit *hits, size_t k,
                         size_t *got, struct error *err);
bool qdrant_message_kept(struct text message, struct buf *to,
                         struct error *err);

#endif
