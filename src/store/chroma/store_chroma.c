/*
 * This file stores records in Chroma, by its REST interface, version 2.
 *
 * Source      the server's own OpenAPI page (/openapi.json), and the server of
 *             version 1.0.0 itself, asked in tests/e2e/chroma.sh.
 *
 * A record is a row of four columns: its id as it is, the vector as base64 of
 * little-endian float32 if the server says that it takes that (5.3 bytes a
 * float instead of 12.4), the text as the document, the metadata. The path of
 * records has the collection's UUID, so we look that up by its name.
 *
 * Chroma merges metadata: a member that an earlier version of a record had and
 * the new one has not stays. Nothing else survives an upsert.
 */
#include "config.h"
#include "store/store_http.h"

#include "store/chroma/chroma_reply.h"
#include "store/store_meta.h"
#include "store/store_reply.h"
#include "store/wanted.h"
#include "util/json.h"

enum {
    LIMIT_BYTES = 38000000, /* below the server's 40 MiB */
    LIMIT_COUNT = 5461,     /* what a local server says; preflight asks */
    GOOD_COUNT = 1000,
    ASK_COUNT = 250
};

struct chroma {
    struct store_http http;
    struct chroma_collection collection; /* id "": not looked up yet */
    bool base64;
};

/* ---- what it is like ---- */

/* A quota of Chroma Cloud: records in a request can be fewer, everything else
 * is about one record. */
static const struct store_verdict verdicts[] = {
    { 0, "dimension of", ERROR_CONFIG, ABOUT_SERVICE },
    { 429, "backoff", ERROR_LIMITED, ABOUT_UNKNOWN },
    { 0, "number of records", ERROR_SIZE, ABOUT_REQUEST },
    { 0, "exceeded quota limit", ERROR_REFUSED, ABOUT_DOCUMENT },
    { .phrase = NULL }
};

static const char *const options[] = { "tenant", "database", META_OPTIONS,
                                       NULL };

static const char *const form[] = { META_OPTIONS, NULL };

/* The server refuses the first two; it takes an empty list and a member of its
 * own name, but stores nothing. */
static const char *chroma_bad_name(struct text name)
{
    if (name.ptr[0] == '#' || name.ptr[0] == '$')
        return "has a name that begins with \"#\" or \"$\"";
    return text_is(name, "chroma:document") ? "has a name of Chroma's own"
                                            : NULL;
}

static const struct meta_rules rules = {
    .store = "Chroma",
    .takes = "strings, numbers, booleans and lists of one of them",
    .also = META_LISTS | META_FILLED | META_EXACT64 | META_TEXT_APART,
    .bad_name = chroma_bad_name
};

/* ---- places ---- */

/* The next request goes to the database's collections, or below. */
static void to_collections(struct chroma *c, const char *below)
{
    const char *tenant = store_http_option(&c->http, "tenant");
    const char *database = store_http_option(&c->http, "database");

    store_http_to(&c->http, "/api/v2/tenants/%s/databases/%s/collections%s",
                  tenant ? tenant : "default_tenant",
                  database ? database : "default_database", below);
}

static bool chroma_get_collection(struct store *s, bool *there,
                                  struct error *err)
{
    struct chroma *c = (struct chroma *)s;

    to_collections(c, "/");
    buf_puts(&c->http.url, c->http.name.data);
    return store_http_look(&c->http, there, err);
}

/* A worker's own instance had no preflight: ask the same questions, once. */
static bool chroma_know_server(struct chroma *c, struct error *err)
{
    size_t most = 0;

    store_http_to(&c->http, "/api/v2/pre-flight-checks");
    if (!store_http_ask(&c->http, "GET", err))
        return error_wrap(err, "asking Chroma for its limits");
    if (!chroma_read_checks(store_http_answer(&c->http), &most, &c->base64,
                            err))
        return false;
    if (most && most < c->http.base.limit_count)
        c->http.base.limit_count = most;
    return true;
}

/* ---- preflight ---- */

static bool chroma_create_collection(struct store *s, struct error *err)
{
    struct chroma *c = (struct chroma *)s;

    to_collections(c, "");
    buf_printf(c->http.body,
               "{\"name\":\"%s\",\"get_or_create\":true,\"configuration\":"
               "{\"hnsw\":{\"space\":\"cosine\"}}}", c->http.name.data);
    return store_http_ask(&c->http, "POST", err);
}

static bool chroma_check_collection(struct store *s, struct error *err)
{
    struct chroma *c = (struct chroma *)s;
    const char *space = c->collection.space;

    if (chroma_read_collection(store_http_answer(&c->http), &c->collection,
                               err) &&
        store_http_suits(s, c->collection.dim,
                         space[0] ? space : "nothing known", err))
        return true;
    c->collection.id[0] = '\0';
    return false;
}

static bool chroma_preflight(struct store *s, struct error *err)
{
    return chroma_know_server((struct chroma *)s, err) &&
           store_http_preflight(s, err);
}

/* The next request goes to the records. */
static bool to_records(struct chroma *c, const char *below, struct error *err)
{
    if (!c->collection.id[0] &&
        (!chroma_know_server(c, err) || !store_http_know(&c->http.base, err)))
        return false;
    to_collections(c, "/");
    buf_puts(&c->http.url, c->collection.id);
    buf_puts(&c->http.url, below);
    return true;
}

/* ---- open ---- */

static const struct store_http_kind kind = {
    .form = "chroma+http://HOST:PORT/COLLECTION (or chroma+https), perhaps "
            "with ?tenant=T&database=D",
    .options = options,
    .key_header = "x-chroma-token",
    .key_prefix = "",
    .limit_count = LIMIT_COUNT,
    .limit_bytes = LIMIT_BYTES,
    .good_count = GOOD_COUNT,
    .verdicts = verdicts,
    .place = {
        .noun = "collection",
        .metric = "cosine",
        .remedy = "use another collection (--create makes one)",
        .look = chroma_get_collection,
        .create = chroma_create_collection,
        .agree = chroma_check_collection
    },
    .rules = &rules,
    .size = sizeof(struct chroma)
};

/* ---- upsert ---- */

enum { IDS, VECTORS, TEXTS, METADATA, COLUMNS };

static bool chroma_takes(const struct store *s, struct upsert_item *item,
                         struct buf *room)
{
    if (item->id.len == 0)
        return store_item_refused(item, "the id is empty: Chroma wants at "
                                        "least one character");
    return store_meta_takes(&((const struct chroma *)s)->http.meta, item, room);
}

static void chroma_put_metadata(struct buf *b, const struct store_meta *meta,
                                const struct upsert_item *item)
{
    size_t start = b->len;

    buf_putc(b, '{');
    store_meta_put(b, meta, item, false);
    if (b->len == start + 1) { /* older servers take no empty object */
        b->len = start;
        buf_puts(b, "null");
        return;
    }
    buf_putc(b, '}');
}

static void chroma_put_record(struct store *s, struct buf *b,
                              const struct upsert_item *item)
{
    struct chroma *c = (struct chroma *)s;

    json_put_string(&b[IDS], item->id);
    if (c->base64)
        store_put_base64(&b[VECTORS], item->vector, s->dim);
    else
        store_put_vector(&b[VECTORS], item->vector, s->dim);
    if (c->http.meta.text_key)
        store_put_text(&b[TEXTS], item);
    else
        buf_puts(&b[TEXTS], "null");
    chroma_put_metadata(&b[METADATA], &c->http.meta, item);
}

static bool chroma_upsert(struct store *s, struct upsert_item *items, size_t n,
                          size_t *taken, struct error *err)
{
    static const struct store_shape shape = {
        .columns = COLUMNS,
        .head = { "{\"ids\":[", "],\"embeddings\":[", "],\"documents\":[",
                  "],\"metadatas\":[" },
        .between = ",",
        .end = "]}",
        .put = chroma_put_record
    };
    struct chroma *c = (struct chroma *)s;

    *taken = n;
    if (!to_records(c, "/upsert", err) ||
        !store_body(s, c->http.body, &shape, items, n, taken, err))
        return false;
    if (s->sent_count > 0 && !store_http_ask(&c->http, "POST", err)) {
        if (c->http.reply.status == 404) /* perhaps made again: look it up */
            c->collection.id[0] = '\0';
        return false;
    }
    if (s->sent_count > 0 &&
        !chroma_read_upserted(store_http_answer(&c->http), err))
        return false;
    store_body_stored(items, *taken);
    return true;
}

/* ---- questions ---- */

/* Chroma Cloud returns about 300 at a time. */
static bool chroma_ask_for_ids(struct chroma *c, struct wanted *w, size_t first,
                               struct error *err)
{
    struct buf *b = c->http.body;

    if (!to_records(c, "/get", err))
        return false;
    buf_puts(b, "{\"include\":[],\"ids\":[");
    for (size_t i = first; i < w->count && i < first + ASK_COUNT; i++) {
        buf_puts(b, i > first ? "," : "");
        json_put_string(b, w->of[i].id);
    }
    buf_puts(b, "]}");
    return store_http_ask(&c->http, "POST", err) &&
           chroma_read_ids(store_http_answer(&c->http), wanted_mark, w, err);
}

static bool chroma_lookup(struct store *s, const struct text *ids, size_t n,
                          bool *present, struct error *err)
{
    struct wanted w;
    bool fine = wanted_init(&w, ids, n, false, present, err);

    for (size_t i = 0; fine && i < n; i += ASK_COUNT)
        fine = chroma_ask_for_ids((struct chroma *)s, &w, i, err);
    wanted_release(&w);
    return fine;
}

static bool chroma_count(struct store *s, uint64_t *n, struct error *err)
{
    struct chroma *c = (struct chroma *)s;

    return to_records(c, "/count", err) &&
           store_http_ask(&c->http, "GET", err) &&
           chroma_read_count(store_http_answer(&c->http), n, err);
}

static bool chroma_search(struct store *s, const float *query, size_t k,
                          struct store_hit *hits, size_t *got,
                          struct error *err)
{
    struct chroma *c = (struct chroma *)s;
    struct buf *b = c->http.body;

    if (!to_records(c, "/query", err))
        return false;
    buf_puts(b, "{\"query_embeddings\":[");
    store_put_vector(b, query, s->dim);
    buf_printf(b, "],\"n_results\":%zu,\"include\":[\"documents\","
                  "\"distances\"]}", k);
    return store_http_ask(&c->http, "POST", err) &&
           chroma_read_hits(store_http_answer(&c->http), hits, k, got, err);
}

/* ---- what is kept with the collection ---- */

/* Its metadata, as it is written; an empty object for none. */
static bool read_metadata(struct chroma *c, struct buf *to, struct error *err)
{
    struct json_value v;

    to_collections(c, "/");
    buf_puts(&c->http.url, c->http.name.data);
    if (!store_http_ask(&c->http, "GET", err))
        return false;
    if (reply_member(store_http_answer(&c->http), "metadata", &v) &&
        v.type == JSON_OBJECT)
        reply_put(to, &v);
    else
        buf_puts(to, "{}");
    return true;
}

/* An update replaces all of it, so send the rest along. False: it has the
 * collection's settings, as old clients wrote them, which we must not send
 * again. */
static bool put_others(struct buf *to, struct text metadata)
{
    struct json_cursor c;
    struct json_value key, v;

    json_begin(&c, metadata.ptr, metadata.len);
    if (!json_enter_object(&c))
        return false;
    while (json_member(&c, &key) && json_value(&c, &v)) {
        const char *quote = v.type == JSON_STRING ? "\"" : "";

        if (json_is(&key, STORE_KEPT))
            continue;
        if (key.raw.len > 5 && memcmp(key.raw.ptr, "hnsw:", 5) == 0)
            return false;
        buf_putc(to, '"');
        buf_put(to, key.raw.ptr, key.raw.len);
        buf_printf(to, "\":%s", quote);
        buf_put(to, v.raw.ptr, v.raw.len);
        buf_printf(to, "%s,", quote);
    }
    return !c.why;
}

/* Its values are scalars, so keep the object as a text. */
static bool chroma_keep(struct store *s, const char *json, struct error *err)
{
    struct chroma *c = (struct chroma *)s;
    struct buf metadata = { 0 };
    bool fine = read_metadata(c, &metadata, err) && to_records(c, "", err);

    if (fine) {
        buf_puts(c->http.body, "{\"new_metadata\":{");
        fine = put_others(c->http.body,
                          (struct text){ metadata.data, metadata.len }) ||
               error_set(err, ERROR_CONFIG, 0,
                         "the collection's settings are in its metadata");
        buf_puts(c->http.body, "\"" STORE_KEPT "\":");
        json_put_string(c->http.body, text_of(json));
        buf_puts(c->http.body, "}}");
    }
    buf_release(&metadata);
    return fine && store_http_ask(&c->http, "PUT", err);
}

static bool chroma_kept(struct store *s, struct buf *to, struct error *err)
{
    static const char *const path[] = { STORE_KEPT, NULL };
    struct buf metadata = { 0 };
    bool fine = read_metadata((struct chroma *)s, &metadata, err);

    if (fine)
        reply_kept((struct text){ metadata.data, metadata.len }, path,
                        to);
    buf_release(&metadata);
    return fine;
}

const struct store_ops store_chroma = {
    .name = "chroma",
    .summary = "chroma+http://HOST:PORT/COLLECTION (or chroma+https), Chroma "
               "1.x, self-hosted or Cloud",
    .key_env = "CHROMA_API_KEY",
    .form = form,
    .remote = true,
    .http = &kind,
    .open = store_http_open,
    .preflight = chroma_preflight,
    .takes = chroma_takes,
    .upsert = chroma_upsert,
    .search = chroma_search,
    .lookup = chroma_lookup,
    .count = chroma_count,
    .keep = chroma_keep,
    .kept = chroma_kept,
    .close = store_http_close,
};
