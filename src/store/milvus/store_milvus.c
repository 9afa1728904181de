/*
 * This file stores records in Milvus or Zilliz Cloud, by its REST interface,
 * version 2; milvus_calls.c by gRPC, which has the same port. Once gRPC is
 * chosen, all questions of a worker go that way, too.
 *
 * Source      the server's handlers and error codes (internal/distributed/
 *             proxy/httpserver, pkg/util/merr; 2.4 to 2.6) and the API's pages.
 *             tests/e2e/milvus_real.sh asks version 2.3.5 itself, behind a
 *             facade for the routes that it lacks.
 *
 * A record is a row: the collection's primary key (a VarChar, whatever its
 * name) is the id, its field of float vectors the vector, the text one more
 * field; the members of the metadata are fields of the collection, or go into
 * its dynamic field. An upsert is all or nothing, and a failure comes with HTTP
 * status 200. Questions see what was written after some seconds, unless the
 * collection's consistency is Strong.
 */
#include "config.h"
#include "store/store_http.h"

#include <stdlib.h>

#include "store/milvus/milvus_parts.h"
#include "store/store_reply.h"
#include "store/store_wire.h"
#include "store/wanted.h"
#include "util/base64.h"
#include "util/json.h"

enum {
    LIMIT_BYTES = 64000000, /* "64 MB", Milvus' limit for gRPC, too */
    GOOD_COUNT = 1000,
    USUAL_PORT = 19530
};

/* ---- what it is like ---- */

static const char *const options[] = { "database", WIRE_OPTIONS, META_OPTIONS,
                                       NULL };

static const char *const form[] = { WIRE_OPTIONS, META_OPTIONS, NULL };

static const char *milvus_bad_name(struct text name)
{
    return text_is(name, "$meta") ? "has a name of Milvus's own" : NULL;
}

static const struct meta_rules rules = {
    .store = "Milvus",
    .takes = "any JSON under other names",
    .also = META_OBJECTS | META_INT64 | META_NESTED53,
    .bad_name = milvus_bad_name
};

static void milvus_close(struct store *s)
{
    struct milvus *m = (struct milvus *)s;

    if (m) {
        buf_release(&m->head);
        buf_release(&m->room);
    }
    store_http_close(s);
}

/* ---- asking ---- */

/* The next request: its body names the collection, more members follow. */
static void milvus_to(struct milvus *m, const char *what)
{
    store_http_to(&m->http, "/v2/vectordb/%s", what);
    buf_put(m->http.body, m->head.data, m->place);
}

static bool milvus_ask(struct milvus *m, struct error *err)
{
    struct text sent;

    m->code = -1;
    if (!store_http_send(&m->http, "POST", err))
        return false;
    sent = (struct text){ m->http.body->data, m->http.body->len };
    if (m->http.reply.status < 300)
        return milvus_succeeded(store_http_answer(&m->http), sent, &m->code,
                                err);
    store_http_refused(&m->http, err);
    milvus_correct_error(store_http_answer(&m->http), sent, &m->code, err);
    return false;
}

/* ---- preflight ---- */

static bool milvus_post_describe(struct milvus *m, bool *there,
                                 struct error *err)
{
    milvus_to(m, "collections/describe");
    buf_putc(m->http.body, '}');
    *there = milvus_ask(m, err);
    if (*there)
        return milvus_read_shape(store_http_answer(&m->http), &m->shape, err);
    if (m->code == MILVUS_NO_COLLECTION)
        return true;
    if (m->http.reply.status == 404 && m->code < 0)
        return error_set(err, ERROR_CONFIG, 404,
                         "%s has no REST interface of version 2: Milvus 2.4 "
                         "or newer is needed, or milvus+grpc:// in the URL",
                         m->http.root.data);
    return error_wrap(err, "looking at collection %s", m->http.name.data);
}

/* A field that we cannot fill over gRPC. */
static const struct milvus_field *milvus_foreign(const struct milvus_shape *s)
{
    for (size_t i = 0; s->typed && i < s->count; i++)
        if (s->field[i].kind == MILVUS_OTHER && !s->field[i].optional &&
            !s->field[i].made)
            return &s->field[i];
    return NULL;
}

static bool milvus_get_collection(struct store *s, bool *there,
                                  struct error *err)
{
    struct milvus *m = (struct milvus *)s;

    return store_wire_grpc(&m->http) ? milvus_call_describe(m, there, err)
                                     : milvus_post_describe(m, there, err);
}

static bool milvus_create_collection(struct store *s, struct error *err)
{
    struct milvus *m = (struct milvus *)s;
    struct buf *b = m->http.body;

    if (store_wire_grpc(&m->http))
        return milvus_call_create(m, err);
    milvus_to(m, "collections/create");
    buf_printf(b, ",\"schema\":{\"autoId\":false,\"enableDynamicField\":true,"
                  "\"fields\":[{\"fieldName\":\"id\",\"dataType\":\"VarChar\","
                  "\"isPrimary\":true,\"elementTypeParams\":{\"max_length\":"
                  "%d}},{\"fieldName\":\"vector\",\"dataType\":"
                  "\"FloatVector\",\"elementTypeParams\":{\"dim\":%zu}}",
               MILVUS_NEW_ID, m->http.base.dim);
    if (m->http.meta.text_key)
        buf_printf(b, ",{\"fieldName\":\"%s\",\"dataType\":\"VarChar\","
                      "\"elementTypeParams\":{\"max_length\":%d}}",
                   m->http.meta.text_key, MILVUS_NEW_TEXT);
    buf_puts(b, "]},\"indexParams\":[{\"fieldName\":\"vector\",\"indexName\":"
                "\"vector\",\"metricType\":\"COSINE\",\"params\":{"
                "\"index_type\":\"AUTOINDEX\"}}]}");
    return milvus_ask(m, err);
}

static bool takes_field(const struct milvus_shape *s, const char *name)
{
    return s->dynamic || milvus_field(s, text_of(name));
}

static bool milvus_takes_text(const struct milvus_shape *s, const char *name)
{
    const struct milvus_field *f = milvus_field(s, text_of(name));

    return !f || f->kind == MILVUS_VARCHAR || f->kind == MILVUS_JSON;
}

/* What is wrong with the collection, or NULL. */
static const char *milvus_find_misfit(const struct milvus *m)
{
    const struct milvus_shape *s = &m->shape;
    const char *text = m->http.meta.text_key;

    if (!s->id || s->id->kind != MILVUS_VARCHAR)
        return "has no VarChar as its primary key, and ids are texts";
    if (s->auto_id)
        return "makes its own ids (autoId): records could not be replaced";
    if (!s->vector)
        return "has no field of float vectors";
    if (s->vectors > 1)
        return "has several fields of vectors, and Milvus wants all of them "
               "filled";
    if (text && !takes_field(s, text))
        return "has no field for the text and takes no others: ?text=FIELD "
               "in the URL names one, ?text=none leaves the text out";
    if (text && (strcmp(text, s->id->name) == 0 ||
                 strcmp(text, s->vector->name) == 0))
        return "has something else in the field that ?text= names";
    if (text && s->typed && !milvus_takes_text(s, text))
        return "has a field for the text that is neither VarChar nor JSON";
    if (milvus_foreign(s))
        return "has a field of a type that is not written over gRPC: http:// "
               "instead of grpc:// in the URL takes REST";
    if (m->http.meta.as_json && !takes_field(s, "metadata"))
        return "has no field \"metadata\" for ?metadata=json and takes no "
               "others";
    return NULL;
}

static bool milvus_check_collection(struct store *s, struct error *err)
{
    struct milvus *m = (struct milvus *)s;
    const char *why = milvus_find_misfit(m);

    if (!why &&
        store_http_suits(s, m->shape.vector->dim, m->shape.metric, err))
        return true;
    m->shape.count = 0;
    return why && error_set(err, ERROR_CONFIG, 0, "collection %s %s",
                            m->http.name.data, why);
}

/* A worker's own instance had no preflight. */
static bool milvus_know_collection(struct milvus *m, struct error *err)
{
    return m->shape.count > 0 || store_http_know(&m->http.base, err);
}

/* Is what answers over gRPC the collection that REST showed? */
static bool milvus_probe(struct store *s, struct error *err)
{
    struct milvus *m = (struct milvus *)s;
    const char *why;
    bool there;

    if (!milvus_call_describe(m, &there, err))
        return false;
    why = there ? milvus_find_misfit(m) : "is not there";
    return !why || error_set(err, ERROR_CONFIG, 0, "collection %s %s",
                             m->http.name.data, why);
}

static bool milvus_preflight(struct store *s, struct error *err)
{
    static const struct wire_kind wires = { .probe = milvus_probe };
    struct milvus *m = (struct milvus *)s;

    if (!store_http_preflight(s, err) ||
        !store_wire_choose(&m->http, &wires, err))
        return false;
    if (store_wire_grpc(&m->http) || !m->shape.typed)
        return true;
    m->shape.count = 0; /* the probe's */
    return store_http_know(s, err);
}

/* ---- open ---- */

/* Over gRPC the key goes as base64. */
static bool milvus_set_key(struct milvus *m, const char *key,
                           struct error *err)
{
    size_t size = key ? strlen(key) : 0;
    char *value;

    if (size == 0)
        return true;
    value = malloc(base64_length(size) + 1);
    if (!value)
        return error_memory(err, "for a header");
    *base64_encode(value, key, size) = '\0';
    store_grpc_key(&m->http, "authorization", value);
    return true;
}

/* REST and gRPC share a port. */
static bool milvus_set_wire(struct milvus *m, const struct store_config *cfg,
                            struct error *err)
{
    const char *root = m->http.root.data;
    bool likely = store_wire_secure(&m->http) ||
                  store_wire_port(root) == USUAL_PORT;

    return milvus_set_key(m, cfg->key, err) &&
           store_wire_set_up(&m->http, cfg, likely ? root : NULL, err);
}

/* Names have letters, digits, "-", "_" and "." only: nothing to escape. */
static bool milvus_set_up(struct store *s, const struct store_config *cfg,
                          struct error *err)
{
    struct milvus *m = (struct milvus *)s;
    const char *database = store_http_option(&m->http, "database");

    if (!milvus_set_wire(m, cfg, err))
        return false;
    buf_putc(&m->head, '{');
    if (database)
        buf_printf(&m->head, "\"dbName\":\"%s\",", database);
    buf_printf(&m->head, "\"collectionName\":\"%s\"", m->http.name.data);
    m->place = m->head.len;
    buf_puts(&m->head, ",\"data\":[");
    buf_cstr(&m->head);
    return !m->head.failed || error_memory(err, "for a store");
}

static const struct store_http_kind kind = {
    .form = "milvus+http://HOST:PORT/COLLECTION (or milvus+https, or "
            "milvus+grpc and milvus+grpcs), perhaps with "
            "?database=D&metadata=json&text=FIELD",
    .grpc = true,
    .options = options,
    .key_header = "Authorization",
    .key_prefix = "Bearer ",
    .limit_bytes = LIMIT_BYTES,
    .good_count = GOOD_COUNT,
    .place = {
        .noun = "collection",
        .metric = "COSINE",
        .remedy = "use another collection (--create makes one)",
        .look = milvus_get_collection,
        .create = milvus_create_collection,
        .agree = milvus_check_collection
    },
    .rules = &rules,
    .size = sizeof(struct milvus),
    .set_up = milvus_set_up
};

/* ---- upsert ---- */

/* Before we have asked, a collection has no fields to fit into. */
static bool milvus_takes(const struct store *s, struct upsert_item *item,
                         struct buf *room)
{
    const struct milvus *m = (const struct milvus *)s;

    return store_meta_takes(&m->http.meta, item, room) &&
           (m->shape.count == 0 ||
            milvus_fits(&m->shape, &m->http.meta, item, room));
}

static void milvus_learn(struct store *s, const struct store *from)
{
    struct milvus_shape *to = &((struct milvus *)s)->shape;
    const struct milvus_shape *known = &((const struct milvus *)from)->shape;

    *to = *known; /* but for its pointers into itself */
    if (known->id)
        to->id = to->field + (known->id - known->field);
    if (known->vector)
        to->vector = to->field + (known->vector - known->field);
}

static void milvus_put_record(struct store *s, struct buf *b,
                              const struct upsert_item *item)
{
    const struct milvus *m = (const struct milvus *)s;

    buf_puts(b, "{\"");
    buf_puts(b, m->shape.id->name);
    buf_puts(b, "\":");
    json_put_string(b, item->id);
    buf_puts(b, ",\"");
    buf_puts(b, m->shape.vector->name);
    buf_puts(b, "\":");
    store_put_vector(b, item->vector, s->dim);
    if (m->http.meta.text_key) {
        buf_puts(b, ",\"");
        buf_puts(b, m->http.meta.text_key);
        buf_puts(b, "\":");
        store_put_text(b, item);
    }
    store_meta_put(b, &m->http.meta, item, true);
    buf_putc(b, '}');
}

static bool send_records(struct milvus *m, struct error *err)
{
    uint64_t upserted;

    return milvus_ask(m, err) &&
           milvus_read_upserted(store_http_answer(&m->http), &upserted, err) &&
           milvus_took_all(upserted, m->http.base.sent_count, err);
}

static bool milvus_post_upsert(struct milvus *m, struct upsert_item *items,
                               size_t n, size_t *taken, struct error *err)
{
    struct store *s = &m->http.base;
    struct store_shape shape = {
        .columns = 1, .head = { m->head.data }, .between = ",", .end = "]}",
        .put = milvus_put_record
    };

    milvus_to(m, "entities/upsert");
    if (!store_body(s, m->http.body, &shape, items, n, taken, err) ||
        (s->sent_count > 0 && !send_records(m, err)))
        return false;
    return true;
}

static bool milvus_upsert(struct store *s, struct upsert_item *items, size_t n,
                          size_t *taken, struct error *err)
{
    struct milvus *m = (struct milvus *)s;

    *taken = n;
    if (!milvus_know_collection(m, err))
        return false;
    if (!(store_wire_grpc(&m->http)
              ? milvus_call_upsert(m, items, n, taken, err)
              : milvus_post_upsert(m, items, n, taken, err))) {
        if (m->code == MILVUS_NO_COLLECTION) /* perhaps made again */
            m->shape.count = 0;
        return false;
    }
    store_body_stored(items, *taken);
    return true;
}

/* ---- questions ---- */

size_t milvus_put_filter(struct milvus *m, const struct wanted *w,
                         size_t first)
{
    struct buf *filter = &m->room;
    size_t i;

    buf_clear(filter);
    buf_printf(filter, "%s in [", m->shape.id->name);
    for (i = first; i < w->count && i < first + MILVUS_ASK_COUNT; i++) {
        buf_puts(filter, i > first ? "," : "");
        json_put_string(filter, w->of[i].id);
    }
    buf_putc(filter, ']');
    return i - first;
}

/* The filter is a JSON string with JSON strings in it. */
static bool milvus_ask_for_ids(struct milvus *m, struct wanted *w, size_t first,
                               struct error *err)
{
    struct buf *b = m->http.body, *filter = &m->room;
    const char *id = m->shape.id->name;
    size_t count = milvus_put_filter(m, w, first);

    milvus_to(m, "entities/query");
    buf_puts(b, ",\"filter\":");
    json_put_string(b, (struct text){ filter->data, filter->len });
    buf_printf(b, ",\"limit\":%zu,\"outputFields\":[\"%s\"]}", count, id);
    if (filter->failed)
        return error_memory(err, "for a request");
    return milvus_ask(m, err) && milvus_read_ids(store_http_answer(&m->http),
                                                 id, wanted_mark, w, err);
}

static bool milvus_lookup(struct store *s, const struct text *ids, size_t n,
                          bool *present, struct error *err)
{
    struct milvus *m = (struct milvus *)s;
    struct wanted w;
    bool fine;

    if (!milvus_know_collection(m, err))
        return false;
    fine = wanted_init(&w, ids, n, false, present, err);
    for (size_t i = 0; fine && i < n; i += MILVUS_ASK_COUNT)
        fine = store_wire_grpc(&m->http)
                   ? milvus_call_ids(m, &w, i, err)
                   : milvus_ask_for_ids(m, &w, i, err);
    wanted_release(&w);
    return fine;
}

static bool milvus_count(struct store *s, uint64_t *n, struct error *err)
{
    struct milvus *m = (struct milvus *)s;

    if (store_wire_grpc(&m->http))
        return milvus_call_count(m, n, err);
    milvus_to(m, "entities/query");
    buf_puts(m->http.body,
             ",\"filter\":\"\",\"outputFields\":[\"count(*)\"]}");
    return milvus_ask(m, err) &&
           milvus_read_count(store_http_answer(&m->http), n, err);
}

static bool milvus_search(struct store *s, const float *query, size_t k,
                          struct store_hit *hits, size_t *got,
                          struct error *err)
{
    struct milvus *m = (struct milvus *)s;
    struct buf *b = m->http.body;
    const char *id, *text = m->http.meta.text_key;

    if (!milvus_know_collection(m, err))
        return false;
    if (store_wire_grpc(&m->http))
        return milvus_call_search(m, query, k, hits, got, err);
    id = m->shape.id->name;
    milvus_to(m, "entities/search");
    buf_puts(b, ",\"data\":[");
    store_put_vector(b, query, s->dim);
    buf_printf(b, "],\"annsField\":\"%s\",\"limit\":%zu,\"outputFields\":"
                  "[\"%s\"]}", m->shape.vector->name, k, text ? text : id);
    return milvus_ask(m, err) && milvus_read_hits(store_http_answer(&m->http),
                                                  id, text, hits, k, got, err);
}

const struct store_ops store_milvus = {
    .name = "milvus",
    .summary = "milvus+http://HOST:PORT/COLLECTION (or +https, +grpc, +grpcs), "
               "Milvus (REST: 2.4 or newer), Zilliz Cloud",
    .key_env = "MILVUS_TOKEN",
    .form = form,
    .ids = "stay, as texts: as many bytes as the collection's key takes",
    .remote = true,
    .http = &kind,
    .open = store_http_open,
    .preflight = milvus_preflight,
    .follow = store_wire_follow,
    .takes = milvus_takes,
    .learn = milvus_learn,
    .upsert = milvus_upsert,
    .search = milvus_search,
    .lookup = milvus_lookup,
    .count = milvus_count,
    .close = milvus_close,
};
