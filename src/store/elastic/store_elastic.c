/*
 * This file stores records in Elasticsearch and OpenSearch, by their REST
 * interface: one protocol with two ways to declare a vector.
 *
 * Source      https://www.elastic.co/docs/api (8 and 9) and
 *             https://docs.opensearch.org (2 and 3, k-NN plugin).
 *
 * A record is the document {"embedding": [..], "text": .., "metadata": ..}
 * under its own id. _bulk answers 200 whatever happened, with a status for each
 * document: we read every one. Vectors go as base64 if the server is new
 * enough; the two want the bytes in opposite orders.
 */
#include "config.h"
#include "store/elastic/elastic_parts.h"

#include <stdlib.h>

#include "store/elastic/elastic_error.h"
#include "store/wanted.h"
#include "util/base64.h"
#include "util/floats.h"
#include "util/json.h"

enum {
    LIMIT_BYTES = 15000000, /* the server's is 100 MB; 5 to 15 suit it best */
    GOOD_COUNT = 500,
    ID_MAX = 512,
    CANDIDATES = 100 /* that a shard compares for a search, at least */
};

static const struct elastic_face elasticsearch_face = {
    .product = "Elasticsearch", .type = "dense_vector",
    .needs = 8, .create_major = 8, .base64_major = 9, .base64_minor = 3,
    .base64_swaps = true,
    .mapping = "{\"type\":\"dense_vector\",\"index\":true,"
               "\"similarity\":\"cosine\",\"dims\":",
    .rest = "},\"metadata\":{\"type\":\"flattened\",\"ignore_above\":8191}"
};

static const struct elastic_face opensearch_face = {
    .opensearch = true, .product = "OpenSearch", .type = "knn_vector",
    .needs = 2, .create_major = 2,
    .create_minor = 7, .base64_major = 3,
    .base64_minor = 8,
    .mapping = "{\"type\":\"knn_vector\",\"method\":{\"name\":\"hnsw\","
               "\"engine\":\"lucene\",\"space_type\":\"cosinesimil\"},"
               "\"dimension\":",
    .rest = "},\"metadata\":{\"type\":\"flat_object\"}"
};

static const char *const url_options[] = { "vector", "text", NULL };
static const char *const form[] = { "text", "gzip", NULL };

/* By their own types, if an answer has one: a proxy's page has none. The field
 * of vectors is useless here: only an item mentions it. */
static void elastic_amend_error(const struct http_reply *reply,
                                struct error *err)
{
    int64_t retry_after_ms = err->retry_after_ms;
    struct elastic_error said;
    char words[200];

    if (reply->status < 400 ||
        !elastic_error_find((struct text){ reply->body.data, reply->body.len },
                            (unsigned)reply->status, &said))
        return;
    elastic_error_say(&said, words, sizeof words);
    error_set(err, err->kind, reply->status, "HTTP %d: %s", reply->status,
              words);
    elastic_error_judge(&said, "", err);
    err->retry_after_ms = retry_after_ms;
}

/* ---- open and close ---- */

static void elastic_close(struct store *s)
{
    if (s)
        free(((struct elastic *)s)->swapped);
    store_http_close(s);
}

/* USER:PASSWORD, or what the service calls a key. */
static bool take_key(struct elastic *e, const char *key, struct error *err)
{
    size_t len = strlen(key);
    char *basic;
    bool fine;

    if (!strchr(key, ':'))
        return store_http_header(&e->http, "Authorization",
                                 e->face->opensearch ? "Bearer " : "ApiKey ",
                                 key, true, err);
    basic = malloc(base64_length(len) + 1);
    if (!basic)
        return error_memory(err, "for a key");
    *base64_encode(basic, key, len) = '\0';
    fine = store_http_header(&e->http, "Authorization", "Basic ", basic, true,
                             err);
    explicit_bzero(basic, strlen(basic));
    free(basic);
    return fine;
}

static bool take_fields(struct elastic *e, struct error *err)
{
    const char *vector = store_http_option(&e->http, "vector");
    const char *text = store_http_option(&e->http, "text");

    e->vector = vector ? vector : "embedding";
    e->text = text ? text : "text";
    if (!store_name_fits(text_of(e->vector)) ||
        !store_name_fits(text_of(e->text)))
        return error_set(err, ERROR_CONFIG, 0,
                         "--store: a field's name is of letters, digits, "
                         "\"-\", \"_\" and \".\"");
    if (strcmp(e->text, "none") == 0)
        e->text = NULL;
    return true;
}

/* The key's header depends on the key. */
static bool elastic_set_up(struct store *s, const struct store_config *cfg,
                           struct error *err)
{
    struct elastic *e = (struct elastic *)s;

    e->face = s->ops == &store_opensearch ? &opensearch_face
                                          : &elasticsearch_face;
    e->read_only = cfg->read_only;
    return take_fields(e, err) &&
           (!cfg->key || !*cfg->key || take_key(e, cfg->key, err));
}

/* The two differ in their names and in the word for the cosine. */
#define ELASTIC_KIND(product, cosine)                                          \
    {                                                                          \
        .form = product "+http://HOST:PORT/INDEX[?vector=FIELD&text=FIELD"     \
                        "&gzip=yes] (or " product "+https)",                   \
        .options = url_options,                                                \
        .gzip = true,                                                          \
        .limit_bytes = LIMIT_BYTES,                                            \
        .good_count = GOOD_COUNT,                                              \
        .amend = elastic_amend_error,                                          \
        .place = { .noun = "index",                                            \
                   .metric = cosine,                                           \
                   .remedy = "use another index",                              \
                   .look = elastic_get_mapping,                                \
                   .create = elastic_create_index,                             \
                   .agree = elastic_check_index },                             \
        .size = sizeof(struct elastic),                                        \
        .set_up = elastic_set_up                                               \
    }

static const struct store_http_kind elasticsearch_kind =
    ELASTIC_KIND("elasticsearch", "cosine");
static const struct store_http_kind opensearch_kind =
    ELASTIC_KIND("opensearch", "cosinesimil");

void elastic_to_index(struct elastic *e, const char *below)
{
    store_http_to(&e->http, "/%s%s", e->http.name.data, below);
}

/* ---- upsert ---- */

static bool put_swapped(struct elastic *e, const float *v, struct buf *b)
{
    size_t dim = e->http.base.dim;

    if (!e->swapped && !(e->swapped = malloc(dim * sizeof *v)))
        return false;
    float_turn(e->swapped, v, dim);
    store_put_base64(b, e->swapped, dim);
    return true;
}

static void elastic_put_vector(struct elastic *e, const float *v,
                               struct buf *b)
{
    if (!e->base64)
        store_put_vector(b, v, e->http.base.dim);
    else if (!e->face->base64_swaps)
        store_put_base64(b, v, e->http.base.dim);
    else if (!put_swapped(e, v, b))
        b->failed = true;
}

/* A list stands for its elements there, and null for nothing. */
static bool is_no_object(struct text metadata)
{
    return metadata.len > 0 && !strchr("{[n", metadata.ptr[0]);
}

static bool elastic_takes(const struct store *s, struct upsert_item *item,
                          struct buf *room)
{
    const struct elastic *e = (const struct elastic *)s;

    (void)room;
    if (item->id.len > ID_MAX)
        return store_item_refused(item,
                                  "the id has %zu bytes, %s takes %d at most",
                                  item->id.len, e->face->product, ID_MAX);
    if (e->objects && is_no_object(item->metadata))
        return store_item_refused(item,
                                  "the metadata is no object, and the index's "
                                  "field metadata takes only those");
    return true;
}

static void elastic_learn(struct store *s, const struct store *from)
{
    ((struct elastic *)s)->objects = ((const struct elastic *)from)->objects;
}

static void elastic_put_document(struct store *s, struct buf *b,
                                 const struct upsert_item *item)
{
    struct elastic *e = (struct elastic *)s;

    buf_puts(b, "{\"index\":{\"_id\":");
    json_put_string(b, item->id);
    buf_printf(b, "}}\n{\"%s\":", e->vector);
    elastic_put_vector(e, item->vector, b);
    if (e->text) {
        buf_printf(b, ",\"%s\":", e->text);
        store_put_text(b, item);
    }
    if (item->metadata.len > 0) {
        buf_puts(b, ",\"metadata\":");
        store_put_on_one_line(b, item->metadata);
    }
    buf_puts(b, "}\n");
}

/* What was in flight when it was rejected may all be ours: Elasticsearch 9
 * takes a bulk piece by piece, and later pieces meet the first. On the other
 * hand the breaker for requests in flight counts everybody's, and each twice:
 * one record far below its limit only met others there. */
static void judge_by_size(const struct store_http *s, struct error *err)
{
    const struct store *sent = &s->base;
    struct elastic_error said;

    if ((err->kind != ERROR_SIZE && err->kind != ERROR_LIMITED) ||
        !elastic_error_find(store_http_answer(s), 429, &said))
        return;
    if (err->kind == ERROR_LIMITED && sent->sent_count > 1 &&
        said.busy_bytes > 0 && said.busy_bytes <= sent->sent_bytes) {
        err->kind = ERROR_SIZE;
        err->about = ABOUT_REQUEST;
    } else if (err->kind == ERROR_SIZE && sent->sent_count == 1 &&
               said.limit_bytes / 2 > sent->sent_bytes) {
        err->kind = ERROR_LIMITED;
        err->about = ABOUT_SERVICE;
    }
}

static bool elastic_upsert(struct store *s, struct upsert_item *items,
                           size_t n, size_t *taken, struct error *err)
{
    static const struct store_shape shape = {
        .columns = 1, .head = { "" }, .between = "", .end = "",
        .put = elastic_put_document
    };
    struct elastic *e = (struct elastic *)s;

    *taken = n;
    if (!e->met && !elastic_learn_version(e, err)) /* a worker's own instance */
        return false;
    elastic_to_index(e,
                     "/_bulk?filter_path=errors,items.*.status,items.*.error");
    if (!store_body(s, e->http.body, &shape, items, n, taken, err))
        return false;
    if (s->sent_count == 0)
        return true;
    if (!store_http_ask(&e->http, "POST", err)) {
        judge_by_size(&e->http, err);
        return false;
    }
    return elastic_read_bulk(store_http_answer(&e->http), e->vector, items,
                             *taken, err);
}

/* ---- questions ---- */

static bool elastic_lookup(struct store *s, const struct text *ids, size_t n,
                           bool *present, struct error *err)
{
    struct elastic *e = (struct elastic *)s;
    struct buf *b = e->http.body;
    const char *comma = "";
    struct wanted w;
    bool fine;

    if (!wanted_init(&w, ids, n, false, present, err))
        return false;
    elastic_to_index(e, "/_mget?_source=false");
    buf_puts(b, "{\"ids\":[");
    for (size_t i = 0; i < n; i++) {
        if (wanted_is_twin(&w, i) || w.of[i].id.len > ID_MAX)
            continue;
        buf_puts(b, comma);
        json_put_string(b, w.of[i].id);
        comma = ",";
    }
    buf_puts(b, "]}");
    fine = !*comma || (store_http_ask(&e->http, "POST", err) &&
                       elastic_read_found(store_http_answer(&e->http),
                                          wanted_mark, &w, err));
    wanted_release(&w);
    return fine;
}

/* The count is right after a refresh; if the key may not refresh, it may lag by
 * a second. */
static bool elastic_count(struct store *s, uint64_t *n, struct error *err)
{
    struct elastic *e = (struct elastic *)s;

    elastic_to_index(e, "/_refresh");
    if (!store_http_send(&e->http, "POST", err))
        return false;
    elastic_to_index(e, "/_count");
    return store_http_ask(&e->http, "GET", err) &&
           elastic_read_count(store_http_answer(&e->http), n, err);
}

static void put_query(struct elastic *e, const float *query, size_t k)
{
    struct buf *b = e->http.body;

    if (e->face->opensearch)
        buf_printf(b, "{\"query\":{\"knn\":{\"%s\":{\"vector\":", e->vector);
    else
        buf_printf(b, "{\"knn\":{\"field\":\"%s\",\"query_vector\":",
                   e->vector);
    store_put_vector(b, query, e->http.base.dim);
    if (e->face->opensearch)
        buf_printf(b, ",\"k\":%zu}}}", k);
    else
        buf_printf(b, ",\"k\":%zu,\"num_candidates\":%zu}", k,
                   k > CANDIDATES / 2 ? 2 * k : (size_t)CANDIDATES);
    buf_printf(b, ",\"size\":%zu,\"_source\":", k);
    if (e->text)
        buf_printf(b, "[\"%s\"]}", e->text);
    else
        buf_puts(b, "false}");
}

static bool elastic_search(struct store *s, const float *query, size_t k,
                           struct store_hit *hits, size_t *got,
                           struct error *err)
{
    struct elastic *e = (struct elastic *)s;

    elastic_to_index(e, "/_search");
    put_query(e, query, k);
    return store_http_ask(&e->http, "POST", err) &&
           elastic_read_hits(store_http_answer(&e->http), e->text, hits, k,
                             got, err);
}

const struct store_ops store_elasticsearch = {
    .name = "elasticsearch",
    .summary = "elasticsearch+http://HOST:PORT/INDEX (or "
               "elasticsearch+https), Elasticsearch 8 or later by its REST "
               "interface",
    .key_env = "ELASTIC_API_KEY",
    .ids = "they stay, up to 512 bytes",
    .form = form,
    .remote = true,
    .http = &elasticsearch_kind,
    .open = store_http_open,
    .preflight = elastic_preflight,
    .takes = elastic_takes,
    .learn = elastic_learn,
    .upsert = elastic_upsert,
    .search = elastic_search,
    .lookup = elastic_lookup,
    .count = elastic_count,
    .keep = elastic_keep,
    .kept = elastic_kept,
    .close = elastic_close,
};

const struct store_ops store_opensearch = {
    .name = "opensearch",
    .summary = "opensearch+http://HOST:PORT/INDEX (or opensearch+https), "
               "OpenSearch 2 or later (--create: 2.7) by its REST interface",
    .key_env = "OPENSEARCH_API_KEY",
    .ids = "they stay, up to 512 bytes",
    .form = form,
    .remote = true,
    .http = &opensearch_kind,
    .open = store_http_open,
    .preflight = elastic_preflight,
    .takes = elastic_takes,
    .learn = elastic_learn,
    .upsert = elastic_upsert,
    .search = elastic_search,
    .lookup = elastic_lookup,
    .count = elastic_count,
    .keep = elastic_keep,
    .kept = elastic_kept,
    .close = elastic_close,
};
