/*
 * Reads what Elasticsearch and OpenSearch answer: the server's name, the
 * mapping of an index, and the items of a bulk request, each of which has a
 * status of its own.
 */
#ifndef BATCHTOP_STORE_ELASTIC_ELASTIC_REPLY_H
#define BATCHTOP_STORE_ELASTIC_ELASTIC_REPLY_H

#include "store/store.h"

struct elastic_server {
    bool opensearch;
    unsigned major, minor; /* of its version */
};

/* GET /. fails PROTOCOL. */
bool elastic_read_server(struct text json, struct elastic_server *to,
                         struct error *err);

struct elastic_field {
    char type[24];   /* "dense_vector", "knn_vector"; "": no such field */
    size_t dim;      /* 0: not fixed yet */
    char metric[24]; /* as it is written there; "" when it is not said */
};

/* GET /INDEX/_mapping of one index, or of an alias of one. fails PROTOCOL. */
bool elastic_read_field(struct text json, const char *name,
                        struct elastic_field *to, struct error *err);

struct elastic_state {
    bool closed;
    char block[48]; /* the setting that keeps documents out; "": none */
};

/* GET /INDEX/_settings?flat_settings=true of one index. False: it is none. */
bool elastic_read_state(struct text json, struct elastic_state *to);

/*
 * Tell each of the taken items that went (store_body_has) its outcome by its
 * status and elastic_error.h: stored, or `why`, LIMITED and SERVER where it
 * may pass. `vector` is the field that our vectors are in.
 *
 * fails    PROTOCOL (not a status for each), LIMITED (all of them), and what
 *          one item says of all: CONFIG, AUTH, QUOTA, SIZE. None is then
 *          called stored.
 */
bool elastic_read_bulk(struct text json, const char *vector,
                       struct upsert_item *items, size_t taken,
                       struct error *err);

/* _mget: those that were found. fails PROTOCOL. */
bool elastic_read_found(struct text json,
                        void (*see)(void *ctx, struct text id), void *ctx,
                        struct error *err);

/* _count. fails PROTOCOL. */
bool elastic_read_count(struct text json, uint64_t *n, struct error *err);

/* _search, at most k; buffers are emptied first. Scores are made cosines:
 * both services say (1 + cosine) / 2. fails PROTOCOL, MEMORY. */
bool elastic_read_hits(struct text json, const char *text_key,
                       struct store_hit *hits, size_t k, size_t *got,
                       struct error *err);

#endif
