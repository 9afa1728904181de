/* Read what Qdrant answers. Every answer is an object with the value in
 * `result`, beside `status` and `time`. */
#ifndef BATCHTOP_STORE_QDRANT_QDRANT_REPLY_H
#define BATCHTOP_STORE_QDRANT_QDRANT_REPLY_H

#include "store/store.h"

/* What a collection's vectors are like. */
struct qdrant_shape {
    size_t size; /* 0: no single unnamed vector */
    char distance[24];
    uint64_t points; /* about; 0 where it does not say */
};

/* Digits that come back unchanged, whatever reads them: such an id is a number
 * in the payload. */
bool qdrant_is_plain_number(struct text id);

/* Fine if the word for an update's state is "completed".
 * fails    SERVER (accepted, but not yet applied), PROTOCOL. */
bool qdrant_update_is(const char *word, struct error *err);

/* fails    PROTOCOL. */
bool qdrant_read_shape(struct text json, struct qdrant_shape *shape,
                       struct error *err);

/* `result.status` of an upsert, as qdrant_update_is(). */
bool qdrant_read_update(struct text json, struct error *err);

/* fails    PROTOCOL. */
bool qdrant_read_count(struct text json, uint64_t *n, struct error *err);

/* Call `found` with the point id of each of `result`'s records, without
 * quotes. fails PROTOCOL. */
bool qdrant_read_ids(struct text json,
                     void (*found)(void *ctx, struct text id), void *ctx,
                     struct error *err);

/* At most k hits; empties their buffers first. fails PROTOCOL, MEMORY. */
bool qdrant_read_hits(struct text json, struct store_hit *hits, size_t k,
                      size_t *got, struct error *err);

#endif
