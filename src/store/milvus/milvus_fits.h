/* Whether a record fits into the fields of a Milvus collection. */
#ifndef BATCHTOP_STORE_MILVUS_MILVUS_FITS_H
#define BATCHTOP_STORE_MILVUS_MILVUS_FITS_H

#include "store/milvus/milvus_reply.h"
#include "store/store_meta.h"

/* Do id, metadata and text fit? False: item->why says what does not. `room` is
 * scratch. */
bool milvus_fits(const struct milvus_shape *shape,
                 const struct store_meta *meta, struct upsert_item *item,
                 struct buf *room);

/* A whole number, as one or as a text, which REST takes for one, too. */
bool milvus_whole(const struct json_value *v, int64_t *n);

#endif
