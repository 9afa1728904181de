/* An index in Pinecone: what store_pinecone.c and pinecone_message.c share. */
#ifndef BATCHTOP_STORE_PINECONE_PINECONE_PARTS_H
#define BATCHTOP_STORE_PINECONE_PINECONE_PARTS_H

#include "store/store_http.h"

struct pinecone {
    struct store_http http;
    struct buf end; /* of an upsert's body in JSON: the namespace */
};

/* Append a record as a message of UpsertRequest. */
void pinecone_put_message(struct store *s, struct buf *b,
                          const struct upsert_item *item);
/* Append what ends an UpsertRequest. */
void pinecone_put_namespace(struct buf *b, struct text name);
/* The dimension in a DescribeIndexStatsResponse; 0: it has none. */
size_t pinecone_read_dim(struct text reply);
/* How many records an UpsertResponse counts. PROTOCOL. */
bool pinecone_read_count(struct text reply, uint64_t *n, struct error *err);

#endif
