/* Read what Weaviate answers: schema objects, GraphQL, and the results of a
 * batch, in which every object has its own. */
#ifndef BATCHTOP_STORE_WEAVIATE_WEAVIATE_REPLY_H
#define BATCHTOP_STORE_WEAVIATE_WEAVIATE_REPLY_H

#include "store/store.h"

struct weaviate_class {
    char distance[24];  /* "" if it is missing */
    char vector[64];    /* the named vector's name; "" for the unnamed one */
    size_t vectors;     /* named ones */
    bool multi_tenant;
    bool makes_tenants, wakes_tenants; /* by itself, at the first object */
};

/* `wanted`: the named vector to use if there are several; NULL: the only one.
 * fails PROTOCOL. */
bool weaviate_read_class(struct text json, const char *wanted,
                         struct weaviate_class *c, struct error *err);

/* A tenant's state, "HOT" or "ACTIVE", "COLD" ..; "" if it is missing. */
void weaviate_read_tenant(struct text json, char *status, size_t size);

/* Is the tenant missing or not active? That concerns no single object. `said`:
 * the words of an object's error, or of a refusal. */
bool weaviate_lacks_tenant(const char *said);

/* The floats of the first object's vector; 0 when there is none. */
size_t weaviate_read_dim(struct text json, const char *vector);

/*
 * Set the outcome of each of the taken items that went (store_body_has):
 * stored, or `why`, SERVER if it may pass, else REFUSED.
 *
 * fails    PROTOCOL (not a result for each, or another's), CONFIG (vectors of
 *          another length, no such tenant), QUOTA (read-only: the disk is
 *          full); then none is stored.
 */
bool weaviate_read_batch(struct text json, struct upsert_item *items,
                         size_t taken, struct error *err);

/* The same of a BatchObjectsReply: what has no error is stored. */
bool weaviate_read_errors(struct text reply, struct upsert_item *items,
                          size_t taken, struct error *err);

/* data.Aggregate.CLASS[0].meta.count. fails PROTOCOL, REFUSED (GraphQL says
 * no). */
bool weaviate_read_count(struct text json, const char *name, uint64_t *n,
                         struct error *err);
/* Call `found` with the UUID of each of data.Get.CLASS. The same. */
bool weaviate_read_ids(struct text json, const char *name,
                       void (*found)(void *ctx, struct text id), void *ctx,
                       struct error *err);
/* data.Get.CLASS, at most k; empties buffers first. Also MEMORY. */
bool weaviate_read_hits(struct text json, const char *name,
                        const char *text_key, struct store_hit *hits, size_t k,
                        size_t *got, struct error *err);

#endif
