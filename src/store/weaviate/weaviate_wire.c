/*
 * This file sends objects to Weaviate over gRPC, which listens on a port of its
 * own; the schema and all questions are REST's.
 *
 *     weaviate+http://HOST:8080/CLASS     perhaps it is on 50051
 *     ...?grpc=N                     it is there
 *     weaviate+grpc://HOST:N/CLASS        it is there; REST is on 8080, or on
 *                                         ?rest=N
 *
 * Another Weaviate may own the port that we guess. So we ask there for a class
 * with as many objects; and since two empty classes look the same, an object
 * that REST stored must show the same time of its last change over gRPC before
 * any goes there.
 */
#include "config.h"
#include "store/weaviate/weaviate_parts.h"

#include "store/store_reply.h"
#include "store/store_wire.h"
#include "util/protobuf.h"
#include "util/uuid.h"

#define REST_PORT "8080"
#define GRPC_PORT "50051"
#define SERVICE "/weaviate.v1.Weaviate/"

enum { TRIES = 3 };

/* The URL's root is gRPC's: REST has another port. */
static bool weaviate_set_rest_root(struct store_http *s, struct error *err)
{
    const char *port = store_http_option(s, "rest");
    struct buf root = { 0 };

    store_wire_root(s->root.data,
                    port ? port : store_wire_secure(s) ? "443" : REST_PORT,
                    &root);
    if (root.failed) {
        buf_release(&root);
        return error_memory(err, "for a store");
    }
    buf_release(&s->root);
    s->root = root;
    return true;
}

/* Weaviate's cloud has gRPC under a name of its own; else it is likely where
 * REST has its usual port. */
static bool weaviate_guess(const struct store_http *s, struct buf *root)
{
    const char *host = strstr(s->root.data, "://") + 3;
    struct text name = { host, strcspn(host, ":/") };

    if (store_wire_secure(s) && text_ends(name, ".weaviate.cloud")) {
        buf_puts(root, "https://grpc-");
        buf_put(root, name.ptr, name.len);
        buf_cstr(root);
        return true;
    }
    if (store_wire_secure(s) || store_wire_port(s->root.data) != 8080)
        return false;
    store_wire_root(s->root.data, GRPC_PORT, root);
    return true;
}

bool weaviate_set_wire(struct weaviate *w, const struct store_config *cfg,
                       struct error *err)
{
    struct store_http *s = &w->http;
    struct buf likely = { 0 };
    bool guessed = weaviate_guess(s, &likely);
    bool fine = likely.failed
                    ? error_memory(err, "for a store")
                    : store_wire_set_up(s, cfg, guessed ? likely.data : NULL,
                                        err);

    buf_release(&likely);
    return fine && (!store_grpc_alone(s) || weaviate_set_rest_root(s, err));
}

/* ---- is it the same Weaviate? ---- */

/* AggregateRequest { collection = 1; tenant = 10; objects_count = 20 }, and
 * AggregateReply { single_result = 2 { objects_count = 1 } }, from 1.29 on. */
static bool weaviate_call_count(struct weaviate *w, uint64_t *n,
                                struct error *err)
{
    static const unsigned path[] = { 2, 0 };
    struct store_http *s = &w->http;
    struct proto_field f = { .value = 0 };
    struct text single;

    store_grpc_to(s, SERVICE "Aggregate");
    proto_put_text(s->body, 1, text_of(s->name.data));
    if (w->tenant)
        proto_put_text(s->body, 10, text_of(w->tenant));
    proto_put_bool(s->body, 20, true);
    if (!store_grpc_ask(s, err))
        return false;
    if (!proto_at(store_grpc_answer(s), path, &single))
        return store_grpc_nonsense("count", err);
    proto_find(single, 1, PROTO_VARINT, &f);
    *n = f.value;
    return true;
}

/* A class of that name with as many objects. Another writer may add some
 * meanwhile. */
static bool weaviate_probe(struct store *s, struct error *err)
{
    struct weaviate *w = (struct weaviate *)s;
    uint64_t here = 0, there = 0;

    for (int i = 0; i < TRIES; i++) {
        if (!weaviate_call_count(w, &there, err) ||
            !weaviate_count(s, &here, err))
            return false;
        if (here == there)
            return true;
    }
    return error_set(err, ERROR_CONFIG, 0, "it shows another class");
}

/* ---- when an object changed last, in ms ---- */

/* SearchRequest { collection = 1, tenant = 10, metadata = 21 {
 * last_update_time_unix = 4 }, limit = 30, filters = 40 { operator = 1 (equal),
 * value_text = 4, target = 20 { property = 1 } }, uses_123_api = 100,
 * uses_125_api = 101, uses_127_api = 102 }; the answer is as new as it can be. */
static void weaviate_put_search(struct weaviate *w, const char *uuid)
{
    struct buf *b = w->http.body;
    size_t filters, target;

    proto_put_text(b, 1, text_of(w->http.name.data));
    if (w->tenant)
        proto_put_text(b, 10, text_of(w->tenant));
    proto_put_head(b, 21, 2);
    proto_put_bool(b, 4, true);
    proto_put_u64(b, 30, 1);
    filters = proto_open(b, 40, 64);
    proto_put_u64(b, 1, 1);
    proto_put_text(b, 4, text_of(uuid));
    target = proto_open(b, 20, 8);
    proto_put_text(b, 1, text_of("_id"));
    proto_close(b, target);
    proto_close(b, filters);
    for (unsigned field = 100; field <= 102; field++)
        proto_put_bool(b, field, true);
}

/* SearchReply { results = 2 { metadata = 2 { last_update_time_unix = 5 } } } */
static bool weaviate_call_changed(struct store *s,
                                  const struct upsert_item *item,
                                  uint64_t *mark, struct error *err)
{
    static const unsigned path[] = { 2, 2, 0 };
    struct weaviate *w = (struct weaviate *)s;
    struct proto_field f = { .value = 0 };
    struct text metadata;
    char uuid[UUID_SIZE];

    uuid_of(item->id.ptr, item->id.len, uuid);
    store_grpc_to(&w->http, SERVICE "Search");
    weaviate_put_search(w, uuid);
    if (!store_grpc_ask(&w->http, err))
        return false;
    if (proto_at(store_grpc_answer(&w->http), path, &metadata))
        proto_find(metadata, 5, PROTO_VARINT, &f);
    *mark = f.value;
    return true;
}

static bool weaviate_get_changed(struct store *s,
                                 const struct upsert_item *item,
                                 uint64_t *mark, struct error *err)
{
    static const char *const path[] = { "lastUpdateTimeUnix", NULL };
    struct weaviate *w = (struct weaviate *)s;
    bool present = false;

    *mark = 0;
    if (!weaviate_ask_for_id(w, item->id, &present, err))
        return false;
    return !present ||
           reply_number(store_http_answer(&w->http), path, mark) ||
           reply_nonsense(store_http_answer(&w->http), path[0], err);
}

/* ---- upsert ---- */

static bool weaviate_call_upsert(struct store *base, struct upsert_item *items,
                                 size_t n, size_t *taken, struct error *err)
{
    static const struct store_shape shape = {
        .columns = 1, .begin = store_grpc_body, .put = weaviate_put_message
    };
    struct store_http *s = (struct store_http *)base;

    store_grpc_to(s, SERVICE "BatchObjects");
    if (!store_body(base, s->body, &shape, items, n, taken, err))
        return false;
    return base->sent_count == 0 ||
           (store_grpc_ask(s, err) &&
            weaviate_read_errors(store_grpc_answer(s), items, *taken, err));
}

static const struct wire_kind wires = {
    .probe = weaviate_probe,
    .by_rest = weaviate_post_upsert,
    .by_grpc = weaviate_call_upsert,
    .shown = weaviate_call_changed,
    .stored = weaviate_get_changed
};

bool weaviate_preflight(struct store *s, struct error *err)
{
    return store_http_preflight(s, err) &&
           store_wire_choose((struct store_http *)s, &wires, err);
}

bool weaviate_upsert(struct store *s, struct upsert_item *items, size_t n,
                     size_t *taken, struct error *err)
{
    *taken = n;
    return weaviate_know_class((struct weaviate *)s, err) &&
           store_wire_upsert((struct store_http *)s, &wires, items, n, taken,
                             err);
}
