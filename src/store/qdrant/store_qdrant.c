/*
 * This file stores records in Qdrant: by its REST interface here, by gRPC in
 * qdrant_grpc.c.
 *
 * Source      https://api.qdrant.tech (OpenAPI) and the server's source, 1.19.
 *
 * Which of them: an address of grpc:// takes gRPC alone. One of http:// takes
 * REST, but for vectors, which go over gRPC to the port of ?grpc=PORT, or to the
 * one that Qdrant has for it (6334 beside 6333) once it is proven to be of the
 * same Qdrant (store_wire.h). A record that a message of gRPC cannot hold goes
 * over REST even then.
 *
 * A point is {"id": UUID, "vector": [..], "payload": {"_id": the record's own
 * id, "text": .., "metadata": ..}}. Qdrant takes only UUIDs and integers as
 * ids, so we map other ids to version 5 UUIDs: the same id is the same point
 * for ever, and upserts are idempotent. A request counts only when Qdrant says
 * "completed", for which wait=true asks.
 */
#include "config.h"
#include "store/store_http.h"

#include <stdlib.h>

#include "store/qdrant/qdrant_grpc.h"
#include "store/qdrant/qdrant_parts.h"
#include "store/qdrant/qdrant_reply.h"
#include "store/store_number.h"
#include "store/store_reply.h"
#include "store/store_wire.h"
#include "store/wanted.h"
#include "util/json.h"
#include "util/uuid.h"

enum {
    LIMIT_BYTES = 30000000, /* below the server's usual 32 MiB */
    GOOD_COUNT = 1000
};

/* Limits of the whole collection (strict mode) do not concern one request, but
 * also give 400; 403 in older versions. */
static const struct store_verdict verdicts[] = {
    { 0, "dimension error", ERROR_CONFIG, ABOUT_SERVICE },
    { 0, "points count limit", ERROR_QUOTA, ABOUT_SERVICE },
    { 0, "storage size limit", ERROR_QUOTA, ABOUT_SERVICE },
    { 0, "resident memory usage", ERROR_QUOTA, ABOUT_SERVICE },
    { 0, "no space left on device", ERROR_QUOTA, ABOUT_SERVICE },
    { 0, "upsert limit", ERROR_SIZE, ABOUT_REQUEST },
    { 400, "not a valid point id", ERROR_REFUSED, ABOUT_DOCUMENT },
    { .phrase = NULL }
};

static void qdrant_amend_error(const struct http_reply *reply,
                               struct error *err)
{
    if (reply->status == 507)
        error_wrap(err, "storage full");
}

static const char *const form[] = { "gzip", WIRE_OPTIONS, NULL };
static const char *const options[] = { WIRE_OPTIONS, NULL };

/* The next request goes to the collection, or to a place below it. */
static void to_collection(struct store_http *q, const char *below)
{
    store_http_to(q, "/collections/%s%s", q->name.data, below);
}

/* ---- preflight ---- */

static bool qdrant_get_collection(struct store *s, bool *there,
                                  struct error *err)
{
    struct store_http *q = (struct store_http *)s;

    if (store_grpc_alone(q))
        return qdrant_grpc_look(q, there, err);
    to_collection(q, "");
    return store_http_look(q, there, err);
}

static bool qdrant_create_collection(struct store *s, struct error *err)
{
    struct store_http *q = (struct store_http *)s;

    if (store_grpc_alone(q))
        return qdrant_grpc_create(q, err);
    to_collection(q, "");
    buf_printf(q->body, "{\"vectors\":{\"size\":%zu,\"distance\":\"Cosine\"}}",
               s->dim);
    return store_http_send(q, "PUT", err) &&
           (q->reply.status < 300 || q->reply.status == 409 || /* exists */
            store_http_refused(q, err));
}

static bool qdrant_check_collection(struct store *s, struct error *err)
{
    struct qdrant *qdrant = (struct qdrant *)s;
    const struct store_http *q = &qdrant->http;
    struct qdrant_shape shape;

    if (!(store_grpc_alone(q)
              ? qdrant_grpc_shape(q, &shape, err)
              : qdrant_read_shape(store_http_answer(q), &shape, err)))
        return false;
    qdrant->points = shape.points;
    if (shape.size == 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "collection %s has named vectors; only one unnamed "
                         "dense vector is supported: use another collection",
                         q->name.data);
    return store_http_suits(s, shape.size, shape.distance, err);
}

/* ---- open ---- */

static bool qdrant_set_up(struct store *s, const struct store_config *cfg,
                          struct error *err)
{
    struct qdrant *q = (struct qdrant *)s;
    struct buf likely = { 0 };
    bool fine, guessed = qdrant_guess(&q->http, &likely);

    q->writes = !cfg->read_only;
    fine = likely.failed
               ? error_memory(err, "for a store")
               : store_wire_set_up(&q->http, cfg, guessed ? likely.data : NULL,
                                   err);
    buf_release(&likely);
    return fine;
}

static const struct store_http_kind kind = {
    .form = "qdrant+http://HOST:PORT/COLLECTION (or qdrant+https, or "
            "qdrant+grpc and qdrant+grpcs), the name of letters, digits, "
            "\"-\", \"_\" and \".\"; ?format=json: no gRPC, ?grpc=PORT",
    .grpc = true,
    .options = options,
    .key_header = "api-key",
    .key_prefix = "",
    .gzip = true,
    .limit_bytes = LIMIT_BYTES,
    .good_count = GOOD_COUNT,
    .verdicts = verdicts,
    .amend = qdrant_amend_error,
    .place = {
        .noun = "collection",
        .metric = "Cosine",
        .remedy = "use another collection",
        .look = qdrant_get_collection,
        .create = qdrant_create_collection,
        .agree = qdrant_check_collection
    },
    .size = sizeof(struct qdrant),
    .set_up = qdrant_set_up
};

/* ---- upsert ---- */

/* Few have one: look once for all that may be wrong. */
static bool qdrant_number_is_odd(struct text number)
{
    return number_over_int64(number) || number_is_huge(number);
}

/* Its payload has integers of 64 bits and doubles, nothing else. */
static bool qdrant_takes(const struct store *s, struct upsert_item *item,
                         struct buf *room)
{
    bool alone = store_grpc_alone((const struct store_http *)s);
    const char *what = NULL;

    (void)room;
    if (!number_inside(item->metadata, qdrant_number_is_odd) &&
        !(alone && qdrant_grpc_is_deep(item->metadata)))
        return true;
    if (alone && (what = qdrant_grpc_lacks(item->metadata)))
        return store_item_refused(item, "the metadata has %s: qdrant+http:// "
                                        "takes it", what);
    if (number_inside(item->metadata, number_over_uint64))
        what = "an integer beyond 64 bits, which Qdrant would round";
    else if (number_inside(item->metadata, number_is_huge))
        what = "a number beyond 1.8e308, which Qdrant does not know";
    return !what || store_item_refused(item, "the metadata has %s: write it "
                                             "as a text", what);
}

static void put_own_id(struct buf *b, const struct upsert_item *item)
{
    if (qdrant_is_plain_number(item->id))
        store_put_id(b, item);
    else
        json_put_string(b, item->id);
}

static void qdrant_put_point(struct store *s, struct buf *b,
                             const struct upsert_item *item)
{
    char id[UUID_SIZE];

    uuid_of(item->id.ptr, item->id.len, id); /* lower case, as it comes back */
    buf_puts(b, "{\"id\":\"");
    buf_put(b, id, UUID_SIZE - 1);
    buf_puts(b, "\",\"vector\":");
    store_put_vector(b, item->vector, s->dim);
    buf_puts(b, ",\"payload\":{\"_id\":");
    put_own_id(b, item);
    buf_puts(b, ",\"text\":");
    store_put_text(b, item);
    if (item->metadata.len > 0) {
        buf_puts(b, ",\"metadata\":");
        buf_put(b, item->metadata.ptr, item->metadata.len);
    }
    buf_puts(b, "}}");
}

static bool qdrant_upsert_json(struct store *s, struct upsert_item *items,
                               size_t n, size_t *taken, struct error *err)
{
    static const struct store_shape shape = {
        .columns = 1, .head = { "{\"points\":[" }, .between = ",", .end = "]}",
        .put = qdrant_put_point
    };
    struct store_http *q = (struct store_http *)s;

    to_collection(q, "/points?wait=true");
    if (!store_body(s, q->body, &shape, items, n, taken, err) ||
        !store_http_ask(q, "PUT", err) ||
        !qdrant_read_update(store_http_answer(q), err))
        return false;
    store_body_stored(items, *taken);
    return true;
}

/* How many at the front go the same way as the first. */
static size_t qdrant_same_way(const struct upsert_item *items, size_t n,
                              bool *by_grpc)
{
    size_t i = 1;

    *by_grpc = !qdrant_grpc_lacks(items[0].metadata);
    while (i < n && *by_grpc == !qdrant_grpc_lacks(items[i].metadata))
        i++;
    return i;
}

static bool qdrant_upsert_grpc(struct store *s, struct upsert_item *items,
                               size_t n, size_t *taken, struct error *err)
{
    struct store_http *q = (struct store_http *)s;
    bool by_grpc = true;

    if (!store_grpc_alone(q))
        n = qdrant_same_way(items, n, &by_grpc);
    return by_grpc ? qdrant_grpc_upsert(q, items, n, taken, err)
                   : qdrant_upsert_json(s, items, n, taken, err);
}

static bool qdrant_shown(struct store *s, const struct upsert_item *item,
                         uint64_t *mark, struct error *err)
{
    bool same;

    if (!qdrant_grpc_has((struct store_http *)s, item, &same, err))
        return false;
    *mark = same ? WIRE_AS_SENT : 0;
    return true;
}

static const struct wire_kind wires = {
    .probe = qdrant_probe,
    .probes_named = true,
    .by_rest = qdrant_upsert_json,
    .by_grpc = qdrant_upsert_grpc,
    .shown = qdrant_shown
};

static bool qdrant_upsert(struct store *s, struct upsert_item *items, size_t n,
                          size_t *taken, struct error *err)
{
    return store_wire_upsert((struct store_http *)s, &wires, items, n, taken,
                             err);
}

static bool qdrant_preflight(struct store *s, struct error *err)
{
    struct qdrant *q = (struct qdrant *)s;

    return store_http_preflight(s, err) &&
           (!q->writes || store_wire_choose(&q->http, &wires, err));
}

/* ---- questions ---- */

static void qdrant_put_ids(struct buf *b, const struct text *ids, size_t n)
{
    buf_puts(b, "{\"ids\":[");
    for (size_t i = 0; i < n; i++) {
        buf_puts(b, i ? ",\"" : "\"");
        buf_put(b, ids[i].ptr, ids[i].len);
        buf_putc(b, '"');
    }
    buf_puts(b, "],\"with_payload\":false,\"with_vector\":false}");
}

static bool qdrant_find(struct store_http *q, struct wanted *w,
                        const struct text *ids, size_t n, struct error *err)
{
    if (store_grpc_alone(q))
        return qdrant_grpc_lookup(q, ids, n, wanted_mark, w, err);
    to_collection(q, "/points");
    qdrant_put_ids(q->body, ids, n);
    return store_http_ask(q, "POST", err) &&
           qdrant_read_ids(store_http_answer(q), wanted_mark, w, err);
}

static bool qdrant_lookup(struct store *s, const struct text *ids, size_t n,
                          bool *present, struct error *err)
{
    struct text *distinct = calloc(n ? n : 1, sizeof *distinct);
    struct wanted w;
    size_t count = 0;
    bool fine;

    if (!distinct)
        return error_memory(err, "for ids");
    if (!wanted_init(&w, ids, n, true, present, err)) {
        free(distinct);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        if (!wanted_is_twin(&w, i))
            distinct[count++] = w.of[i].id;
    fine = qdrant_find((struct store_http *)s, &w, distinct, count, err);
    wanted_release(&w);
    free(distinct);
    return fine;
}

static bool qdrant_count(struct store *s, uint64_t *n, struct error *err)
{
    struct store_http *q = (struct store_http *)s;

    if (store_grpc_alone(q))
        return qdrant_grpc_count(q, n, err);
    to_collection(q, "/points/count");
    buf_puts(q->body, "{\"exact\":true}");
    return store_http_ask(q, "POST", err) &&
           qdrant_read_count(store_http_answer(q), n, err);
}

static bool qdrant_search(struct store *s, const float *query, size_t k,
                          struct store_hit *hits, size_t *got,
                          struct error *err)
{
    struct store_http *q = (struct store_http *)s;

    if (store_grpc_alone(q))
        return qdrant_grpc_search(q, query, k, hits, got, err);
    to_collection(q, "/points/query");
    buf_puts(q->body, "{\"query\":");
    store_put_vector(q->body, query, s->dim);
    buf_printf(q->body, ",\"limit\":%zu,\"with_payload\":true}", k);
    if (store_http_ask(q, "POST", err))
        return qdrant_read_hits(store_http_answer(q), hits, k, got, err);
    return q->reply.status == 404 /* the collection is there: preflight */
               ? error_wrap(err, "search needs Qdrant 1.10 or later")
               : false;
}

/* The collection's metadata, from version 1.16 on; older versions ignore it and
 * keep nothing. */
static bool qdrant_keep(struct store *s, const char *json, struct error *err)
{
    struct store_http *q = (struct store_http *)s;

    if (store_grpc_alone(q))
        return qdrant_grpc_keep(q, json, err);
    to_collection(q, "");
    buf_printf(q->body, "{\"metadata\":{\"" STORE_KEPT "\":%s}}", json);
    return store_http_ask(q, "PATCH", err);
}

static bool qdrant_kept(struct store *s, struct buf *to, struct error *err)
{
    static const char *const path[] = { "result", "config", "metadata",
                                        STORE_KEPT, NULL };
    struct store_http *q = (struct store_http *)s;

    if (store_grpc_alone(q))
        return qdrant_grpc_kept(q, to, err);
    to_collection(q, "");
    if (!store_http_ask(q, "GET", err))
        return false;
    reply_kept(store_http_answer(q), path, to);
    return true;
}

const struct store_ops store_qdrant = {
    .name = "qdrant",
    .summary = "qdrant+http://HOST:PORT/COLLECTION (or +https, +grpc, +grpcs), "
               "Qdrant by REST, vectors by gRPC where it answers",
    .key_env = "QDRANT_API_KEY",
    .ids = "a UUID stays, any other becomes one (version 5)",
    .folds_uuids = true,
    .form = form,
    .remote = true,
    .http = &kind,
    .open = store_http_open,
    .preflight = qdrant_preflight,
    .follow = store_wire_follow,
    .takes = qdrant_takes,
    .upsert = qdrant_upsert,
    .search = qdrant_search,
    .lookup = qdrant_lookup,
    .count = qdrant_count,
    .keep = qdrant_keep,
    .kept = qdrant_kept,
    .close = store_http_close,
};
