/*
 * A collection in Milvus: what the files of its store share. Over gRPC every
 * question is a call of MilvusService, over REST a POST below /v2/vectordb;
 * store_milvus.c chooses.
 */
#ifndef BATCHTOP_STORE_MILVUS_MILVUS_PARTS_H
#define BATCHTOP_STORE_MILVUS_MILVUS_PARTS_H

#include "store/milvus/milvus_fits.h"
#include "store/store_http.h"

struct wanted;

enum {
    MILVUS_NEW_ID = 512, /* bytes of the fields that --create makes */
    MILVUS_NEW_TEXT = 65535,
    MILVUS_ASK_COUNT = 250 /* ids in a question */
};

struct milvus {
    struct store_http http;
    struct milvus_shape shape; /* count 0: not asked yet */
    struct buf head;           /* of every body, then of an upsert's */
    size_t place;              /* bytes of `head` that every body has */
    struct buf room;           /* decoded texts, a filter */
    int64_t code;              /* of the last answer */
};

/* ---- over gRPC (milvus_calls.c), each as its twin over REST ---- */

bool milvus_call_describe(struct milvus *m, bool *there, struct error *err);
bool milvus_call_create(struct milvus *m, struct error *err);
bool milvus_call_upsert(struct milvus *m, struct upsert_item *items, size_t n,
                        size_t *taken, struct error *err);
bool milvus_call_count(struct milvus *m, uint64_t *n, struct error *err);
/* Ask for ids from `first` on, as many as a question has. */
bool milvus_call_ids(struct milvus *m, struct wanted *w, size_t first,
                     struct error *err);
bool milvus_call_search(struct milvus *m, const float *query, size_t k,
                        struct store_hit *hits, size_t *got,
                        struct error *err);

/* `id in ["a","b"]` into m->room: ids from `first` on; their number. */
size_t milvus_put_filter(struct milvus *m, const struct wanted *w,
                         size_t first);

/* ---- messages ---- */

/*
 * Append an UpsertRequest of as many records as fit (milvus_columns.c). Sets
 * sent_count, sent_bytes and the refusals of items, as store_body() does.
 *
 * fails    SIZE, MEMORY.
 */
bool milvus_put_upsert(struct milvus *m, struct buf *b,
                       struct upsert_item *items, size_t n, size_t *taken,
                       struct error *err);

/* Read answers (milvus_answer.c); all fail with PROTOCOL. */

/* The code and the reason of a Status. */
bool milvus_read_status(struct text status, int64_t *code, struct text *reason,
                        struct error *err);
/* The schema of a DescribeCollectionResponse. */
bool milvus_read_schema(struct text reply, struct milvus_shape *shape,
                        struct error *err);
/* The metric of the vector's index, out of a DescribeIndexResponse. */
bool milvus_read_index(struct text reply, struct milvus_shape *shape,
                       struct error *err);
bool milvus_read_mutation(struct text reply, uint64_t *upserted,
                          struct error *err);
/* The value of the column "count(*)". */
bool milvus_read_number(struct text reply, uint64_t *n, struct error *err);
/* Call `found` with each text of that column of a QueryResults. */
bool milvus_read_column(struct text reply, const char *name,
                        void (*found)(void *ctx, struct text id), void *ctx,
                        struct error *err);
/* SearchResults; `text` is a field's name, NULL: none. Also MEMORY. */
bool milvus_read_found(struct text reply, const char *text,
                       struct store_hit *hits, size_t k, size_t *got,
                       struct error *err);

#endif
