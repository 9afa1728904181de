/*
 * The pieces of the store for Elasticsearch and OpenSearch:
 *
 *     store_elastic.c   open, upsert, questions, the two tables
 *     elastic_index.c   the server and the index, before we pay for anything
 *     elastic_reply.c   what is answered
 *     elastic_error.c   what a refusal means
 */
#ifndef BATCHTOP_STORE_ELASTIC_ELASTIC_PARTS_H
#define BATCHTOP_STORE_ELASTIC_ELASTIC_PARTS_H

#include "store/elastic/elastic_reply.h"
#include "store/store_http.h"

/* What the two do not share. */
struct elastic_face {
    bool opensearch;
    const char *product, *type;
    unsigned needs;                      /* major version */
    unsigned create_major, create_minor; /* --create: since then */
    unsigned base64_major, base64_minor; /* since then */
    bool base64_swaps;                   /* big-endian */
    const char *mapping; /* of a new index, up to the vector's dimension */
    const char *rest;    /* and from there */
};

struct elastic {
    struct store_http http;
    const struct elastic_face *face;
    const char *vector, *text; /* names of fields; text NULL: not sent */
    bool read_only;
    bool objects;              /* all that its field metadata takes */
    bool met, base64;          /* the server, and what it is new enough for */
    struct elastic_server server; /* major 0: it does not tell us */
    float *swapped;            /* dim floats with their bytes turned */
};

/* The next request goes to the index, or to a place below it. */
void elastic_to_index(struct elastic *e, const char *below);

/*
 * Learn the server's version, in every worker's instance. The server does not
 * tell it to a key for the index alone; we then use no new features.
 *
 * fails    CONFIG (the other product, too old), and as store_http_ask().
 */
bool elastic_learn_version(struct elastic *e, struct error *err);

/* struct store_place's look, create and agree, for the index. */
bool elastic_get_mapping(struct store *s, bool *there, struct error *err);
bool elastic_create_index(struct store *s, struct error *err);
bool elastic_check_index(struct store *s, struct error *err);

/* struct store_ops's preflight, keep and kept. */
bool elastic_preflight(struct store *s, struct error *err);
bool elastic_keep(struct store *s, const char *json, struct error *err);
bool elastic_kept(struct store *s, struct buf *to, struct error *err);

#endif
