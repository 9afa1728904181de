/* A class in Weaviate: what the files of this folder share. */
#ifndef BATCHTOP_STORE_WEAVIATE_WEAVIATE_PARTS_H
#define BATCHTOP_STORE_WEAVIATE_WEAVIATE_PARTS_H

#include "store/store_http.h"
#include "store/weaviate/weaviate_reply.h"

struct weaviate {
    struct store_http http; /* name: the class, beginning upper case */
    const char *tenant; /* NULL: none */
    struct weaviate_class class;
    bool known; /* we looked at the class */
    bool one_by_one; /* it did not take a question about many ids */
};

/* Append an object as a message of BatchObjectsRequest (weaviate_message.c). */
void weaviate_put_message(struct store *s, struct buf *b,
                          const struct upsert_item *item);
/* Where gRPC and REST are, by the URL (weaviate_wire.c). CONFIG, MEMORY. */
bool weaviate_set_wire(struct weaviate *w, const struct store_config *cfg,
                       struct error *err);
/* For store_ops. */
bool weaviate_preflight(struct store *s, struct error *err);
bool weaviate_upsert(struct store *s, struct upsert_item *items, size_t n,
                     size_t *taken, struct error *err);
/* As that, by REST. */
bool weaviate_post_upsert(struct store *s, struct upsert_item *items, size_t n,
                          size_t *taken, struct error *err);
/* By REST: how many objects? */
bool weaviate_count(struct store *s, uint64_t *n, struct error *err);
/* By REST: is the record there, are the records (weaviate_lookup.c)? */
bool weaviate_ask_for_id(struct weaviate *w, struct text id, bool *present,
                         struct error *err);
bool weaviate_lookup(struct store *s, const struct text *ids, size_t n,
                     bool *present, struct error *err);

/* struct store_place's look, create and agree, for the class and its tenant. */
bool weaviate_get_class(struct store *s, bool *there, struct error *err);
bool weaviate_create_class(struct store *s, struct error *err);
bool weaviate_check_class(struct store *s, struct error *err);
/* A worker's own instance had no preflight: look at the class, once. */
bool weaviate_know_class(struct weaviate *w, struct error *err);

#endif
