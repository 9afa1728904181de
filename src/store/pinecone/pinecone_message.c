/*
 * This file writes a record as Pinecone's gRPC interface wants it, and reads
 * what it answers.
 *
 * Source      db_data_2025-04.proto, as Pinecone's Python client 7.3 has it
 *             (pinecone.core.grpc.protos).
 */
#include "config.h"
#include "store/pinecone/pinecone_parts.h"

#include "store/store_struct.h"
#include "util/protobuf.h"

/* Numbers of the fields. */
enum {
    REQUEST_VECTORS = 1, REQUEST_NAMESPACE = 2,
    VECTOR_ID = 1, VECTOR_VALUES = 2, VECTOR_METADATA = 3,
    RESPONSE_COUNT = 1, STATS_DIMENSION = 2
};

enum { HEADS = 64 };

void pinecone_put_message(struct store *s, struct buf *b,
                          const struct upsert_item *item)
{
    const struct store_meta *m = &((struct pinecone *)s)->http.meta;
    size_t size = item->text.len + item->metadata.len + HEADS;
    size_t mark = proto_open(b, REQUEST_VECTORS,
                             s->dim * sizeof *item->vector + item->id.len +
                                 size);
    size_t inside;

    proto_put_text(b, VECTOR_ID, item->id);
    inside = proto_open(b, VECTOR_METADATA, size);
    if (m->text_key)
        struct_put_text(b, m->text_key, item);
    struct_put_meta(b, m, item);
    proto_close(b, inside);
    proto_put_floats(b, VECTOR_VALUES, item->vector, s->dim);
    proto_close(b, mark);
}

void pinecone_put_namespace(struct buf *b, struct text name)
{
    if (name.len > 0)
        proto_put_text(b, REQUEST_NAMESPACE, name);
}

bool pinecone_read_count(struct text reply, uint64_t *n, struct error *err)
{
    return proto_find_u64(reply, RESPONSE_COUNT, n) ||
           error_reply(err, ERROR_PROTOCOL,
                       "the answer says no number of records");
}

size_t pinecone_read_dim(struct text reply)
{
    struct proto_field f;

    return proto_find(reply, STATS_DIMENSION, PROTO_VARINT, &f)
               ? (size_t)f.value
               : 0;
}
