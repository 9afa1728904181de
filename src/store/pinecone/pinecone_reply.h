/* Read what Pinecone's data plane answers. */
#ifndef BATCHTOP_STORE_PINECONE_PINECONE_REPLY_H
#define BATCHTOP_STORE_PINECONE_PINECONE_REPLY_H

#include "store/store.h"

struct pinecone_shape {
    size_t dim;          /* 0: none, for sparse indexes */
    char metric[16];     /* "" if an older version does not say */
    char vector_type[16];
    uint64_t count;      /* records in the namespace */
};

/* All fail with PROTOCOL. */
bool pinecone_read_shape(struct text json, const char *ns,
                         struct pinecone_shape *shape, struct error *err);
bool pinecone_read_upserted(struct text json, uint64_t *n, struct error *err);

/* Call `found` with the id of each record that was fetched. Also MEMORY. */
bool pinecone_read_ids(struct text json,
                       void (*found)(void *ctx, struct text id), void *ctx,
                       struct error *err);
/* At most k hits; empties their buffers first. Texts are the metadata's member
 * text_key (NULL: none). Also MEMORY. */
bool pinecone_read_hits(struct text json, const char *text_key,
                        struct store_hit *hits, size_t k, size_t *got,
                        struct error *err);

#endif
