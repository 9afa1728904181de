/* Read what Elasticsearch and OpenSearch answer: the server's name, the mapping
 * of an index, and the items of a bulk request, each with a status of its
 * own. */
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
    char metric[24]; /* as it is written there; "" if it is missing */
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
 * Set the outcome of each of the taken items that went (store_body_has) by its
 * status and elastic_error.h: stored, or `why`, LIMITED and SERVER if it may
 * pass. `vector` is the field of our vectors.
 *
 * fails    PROTOCOL (not a status for each), LIMITED (all of them), and what
 *          one item says about all: CONFIG, AUTH, QUOTA, SIZE. Then none is
 *          stored.
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

/* _search, at most k; empties buffers first. It turns scores, (1 + cosine) / 2
 * in both services, into cosines. fails PROTOCOL, MEMORY. */
bool elastic_read_hits(struct text json, const char *text_key,
                       struct store_hit *hits, size_t k, size_t *got,
                       struct error *err);

#endif
