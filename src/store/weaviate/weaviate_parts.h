/* A class in Weaviate: what store_weaviate.c and weaviate_class.c share. */
#ifndef BATCHTOP_STORE_WEAVIATE_WEAVIATE_PARTS_H
#define BATCHTOP_STORE_WEAVIATE_WEAVIATE_PARTS_H

#include "store/store_http.h"
#include "store/weaviate/weaviate_reply.h"

struct weaviate {
    struct store_http http; /* name: the class, beginning upper case */
    const char *tenant; /* NULL: none */
    struct weaviate_class class;
    bool known; /* we looked at the class */
};

/* struct store_place's look, create and agree, for the class and its tenant. */
bool weaviate_get_class(struct store *s, bool *there, struct error *err);
bool weaviate_create_class(struct store *s, struct error *err);
bool weaviate_check_class(struct store *s, struct error *err);
/* A worker's own instance had no preflight: look at the class, once. */
bool weaviate_know_class(struct weaviate *w, struct error *err);

#endif
