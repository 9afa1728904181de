/* Read what Chroma answers: objects, and columns instead of rows. */
#ifndef BATCHTOP_STORE_CHROMA_CHROMA_REPLY_H
#define BATCHTOP_STORE_CHROMA_CHROMA_REPLY_H

#include "store/store.h"

struct chroma_collection {
    char id[64]; /* its UUID, which paths need */
    size_t dim;  /* 0: no record yet */
    char space[16];
};

/* All fail with PROTOCOL. */
bool chroma_read_collection(struct text json, struct chroma_collection *c,
                            struct error *err);
/* *most: records in a request, 0 when it does not say. */
bool chroma_read_checks(struct text json, size_t *most, bool *base64,
                        struct error *err);
/* The answer to an upsert: any object but an error. */
bool chroma_read_upserted(struct text json, struct error *err);
bool chroma_read_count(struct text json, uint64_t *n, struct error *err);

/* Call `found` with each id, decoded. Also MEMORY. */
bool chroma_read_ids(struct text json,
                     void (*found)(void *ctx, struct text id), void *ctx,
                     struct error *err);
/* At most k hits of the first query; empties their buffers first. Also
 * MEMORY. */
bool chroma_read_hits(struct text json, struct store_hit *hits, size_t k,
                      size_t *got, struct error *err);

#endif
