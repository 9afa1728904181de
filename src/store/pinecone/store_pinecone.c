/*
 * This file stores records in Pinecone, by the REST interface of its data
 * plane; upserts by gRPC, which has the same host, where it answers.
 *
 * Source      the API's specification, version 2026-04 (its paths and bodies
 *             are those of 2025-10), and the pages about limits. Not checked
 *             against the service itself.
 *
 * A record is {"id", "values", "metadata"}, the text one of the metadata's
 * members. An upsert is all or nothing and says how many records it took. The
 * user makes an index in the console (or by terraform); the URL names its host.
 * A namespace begins with the first record. Counts lag by seconds.
 */
#include "config.h"
#include "store/store_http.h"

#include "store/pinecone/pinecone_parts.h"
#include "store/pinecone/pinecone_reply.h"
#include "store/store_wire.h"
#include "store/wanted.h"
#include "util/json.h"

enum {
    LIMIT_BYTES = 2 * 1024 * 1024 - 256, /* "2 MB", counted as JSON */
    LIMIT_COUNT = 1000,
    LIMIT_ID = 512,
    LIMIT_METADATA = 40 * 1024,
    FETCH_IDS = 100,
    FETCH_URL = 4000 /* bytes of a request line that nobody refuses */
};

/* ---- open ---- */

static const struct store_verdict verdicts[] = {
    { 400, "vector dimension", ERROR_CONFIG, ABOUT_SERVICE },
    { 400, "metadata size", ERROR_REFUSED, ABOUT_DOCUMENT },
    { 400, "metadata value", ERROR_REFUSED, ABOUT_DOCUMENT },
    { 400, "vector id", ERROR_REFUSED, ABOUT_DOCUMENT },
    { 400, "non-zero value", ERROR_REFUSED, ABOUT_DOCUMENT },
    { 403, "storage", ERROR_QUOTA, ABOUT_SERVICE },
    { .phrase = NULL }
};

static const char *const options[] = { WIRE_OPTIONS, META_OPTIONS,
                                       NULL }; /* all form */

static const char *pinecone_bad_name(struct text name)
{
    return name.ptr[0] == '$' ? "begins with \"$\"" : NULL;
}

static const struct meta_rules rules = {
    .store = "Pinecone",
    .takes = "strings, numbers, booleans and lists of strings",
    .also = META_STRINGS | META_DOUBLES,
    .bad_name = pinecone_bad_name
};

static void pinecone_close(struct store *s)
{
    if (s)
        buf_release(&((struct pinecone *)s)->end);
    store_http_close(s);
}

/* gRPC shares host and port with REST. The name has only letters, digits, "-",
 * "_" and ".": nothing to escape. */
static bool pinecone_set_up(struct store *s, const struct store_config *cfg,
                            struct error *err)
{
    struct pinecone *p = (struct pinecone *)s;

    buf_printf(&p->end, "],\"namespace\":\"%s\"}", p->http.name.data);
    buf_cstr(&p->end);
    if (p->end.failed)
        return error_memory(err, "for a store");
    return store_http_header(&p->http, "X-Pinecone-Api-Version", "", "2026-04",
                             false, err) &&
           store_wire_set_up(&p->http, cfg,
                             store_wire_secure(&p->http) ? p->http.root.data
                                                         : NULL, err);
}

static const struct store_http_kind kind = {
    .form = "pinecone+https://INDEX-HOST or pinecone+https://INDEX-HOST/"
            "NAMESPACE (or pinecone+grpcs), the host as the index's page has "
            "it",
    .name_optional = true,
    .grpc = true,
    .options = options,
    .key_header = "Api-Key",
    .key_prefix = "",
    .limit_count = LIMIT_COUNT,
    .limit_bytes = LIMIT_BYTES,
    .good_count = LIMIT_COUNT,
    .verdicts = verdicts,
    .rules = &rules,
    .size = sizeof(struct pinecone),
    .set_up = pinecone_set_up
};

/* ---- preflight ---- */

static bool pinecone_describe_index(struct pinecone *p,
                                    struct pinecone_shape *shape,
                                    struct error *err)
{
    store_http_to(&p->http, "/describe_index_stats");
    buf_puts(p->http.body, "{}");
    return store_http_ask(&p->http, "POST", err) &&
           pinecone_read_shape(store_http_answer(&p->http), p->http.name.data,
                               shape, err);
}

static bool pinecone_check_index(struct pinecone *p,
                                 const struct pinecone_shape *shape,
                                 struct error *err)
{
    size_t dim = p->http.base.dim;

    if (strcmp(shape->vector_type, "sparse") == 0 || shape->dim == 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "the index holds sparse vectors, the embedder gives "
                         "dense ones: use another index");
    if (dim && shape->dim != dim)
        return error_set(err, ERROR_CONFIG, 0,
                         "the index holds vectors of %zu dimensions, the "
                         "embedder gives %zu: use another index, or --dim %zu",
                         shape->dim, dim, shape->dim);
    if (shape->metric[0] && strcmp(shape->metric, "cosine") != 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "the index measures by %s, not cosine: use another "
                         "index", shape->metric);
    p->http.base.dim = shape->dim;
    return true;
}

/* Is it the same index over gRPC? */
static bool pinecone_probe(struct store *s, struct error *err)
{
    struct pinecone *p = (struct pinecone *)s;

    store_grpc_to(&p->http, "/VectorService/DescribeIndexStats");
    if (!store_grpc_ask(&p->http, err))
        return false;
    return pinecone_read_dim(store_grpc_answer(&p->http)) == s->dim ||
           error_set(err, ERROR_CONFIG, 0, "it shows another index");
}

static bool pinecone_preflight(struct store *s, struct error *err)
{
    static const struct wire_kind wires = { .probe = pinecone_probe };
    struct pinecone *p = (struct pinecone *)s;
    struct pinecone_shape shape;

    if (!pinecone_describe_index(p, &shape, err)) {
        if (err->code == 404)
            return error_set(err, ERROR_CONFIG, 404,
                             "there is no index at %s: make it in Pinecone "
                             "(--create cannot) and give its host",
                             p->http.root.data);
        return error_wrap(err, "asking the index for its dimension");
    }
    return pinecone_check_index(p, &shape, err) &&
           store_wire_choose(&p->http, &wires, err);
}

/* ---- upsert ---- */

static bool pinecone_id_fits(struct upsert_item *item)
{
    if (item->id.len == 0 || item->id.len > LIMIT_ID)
        return store_item_refused(item, "the id has %zu bytes, Pinecone takes "
                                        "1 to %d", item->id.len, LIMIT_ID);
    for (size_t i = 0; i < item->id.len; i++)
        if (item->id.ptr[i] == '\0' || (unsigned char)item->id.ptr[i] > 126)
            return store_item_refused(item,
                                      "the id's byte %zu is not ASCII, and "
                                      "Pinecone takes nothing else (a new job "
                                      "with --id hash makes ids that are)",
                                      i + 1);
    return true;
}

static void pinecone_put_metadata(struct buf *b, const struct store_meta *m,
                                  const struct upsert_item *item)
{
    buf_putc(b, '{');
    if (m->text_key) {
        buf_printf(b, "\"%s\":", m->text_key);
        store_put_text(b, item);
    }
    store_meta_put(b, m, item, m->text_key != NULL);
    buf_putc(b, '}');
}

/* As JSON; written to measure it only if it may be too much. */
static bool pinecone_size_fits(const struct store_meta *m,
                               struct upsert_item *item, struct buf *room)
{
    if (item->text.len + 2 * item->metadata.len < LIMIT_METADATA / 2)
        return true;
    buf_clear(room);
    pinecone_put_metadata(room, m, item);
    return room->len <= LIMIT_METADATA ||
           store_item_refused(item,
                              "the metadata takes %zu bytes%s, Pinecone "
                              "takes %d (?text=none in the URL leaves the "
                              "text out)", room->len,
                              m->text_key ? " with the text" : "",
                              LIMIT_METADATA);
}

static bool pinecone_takes(const struct store *s, struct upsert_item *item,
                           struct buf *room)
{
    const struct store_meta *m = &((const struct pinecone *)s)->http.meta;

    return pinecone_id_fits(item) && store_meta_takes(m, item, room) &&
           pinecone_size_fits(m, item, room);
}

static void pinecone_put_record(struct store *s, struct buf *b,
                                const struct upsert_item *item)
{
    buf_puts(b, "{\"id\":");
    json_put_string(b, item->id);
    buf_puts(b, ",\"values\":");
    store_put_vector(b, item->vector, s->dim);
    buf_puts(b, ",\"metadata\":");
    pinecone_put_metadata(b, &((struct pinecone *)s)->http.meta, item);
    buf_putc(b, '}');
}

static bool pinecone_took(const struct store *s, uint64_t upserted,
                          struct error *err)
{
    return upserted == s->sent_count ||
           error_reply(err, ERROR_PROTOCOL,
                       "Pinecone says that it took %llu of %zu records",
                       (unsigned long long)upserted, s->sent_count);
}

static bool pinecone_post_upsert(struct pinecone *p, struct upsert_item *items,
                                 size_t n, size_t *taken, struct error *err)
{
    struct store *s = &p->http.base;
    struct store_shape shape = {
        .columns = 1, .head = { "{\"vectors\":[" }, .between = ",",
        .end = p->end.data, .put = pinecone_put_record
    };
    uint64_t upserted;

    store_http_to(&p->http, "/vectors/upsert");
    if (!store_body(s, p->http.body, &shape, items, n, taken, err))
        return false;
    return s->sent_count == 0 ||
           (store_http_ask(&p->http, "POST", err) &&
            pinecone_read_upserted(store_http_answer(&p->http), &upserted,
                                   err) &&
            pinecone_took(s, upserted, err));
}

static bool pinecone_call_upsert(struct pinecone *p, struct upsert_item *items,
                                 size_t n, size_t *taken, struct error *err)
{
    static const struct store_shape shape = {
        .columns = 1, .begin = store_grpc_body, .put = pinecone_put_message
    };
    struct store *s = &p->http.base;
    uint64_t upserted;

    store_grpc_to(&p->http, "/VectorService/Upsert");
    if (!store_body(s, p->http.body, &shape, items, n, taken, err))
        return false;
    pinecone_put_namespace(p->http.body, (struct text){ p->http.name.data,
                                                        p->http.name.len });
    return s->sent_count == 0 ||
           (store_grpc_ask(&p->http, err) &&
            pinecone_read_count(store_grpc_answer(&p->http), &upserted, err) &&
            pinecone_took(s, upserted, err));
}

static bool pinecone_upsert(struct store *s, struct upsert_item *items,
                            size_t n, size_t *taken, struct error *err)
{
    struct pinecone *p = (struct pinecone *)s;

    if (!(store_wire_grpc(&p->http)
              ? pinecone_call_upsert(p, items, n, taken, err)
              : pinecone_post_upsert(p, items, n, taken, err)))
        return false;
    store_body_stored(items, *taken);
    return true;
}

/* ---- questions ---- */

/* An id with a blank can be stored, not fetched. */
static bool pinecone_askable(struct text id)
{
    return id.len == 0 || !memchr(id.ptr, ' ', id.len);
}

/* Fetch from `first` on; *asked is how many ids went into the URL. */
static bool pinecone_fetch_ids(struct pinecone *p, struct wanted *w,
                               size_t first, size_t *asked, struct error *err)
{
    bool any = false;
    size_t i;

    store_http_to(&p->http, "/vectors/fetch?namespace=");
    buf_puts(&p->http.url, p->http.name.data);
    for (i = first; i < w->count && i < first + FETCH_IDS &&
                    p->http.url.len < FETCH_URL; i++) {
        if (!pinecone_askable(w->of[i].id))
            continue;
        buf_puts(&p->http.url, "&ids=");
        store_http_url_put(&p->http, w->of[i].id);
        any = true;
    }
    *asked = i - first;
    return !any ||
           (store_http_ask(&p->http, "GET", err) &&
            pinecone_read_ids(store_http_answer(&p->http), wanted_mark, w,
                              err));
}

static bool pinecone_lookup(struct store *s, const struct text *ids, size_t n,
                            bool *present, struct error *err)
{
    struct wanted w;
    size_t asked = 0;
    bool fine = wanted_init(&w, ids, n, false, present, err);

    for (size_t i = 0; fine && i < n; i += asked)
        fine = pinecone_fetch_ids((struct pinecone *)s, &w, i, &asked, err);
    wanted_release(&w);
    return fine;
}

static bool pinecone_count(struct store *s, uint64_t *n, struct error *err)
{
    struct pinecone_shape shape;

    if (!pinecone_describe_index((struct pinecone *)s, &shape, err))
        return false;
    *n = shape.count;
    return true;
}

static bool pinecone_search(struct store *s, const float *query, size_t k,
                            struct store_hit *hits, size_t *got,
                            struct error *err)
{
    struct pinecone *p = (struct pinecone *)s;
    struct buf *b = p->http.body;

    store_http_to(&p->http, "/query");
    buf_puts(b, "{\"vector\":");
    store_put_vector(b, query, s->dim);
    buf_printf(b, ",\"topK\":%zu,\"includeMetadata\":%s,\"namespace\":\"%s\"}",
               k, p->http.meta.text_key ? "true" : "false", p->http.name.data);
    return store_http_ask(&p->http, "POST", err) &&
           pinecone_read_hits(store_http_answer(&p->http), p->http.meta.text_key,
                              hits, k, got, err);
}

const struct store_ops store_pinecone = {
    .name = "pinecone",
    .summary = "pinecone+https://INDEX-HOST/NAMESPACE (or +grpcs), Pinecone "
               "(the namespace may be left out)",
    .key_env = "PINECONE_API_KEY",
    .ids = "stay: 1 to 512 bytes of ASCII",
    .form = options,
    .remote = true,
    .http = &kind,
    .open = store_http_open,
    .preflight = pinecone_preflight,
    .follow = store_wire_follow,
    .takes = pinecone_takes,
    .upsert = pinecone_upsert,
    .search = pinecone_search,
    .askable = pinecone_askable,
    .lookup = pinecone_lookup,
    .count = pinecone_count,
    .close = pinecone_close,
};
