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
 * with as many objects, and what a worker's first call stored must be seen by
 * REST, or the worker goes back to JSON: two empty classes look the same.
 */
#include "config.h"
#include "store/weaviate/weaviate_parts.h"

#include "store/store_wire.h"
#include "util/protobuf.h"

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

bool weaviate_preflight(struct store *s, struct error *err)
{
    struct weaviate *w = (struct weaviate *)s;

    if (!store_http_preflight(s, err) ||
        !store_wire_choose(&w->http, weaviate_probe, err))
        return false;
    w->guessed = w->http.grpc_likely.len > 0 && store_wire_grpc(&w->http);
    return true;
}

void weaviate_follow(struct store *s, const struct store *from)
{
    store_wire_follow(s, from);
    ((struct weaviate *)s)->guessed =
        ((const struct weaviate *)from)->guessed;
}

/* ---- upsert ---- */

static bool weaviate_call(struct weaviate *w, struct upsert_item *items,
                          size_t n, size_t *taken, struct error *err)
{
    static const struct store_shape shape = {
        .columns = 1, .begin = store_grpc_body, .put = weaviate_put_message
    };
    struct store_http *s = &w->http;

    store_grpc_to(s, SERVICE "BatchObjects");
    if (!store_body(&s->base, s->body, &shape, items, n, taken, err))
        return false;
    return s->base.sent_count == 0 ||
           (store_grpc_ask(s, err) &&
            weaviate_read_errors(store_grpc_answer(s), items, *taken, err));
}

/* Is an object that the first call stored there for REST, too? */
static bool weaviate_confirm(struct weaviate *w,
                             const struct upsert_item *items, size_t taken,
                             struct error *err)
{
    bool present = false;
    size_t i = 0;

    while (i < taken && !items[i].stored)
        i++;
    if (i == taken)
        return true;
    if (!weaviate_ask_for_id(w, items[i].id, &present, err))
        return false;
    w->guessed = false;
    if (present)
        return true;
    store_wire_leave(&w->http, "another Weaviate answers on the port for gRPC "
                               "(?grpc=N in the URL names it)");
    return error_set(err, ERROR_SERVER, 0,
                     "what went over gRPC is not there for REST");
}

bool weaviate_call_upsert(struct weaviate *w, struct upsert_item *items,
                          size_t n, size_t *taken, struct error *err)
{
    return weaviate_call(w, items, n, taken, err) &&
           (!w->guessed || weaviate_confirm(w, items, *taken, err));
}
