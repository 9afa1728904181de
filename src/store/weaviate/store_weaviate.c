/*
 * This file stores records in Weaviate by its REST interface, weaviate_wire.c
 * over gRPC; questions use GraphQL, those for ids in weaviate_lookup.c.
 *
 * Source      the OpenAPI description of 1.40, the server's source for the
 *             batch handler, and the server of version 1.35.2 itself, in
 *             tests/e2e/weaviate.sh.
 *
 * An object is {"class", "id": UUID, "properties": {"doc_id": the record's own
 * id, "text": .., and the metadata's members}, "vector": [..]}. Weaviate takes
 * only UUIDs as ids; uuid_of() maps the others as Weaviate's own Python helper
 * does, so the same id is the same object for ever.
 *
 * A batch answers 200 whatever happened to its objects: each has its own
 * result, and weaviate_reply.c reads them all.
 */
#include "config.h"
#include "store/store_http.h"

#include <ctype.h>

#include "store/store_reply.h"
#include "store/store_wire.h"
#include "store/weaviate/weaviate_parts.h"
#include "util/json.h"
#include "util/uuid.h"

enum {
    LIMIT_BYTES = 30000000, /* none is documented; the answer is as large */
    GOOD_COUNT = 500,
    NAME_MAX_LEN = 231
};

/* ---- open ---- */

/* {"error":[{"message":"tenant not found: .."}]} */
static bool lacks_tenant(const struct http_reply *reply)
{
    const struct text body = { reply->body.data, reply->body.len };
    struct json_cursor c;
    struct json_value list, first, message;
    char said[160];

    if (!reply_member(body, "error", &list))
        return false;
    json_begin(&c, list.raw.ptr, list.raw.len);
    if (!json_enter_array(&c) || !json_element(&c) || !json_value(&c, &first) ||
        !reply_member(first.raw, "message", &message))
        return false;
    reply_word(&message, said, sizeof said);
    return weaviate_lacks_tenant(said);
}

/* A configured limit of objects also gives 429, and no wait helps. */
static const struct store_verdict verdicts[] = {
    { 0, "usage_limit_exceeded", ERROR_QUOTA, ABOUT_SERVICE },
    { 0, "is read-only", ERROR_QUOTA, ABOUT_SERVICE },
    { 500, "extract auth", ERROR_AUTH, ABOUT_SERVICE }, /* over gRPC */
    { .phrase = NULL }
};

static void weaviate_amend_error(const struct http_reply *reply,
                                 struct error *err)
{
    if (reply->status == 422 && lacks_tenant(reply)) {
        err->kind = ERROR_CONFIG;
        err->about = ABOUT_SERVICE;
    }
}

static const char *const options[] = { "tenant", "vector", "rest",
                                       WIRE_OPTIONS, META_OPTIONS, NULL };

static const char *const form[] = { "rest", WIRE_OPTIONS, META_OPTIONS,
                                    NULL };

static bool is_word(struct text name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.ptr[i]) && name.ptr[i] != '_')
            return false;
    return name.len > 0 && !isdigit((unsigned char)name.ptr[0]);
}

/* Weaviate takes "Title" for "title". */
static const char *weaviate_bad_name(struct text name)
{
    static const char *const taken[] = { "id", "_id", "_additional",
                                         "doc_id" };

    if (!is_word(name))
        return "has a name that is not letters, digits and \"_\"";
    if (name.len > NAME_MAX_LEN)
        return "has too long a name";
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (name.len == strlen(taken[i]) &&
            tolower((unsigned char)name.ptr[0]) == taken[i][0] &&
            memcmp(name.ptr + 1, taken[i] + 1, name.len - 1) == 0)
            return "has a name that is reserved";
    return NULL;
}

static const struct meta_rules rules = {
    .store = "Weaviate",
    .takes = "properties named by letters, digits and \"_\", lists of one "
             "type",
    .also = META_OBJECTS | META_LOWERED | META_EXACT53,
    .bad_name = weaviate_bad_name,
    .inner_name = is_word
};

/* Properties begin with a small letter: Weaviate makes it small, questions need
 * it small. The word is in the URL's options, which are ours. */
static bool take_text_key(struct weaviate *w, struct error *err)
{
    char *key = (char *)(uintptr_t)store_http_option(&w->http, "text");

    if (!key)
        return true;
    if (!is_word(text_of(key)))
        return error_set(err, ERROR_CONFIG, 0,
                         "--store: the property text=%s must be letters, "
                         "digits and \"_\" and begin with a letter", key);
    key[0] = (char)tolower((unsigned char)key[0]);
    return true;
}

/* Classes begin with a capital: Weaviate makes it one, paths need it. */
static bool take_class(struct weaviate *w, struct error *err)
{
    struct buf *name = &w->http.name;

    if (!is_word((struct text){ name->data, name->len }))
        return error_set(err, ERROR_CONFIG, 0,
                         "--store: the class %s must be letters, digits and "
                         "\"_\" and begin with a letter", name->data);
    name->data[0] = (char)toupper((unsigned char)name->data[0]);
    w->tenant = store_http_option(&w->http, "tenant");
    return true;
}

static bool weaviate_set_up(struct store *s, const struct store_config *cfg,
                            struct error *err)
{
    struct weaviate *w = (struct weaviate *)s;

    return take_text_key(w, err) && take_class(w, err) &&
           weaviate_set_wire(w, cfg, err);
}

static const struct store_http_kind kind = {
    .form = "weaviate+http://HOST:PORT/CLASS (or weaviate+https, or "
            "weaviate+grpc and weaviate+grpcs), the class of letters, digits "
            "and \"_\"; perhaps ?tenant=T or ?vector=NAME",
    .grpc = true,
    .options = options,
    .key_header = "Authorization",
    .key_prefix = "Bearer ",
    .limit_bytes = LIMIT_BYTES,
    .good_count = GOOD_COUNT,
    .verdicts = verdicts,
    .amend = weaviate_amend_error,
    .place = {
        .noun = "class",
        .metric = "cosine",
        .remedy = "use another class",
        .look = weaviate_get_class,
        .create = weaviate_create_class,
        .agree = weaviate_check_class
    },
    .rules = &rules,
    .size = sizeof(struct weaviate),
    .set_up = weaviate_set_up
};

/* ---- upsert ---- */

static void put_vectors(const struct weaviate *w, const float *vector,
                        struct buf *b)
{
    if (w->class.vector[0])
        buf_printf(b, ",\"vectors\":{\"%s\":", w->class.vector);
    else
        buf_puts(b, ",\"vector\":");
    store_put_vector(b, vector, w->http.base.dim);
    buf_puts(b, w->class.vector[0] ? "}}" : "}");
}

static bool weaviate_takes(const struct store *s, struct upsert_item *item,
                           struct buf *room)
{
    return store_meta_takes(&((const struct weaviate *)s)->http.meta, item, room);
}

static void weaviate_put_object(struct store *s, struct buf *b,
                                const struct upsert_item *item)
{
    const struct weaviate *w = (const struct weaviate *)s;
    char uuid[UUID_SIZE];

    uuid_of(item->id.ptr, item->id.len, uuid);
    buf_printf(b, "{\"class\":\"%s\",\"id\":\"%s\"", w->http.name.data, uuid);
    if (w->tenant)
        buf_printf(b, ",\"tenant\":\"%s\"", w->tenant);
    buf_puts(b, ",\"properties\":{\"doc_id\":");
    json_put_string(b, item->id);
    if (w->http.meta.text_key) {
        buf_printf(b, ",\"%s\":", w->http.meta.text_key);
        store_put_text(b, item);
    }
    store_meta_put(b, &w->http.meta, item, true);
    buf_putc(b, '}');
    put_vectors(w, item->vector, b);
}

bool weaviate_post_upsert(struct store *s, struct upsert_item *items, size_t n,
                          size_t *taken, struct error *err)
{
    static const struct store_shape shape = {
        .columns = 1, .head = { "{\"objects\":[" }, .between = ",",
        .end = "],\"fields\":[\"id\"]}", .put = weaviate_put_object
    };
    struct weaviate *w = (struct weaviate *)s;

    store_http_to(&w->http, "/v1/batch/objects");
    if (!store_body(s, w->http.body, &shape, items, n, taken, err))
        return false;
    return s->sent_count == 0 ||
           (store_http_ask(&w->http, "POST", err) &&
            weaviate_read_batch(store_http_answer(&w->http), items, *taken,
                                err));
}

/* ---- questions ---- */

/* GraphQL's own text inside JSON: the class is a word, the rest are numbers and
 * options of safe letters, so we escape only the quotes. */
static void put_tenant(struct weaviate *w, const char *before,
                       const char *after)
{
    if (w->tenant)
        buf_printf(w->http.body, "%stenant:\\\"%s\\\"%s", before, w->tenant,
                   after);
}

bool weaviate_count(struct store *s, uint64_t *n, struct error *err)
{
    struct weaviate *w = (struct weaviate *)s;
    const char *name = w->http.name.data;

    store_http_to(&w->http, "/v1/graphql");
    buf_printf(w->http.body, "{\"query\":\"{Aggregate{%s", name);
    put_tenant(w, "(", ")");
    buf_puts(w->http.body, "{meta{count}}}}\"}");
    return store_http_ask(&w->http, "POST", err) &&
           weaviate_read_count(store_http_answer(&w->http), name, n, err);
}

static bool weaviate_search(struct store *s, const float *query, size_t k,
                            struct store_hit *hits, size_t *got,
                            struct error *err)
{
    struct weaviate *w = (struct weaviate *)s;
    const char *text = w->http.meta.text_key;
    struct buf *b = w->http.body;

    if (!weaviate_know_class(w, err))
        return false;
    store_http_to(&w->http, "/v1/graphql");
    buf_printf(b, "{\"query\":\"{Get{%s(", w->http.name.data);
    put_tenant(w, "", ",");
    buf_puts(b, "nearVector:{vector:");
    store_put_vector(b, query, s->dim);
    if (w->class.vector[0])
        buf_printf(b, ",targetVectors:[\\\"%s\\\"]", w->class.vector);
    buf_printf(b, "},limit:%zu){doc_id %s _additional{id distance}}}}\"}", k,
               text ? text : "");
    return store_http_ask(&w->http, "POST", err) &&
           weaviate_read_hits(store_http_answer(&w->http), w->http.name.data,
                              text, hits, k, got, err);
}

const struct store_ops store_weaviate = {
    .name = "weaviate",
    .summary = "weaviate+http://HOST:PORT/CLASS (or +https, +grpc, +grpcs), "
               "Weaviate",
    .key_env = "WEAVIATE_API_KEY",
    .ids = "a UUID stays, any other becomes one (version 5)",
    .folds_uuids = true,
    .form = form,
    .remote = true,
    .http = &kind,
    .open = store_http_open,
    .preflight = weaviate_preflight,
    .follow = store_wire_follow,
    .takes = weaviate_takes,
    .upsert = weaviate_upsert,
    .search = weaviate_search,
    .lookup = weaviate_lookup,
    .count = weaviate_count,
    .close = store_http_close,
};
